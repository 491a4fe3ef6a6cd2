// SPDX-License-Identifier: GPL-2.0-only
/*
 * dio_file PATH: O_DIRECT on a famfs file, at every alignment, also those that a disk
 * would refuse, mixed with buffered access and a mapping, which all see the same bytes.
 * PATH has at least 2 MiB with the pattern of seed 1 and has it still at the end.
 */
#include <sys/uio.h>
#include "check.h"

#define LEN (2UL << 20)

int main(int argc, char **argv)
{
	int direct, plain;
	char *buf, *map;
	struct iovec iov[2];

	check(argc == 2, "usage: dio_file PATH");
	direct = open_or_die(argv[1], O_RDWR | O_DIRECT);
	plain = open_or_die(argv[1], O_RDWR);
	check(fcntl(direct, F_GETFL) & O_DIRECT, "O_DIRECT is not kept");
	map = mmap(NULL, LEN, PROT_READ | PROT_WRITE, MAP_SHARED, plain, 0);
	check(map != MAP_FAILED && !posix_memalign((void **)&buf, SZ_2M, LEN), "memory");

	check(pread(direct, buf, LEN, 0) == (ssize_t)LEN, "read");
	check(pattern_differs(buf, 1, 0, LEN) < 0, "content");
	check(pread(direct, buf + 3, 5001, 777) == 5001, "unaligned read");
	check(pattern_differs(buf + 3, 1, 777, 5001) < 0, "its content");

	/* Written directly, seen everywhere at once. */
	pattern_fill(buf, 2, 4096, 8192);
	check(pwrite(direct, buf, 8192, 4096) == 8192, "write");
	check(pattern_differs(map + 4096, 2, 4096, 8192) < 0, "in the mapping");
	check(pread(plain, buf + LEN / 2, 8192, 4096) == 8192, "buffered read");
	check(pattern_differs(buf + LEN / 2, 2, 4096, 8192) < 0, "by read");
	pattern_fill(buf + 1, 1, 4096, 8192);
	check(pwrite(direct, buf + 1, 8192, 4096) == 8192, "write from an odd address");
	pattern_fill(buf, 3, 100001, 1501);
	iov[0] = (struct iovec){ buf, 500 };
	iov[1] = (struct iovec){ buf + 500, 1001 };
	check(pwritev(direct, iov, 2, 100001) == 1501, "unaligned pwritev");
	check(pattern_differs(map + 100001, 3, 100001, 1501) < 0, "in the mapping");
	check(pattern_differs(map, 1, 0, 100001) < 0, "in front of it");
	pattern_fill(map + 100001, 1, 100001, 1501);
	check(pread(direct, buf, LEN, 0) == (ssize_t)LEN, "read");
	check(pattern_differs(buf, 1, 0, LEN) < 0, "stores are seen by a direct read");
	/* The flag can come and go on an open file. */
	check(!fcntl(plain, F_SETFL, O_DIRECT) && !fcntl(direct, F_SETFL, 0), "F_SETFL");
	check(pread(plain, buf, 100, 50) == 100 && pattern_differs(buf, 1, 50, 100) < 0, "read after F_SETFL");
	close(plain);
	close(direct);
	check(pattern_differs(map, 1, 0, LEN) < 0, "the mapping, with the file closed");
	return 0;
}
