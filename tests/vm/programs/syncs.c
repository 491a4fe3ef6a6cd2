// SPDX-License-Identifier: GPL-2.0-only
/*
 * syncs PATH SEED: stores all over a file through a mapping, with every call that
 * writes back between them. PATH has the pattern of SEED afterwards.
 */
#include "check.h"

int main(int argc, char **argv)
{
	uint64_t seed;
	size_t size, pos, len;
	char *map;
	int fd, n = 0;

	check(argc == 3, "usage: syncs PATH SEED");
	limit_seconds(100);
	seed = strtoull(argv[2], NULL, 0);
	fd = open_or_die(argv[1], O_RDWR);
	size = (size_t)lseek(fd, 0, SEEK_END);
	map = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	check(map != MAP_FAILED, "mmap");
	for (pos = 0; pos < size; pos += len, n++) {
		size_t page = pos / SZ_4K * SZ_4K;

		len = size - pos < 77777 ? size - pos : 77777;
		pattern_fill(map + pos, seed, pos, len);
		switch (n % 8) {
		case 0:
			check(!fsync(fd), "fsync");
			break;
		case 1:
			check(!fdatasync(fd), "fdatasync");
			break;
		case 2:
			check(!msync(map + page, pos - page + len, MS_SYNC), "msync");
			break;
		case 3:
			check(!msync(map, size, MS_ASYNC), "msync, async");
			break;
		case 4:
			check(!syncfs(fd), "syncfs");
			break;
		case 5:
			check(!sync_file_range(fd, (off_t)page, SZ_4K, SYNC_FILE_RANGE_WAIT_BEFORE |
					       SYNC_FILE_RANGE_WRITE | SYNC_FILE_RANGE_WAIT_AFTER),
			      "sync_file_range");
			break;
		case 6:
			sync();
			break;
		case 7:
			check(!msync(map, size, MS_SYNC | MS_INVALIDATE), "msync, invalidate");
			break;
		}
	}
	/* By a descriptor that can only read, as well. */
	close(fd);
	fd = open_or_die(argv[1], O_RDONLY);
	check(!fsync(fd), "fsync of a file open for reading");
	close(fd);
	check(pattern_differs(map, seed, 0, size) < 0, "content");
	return 0;
}
