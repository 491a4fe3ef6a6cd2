// SPDX-License-Identifier: GPL-2.0-only
/*
 * measure CONTENDER GROUP ARGUMENT...: what operations cost in guest time.
 *
 * CONTENDER is only a name for the rows. Each row is the least of some rounds, and their
 * median; a round is the mean over some calls. Meant for a guest under -icount with one CPU:
 * there a nanosecond is an instruction, whoever executes it.
 */
#include "measure.h"

const char *contender;

static const struct entry {
	const char *name;
	int nargs;		/* at least */
	void (*run)(char **args);
	const char *usage;
} groups[] = {
	{ "rw", 1, group_rw, "FILE" },
	{ "plain", 1, group_plain, "FILE" },
	{ "open", 2, group_open, "ROW FILE" },
	{ "first-open", 2, group_first_open, "ROW FILE..." },
	{ "stat", 2, group_stat, "ROW FILE" },
	{ "mmap", 1, group_mmap, "FILE" },
	{ "large", 1, group_large, "FILE" },
	{ "large-first", 2, group_large_first, "FILE-TO-READ FILE-TO-WRITE" },
	{ "small", 1, group_small, "FILE" },
	{ "small-first", 2, group_small_first, "FILE-TO-READ FILE-TO-WRITE" },
	{ "touch", 1, group_touch, "FILE" },
	{ "giant", 1, group_giant, "FILE" },
	{ "sync", 2, group_sync, "FILE-OF-LARGE-PAGES FILE-OF-SMALL-PAGES" },
	{ "fsync-all", 1, group_fsync_all, "FILE" },
	{ "splice", 1, group_splice, "FILE" },
	{ "write", 3, group_write, "ROW FILE TEXT" },
	{ "load", 2, group_load, "ROW MODULE" },
	{ "slab", 3, group_slab, "ROW N PREFIX" },
	{ "wall", 2, group_wall, "FILE ANOTHER" },
};

int main(int argc, char **argv)
{
	const struct entry *g, *end = groups + sizeof(groups) / sizeof(groups[0]);

	for (g = groups; g < end && argc > 3; g++) {
		if (strcmp(argv[2], g->name) || argc - 3 < g->nargs)
			continue;
		contender = argv[1];
		clock_setup();
		g->run(argv + 3);
		return 0;
	}
	fprintf(stderr, "usage: measure CONTENDER GROUP ARGUMENT..., with one of these groups:\n");
	for (g = groups; g < end; g++)
		fprintf(stderr, "\t%s %s\n", g->name, g->usage);
	return 2;
}
