// SPDX-License-Identifier: GPL-2.0-only
/* The command line. */
#define _GNU_SOURCE
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fmapd.h"
#include "seam.h"

static const char usage[] =
"usage: fmapd [OPTIONS] MANIFEST MOUNTPOINT\n"
"       fmapd --check MANIFEST\n"
"\n"
"Mounts the files that MANIFEST names.  Their data is in dax devices, and the\n"
"kernel reads and writes it there by itself (fmap protocol).\n"
"\n"
"  -f, --foreground         stay in the foreground\n"
"  -d, --debug              show every request (implies -f)\n"
"  -s, --single-thread      answer one request after the other\n"
"  -o OPTIONS               mount options (ro, noatime, max_read=N, ...); options\n"
"                           of this list, without dashes, too\n"
"      --source=NAME        mount source (default: the first device)\n"
"      --subtype=NAME       type becomes fuse.NAME (default: fmapd)\n"
"      --no-allow-other     only for the mounting user\n"
"      --require-fmap       fail if the kernel does not offer the protocol\n"
"      --no-fmap            do not ask for the protocol\n"
"      --idmap              let the mount be idmapped, if the kernel can\n"
"      --devices-by-fd      register the devices at once, by file descriptor\n"
"      --serve-data         serve READ and WRITE from memory (for tests)\n"
"      --attr-timeout=SEC   how long attributes are valid (default: 3600)\n"
"      --entry-timeout=SEC  how long names are valid (default: 3600)\n"
"      --no-readdirplus     do not offer READDIRPLUS\n"
"      --no-opendir         answer OPENDIR with ENOSYS\n"
"      --no-open            answer OPEN with ENOSYS\n"
"      --no-flush           answer FLUSH with ENOSYS\n"
"      --log-requests=FILE  write counts of requests on SIGUSR1 and at the end\n"
"      --check              only check the manifest, and whether its devices are ready\n"
"  -h, --help\n";

static const char exits[] =
"\n"
"Exit: 0 mounted and served, 1 failed, 2 wrong usage, 3 --require-fmap failed,\n"
"4 --check: the manifest is good, and a device is not ready\n";

enum {
	OPT_SOURCE = 256, OPT_SUBTYPE, OPT_NO_ALLOW_OTHER, OPT_REQUIRE_FMAP,
	OPT_NO_FMAP, OPT_SERVE_DATA, OPT_ATTR_TIMEOUT, OPT_ENTRY_TIMEOUT,
	OPT_NO_READDIRPLUS, OPT_NO_OPENDIR, OPT_NO_OPEN, OPT_NO_FLUSH,
	OPT_LOG_REQUESTS, OPT_CHECK, OPT_DEVICES_BY_FD, OPT_IDMAP,
};

static const struct option own_options[] = {
	{ "foreground", no_argument, NULL, 'f' },
	{ "debug", no_argument, NULL, 'd' },
	{ "single-thread", no_argument, NULL, 's' },
	{ "help", no_argument, NULL, 'h' },
	{ "source", required_argument, NULL, OPT_SOURCE },
	{ "subtype", required_argument, NULL, OPT_SUBTYPE },
	{ "no-allow-other", no_argument, NULL, OPT_NO_ALLOW_OTHER },
	{ "require-fmap", no_argument, NULL, OPT_REQUIRE_FMAP },
	{ "no-fmap", no_argument, NULL, OPT_NO_FMAP },
	{ "devices-by-fd", no_argument, NULL, OPT_DEVICES_BY_FD },
	{ "idmap", no_argument, NULL, OPT_IDMAP },
	{ "serve-data", no_argument, NULL, OPT_SERVE_DATA },
	{ "attr-timeout", required_argument, NULL, OPT_ATTR_TIMEOUT },
	{ "entry-timeout", required_argument, NULL, OPT_ENTRY_TIMEOUT },
	{ "no-readdirplus", no_argument, NULL, OPT_NO_READDIRPLUS },
	{ "no-opendir", no_argument, NULL, OPT_NO_OPENDIR },
	{ "no-open", no_argument, NULL, OPT_NO_OPEN },
	{ "no-flush", no_argument, NULL, OPT_NO_FLUSH },
	{ "log-requests", required_argument, NULL, OPT_LOG_REQUESTS },
	{ "check", no_argument, NULL, OPT_CHECK },
};

#define OWN_OPTIONS	(sizeof(own_options) / sizeof(own_options[0]))
/* Those and the ones of seam.h, which are fewer. */
static struct option longopts[2 * OWN_OPTIONS + 1];

static void gather_options(void)
{
	size_t n;

	memcpy(longopts, own_options, sizeof(own_options));
	for (n = 0; seam_options[n].name && n < OWN_OPTIONS; n++)
		longopts[OWN_OPTIONS + n] = seam_options[n];
}

static void help(FILE *f)
{
	fputs(usage, f);
	fputs(seam_usage, f);
	fputs(exits, f);
}

static int seconds(const char *s, double *v)
{
	char *end;

	*v = strtod(s, &end);
	return end == s || *end || !(*v >= 0) || *v > 1e9 ? -1 : 0;
}

static int set_option(struct options *o, int opt, const char *arg);

static int add_mount_option(struct options *o, const char *arg)
{
	char *all;

	if (asprintf(&all, "%s%s%s", o->mount_options ? o->mount_options : "",
		     o->mount_options ? "," : "", arg) < 0)
		return -1;
	free(o->mount_options);
	o->mount_options = all;
	return 0;
}

/* In /etc/fstab there is no other place for our own.  Return: the option's number, or -1. */
static int own_option(const char *word, const char **arg)
{
	size_t len = strcspn(word, "=");
	const struct option *l;

	*arg = word[len] ? word + len + 1 : NULL;
	if (len == 6 && !strncmp(word, "fsname", len) && *arg)
		return OPT_SOURCE;
	for (l = longopts; l->name; l++)
		if (strlen(l->name) == len && !strncmp(l->name, word, len) &&
		    l->val != 'h' && l->val != OPT_CHECK)
			return (l->has_arg == required_argument) == !!*arg ? l->val : -1;
	return -1;
}

/* What is set points into the words of each -o, so these stay for as long as we run. */
static struct words {
	struct words *next;
	char text[];
} *all_words;

/* -o may be given several times, as to mount(8). */
static int add_mount_options(struct options *o, const char *arg)
{
	struct words *words = malloc(sizeof(*words) + strlen(arg) + 1);
	char *word, *save = NULL;
	const char *value;
	int opt, ret = 0;

	if (!words)
		return -1;
	strcpy(words->text, arg);
	words->next = all_words;
	all_words = words;
	for (word = strtok_r(words->text, ",", &save); word && !ret;
	     word = strtok_r(NULL, ",", &save)) {
		opt = own_option(word, &value);
		ret = opt < 0 ? add_mount_option(o, word) : set_option(o, opt, value);
	}
	return ret;
}

/* Return: 0 or -1 if @arg is no good. */
static int set_option(struct options *o, int opt, const char *arg)
{
	switch (opt) {
	case 'f':
		o->foreground = true;
		break;
	case 'd':
		o->debug = true;
		o->foreground = true;
		break;
	case 's':
		o->single_thread = true;
		break;
	case 'o':
		return add_mount_options(o, arg);
	case OPT_SOURCE:
		o->source = arg;
		break;
	case OPT_SUBTYPE:
		o->subtype = arg;
		break;
	case OPT_NO_ALLOW_OTHER:
		o->allow_other = false;
		break;
	case OPT_REQUIRE_FMAP:
		o->require_fmap = true;
		break;
	case OPT_NO_FMAP:
		o->fmap = false;
		break;
	case OPT_DEVICES_BY_FD:
		o->devices_by_fd = true;
		break;
	case OPT_IDMAP:
		o->idmap = true;
		break;
	case OPT_SERVE_DATA:
		o->serve_data = true;
		break;
	case OPT_ATTR_TIMEOUT:
		return seconds(arg, &o->attr_timeout);
	case OPT_ENTRY_TIMEOUT:
		return seconds(arg, &o->entry_timeout);
	case OPT_NO_READDIRPLUS:
		o->readdirplus = false;
		break;
	case OPT_NO_OPENDIR:
		o->opendir = false;
		break;
	case OPT_NO_OPEN:
		o->open = false;
		break;
	case OPT_NO_FLUSH:
		o->flush = false;
		break;
	case OPT_LOG_REQUESTS:
		o->log_requests = arg;
		break;
	case OPT_CHECK:
		o->check = true;
		break;
	default:
		return seam_set_option(opt, arg);
	}
	return 0;
}

int options_parse(struct options *o, int argc, char **argv, bool *done)
{
	int opt;

	*o = (struct options) {
		.subtype = "fmapd",
		.attr_timeout = 3600,
		.entry_timeout = 3600,
		.allow_other = true,
		.fmap = true,
		.readdirplus = true,
		.opendir = true,
		.open = true,
		.flush = true,
	};
	*done = false;
	gather_options();

	while ((opt = getopt_long(argc, argv, "fdso:h", longopts, NULL)) != -1) {
		if (opt == 'h') {
			help(stdout);
			*done = true;
			return EXIT_OK;
		}
		if (opt == '?') {
			fputs("fmapd --help lists the options\n", stderr);
			return EXIT_USAGE;
		}
		if (set_option(o, opt, optarg)) {
			fprintf(stderr, "fmapd: bad value \"%s\"\n", optarg);
			return EXIT_USAGE;
		}
	}
	if (argc - optind != (o->check ? 1 : 2)) {
		help(stderr);
		return EXIT_USAGE;
	}
	if (o->require_fmap && !o->fmap) {
		fputs("fmapd: --require-fmap and --no-fmap exclude each other\n",
		      stderr);
		return EXIT_USAGE;
	}
	o->manifest = argv[optind];
	o->mountpoint = o->check ? NULL : argv[optind + 1];
	return EXIT_OK;
}
