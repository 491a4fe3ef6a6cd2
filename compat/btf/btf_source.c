// SPDX-License-Identifier: GPL-2.0-only
/* Where the BTF of the kernel being built for comes from. */
#define _GNU_SOURCE
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>
#include "layoutgen.h"

/**
 * lg_kdir_release - release of the kernel whose headers these are
 * @kdir: directory given to the kernel build as -C
 *
 * utsrelease.h is what ends up in vermagic.  include/config/kernel.release is
 * second: Debian 6.1 has only "6.1.x" in it.
 *
 * Return: the release, or NULL.
 */
char *lg_kdir_release(const char *kdir)
{
	char *s = lg_read_file(lg_printf("%s/include/generated/utsrelease.h", kdir), NULL);
	char *p = s ? strstr(s, "UTS_RELEASE \"") : NULL;

	if (p) {
		p += strlen("UTS_RELEASE \"");
		p[strcspn(p, "\"\n")] = '\0';
		return p;
	}
	s = lg_read_file(lg_printf("%s/include/config/kernel.release", kdir), NULL);
	if (s)
		s[strcspn(s, "\n")] = '\0';
	return s;
}

/* Headers unpacked below some directory: the image is looked for there too. */
static char *root_of(const char *kdir)
{
	static const char *const marks[] = { "/usr/src/", "/lib/modules/", "/usr/lib/modules/" };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(marks); i++) {
		const char *p = strstr(kdir, marks[i]);

		if (p)
			return lg_printf("%.*s", (int)(p - kdir), kdir);
	}
	return lg_strdup("");
}

static bool running(const struct lg_kernel *k)
{
	struct utsname u;

	return !uname(&u) && !strcmp(u.release, k->release);
}

static void try_file(struct lg_kernel *k, char *path)
{
	struct famfs_btf_view *v;
	const char *raw, *why = NULL;
	char reason[200];
	size_t len;

	if (k->base || !lg_exists(path))
		return;
	raw = lg_btf_in_file(path, &len, &why);
	if (raw) {
		v = lg_alloc(sizeof(*v));
		if (!famfs_btf_view_init(v, raw, len, NULL, 0, reason, sizeof(reason))) {
			k->raw = raw;
			k->rawlen = len;
			k->base = v;
			k->origin = path;
			return;
		}
		why = reason;
	}
	if (why && !k->why)
		k->why = lg_printf("%s: %s", path, why);
}

static void try_images(struct lg_kernel *k, const char *root)
{
	const char *rel = k->release;

	try_file(k, lg_printf("%s/boot/vmlinuz-%s", root, rel));
	try_file(k, lg_printf("%s/lib/modules/%s/vmlinuz", root, rel));
	try_file(k, lg_printf("%s/usr/lib/modules/%s/vmlinuz", root, rel));
	try_file(k, lg_printf("%s/usr/lib/debug/boot/vmlinux-%s", root, rel));
}

/**
 * lg_kernel_load - find and load the base BTF
 * @k: kdir, release and base_file are set
 *
 * Fills in base, origin and root; exits with one line when there is no BTF.
 */
void lg_kernel_load(struct lg_kernel *k)
{
	char *up;

	if (!k->root)
		k->root = root_of(k->kdir ? k->kdir : "");
	if (k->base_file) {
		try_file(k, lg_strdup(k->base_file));
		if (!k->base && k->why)
			lg_die("%s", k->why);
		if (!k->base)
			lg_die("no BTF in %s", k->base_file);
		return;
	}
	try_file(k, lg_printf("%s/vmlinux", k->kdir));
	try_images(k, k->root);
	/* /lib/modules/REL/build is a link: go up by name, not by directory */
	up = lg_strdup(k->kdir);
	while (*up && up[strlen(up) - 1] == '/')
		up[strlen(up) - 1] = '\0';
	if (strrchr(up, '/')) {
		*strrchr(up, '/') = '\0';
		try_file(k, lg_printf("%s/vmlinuz", up));
	}
	if (*k->root)
		try_images(k, "");
	if (running(k))
		try_file(k, lg_strdup("/sys/kernel/btf/vmlinux"));
	if (!k->base && k->why)
		lg_die("%s", k->why);
	if (!k->base)
		lg_die("no BTF found for this kernel (no vmlinux in %s, no vmlinuz-%s in %s/boot); install the image of the kernel (linux-image-%s or kernel-core-%s)",
		       k->kdir, k->release, k->root, k->release, k->release);
}

/* True if the module is there, with or without BTF that can be read. */
static bool try_module(struct lg_kernel *k, struct lg_module *mod, const char *path)
{
	const char *raw, *why = NULL;
	struct famfs_btf_view *v;
	char reason[200];
	size_t len;

	if (mod->btf || !lg_exists(path))
		return mod->btf;
	raw = lg_btf_in_file(path, &len, &why);
	if (raw) {
		v = lg_alloc(sizeof(*v));
		if (!famfs_btf_view_init(v, k->raw, k->rawlen, raw, len, reason, sizeof(reason)))
			mod->btf = v;
		else
			why = reason;
	}
	if (!mod->btf)
		mod->why = lg_printf("%s: %s", path, why ? why :
				     "it has no BTF, as no module has of a kernel without CONFIG_DEBUG_INFO_BTF_MODULES");
	return true;
}

/* Directories of the module tree that hold what the specs ask for. */
static bool module_below(struct lg_kernel *k, const char *root, struct lg_module *mod)
{
	static const char *const dirs[] = {
		"fs/fuse", "drivers/dax", "drivers/dax/hmem", "drivers/dax/pmem", "drivers/nvdimm",
	};
	static const char *const ext[] = { "", ".xz", ".zst", ".gz" };
	static const char *const lib[] = { "/lib", "/usr/lib" };
	size_t d, e, l;

	for (l = 0; l < 2; l++)
		for (d = 0; d < ARRAY_SIZE(dirs); d++)
			for (e = 0; e < ARRAY_SIZE(ext); e++)
				if (try_module(k, mod, lg_printf("%s%s/modules/%s/kernel/%s/%s.ko%s",
								 root, lib[l], k->release, dirs[d],
								 mod->name, ext[e])))
					return true;
	return false;
}

/**
 * lg_kernel_module - a module of this kernel
 * @k: loaded kernel
 * @name: module name
 *
 * Return: the module. Its btf has its types on top of those of @k->base, or is NULL: it is
 * built in, not built, or not installed here; or, if its why says so, has none that is of use.
 */
struct lg_module *lg_kernel_module(struct lg_kernel *k, const char *name)
{
	struct lg_module *mod;
	size_t i;

	for (i = 0; i < k->nmods; i++)
		if (!strcmp(k->mods[i].name, name))
			break;
	if (i == LG_MAX_MODS)
		lg_die("too many modules named at %s", name);
	mod = &k->mods[i];
	if (i == k->nmods) {
		mod->name = lg_strdup(name);
		k->nmods++;
	}
	if (mod->tried)
		return mod;
	mod->tried = true;

	if (mod->file) {
		if (!try_module(k, mod, mod->file))
			lg_die("no BTF of module %s in %s", name, mod->file);
		if (!mod->btf)
			lg_die("%s", mod->why);
	} else if (!k->base_file) {
		if (!module_below(k, k->root, mod) && *k->root)
			module_below(k, "", mod);
		if (running(k))
			try_module(k, mod, lg_printf("/sys/kernel/btf/%s", name));
	}
	return mod;
}
