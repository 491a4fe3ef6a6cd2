// SPDX-License-Identifier: GPL-2.0-only
/*
 * map_eof PATH SEED: a file that ends within a page or a large page, mapped far
 * beyond its end: all bytes before the end are there with the pattern of SEED, every
 * page behind the page of the end gives SIGBUS, for loads, stores and the kernel's copies.
 */
#include "check.h"
#include "touch.h"

static void beyond(int fd, size_t size, size_t skew, int flags, uint64_t seed)
{
	size_t end = (size + SZ_4K - 1) / SZ_4K * SZ_4K;
	size_t len = (end + SZ_2M - 1) / SZ_2M * SZ_2M + 2 * SZ_2M;
	size_t at[] = { end, end + 1, end + SZ_4K - 1, end + SZ_4K, len - SZ_2M, len - 1 };
	char *area = aligned_area(len + SZ_2M), *p;
	int pipefd[2], store;
	unsigned int i;

	p = mmap(area + skew, len, PROT_READ | PROT_WRITE, flags | MAP_FIXED, fd, 0);
	check(p != MAP_FAILED, "mmap");
	/* The first touch is behind the end: what is mapped for it must not be. */
	for (store = 0; store < 2; store++)
		for (i = 0; i < sizeof(at) / sizeof(at[0]); i++)
			check(touch_gets(p + at[i], store) == SIGBUS, "at %zu of %zu, store %d: signal %d", at[i],
			      size, store, touch_got);
	check(pattern_differs(p, seed, 0, size) < 0, "content");
	check(!touch_gets(p + end - 1, 0), "the rest of the last page");
	for (store = 0; store < 2; store++)
		for (i = 0; i < sizeof(at) / sizeof(at[0]); i++)
			check(touch_gets(p + at[i], store) == SIGBUS, "at %zu of %zu, store %d: signal %d", at[i],
			      size, store, touch_got);
	/* The kernel reaches for it on our behalf. */
	check(!pipe(pipefd), "pipe");
	fails_with(write(pipefd[1], p + end, 10), EFAULT);
	close(pipefd[0]);
	close(pipefd[1]);
	check(pattern_differs(p, seed, 0, size) < 0, "content afterwards");
	munmap(p, len);
	/* Mapped from behind the end on: allowed, and SIGBUS. */
	p = mmap(NULL, SZ_2M, PROT_READ, flags, fd, (off_t)(end + SZ_2M));
	check(p != MAP_FAILED, "mmap behind the end");
	check(touch_gets(p, 0) == SIGBUS, "behind the end");
	munmap(p, SZ_2M);
}

int main(int argc, char **argv)
{
	uint64_t seed;
	off_t size;
	int fd, i;

	check(argc == 3, "usage: map_eof PATH SEED");
	seed = strtoull(argv[2], NULL, 0);
	touch_setup();
	fd = open_or_die(argv[1], O_RDWR);
	size = lseek(fd, 0, SEEK_END);
	check(size > 0, "size");
	for (i = 0; i < 4; i++)
		beyond(fd, (size_t)size, i & 1 ? SZ_4K : 0, i & 2 ? MAP_PRIVATE : MAP_SHARED, seed);
	close(fd);
	return 0;
}
