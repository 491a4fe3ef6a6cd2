// SPDX-License-Identifier: GPL-2.0-only
/*
 * map_place PATH: where mmap without a hint puts a file of at least 4 MiB: at an
 * address that agrees with the offset modulo 2 MiB, so that large pages fit.
 */
#include "check.h"

int main(int argc, char **argv)
{
	size_t lens[] = { SZ_2M, SZ_2M + SZ_4K, 2 * SZ_2M };
	unsigned int i, round;
	int fd, private;

	check(argc == 2, "usage: map_place PATH");
	fd = open_or_die(argv[1], O_RDWR);
	for (private = 0; private < 2; private++) {
		for (round = 0; round < 4; round++) {
			for (i = 0; i < 3; i++) {
				char *p = mmap(NULL, lens[i], PROT_READ, private ? MAP_PRIVATE : MAP_SHARED, fd, 0);

				check(p != MAP_FAILED, "mmap");
				check((uintptr_t)p % SZ_2M == 0, "%zu bytes at %p", lens[i], (void *)p);
				/* In the way, so that the next one has to look on. */
				mmap(NULL, SZ_4K * (round + 1), PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
			}
		}
	}
	close(fd);
	return 0;
}
