// SPDX-License-Identifier: GPL-2.0-only
/* famfsctl: dax devices and famfs mounts, for who runs a machine. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "famfsctl.h"

struct ctl ctl = { .root = "" };

static const struct command {
	const char *name, *args, *what;
	int (*run)(int argc, char **argv);
} commands[] = {
	{ "list", "[DEV]", "dax devices, their modes and holders", cmd_list },
	{ "mode", "[--force] [--persist[=NAME]] DEV MODE", "put a device into mode famfs, devdax or system-ram", cmd_mode },
	{ "doctor", "[--quiet] [--strict]", "will famfs work here, and what is to be done if not", cmd_doctor },
	{ "status", "[MOUNT]", "famfs mounts, their servers, devices and requests", cmd_status },
	{ "watch", "[--interval S] [--count N] [MOUNT]", "what goes on, again and again", cmd_watch },
	{ "why", "[PATH|MOUNT]", "why a mount is no famfs mount, why a file cannot be opened", cmd_why },
	{ "map", "[--plot] [--svg FILE] FILE", "where a file lies, and which large pages map it", cmd_map },
	{ "resolve", "FILE OFFSET", "which memory a byte of a file is", cmd_resolve },
	{ "whose", "[--find] DEV OFFSET", "which file a byte of a device is of", cmd_whose },
	{ "bench", "[--write] [--size N] FILE", "how fast this machine's memory is through a file", cmd_bench },
};

#define NCOMMANDS	(sizeof(commands) / sizeof(commands[0]))

static void usage(FILE *f)
{
	size_t i;

	fputs("usage: famfsctl [--json] [--root DIR] COMMAND [ARGUMENTS]\n\n", f);
	for (i = 0; i < NCOMMANDS; i++)
		fprintf(f, "  %-38s %s\n", pool_printf("%s %s", commands[i].name, commands[i].args),
			commands[i].what);
	fputs("\n  --json      write JSON\n"
	      "  --root DIR  look at the sys, proc, lib/modules... in DIR, not at this machine's\n"
	      "  --help, --version\n", f);
}

static int set_root(const char *dir)
{
	size_t len = strlen(dir);
	char *root = pool_strdup(dir);

	while (len && root[len - 1] == '/')
		root[--len] = '\0';
	/* What links in it lead to is named in full. */
	if (len) {
		root = realpath(root, NULL);
		if (!root) {
			complain("%s: %s", safe(dir), strerror(errno));
			return EXIT_USAGE;
		}
		ctl.root = pool_strdup(root);
		free(root);
	}
	return EXIT_FINE;
}

/* Options that every command has may stand anywhere; they are taken out. */
static int common_options(int *argc, char **argv)
{
	int i, n = 1, ret = EXIT_FINE;

	for (i = 1; i < *argc && !ret; i++) {
		if (!strcmp(argv[i], "--")) {
			break;
		} else if (!strcmp(argv[i], "--json")) {
			ctl.json = true;
		} else if (!strncmp(argv[i], "--root=", 7)) {
			ret = set_root(argv[i] + 7);
		} else if (!strcmp(argv[i], "--root")) {
			if (++i == *argc) {
				complain("--root wants a directory");
				return EXIT_USAGE;
			}
			ret = set_root(argv[i]);
		} else {
			argv[n++] = argv[i];
		}
	}
	while (i < *argc)
		argv[n++] = argv[i++];
	argv[n] = NULL;
	*argc = n;
	return ret;
}

/* What was written counts only when it has arrived. */
static int finish(int ret)
{
	if (fflush(stdout) || ferror(stdout)) {
		complain("standard output: %s", strerror(errno));
		ret = EXIT_FOUND;
	}
	pool_empty();
	return ret;
}

int main(int argc, char **argv)
{
	size_t i;
	int ret;

	ret = common_options(&argc, argv);
	if (ret)
		return finish(ret);
	if (argc < 2) {
		usage(stderr);
		return finish(EXIT_USAGE);
	}
	if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h") || !strcmp(argv[1], "help")) {
		usage(stdout);
		return finish(EXIT_FINE);
	}
	if (!strcmp(argv[1], "--version")) {
		puts("famfsctl " FAMFS_VERSION);
		return finish(EXIT_FINE);
	}
	for (i = 0; i < NCOMMANDS; i++)
		if (!strcmp(argv[1], commands[i].name)) {
			ctl.usage = pool_printf("%s %s", argv[1], commands[i].args);
			return finish(commands[i].run(argc - 1, argv + 1));
		}
	complain("there is no command \"%s\": see famfsctl --help", safe(argv[1]));
	return finish(EXIT_USAGE);
}
