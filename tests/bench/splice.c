// SPDX-License-Identifier: GPL-2.0-only
/* splice(2) through a pipe, and sendfile(2), of 1 MiB to /dev/null. */
#include <sys/sendfile.h>
#include "measure.h"

#define AMOUNT (1UL << 20)

void group_splice(char **args)
{
	int fd = open_or_die(args[0], O_RDONLY), null = open_or_die("/dev/null", O_WRONLY), pipes[2];
	struct series s = { .n = 0 };
	unsigned int r;

	check(!pipe(pipes) && fcntl(pipes[1], F_SETPIPE_SZ, AMOUNT) >= (int)AMOUNT, "a pipe");
	for (r = 0; r < 5; r++) {
		uint64_t start = now(), done = 0;
		loff_t at = 0;

		while (done < AMOUNT) {
			ssize_t n = splice(fd, &at, pipes[1], NULL, AMOUNT - done, 0);

			check(n > 0, "splice");
			check(splice(pipes[0], NULL, null, NULL, (size_t)n, 0) == n, "splice to /dev/null");
			done += (uint64_t)n;
		}
		if (r)
			series_add(&s, start, now(), 1);
	}
	report("splice-1m", &s);
	for (r = 0; r < 5; r++) {
		uint64_t start = now(), done = 0;
		off_t at = 0;

		while (done < AMOUNT) {
			ssize_t n = sendfile(null, fd, &at, AMOUNT - done);

			check(n > 0, "sendfile");
			done += (uint64_t)n;
		}
		if (r)
			series_add(&s, start, now(), 1);
	}
	report("sendfile-1m", &s);
}
