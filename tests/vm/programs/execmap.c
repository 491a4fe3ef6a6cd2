// SPDX-License-Identifier: GPL-2.0-only
/*
 * execmap PATH allowed|refused: may a mapping of the file be executed? Asked for at mmap, and
 * later of a mapping, also after its pages were put in another order, which maps anew.
 */
#include <sys/syscall.h>
#include "check.h"

#define RX	(PROT_READ | PROT_EXEC)

int main(int argc, char **argv)
{
	int refused, fd;
	char *map;

	check(argc == 3, "usage: execmap PATH allowed|refused");
	refused = !strcmp(argv[2], "refused");
	fd = open_or_die(argv[1], O_RDWR);

	map = mmap(NULL, SZ_2M, RX, MAP_SHARED, fd, 0);
	check((map == MAP_FAILED) == refused, "mmap: %s", strerror(errno));

	map = mmap(NULL, SZ_2M, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	check(map != MAP_FAILED, "mmap");
	map[0] = map[SZ_4K] = 1;
	check(!mprotect(map, SZ_4K, RX) == !refused, "mprotect: %s", strerror(errno));

	map = mmap(NULL, SZ_2M, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	check(map != MAP_FAILED, "mmap");
	check(!syscall(SYS_remap_file_pages, map, SZ_4K, 0, 1, 0), "remap_file_pages");
	map[0] = 2;
	/* Who may execute it at all need not be let do so after this. */
	check(!refused || mprotect(map, SZ_4K, RX), "executable after remap_file_pages()");
	map = mmap(NULL, SZ_4K, PROT_READ, MAP_SHARED, fd, SZ_4K);
	check(map != MAP_FAILED && map[0] == 2, "the page that was put first");
	puts("ok");
	return 0;
}
