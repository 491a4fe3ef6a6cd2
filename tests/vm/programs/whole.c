// SPDX-License-Identifier: GPL-2.0-only
/*
 * whole FILE: a read(2) sees a write(2) whole, or nothing of it, and readers who meet writers
 * come to an end. Reads are of two pieces, writes as well, and neither is aligned.
 */
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>
#include "check.h"

#define SIZE (96 << 10)
#define SKEW 100
#define SECONDS 4

static char buf[SIZE];

/* The file's first bytes are all alike. */
static void writer(int fd, int first)
{
	struct iovec iov[2] = { { buf, SIZE / 3 }, { buf + SIZE / 3, SIZE - SIZE / 3 } };
	time_t end = time(NULL) + SECONDS;
	int value = first;

	while (time(NULL) < end) {
		memset(buf, value, SIZE);
		check(pwritev(fd, iov, 2, SKEW) == SIZE, "write");
		value = value == first ? first + 1 : first;
	}
}

static void reader(int fd)
{
	struct iovec iov[2] = { { buf, SIZE / 5 }, { buf + SIZE / 5, SIZE - SIZE / 5 } };
	time_t end = time(NULL) + SECONDS;
	unsigned int changes = 0;
	int last = 0, i;

	while (time(NULL) < end) {
		memset(buf, 0, SIZE);
		check(preadv(fd, iov, 2, SKEW) == SIZE, "read");
		for (i = 1; i < SIZE; i++)
			check(buf[i] == buf[0], "a part of a write: %d, and %d from %d on", buf[0],
			      buf[i], i);
		changes += buf[0] != last;
		last = buf[0];
	}
	check(changes > 10, "the file changed %u times", changes);
}

int main(int argc, char **argv)
{
	int fd, i, status;

	check(argc == 2, "usage: whole FILE");
	fd = open(argv[1], O_RDWR);
	check(fd >= 0, "%s", argv[1]);
	memset(buf, 1, SIZE);
	check(pwrite(fd, buf, SIZE, SKEW) == SIZE, "write");
	for (i = 0; i < 4; i++) {
		pid_t pid = fork();

		check(pid >= 0, "fork");
		if (pid)
			continue;
		if (i < 2)
			writer(fd, 1 + 2 * i);
		else
			reader(fd);
		return 0;
	}
	for (i = 0; i < 4; i++)
		check(wait(&status) > 0 && !status, "one ended with %#x", status);
	return 0;
}
