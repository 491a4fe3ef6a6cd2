// SPDX-License-Identifier: GPL-2.0-only
/*
 * map_calls PATH: the system calls that work on a mapping, one after the other.
 * PATH has at least 8 MiB with the pattern of seed 1 and has it still at the end.
 */
#include <setjmp.h>
#include <signal.h>
#include "check.h"

#ifndef MAP_SYNC
#define MAP_SYNC 0x80000
#endif
#ifndef MAP_SHARED_VALIDATE
#define MAP_SHARED_VALIDATE 0x03
#endif
#ifndef MADV_POPULATE_READ
#define MADV_POPULATE_READ 22
#define MADV_POPULATE_WRITE 23
#endif

#define LEN (8UL << 20)

static sigjmp_buf back;
static volatile int got;

static void on_signal(int sig)
{
	got = sig;
	siglongjmp(back, 1);
}

/* The signal that a store to p gets, 0 if none. */
static int store_gets(volatile char *p)
{
	got = 0;
	if (!sigsetjmp(back, 1))
		*p = *p;
	return got;
}

static int load_gets(volatile char *p)
{
	got = 0;
	if (!sigsetjmp(back, 1))
		(void)*p;
	return got;
}

static char *map(int fd, int prot, int flags)
{
	char *area = aligned_area(LEN);
	char *p = mmap(area, LEN, prot, flags | MAP_FIXED, fd, 0);

	check(p != MAP_FAILED, "mmap");
	return p;
}

static void protect(int fd)
{
	char *p = map(fd, PROT_READ | PROT_WRITE, MAP_SHARED);

	check(!store_gets(p + 10) && !store_gets(p + SZ_2M), "store");
	check(!mprotect(p, LEN, PROT_READ), "mprotect to read");
	check(store_gets(p + 10) == SIGSEGV, "store to a read-only page");
	check(pattern_differs(p, 1, 0, LEN) < 0, "content, read-only");
	/* Within a large page: it has to be split. */
	check(!mprotect(p + SZ_4K, SZ_4K, PROT_READ | PROT_WRITE), "mprotect of one page");
	check(!store_gets(p + SZ_4K), "store to the one page");
	check(store_gets(p) == SIGSEGV && store_gets(p + 2 * SZ_4K) == SIGSEGV, "its neighbours");
	check(!mprotect(p, SZ_2M, PROT_NONE), "mprotect to none");
	check(load_gets(p) == SIGSEGV, "load without right");
	check(!mprotect(p, LEN, PROT_READ | PROT_WRITE), "mprotect back");
	check(!store_gets(p) && !store_gets(p + LEN - 1), "store");
	check(pattern_differs(p, 1, 0, LEN) < 0, "content");
	munmap(p, LEN);
}

static void partial_unmap(int fd)
{
	char *p = map(fd, PROT_READ | PROT_WRITE, MAP_SHARED);

	check(!store_gets(p + SZ_2M), "store");
	check(!munmap(p + SZ_2M + SZ_4K, SZ_4K), "munmap of one page in a large one");
	check(load_gets(p + SZ_2M + SZ_4K) == SIGSEGV, "load where nothing is mapped");
	check(!store_gets(p + SZ_2M) && !store_gets(p + SZ_2M + 2 * SZ_4K), "neighbours");
	check(pattern_differs(p + SZ_2M + 2 * SZ_4K, 1, SZ_2M + 2 * SZ_4K, SZ_2M) < 0, "content behind");
	munmap(p, LEN);
}

static void move(int fd)
{
	char *p = map(fd, PROT_READ | PROT_WRITE, MAP_SHARED), *to, *q;

	check(!store_gets(p) && !store_gets(p + SZ_2M + 1), "store");
	/* Large pages to a place where they fit, and one where they do not. */
	to = aligned_area(LEN + SZ_2M);
	q = mremap(p, LEN, LEN, MREMAP_MAYMOVE | MREMAP_FIXED, to);
	check(q == to, "mremap, aligned");
	check(load_gets(p) == SIGSEGV, "the old place");
	check(pattern_differs(q, 1, 0, LEN) < 0, "content after the move");
	p = q;
	to = aligned_area(LEN + SZ_2M) + SZ_4K;
	q = mremap(p, LEN, LEN, MREMAP_MAYMOVE | MREMAP_FIXED, to);
	check(q == to, "mremap, not aligned");
	check(pattern_differs(q, 1, 0, LEN) < 0, "content after the second move");
	check(!store_gets(q + LEN - 1), "store after the move");
	/* Part of it, then smaller. */
	to = aligned_area(SZ_2M);
	check(mremap(q + SZ_4K, 3 * SZ_4K, 3 * SZ_4K, MREMAP_MAYMOVE | MREMAP_FIXED, to) == to, "a part");
	check(pattern_differs(to, 1, SZ_4K, 3 * SZ_4K) < 0, "the part");
	check(pattern_differs(q + 4 * SZ_4K, 1, 4 * SZ_4K, LEN - 4 * SZ_4K) < 0, "the rest");
	check(mremap(q + SZ_2M, SZ_2M, SZ_4K, 0) == q + SZ_2M, "smaller");
	check(load_gets(q + SZ_2M + SZ_4K) == SIGSEGV, "what was cut off");
	munmap(to, 3 * SZ_4K);
	munmap(q, LEN);
}

/* What is mapped past the end may be refused, or it may be there and give SIGBUS. */
static void grow(int fd)
{
	off_t size = lseek(fd, 0, SEEK_END);
	char *p, *q;

	p = mmap(NULL, SZ_2M, PROT_READ | PROT_WRITE, MAP_SHARED, fd, size - (off_t)SZ_2M);
	check(p != MAP_FAILED && !store_gets(p), "the last piece");
	q = mremap(p, SZ_2M, 2 * SZ_2M, MREMAP_MAYMOVE);
	if (q == MAP_FAILED) {
		munmap(p, SZ_2M);
		return;
	}
	check(!load_gets(q) && !load_gets(q + SZ_2M - 1), "before the end");
	check(load_gets(q + SZ_2M) == SIGBUS && store_gets(q + 2 * SZ_2M - 1) == SIGBUS, "behind the end");
	munmap(q, 2 * SZ_2M);
}

static void sync_map(int fd)
{
	char *p = map(fd, PROT_READ | PROT_WRITE, MAP_SHARED_VALIDATE | MAP_SYNC);

	check(pattern_differs(p, 1, 0, LEN) < 0, "content of a MAP_SYNC mapping");
	check(!store_gets(p) && !store_gets(p + SZ_2M), "store");
	check(!msync(p, LEN, MS_SYNC) && !msync(p, LEN, MS_ASYNC), "msync");
	munmap(p, LEN);
	/* A flag nobody knows is refused by MAP_SHARED_VALIDATE. */
	fails_with(mmap(NULL, SZ_4K, PROT_READ, MAP_SHARED_VALIDATE | (1 << 22), fd, 0), EOPNOTSUPP);
}

static void hints(int fd)
{
	char *p = map(fd, PROT_READ | PROT_WRITE, MAP_SHARED);
	static unsigned char vec[LEN / SZ_4K];

	check(!madvise(p, LEN, MADV_WILLNEED) || errno == EINVAL || errno == EOPNOTSUPP, "MADV_WILLNEED");
	check(!store_gets(p), "store");
	check(!mincore(p, LEN, vec), "mincore");
	check(vec[0] & 1, "a page just used is not in core");
	p[7] ^= 1;
	check(!madvise(p, LEN, MADV_DONTNEED), "MADV_DONTNEED");
	p[7] ^= 1;
	check(pattern_differs(p, 1, 0, LEN) < 0, "content after MADV_DONTNEED: a write was lost");
	check(!madvise(p, LEN, MADV_RANDOM) && !madvise(p, LEN, MADV_NORMAL), "madvise");
	check(!madvise(p, LEN, MADV_POPULATE_READ), "MADV_POPULATE_READ");
	check(!madvise(p, LEN, MADV_POPULATE_WRITE), "MADV_POPULATE_WRITE");
	check(!madvise(p, LEN, MADV_DONTFORK) && !madvise(p, LEN, MADV_DOFORK), "fork hints");
	check(madvise(p, LEN, MADV_REMOVE) < 0, "MADV_REMOVE took bytes away");
	check(!posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED), "fadvise");
	check(!posix_fadvise(fd, 0, 0, POSIX_FADV_WILLNEED), "fadvise");
	check(pattern_differs(p, 1, 0, LEN) < 0, "content");
	munmap(p, LEN);
}

static void lock(int fd)
{
	char *p = map(fd, PROT_READ | PROT_WRITE, MAP_SHARED);

	check(!mlock(p, LEN), "mlock");
	check(pattern_differs(p, 1, 0, LEN) < 0, "content, locked");
	check(!munlock(p + SZ_4K, SZ_4K), "munlock of one page");
	check(!munlock(p, LEN), "munlock");
	munmap(p, LEN);
	p = mmap(NULL, LEN, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE | MAP_LOCKED, fd, 0);
	check(p != MAP_FAILED, "mmap MAP_POPULATE | MAP_LOCKED");
	check(pattern_differs(p, 1, 0, LEN) < 0, "content, populated");
	munmap(p, LEN);
	p = map(fd, PROT_READ | PROT_WRITE, MAP_PRIVATE);
	check(!mlock(p, SZ_2M), "mlock of a private mapping");
	munmap(p, LEN);
}

int main(int argc, char **argv)
{
	struct sigaction act = { .sa_handler = on_signal };
	int fd;

	check(argc == 2, "usage: map_calls PATH");
	sigaction(SIGSEGV, &act, NULL);
	sigaction(SIGBUS, &act, NULL);
	fd = open_or_die(argv[1], O_RDWR);
	protect(fd);
	partial_unmap(fd);
	move(fd);
	grow(fd);
	sync_map(fd);
	hints(fd);
	lock(fd);
	close(fd);
	return 0;
}
