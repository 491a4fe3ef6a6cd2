// SPDX-License-Identifier: GPL-2.0-only
/*
 * splices PATH OTHER: vmsplice, splice, sendfile, tee and copy_file_range from and to
 * famfs files. PATH and OTHER, of one mount, have at least 1 MiB with the patterns of
 * seeds 1 and 2, and have them still at the end.
 */
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include "check.h"

#define LEN (1UL << 20)

static char buf[LEN];

static void take(int fd, size_t len)
{
	size_t got = 0;

	while (got < len) {
		ssize_t n = read(fd, buf + got, len - got);

		check(n > 0, "read gave %ld after %zu", (long)n, got);
		got += (size_t)n;
	}
}

/* The pages themselves are in the pipe, not a copy. */
static void from_mapping(int fd)
{
	char *map = mmap(NULL, LEN, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	struct iovec iov = { map + 100, 40000 };
	int p[2];

	check(map != MAP_FAILED && !pipe(p), "mmap");
	check(vmsplice(p[1], &iov, 1, 0) == 40000, "vmsplice");
	map[100 + 20000] ^= 0x55;
	take(p[0], 40000);
	buf[20000] ^= 0x55;
	check(pattern_differs(buf, 1, 100, 40000) < 0, "what came through the pipe");
	map[100 + 20000] ^= 0x55;
	/* Unmapped and dropped while the pipe holds it. */
	check(vmsplice(p[1], &iov, 1, 0) == 40000, "vmsplice");
	munmap(map, LEN);
	take(p[0], 30000);
	check(pattern_differs(buf, 1, 100, 30000) < 0, "what came through after munmap");
	close(p[0]);
	close(p[1]);
}

static void into_mapping(int fd)
{
	char *map = mmap(NULL, LEN, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	struct iovec iov = { map + 5000, 3000 };
	int p[2];

	check(map != MAP_FAILED && !pipe(p), "mmap");
	pattern_fill(buf, 9, 0, 3000);
	check(write(p[1], buf, 3000) == 3000, "write");
	check(vmsplice(p[0], &iov, 1, 0) == 3000, "vmsplice from a pipe");
	check(pattern_differs(map + 5000, 9, 0, 3000) < 0, "in the mapping");
	pattern_fill(map + 5000, 1, 5000, 3000);
	munmap(map, LEN);
	close(p[0]);
	close(p[1]);
}

static void through_pipe(int from, int to)
{
	loff_t in, out;
	size_t done;
	int p[2];

	check(!pipe(p), "pipe");
	/* Out of the file, read by a process. */
	for (done = 0; done < 300000;) {
		ssize_t n;

		in = 777 + (loff_t)done;
		n = splice(from, &in, p[1], NULL, 50000, 0);
		check(n > 0 && in == 777 + (loff_t)(done + (size_t)n), "splice from the file gave %ld", (long)n);
		take(p[0], (size_t)n);
		check(pattern_differs(buf, 1, 777 + done, (size_t)n) < 0, "what came at %zu", done);
		done += (size_t)n;
	}
	/* Out of one file, into the other. */
	for (done = 0; done < 200000;) {
		ssize_t n, m;

		in = 10 + (loff_t)done;
		out = 2000 + (loff_t)done;
		n = splice(from, &in, p[1], NULL, 30001, 0);
		check(n > 0, "splice from the file");
		m = splice(p[0], NULL, to, &out, (size_t)n, 0);
		check(m == n, "splice to the file: %ld of %ld", (long)m, (long)n);
		done += (size_t)n;
	}
	check(pread(to, buf, done, 2000) == (ssize_t)done, "read");
	check(pattern_differs(buf, 1, 10, done) < 0, "what was spliced into the file");
	/* At the end of the file: nothing, and no error. */
	in = lseek(from, 0, SEEK_END);
	check(splice(from, &in, p[1], NULL, 4096, 0) == 0, "splice at the end");
	in -= 100;
	check(splice(from, &in, p[1], NULL, 4096, 0) == 100, "splice over the end");
	/* Into the end of the file: what fits. */
	out = lseek(to, 0, SEEK_END);
	fails_with(splice(p[0], NULL, to, &out, 100, 0), ENOSPC);
	close(p[0]);
	close(p[1]);
}

static void by_sendfile(int from, int to)
{
	int s[2], p[2];
	off_t pos = 3000;
	ssize_t n, all = 0;

	check(!socketpair(AF_UNIX, SOCK_STREAM, 0, s) && !pipe(p), "sockets");
	n = sendfile(s[1], from, &pos, 60000);
	check(n > 0 && pos == 3000 + n, "sendfile to a socket gave %ld", (long)n);
	take(s[0], (size_t)n);
	check(pattern_differs(buf, 1, 3000, (size_t)n) < 0, "what the socket got");
	pos = 5;
	check(lseek(to, 400000, SEEK_SET) == 400000, "seek");
	while (all < 250000) {
		n = sendfile(to, from, &pos, (size_t)(250000 - all));
		check(n > 0, "sendfile to the file");
		all += n;
	}
	check(pread(to, buf, 250000, 400000) == 250000, "read");
	check(pattern_differs(buf, 1, 5, 250000) < 0, "what was sent into the file");
	close(s[0]);
	close(s[1]);
	close(p[0]);
	close(p[1]);
}

static void by_copy(int from, int to)
{
	loff_t in = 70001, out = 100003;
	ssize_t n, all = 0;

	while (all < 500000) {
		n = copy_file_range(from, &in, to, &out, (size_t)(500000 - all), 0);
		check(n > 0, "copy_file_range gave %ld", (long)n);
		all += n;
	}
	check(pread(to, buf, 500000, 100003) == 500000, "read");
	check(pattern_differs(buf, 1, 70001, 500000) < 0, "what was copied");
	in = lseek(from, 0, SEEK_END);
	out = 0;
	check(copy_file_range(from, &in, to, &out, 100, 0) == 0, "from the end");
	in = 0;
	out = lseek(to, 0, SEEK_END);
	fails_with(copy_file_range(from, &in, to, &out, 100, 0), ENOSPC);
}

int main(int argc, char **argv)
{
	int from, to;

	check(argc == 3, "usage: splices PATH OTHER");
	from = open_or_die(argv[1], O_RDWR);
	to = open_or_die(argv[2], O_RDWR);
	from_mapping(from);
	into_mapping(from);
	through_pipe(from, to);
	by_sendfile(from, to);
	by_copy(from, to);
	pattern_fill(buf, 2, 0, LEN);
	check(pwrite(to, buf, LEN, 0) == (ssize_t)LEN, "put back");
	check(pread(from, buf, LEN, 0) == (ssize_t)LEN && pattern_differs(buf, 1, 0, LEN) < 0, "%s at the end",
	      argv[1]);
	return 0;
}
