// SPDX-License-Identifier: GPL-2.0-only
/* open(2), close(2) and stat(2). */
#include <sys/stat.h>
#include "measure.h"

/* Hot: everything is known, but what the server is asked at each open. */
void group_open(char **args)
{
	struct series s = { .n = 0 };
	unsigned int r, i;

	run_first();
	for (r = 0; r < 60; r++) {
		uint64_t start = now();

		for (i = 0; i < 8; i++) {
			int fd = open(args[1], O_RDONLY);

			if (fd < 0 || close(fd))
				check(0, "%s", args[1]);
		}
		if (r)
			series_add(&s, start, now(), 8);
	}
	report(args[0], &s);
}

/*
 * The first open of each file, and its close; what the server does for it is in. The names
 * are known already. Files go in rounds of four, or are a round each if they are fewer: then
 * they are large ones, and a row ROW-bytes tells what memory each of them took.
 */
void group_first_open(char **args)
{
	unsigned int i, r, files = 0, calls;
	struct series s = { .n = 0 };
	char **paths = args + 1, op[64];
	double before;
	struct stat st;

	run_first();
	for (; paths[files]; files++)
		check(!stat(paths[files], &st), "%s", paths[files]);
	calls = files < 8 ? 1 : 4;
	before = kernel_bytes();
	for (r = 0; r < files / calls; r++) {
		uint64_t start = now();

		for (i = 0; i < calls; i++) {
			int fd = open(paths[r * calls + i], O_RDONLY);

			if (fd < 0 || close(fd))
				check(0, "%s", paths[r * calls + i]);
		}
		series_add(&s, start, now(), calls);
	}
	report(args[0], &s);
	snprintf(op, sizeof(op), "%s-bytes", args[0]);
	if (calls == 1)
		report_value(op, (kernel_bytes() - before) / files);
}

void group_stat(char **args)
{
	const char *op = args[0], *path = args[1];
	struct series s = { .n = 0 };
	unsigned int r, i;
	struct stat st;

	run_first();
	for (r = 0; r < 80; r++) {
		uint64_t start = now();

		for (i = 0; i < 4; i++)
			if (stat(path, &st))
				check(0, "%s", path);
		if (r)
			series_add(&s, start, now(), 4);
	}
	report(op, &s);
}
