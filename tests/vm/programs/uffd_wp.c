// SPDX-License-Identifier: GPL-2.0-only
/*
 * uffd_wp PATH: watch what is written to a mapping of a file by write protection that
 * userfaultfd does by itself, and PAGEMAP_SCAN. Every page that was written must be told,
 * and nothing may take for ever. Ends with status 77 where the kernel, or the mapping, has
 * not the means.
 */
#include <linux/fs.h>
#include <linux/userfaultfd.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include "check.h"

#define RAW_UFFD_WP_ASYNC	(1 << 15)
#define RAW_WP_UNPOPULATED	(1 << 13)
#define RAW_SCAN		_IOWR('f', 16, struct raw_scan)
#define RAW_SCAN_WP		(1 << 0)
#define RAW_PAGE_IS_WRITTEN	(1 << 1)
#define SIZE			(4 * SZ_2M)

struct raw_region { uint64_t start, end, categories; };
struct raw_scan {
	uint64_t size, flags, start, end, walk_end, vec, vec_len, max_pages;
	uint64_t inverted, mask, anyof, wanted;
};

/* How many pages were written since the last time. */
static size_t scan(int pagemap, char *map)
{
	static struct raw_region found[SIZE / SZ_4K];
	struct raw_scan arg = {
		.size = sizeof(arg), .flags = RAW_SCAN_WP,
		.start = (uintptr_t)map, .end = (uintptr_t)map + SIZE,
		.vec = (uintptr_t)found, .vec_len = SIZE / SZ_4K,
		.mask = RAW_PAGE_IS_WRITTEN, .wanted = RAW_PAGE_IS_WRITTEN,
	};
	size_t pages = 0;
	long i, n = ioctl(pagemap, RAW_SCAN, &arg);

	if (n < 0 && errno == ENOTTY)
		_exit(77);
	check(n >= 0, "PAGEMAP_SCAN");
	for (i = 0; i < n; i++)
		pages += (found[i].end - found[i].start) / SZ_4K;
	return pages;
}

int main(int argc, char **argv)
{
	struct uffdio_api api = { .api = UFFD_API, .features = RAW_UFFD_WP_ASYNC | RAW_WP_UNPOPULATED };
	struct uffdio_register reg = { .mode = UFFDIO_REGISTER_MODE_WP };
	int fd, uffd, pagemap;
	size_t i, round;
	char *map;

	check(argc == 2, "usage: uffd_wp PATH");
	limit_seconds(60);
	fd = open_or_die(argv[1], O_RDWR);
	pagemap = open_or_die("/proc/self/pagemap", O_RDONLY);
	map = mmap(aligned_area(SIZE), SIZE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, fd, 0);
	check(map != MAP_FAILED, "mmap");
	memset(map, 1, SIZE);
	uffd = syscall(SYS_userfaultfd, O_CLOEXEC | O_NONBLOCK);
	if (uffd < 0 && errno == ENOSYS)
		return 77;
	check(uffd >= 0, "userfaultfd");
	if (ioctl(uffd, UFFDIO_API, &api))
		return 77;
	reg.range.start = (uintptr_t)map;
	reg.range.len = SIZE;
	if (ioctl(uffd, UFFDIO_REGISTER, &reg)) {
		check(errno == EINVAL, "register");
		return 77;
	}
	scan(pagemap, map);
	for (round = 1; round <= 3; round++) {
		for (i = 0; i < SIZE; i += 37 * SZ_4K)
			map[i] = (char)round;
		i = scan(pagemap, map);
		check(i >= (SIZE + 37 * SZ_4K - 1) / (37 * SZ_4K), "%zu pages are told as written", i);
		i = scan(pagemap, map);
		check(!i, "%zu pages are told as written, and none was", i);
		for (i = 0; i < SIZE; i += 37 * SZ_4K)
			check(map[i] == (char)round, "byte %zu", i);
	}
	puts("ok");
	return 0;
}
