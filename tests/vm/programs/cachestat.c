// SPDX-License-Identifier: GPL-2.0-only
/*
 * cachestat PATH: ask what the page cache has of a file that is mapped and was touched. It
 * prints the number of pages, or the errno.
 */
#include <sys/syscall.h>
#include "check.h"

#define NR_CACHESTAT	451	/* on all machines that we test; 6.5 and later */

int main(int argc, char **argv)
{
	struct { uint64_t off, len; } range = { 0, 0 };
	struct { uint64_t cached, dirty, writeback, evicted, recently; } stat;
	volatile char *map;
	size_t size, at;
	int fd;

	check(argc == 2, "usage: cachestat PATH");
	limit_seconds(60);
	fd = open_or_die(argv[1], O_RDWR);
	size = (size_t)lseek(fd, 0, SEEK_END);
	map = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	check(map != MAP_FAILED, "mmap");
	for (at = 0; at < size; at += SZ_2M / 2)
		map[at] = map[at];
	if (syscall(NR_CACHESTAT, fd, &range, &stat, 0))
		puts(errno == ENOSYS ? "ENOSYS" : strerror(errno));
	else
		printf("%llu\n", (unsigned long long)stat.cached);
	return 0;
}
