// SPDX-License-Identifier: GPL-2.0-only
/*
 * edges PATH SEED: writes with all sizes around the first and the last byte of a file,
 * also such as would reach far beyond it, by write, O_DIRECT and mapping. The file has
 * the pattern of SEED before and after.
 */
#include "check.h"

static char buf[3UL << 20];
static char back[3UL << 20];

static void around(int fd, char *map, off_t size, uint64_t seed)
{
	static const size_t lens[] = { 1, 2, 511, 512, 4095, 4096, 4097, 65537, SZ_2M + 1 };
	static const off_t before[] = { 1, 2, 511, 4096, 4097, 8193 };
	unsigned int i, j;

	for (i = 0; i < sizeof(lens) / sizeof(lens[0]); i++) {
		size_t fits = (off_t)lens[i] < size ? lens[i] : (size_t)size;

		/* What lies behind what fits is no pattern: it would be seen in a neighbour. */
		memset(buf, 0xee, lens[i]);
		pattern_fill(buf, seed, 0, fits);
		check(pwrite(fd, buf, lens[i], 0) == (ssize_t)fits, "write of %zu at 0", lens[i]);
		check(pread(fd, back, lens[i], 0) == (ssize_t)fits && !memcmp(back, buf, fits), "read of %zu at 0",
		      lens[i]);
		for (j = 0; j < sizeof(before) / sizeof(before[0]); j++) {
			off_t at = size > before[j] ? size - before[j] : 0;

			fits = (off_t)lens[i] < size - at ? lens[i] : (size_t)(size - at);
			memset(buf, 0xee, lens[i]);
			pattern_fill(buf, seed, (uint64_t)at, fits);
			check(pwrite(fd, buf, lens[i], at) == (ssize_t)fits, "write of %zu at %ld", lens[i], (long)at);
			memset(back, 0xdd, lens[i] + 1);
			check(pread(fd, back, lens[i], at) == (ssize_t)fits, "read of %zu at %ld", lens[i], (long)at);
			check(!memcmp(back, buf, fits), "content of %zu at %ld", lens[i], (long)at);
			check((unsigned char)back[fits] == 0xdd, "read too much");
			/* The same bytes once more, one by one through the mapping. */
			memset(map + at, 0, fits);
			memcpy(map + at, buf, fits);
		}
	}
	check(pattern_differs(map, seed, 0, (size_t)size) < 0, "content");
}

int main(int argc, char **argv)
{
	uint64_t seed;
	off_t size;
	char *map;
	int fd, i;

	check(argc == 3, "usage: edges PATH SEED");
	seed = strtoull(argv[2], NULL, 0);
	for (i = 0; i < 3; i++) {
		static const int flags[] = { 0, O_DIRECT, O_DSYNC };

		fd = open_or_die(argv[1], O_RDWR | flags[i]);
		size = lseek(fd, 0, SEEK_END);
		check(size > 0, "size");
		map = mmap(NULL, (size_t)size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
		check(map != MAP_FAILED, "mmap");
		around(fd, map, size, seed);
		munmap(map, (size_t)size);
		close(fd);
	}
	return 0;
}
