/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the test programs have in common: a check that ends the program with
 * the line and the reason, and the pattern that daxio and rawmap write.
 */
#ifndef TESTS_VM_CHECK_H
#define TESTS_VM_CHECK_H

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define SZ_4K 4096UL
#define SZ_2M (2UL << 20)

/* check(COND, FORMAT...): COND holds, or the test has failed. */
#define check(cond, ...)							\
	do {									\
		if (!(cond)) {							\
			int e_ = errno;						\
										\
			fprintf(stderr, "%s:%d: not so: %s; ", __FILE__, __LINE__, #cond); \
			fprintf(stderr, __VA_ARGS__);				\
			fprintf(stderr, " (errno: %s)\n", strerror(e_));	\
			_exit(1);						\
		}								\
	} while (0)

/* Ends the program if it hangs; LAB_SLOW as everywhere, see lib.sh. */
static inline void limit_seconds(unsigned int n)
{
	const char *slow = getenv("LAB_SLOW");

	alarm(n * (slow ? (unsigned int)atoi(slow) : 1));
}

/* fails_with(CALL, ERRNO): CALL gives -1 and ERRNO. */
#define fails_with(call, want)							\
	do {									\
		long r_;							\
										\
		errno = 0;							\
		r_ = (long)(call);						\
		check(r_ == -1 && errno == (want), "result %ld, wanted errno %d", r_, want); \
	} while (0)

/* One word of the pattern (splitmix64 of seed and position). */
static inline uint64_t pattern_word(uint64_t seed, uint64_t index)
{
	uint64_t z = seed * 0x9e3779b97f4a7c15ULL + index + 1;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
	return z ^ (z >> 31);
}

/* The pattern's bytes from position pos on: what `daxio fill` puts there. */
static inline void pattern_fill(void *to, uint64_t seed, uint64_t pos, size_t len)
{
	unsigned char *buf = to;
	size_t i = 0;

	while (i < len) {
		uint64_t w = pattern_word(seed, (pos + i) / 8);
		size_t in = (pos + i) % 8;
		size_t n = 8 - in;

		if (!in && len - i >= 8) {
			/* Of constant size, so no call: all is slow under emulation. */
			memcpy(buf + i, &w, 8);
			i += 8;
			continue;
		}
		if (n > len - i)
			n = len - i;
		memcpy(buf + i, (unsigned char *)&w + in, n);
		i += n;
	}
}

/* Where buf differs from the pattern, or -1. */
static inline long pattern_differs(const void *buf, uint64_t seed, uint64_t pos, size_t len)
{
	static unsigned char want[65536];
	const unsigned char *p = buf;
	size_t done = 0;

	while (done < len) {
		size_t n = len - done < sizeof(want) ? len - done : sizeof(want);
		size_t i;

		pattern_fill(want, seed, pos + done, n);
		if (memcmp(p + done, want, n)) {
			for (i = 0; p[done + i] == want[i]; i++)
				;
			return (long)(done + i);
		}
		done += n;
	}
	return -1;
}

/* An address aligned to so many bytes with len bytes that nothing else uses. */
static inline char *area_aligned_to(size_t align, size_t len)
{
	char *p = mmap(NULL, len + align, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	check(p != MAP_FAILED, "address space");
	return (char *)(((uintptr_t)p + align - 1) / align * align);
}

static inline char *aligned_area(size_t len)
{
	return area_aligned_to(SZ_2M, len);
}

static inline int open_or_die(const char *path, int flags)
{
	int fd = open(path, flags, 0644);

	check(fd >= 0, "open %s", path);
	return fd;
}

/* Goes on as that user, in no other groups; as root if it is 0. */
static inline void become_user(uid_t uid)
{
	if (uid)
		check(!setgroups(0, NULL) && !setgid(uid) && !setuid(uid), "become user %u", uid);
}

#endif
