// SPDX-License-Identifier: GPL-2.0-only
/*
 * manyopen N PATH...: N processes that open and close every PATH at the same
 * moment, and read a byte of each. Status 1 if one of them cannot.
 *
 * manyopen each PATH...: a process for each PATH, and how many cannot open theirs
 * is printed, by errno.
 */
#include <sys/wait.h>
#include "check.h"

static void open_all(char **paths)
{
	char c;

	for (; *paths; paths++) {
		int fd = open_or_die(*paths, O_RDONLY);

		check(read(fd, &c, 1) == 1, "%s", *paths);
		close(fd);
	}
}

/* Ends with the errno. */
static int open_one(const char *path)
{
	int fd = open(path, O_RDONLY);
	char c;

	if (fd < 0)
		return errno;
	check(read(fd, &c, 1) == 1, "%s", path);
	return 0;
}

int main(int argc, char **argv)
{
	int n, i, each, gate[2], ready[2], status, failed[256] = { 0 };
	char c;

	check(argc >= 3, "usage: manyopen N|each PATH...");
	each = !strcmp(argv[1], "each");
	n = each ? argc - 2 : atoi(argv[1]);
	check(!pipe(gate) && !pipe(ready), "pipes");
	for (i = 0; i < n; i++) {
		pid_t pid = fork();

		check(pid >= 0, "fork");
		if (pid)
			continue;
		close(gate[1]);
		check(write(ready[1], "r", 1) == 1, "ready");
		/* Ends for all at once, when the parent closes the gate. */
		check(read(gate[0], &c, 1) == 0, "gate");
		if (each)
			_exit(open_one(argv[2 + i]));
		open_all(argv + 2);
		_exit(0);
	}
	for (i = 0; i < n; i++)
		check(read(ready[0], &c, 1) == 1, "a child is missing");
	close(gate[1]);
	for (i = 0; i < n; i++) {
		check(wait(&status) > 0 && WIFEXITED(status), "a child was killed");
		check(each || !status, "a child failed");
		failed[WEXITSTATUS(status)]++;
	}
	for (i = 1; i < 256; i++)
		if (failed[i])
			printf("%d %s\n", failed[i], strerrorname_np(i));
	return 0;
}
