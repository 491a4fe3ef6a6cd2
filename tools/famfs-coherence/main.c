// SPDX-License-Identifier: GPL-2.0-only
/* famfs-coherence(8): the command line. */
#include <ctype.h>
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "coherence.h"

static const char usage_text[] =
	"usage: famfs-coherence run FILE --as writer|reader [OPTIONS]\n"
	"       famfs-coherence write FILE --way WAY --seed N [OPTIONS]\n"
	"       famfs-coherence check FILE --seed N [--old N] [--look LOOK] [OPTIONS]\n\n"
	"  run     on two hosts at once: what does the reader see of each way to write, and when\n"
	"  write   bytes that are made of N\n"
	"  check   are they there\n\n"
	"  --way WAY      write, write+fsync, store+msync, store+flush, store\n"
	"  --look LOOK    map, read, fresh-map, fresh-read; without it check does all of them\n"
	"  --old N        what was there before\n"
	"  --at OFFSET    where in FILE (0); --size BYTES  how many (64K)\n"
	"  --wait MS      look again for so long (run: 200, check: 0)\n"
	"  --rounds N     of each (3); --timeout S  wait for the other host (30)\n"
	"  --json         write JSON\n"
	"  --help, --version\n";

double now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

void complain(const char *format, ...)
{
	va_list args;

	fputs("famfs-coherence: ", stderr);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
}

void *need(size_t size)
{
	void *p = malloc(size);

	if (!p) {
		complain("no memory");
		exit(EXIT_NOT_HERE);
	}
	return p;
}

static void on_sigbus(int sig)
{
	static const char text[] = "famfs-coherence: SIGBUS: a bad page, or the device is gone\n";

	(void)sig;
	if (write(STDERR_FILENO, text, sizeof(text) - 1) < 0)
		_exit(EXIT_NOT_HERE);
	_exit(EXIT_NOT_HERE);
}

static bool number(const char *s, uint64_t max, uint64_t *value)
{
	static const char units[] = "KMGT";
	const char *unit;
	char *end;

	if (!isdigit((unsigned char)*s))
		return false;
	errno = 0;
	*value = strtoull(s, &end, 0);
	unit = *end ? strchr(units, *end) : NULL;
	if (unit) {
		unsigned int shift = 10 * (unsigned int)(unit - units + 1);

		if (*value > UINT64_MAX >> shift)
			return false;
		*value <<= shift;
		end++;
	}
	return !*end && !errno && *value <= max;
}

static bool small(const char *s, uint64_t max, uint32_t *value)
{
	uint64_t v;

	if (!number(s, max, &v))
		return false;
	*value = (uint32_t)v;
	return true;
}

static const struct way *way_of(const char *name)
{
	int i;

	for (i = 0; i < NWAYS; i++)
		if (!strcmp(ways[i].name, name))
			return &ways[i];
	return NULL;
}

static const struct look *look_of(const char *name)
{
	int i;

	for (i = 0; i < NLOOKS; i++)
		if (!strcmp(looks[i].name, name))
			return &looks[i];
	return NULL;
}

static int usage_error(void)
{
	fputs(usage_text, stderr);
	return EXIT_USAGE;
}

enum { AS = 256, WAY, LOOK, SEED, OLD, AT, SIZE, WAIT, ROUNDS, TIMEOUT, JSON };

static bool option(struct options *o, int c, const char **as)
{
	const uint64_t most = (uint64_t)1 << 40;

	switch (c) {
	case AS:
		*as = optarg;
		return !strcmp(optarg, "writer") || !strcmp(optarg, "reader");
	case WAY:
		o->way = way_of(optarg);
		return o->way;
	case LOOK:
		o->look = look_of(optarg);
		return o->look;
	case SEED:
		o->has_seed = true;
		return number(optarg, UINT64_MAX, &o->seed);
	case OLD:
		o->has_old = true;
		return number(optarg, UINT64_MAX, &o->old);
	case AT:
		return number(optarg, (uint64_t)INT64_MAX / 2, &o->at) && o->at % AREA_UNIT == 0;
	case SIZE:
		return number(optarg, most, &o->size) && o->size && o->size % AREA_UNIT == 0;
	case WAIT:
		return small(optarg, 3600000, &o->wait_ms);
	case ROUNDS:
		return small(optarg, 10000, &o->rounds) && o->rounds;
	case TIMEOUT:
		return small(optarg, 86400, &o->timeout_s) && o->timeout_s;
	case JSON:
		o->json = true;
		return true;
	}
	return false;
}

/* What the command has to be told, and what it does not know. */
static int command(struct options *o, const char *name, const char *as)
{
	if (!strcmp(name, "run")) {
		if (!as || o->way || o->look || o->has_seed || o->has_old)
			return usage_error();
		return cmd_run(o, !strcmp(as, "writer"));
	}
	if (as || !o->has_seed)
		return usage_error();
	if (!strcmp(name, "write"))
		return o->way && !o->look && !o->has_old ? cmd_write(o) : usage_error();
	if (!strcmp(name, "check"))
		return !o->way ? cmd_check(o) : usage_error();
	return usage_error();
}

int main(int argc, char **argv)
{
	static const struct option long_options[] = {
		{ "as", required_argument, NULL, AS }, { "way", required_argument, NULL, WAY },
		{ "look", required_argument, NULL, LOOK }, { "seed", required_argument, NULL, SEED },
		{ "old", required_argument, NULL, OLD }, { "at", required_argument, NULL, AT },
		{ "size", required_argument, NULL, SIZE }, { "wait", required_argument, NULL, WAIT },
		{ "rounds", required_argument, NULL, ROUNDS }, { "timeout", required_argument, NULL, TIMEOUT },
		{ "json", no_argument, NULL, JSON }, { "help", no_argument, NULL, 'h' },
		{ "version", no_argument, NULL, 'V' }, { NULL, 0, NULL, 0 },
	};
	struct options o = { .size = 64 << 10, .rounds = 3, .timeout_s = 30, .wait_ms = UINT32_MAX };
	struct sigaction act = { .sa_handler = on_sigbus };
	const char *as = NULL;
	int c, ret;

	while ((c = getopt_long(argc, argv, "h", long_options, NULL)) != -1) {
		if (c == 'h') {
			fputs(usage_text, stdout);
			return fflush(stdout) ? EXIT_NOT_HERE : EXIT_KEPT;
		}
		if (c == 'V') {
			puts("famfs-coherence " FAMFS_VERSION);
			return fflush(stdout) ? EXIT_NOT_HERE : EXIT_KEPT;
		}
		if (!option(&o, c, &as))
			return usage_error();
	}
	if (argc - optind != 2)
		return usage_error();
	o.file = argv[optind + 1];
	if (o.wait_ms == UINT32_MAX)
		o.wait_ms = strcmp(argv[optind], "run") ? 0 : 200;
	sigaction(SIGBUS, &act, NULL);
	ret = command(&o, argv[optind], as);
	if (fflush(stdout) || ferror(stdout)) {
		complain("standard output: %s", strerror(errno));
		return EXIT_NOT_HERE;
	}
	return ret;
}
