// SPDX-License-Identifier: GPL-2.0-only
/*
 * map_cow PATH: a private mapping's writes stay private. PATH has at least 4 MiB
 * with the pattern of seed 1 and has it still at the end.
 */
#include "check.h"

#define LEN (4UL << 20)

static void cow(const char *path, size_t skew, int read_first, int readonly)
{
	int fd = open_or_die(path, readonly ? O_RDONLY : O_RDWR);
	char *area = aligned_area(LEN + SZ_2M), *shared, *a, *b, *buf = malloc(LEN);
	size_t i;

	a = mmap(area + skew, LEN, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_FIXED, fd, 0);
	b = mmap(NULL, LEN, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
	shared = mmap(NULL, LEN, PROT_READ, MAP_SHARED, fd, 0);
	check(a != MAP_FAILED && b != MAP_FAILED && shared != MAP_FAILED && buf, "mmap");
	if (read_first)
		check(pattern_differs(a, 1, 0, LEN) < 0, "before");
	/* Bytes here and there, so that most of a large page is not copied. */
	for (i = 100; i < LEN; i += 300000)
		a[i] ^= 0x5a;
	check(pattern_differs(shared, 1, 0, LEN) < 0, "the shared mapping");
	check(pattern_differs(b, 1, 0, LEN) < 0, "the other private mapping");
	check(pread(fd, buf, LEN, 0) == (ssize_t)LEN && pattern_differs(buf, 1, 0, LEN) < 0, "the file");
	for (i = 100; i < LEN; i += 300000)
		a[i] ^= 0x5a;
	check(pattern_differs(a, 1, 0, LEN) < 0, "the private mapping, put back");

	/* Thrown away, a private page shows the file again. */
	a[100] ^= 0x5a;
	check(!madvise(a, LEN, MADV_DONTNEED), "madvise");
	check(pattern_differs(a, 1, 0, LEN) < 0, "after madvise");

	/* Read into by the kernel: it breaks the sharing as a store does. */
	check(pread(fd, a + SZ_2M + 1, 8192, 0) == 8192, "read into the private mapping");
	check(!memcmp(a + SZ_2M + 1, shared, 8192), "what was read");
	check(pattern_differs(shared, 1, 0, LEN) < 0, "the file after a read into a private mapping");
	munmap(a, LEN);
	munmap(b, LEN);
	munmap(shared, LEN);
	free(buf);
	close(fd);
}

int main(int argc, char **argv)
{
	int i;

	check(argc == 2, "usage: map_cow PATH");
	for (i = 0; i < 4; i++)
		cow(argv[1], i & 1 ? SZ_4K : 0, i & 2, i == 3);
	return 0;
}
