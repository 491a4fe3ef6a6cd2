// SPDX-License-Identifier: GPL-2.0-only
/*
 * self_copy PATH: read and write of a file where the buffer is a mapping of the same
 * file, not yet touched: the fault comes while the file's lock is held. PATH has at
 * least 8 MiB with the pattern of seed 1; pages 0 to 15 come to lie at 4 MiB as well.
 */
#include "check.h"

#define LEN (8UL << 20)
#define PIECE (16 * SZ_4K)

int main(int argc, char **argv)
{
	char *map, *fresh;
	int fd;

	check(argc == 2, "usage: self_copy PATH");
	limit_seconds(60);
	fd = open_or_die(argv[1], O_RDWR);
	map = mmap(NULL, LEN, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	check(map != MAP_FAILED, "mmap");
	check(pwrite(fd, map, PIECE, LEN / 2) == (ssize_t)PIECE, "write from the file's own mapping");
	fresh = mmap(NULL, LEN, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	check(fresh != MAP_FAILED, "mmap");
	check(pattern_differs(fresh + LEN / 2, 1, 0, PIECE) < 0, "what was written");
	munmap(fresh, LEN);
	fresh = mmap(NULL, LEN, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	check(fresh != MAP_FAILED, "mmap");
	check(pread(fd, fresh + LEN - PIECE, PIECE, 0) == (ssize_t)PIECE, "read into the file's own mapping");
	check(pattern_differs(map + LEN - PIECE, 1, 0, PIECE) < 0, "what was read");
	/* To the same place: nothing changes. */
	munmap(fresh, LEN);
	fresh = mmap(NULL, LEN, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	check(fresh != MAP_FAILED, "mmap");
	check(pwrite(fd, fresh + 3 * SZ_2M / 2, SZ_4K, 3 * SZ_2M / 2) == (ssize_t)SZ_4K, "onto itself");
	check(pattern_differs(map + 3 * SZ_2M / 2, 1, 3 * SZ_2M / 2, SZ_4K) < 0, "which changes nothing");
	return 0;
}
