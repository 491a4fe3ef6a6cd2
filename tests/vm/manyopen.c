// SPDX-License-Identifier: GPL-2.0-only
/*
 * manyopen N PATH...: N processes that open and close every PATH at the same
 * moment, and read a byte of each. Status 1 if one of them cannot.
 */
#include <sys/wait.h>
#include "check.h"

int main(int argc, char **argv)
{
	int n, i, j, gate[2], ready[2], status;
	char c;

	check(argc >= 3, "usage: manyopen N PATH...");
	n = atoi(argv[1]);
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
		for (j = 2; j < argc; j++) {
			int fd = open_or_die(argv[j], O_RDONLY);

			check(read(fd, &c, 1) == 1, "%s", argv[j]);
			close(fd);
		}
		_exit(0);
	}
	for (i = 0; i < n; i++)
		check(read(ready[0], &c, 1) == 1, "a child is missing");
	close(gate[1]);
	for (i = 0; i < n; i++)
		check(wait(&status) > 0 && !status, "a child failed");
	return 0;
}
