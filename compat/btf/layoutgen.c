// SPDX-License-Identifier: GPL-2.0-only
/*
 * layoutgen - what a kernel's private structs look like, as C headers
 *
 * See README.md beside this file.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <getopt.h>
#include <libgen.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include "layoutgen.h"

#define MAX_SPECS 16

static void usage(FILE *f)
{
	fputs("usage: layoutgen --kdir DIR --spec FILE... --out famfs_layout.h\n"
	      "  --kdir DIR            headers of the kernel to build for\n"
	      "  --kver RELEASE        its release, if the headers do not say\n"
	      "  --root DIR            where its /boot and /lib/modules are unpacked\n"
	      "  --spec FILE           what is needed of it; may be repeated\n"
	      "  --out FILE            header to write; the table for the load-time check\n"
	      "                        goes beside it as *_table.h\n"
	      "  --btf FILE            take the kernel's BTF from here (raw, ELF or vmlinuz)\n"
	      "  --btf-mod NAME=FILE   take a module's BTF from here\n"
	      "  --list-only           print the header, write nothing\n", f);
}

static void make_dirs(const char *file)
{
	char *p = lg_strdup(file), *s;

	for (s = p + 1; (s = strchr(s, '/')); s++) {
		*s = '\0';
		if (mkdir(p, 0777) && errno != EEXIST)
			lg_die("cannot make directory %s: %s", p, strerror(errno));
		*s = '/';
	}
}

static char *table_path(const char *out)
{
	size_t n = strlen(out);

	if (n > 2 && !strcmp(out + n - 2, ".h"))
		n -= 2;
	return lg_printf("%.*s_table.h", (int)n, out);
}

static void add_mod(struct lg_kernel *k, const char *arg)
{
	const char *eq = strchr(arg, '=');

	if (!eq || eq == arg || k->nmods == LG_MAX_MODS)
		lg_die("--btf-mod wants NAME=FILE, not '%s'", arg);
	k->mods[k->nmods].name = lg_printf("%.*s", (int)(eq - arg), arg);
	k->mods[k->nmods++].file = lg_strdup(eq + 1);
}

static void write_out(const struct lg_kernel *k, struct lg_spec **specs, size_t n,
		      const char *out)
{
	char *head = NULL, *tab = NULL;
	size_t hlen, tlen;
	FILE *h = open_memstream(&head, &hlen), *t = open_memstream(&tab, &tlen);

	if (!h || !t)
		lg_die("out of memory");
	lg_emit_header(h, k, specs, n);
	lg_emit_table(t, k, specs, n);
	fclose(h);
	fclose(t);
	if (out) {
		make_dirs(out);
		lg_write_if_changed(out, head, hlen);
		lg_write_if_changed(table_path(out), tab, tlen);
	} else {
		fputs(head, stdout);
		fputs(tab, stdout);
	}
	free(head);
	free(tab);
}

int main(int argc, char **argv)
{
	enum { KDIR = 1, KVER, ROOT, SPEC, OUT, BTF, BTF_MOD, LIST, HELP };
	static const struct option opts[] = {
		{ "kdir", required_argument, NULL, KDIR },
		{ "kver", required_argument, NULL, KVER },
		{ "root", required_argument, NULL, ROOT },
		{ "spec", required_argument, NULL, SPEC },
		{ "out", required_argument, NULL, OUT },
		{ "btf", required_argument, NULL, BTF },
		{ "btf-mod", required_argument, NULL, BTF_MOD },
		{ "list-only", no_argument, NULL, LIST },
		{ "help", no_argument, NULL, HELP },
		{ 0 }
	};
	struct lg_kernel k = { .kdir = NULL };
	const char *spec_path[MAX_SPECS], *out = NULL, *kver = NULL;
	struct lg_spec *specs[MAX_SPECS];
	size_t nspecs = 0, i;
	bool list = false;
	int c;

	while ((c = getopt_long(argc, argv, "", opts, NULL)) != -1) {
		switch (c) {
		case KDIR:
			k.kdir = optarg;
			break;
		case KVER:
			kver = optarg;
			break;
		case ROOT:
			k.root = optarg;
			break;
		case SPEC:
			if (nspecs == MAX_SPECS)
				lg_die("too many specs");
			spec_path[nspecs++] = optarg;
			break;
		case OUT:
			out = optarg;
			break;
		case BTF:
			k.base_file = optarg;
			break;
		case BTF_MOD:
			add_mod(&k, optarg);
			break;
		case LIST:
			list = true;
			break;
		case HELP:
			usage(stdout);
			return 0;
		default:
			usage(stderr);
			return 2;
		}
	}
	if (optind != argc || !nspecs || (!k.kdir && !k.base_file) || (!out && !list)) {
		usage(stderr);
		return 2;
	}
	/* the headers know best which kernel they are for */
	if (k.kdir)
		k.release = lg_kdir_release(k.kdir);
	if (!k.release)
		k.release = kver;
	if (!k.release)
		lg_die("%s holds no configured kernel headers", k.kdir ? k.kdir : "(no --kdir)");
	lg_release = k.release;

	for (i = 0; i < nspecs; i++)
		specs[i] = lg_spec_parse(spec_path[i]);
	lg_kernel_load(&k);
	for (i = 0; i < nspecs; i++)
		lg_resolve(&k, specs[i]);
	write_out(&k, specs, nspecs, list ? NULL : out);
	if (!list)
		printf("layoutgen: %s: layouts from %s\n", k.release, k.origin);
	return 0;
}
