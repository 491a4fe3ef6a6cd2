// SPDX-License-Identifier: GPL-2.0-only
/*
 * rawuse: the character device of a dax device in famfs mode, used raw.
 *
 *	rawuse calls PATH SIZE		call by call; SIZE is the device's in bytes
 *	rawuse faults PATH OFF LEN	how many page faults it takes to touch every page of a
 *					mapping that is aligned as the file is
 *	rawuse claim PATH read|write|map GO STOP	waits for the file GO, uses the device once in
 *					this way, prints "raw" or an errno, and if it has the device
 *					keeps it until there is a file STOP
 *	rawuse watched PATH		stores are watched by write protection, if the kernel does
 *	rawuse stir PATH SECONDS	maps, stores, forks, moves, cuts and unmaps at random
 */
#include <linux/userfaultfd.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>
#include "check.h"

#ifndef MAP_SYNC
#define MAP_SYNC	0x80000
#endif
#define NR_CACHESTAT	451
#ifndef UFFD_FEATURE_WP_UNPOPULATED
#define UFFD_FEATURE_WP_UNPOPULATED	(1 << 13)
#endif
#ifndef UFFD_FEATURE_WP_ASYNC
#define UFFD_FEATURE_WP_ASYNC	(1 << 15)
#endif
#define RW	(PROT_READ | PROT_WRITE)

static char *map_at(char *at, int fd, uint64_t off, size_t len, int prot)
{
	char *p = mmap(at, len, prot, MAP_SHARED | (at ? MAP_FIXED : 0), fd, (off_t)off);

	check(p != MAP_FAILED, "map at %llu", (unsigned long long)off);
	return p;
}

static void ends(int fd, uint64_t size)
{
	char buf[8192], *nowhere = aligned_area(SZ_4K);

	check(lseek(fd, 0, SEEK_END) == (off_t)size, "the end");
	check(read(fd, buf, 10) == 0, "read at the end");
	fails_with(write(fd, buf, 10), ENOSPC);
	fails_with(lseek(fd, 1, SEEK_END), EINVAL);
	check(lseek(fd, -4096, SEEK_END) == (off_t)size - 4096, "a page before the end");
	memset(buf, 'e', sizeof(buf));
	check(write(fd, buf, sizeof(buf)) == 4096, "write over the end is short");
	check(lseek(fd, 0, SEEK_CUR) == (off_t)size, "and has moved");
	check(pread(fd, buf, sizeof(buf), (off_t)size - 100) == 100 && buf[99] == 'e', "read over the end is short");
	fails_with(pread(fd, buf, 1, -1), EINVAL);
	fails_with(pread(fd, nowhere, 1, 0), EFAULT);
	fails_with(pwrite(fd, nowhere, 1, 0), EFAULT);
	check(pread(fd, nowhere, 0, 0) == 0, "nothing");
}

static void odd_pieces(int fd)
{
	static char buf[300000], got[300000];
	struct iovec iov[2] = { { got, 7 }, { got + 7, sizeof(got) - 7 } };

	pattern_fill(buf, 5, 0, sizeof(buf));
	check(pwrite(fd, buf, sizeof(buf), SZ_2M - 777) == sizeof(buf), "write");
	check(preadv(fd, iov, 2, SZ_2M - 777) == sizeof(got), "readv");
	check(!memcmp(buf, got, sizeof(got)), "what was written");
}

static void rights(const char *path)
{
	int ro = open_or_die(path, O_RDONLY), wo = open_or_die(path, O_WRONLY);
	char c = 1, *p;

	fails_with(pwrite(ro, &c, 1, 0), EBADF);
	fails_with(pread(wo, &c, 1, 0), EBADF);
	fails_with(mmap(NULL, SZ_2M, RW, MAP_SHARED, ro, 0), EACCES);
	fails_with(mmap(NULL, SZ_2M, PROT_READ, MAP_SHARED, wo, 0), EACCES);
	p = map_at(NULL, ro, 0, SZ_2M, PROT_READ);
	check(pread(ro, &c, 1, 0) == 1 && *p == c, "read only");
	fails_with(mprotect(p, SZ_2M, RW), EACCES);
	/* As a debugger does it. */
	close(ro);
	ro = open_or_die("/proc/self/mem", O_RDWR);
	check(pwrite(ro, "x", 1, (off_t)(uintptr_t)p) < 0, "a store by force");
	check(pread(ro, &c, 1, (off_t)(uintptr_t)p) == 1 || errno == EIO, "a load by force");
	check(!munmap(p, SZ_2M), "munmap");
	close(ro);
	close(wo);
}

/* What device_dax's node refuses, too, and what it does not know. */
static void kinds(int fd, uint64_t size)
{
	char *p;

	fails_with(mmap(NULL, SZ_2M, RW, MAP_PRIVATE, fd, 0), EINVAL);
	p = mmap(NULL, SZ_2M, RW, MAP_SHARED_VALIDATE | MAP_SYNC, fd, 0);
	check(p != MAP_FAILED, "MAP_SYNC");
	check(!msync(p, SZ_2M, MS_SYNC) && !fsync(fd) && !fdatasync(fd), "msync, fsync");
	check(!munmap(p, SZ_2M), "munmap");
	/* A page that no large one fits. */
	p = map_at(NULL, fd, SZ_2M - SZ_4K, 2 * SZ_4K, RW);
	p[SZ_4K - 1] = 'a';
	p[SZ_4K] = 'b';
	check(!munmap(p, 2 * SZ_4K), "munmap");
	check(pread(fd, &p, 2, SZ_2M - 1) == 2 && !memcmp(&p, "ab", 2), "the two bytes");
	p = map_at(NULL, fd, size - SZ_4K, 2 * SZ_4K, RW);
	*p = 1;
	if (!fork()) {
		p[SZ_4K] = 1;
		_exit(0);
	}
	int status;

	check(wait(&status) > 0 && WIFSIGNALED(status) && WTERMSIG(status) == SIGBUS, "behind the end");
	check(!munmap(p, 2 * SZ_4K), "munmap");
}

static void named(const char *path, const char *p)
{
	FILE *maps = fopen("/proc/self/maps", "r");
	char line[512], want[32];
	bool found = false;

	snprintf(want, sizeof(want), "%lx-", (unsigned long)p);
	while (fgets(line, sizeof(line), maps))
		if (!strncmp(line, want, strlen(want)))
			found = strstr(line, path);
	fclose(maps);
	check(found, "%s in maps", path);
}

/* Who only looks at it. */
static void looked_at(char *p)
{
	static const char *const files[] = { "smaps", "smaps_rollup", "numa_maps", "maps" };
	static char buf[1 << 16];
	unsigned char core;
	unsigned int i;
	uint64_t entry;
	char name[64];
	int fd;

	for (i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		snprintf(name, sizeof(name), "/proc/self/%s", files[i]);
		fd = open(name, O_RDONLY);
		while (fd >= 0 && read(fd, buf, sizeof(buf)) > 0)
			;
		close(fd);
	}
	fd = open_or_die("/proc/self/pagemap", O_RDONLY);
	check(pread(fd, &entry, 8, (off_t)((uintptr_t)p / SZ_4K * 8)) == 8 && entry >> 63, "pagemap");
	close(fd);
	check(!mincore(p, SZ_4K, &core), "mincore");
}

/* What becomes of a mapping of @len bytes at byte 0, filled with pattern 9. */
static void same(const char *p, size_t len, const char *what)
{
	long at = pattern_differs(p, 9, 0, len);

	check(at < 0, "%s: differs at %ld", what, at);
}

static void lives(const char *path, int fd)
{
	struct { uint64_t off, len; } range = { 0, 0 };
	uint64_t stat[5];
	char *p = map_at(aligned_area(2 * SZ_2M), fd, 0, SZ_2M, RW), *q, buf[64];
	struct iovec to = { buf, 64 }, from = { p + 100, 64 };
	long r;

	named(path, p);
	pattern_fill(p, 9, 0, SZ_2M);
	looked_at(p);
	if (!fork()) {
		same(p, SZ_2M, "in a child");
		p[5]++;
		_exit(0);
	}
	check(wait(NULL) > 0, "wait");
	p[5]--;
	same(p, SZ_2M, "after a child");
	check(process_vm_readv(getpid(), &to, 1, &from, 1, 0) == 64 && !memcmp(buf, p + 100, 64), "process_vm_readv");
	check(!madvise(p, SZ_2M, MADV_DONTNEED), "DONTNEED");
	same(p, SZ_2M, "after DONTNEED");
	fails_with(madvise(p, SZ_2M, MADV_REMOVE), ENODEV);
	check(!mprotect(p + SZ_4K, SZ_4K, PROT_NONE), "PROT_NONE in the middle");
	check(!mprotect(p + SZ_4K, SZ_4K, PROT_READ) && !mprotect(p + SZ_4K, SZ_4K, RW), "and back");
	same(p, SZ_2M, "after mprotect");
	q = mremap(p, SZ_2M, SZ_2M, MREMAP_MAYMOVE | MREMAP_FIXED, p + SZ_2M);
	check(q == p + SZ_2M, "moved");
	same(q, SZ_2M, "moved");
	p = mremap(q, SZ_2M, 4 * SZ_2M, MREMAP_MAYMOVE);
	check(p != MAP_FAILED, "grown");
	same(p, SZ_2M, "grown");
	p[4 * SZ_2M - 1] = 7;
	check(pread(fd, buf, 1, 4 * SZ_2M - 1) == 1 && buf[0] == 7, "stored where it grew");
	check(!munmap(p + SZ_2M, SZ_2M), "a hole");
	check(!mlock(p, SZ_2M) && !munlock(p, SZ_2M), "mlock");
	/* It goes by the mapping's file. */
	check(!syscall(SYS_remap_file_pages, p, SZ_2M, 0, 512, 0), "remap_file_pages");
	p[0] = 3;
	check(pread(fd, buf, 1, SZ_2M) == 1 && buf[0] == 3, "stored where it was turned to");
	/* A buffer that is of the device itself. */
	check(pwrite(fd, p, SZ_2M, 16 * SZ_2M) == (ssize_t)SZ_2M, "out of a mapping");
	check(pread(fd, p, SZ_2M, 0) == (ssize_t)SZ_2M, "into a mapping");
	same(p, SZ_2M, "into a mapping");
	r = syscall(NR_CACHESTAT, fd, &range, stat, 0);
	check(!r || errno == ENOSYS, "cachestat");
	check(!munmap(p, SZ_2M) && !munmap(p + 2 * SZ_2M, 2 * SZ_2M), "munmap");
}

static long minor_faults(void)
{
	struct rusage u;

	check(!getrusage(RUSAGE_SELF, &u), "getrusage");
	return u.ru_minflt;
}

static int faults(const char *path, uint64_t off, size_t len)
{
	int fd = open_or_die(path, O_RDWR);
	char *p = aligned_area(len) + off % SZ_2M;
	long before;
	size_t i;

	map_at(p, fd, off, len, RW);
	before = minor_faults();
	for (i = 0; i < len; i += SZ_4K)
		((volatile char *)p)[i] = (char)i;
	printf("%ld\n", minor_faults() - before);
	return 0;
}

static void pause_ms(long ms)
{
	struct timespec t = { 0, ms * 1000000 };

	nanosleep(&t, NULL);
}

static int claim(const char *path, const char *how, const char *go, const char *stop)
{
	int fd = open_or_die(path, O_RDWR);
	char c = 0, *p;
	bool got;

	while (access(go, F_OK))
		pause_ms(1);
	if (!strcmp(how, "map")) {
		p = mmap(NULL, SZ_2M, RW, MAP_SHARED, fd, 0);
		got = p != MAP_FAILED;
		if (got)
			close(fd);
	} else {
		got = (*how == 'r' ? pread(fd, &c, 1, 0) : pwrite(fd, &c, 1, 0)) == 1;
	}
	puts(got ? "raw" : strerrorname_np(errno));
	fflush(stdout);
	while (got && access(stop, F_OK))
		pause_ms(5);
	return 0;
}

/* Stores are told by the kernel's log of them (userfaultfd, asynchronous), a page at a time. */
static int watched(const char *path)
{
	struct uffdio_api api = { .api = UFFD_API,
				  .features = UFFD_FEATURE_WP_UNPOPULATED | UFFD_FEATURE_WP_ASYNC };
	struct uffdio_register reg = { .mode = UFFDIO_REGISTER_MODE_WP };
	struct uffdio_writeprotect wp = { .mode = UFFDIO_WRITEPROTECT_MODE_WP };
	int fd = open_or_die(path, O_RDWR), i;
	int ufd = (int)syscall(SYS_userfaultfd, O_CLOEXEC | O_NONBLOCK);
	char *p = map_at(aligned_area(SZ_2M), fd, 0, SZ_2M, RW);

	if (ufd < 0 || ioctl(ufd, UFFDIO_API, &api)) {
		puts("not in this kernel");
		return 0;
	}
	reg.range.start = (uintptr_t)p;
	reg.range.len = SZ_2M;
	check(!ioctl(ufd, UFFDIO_REGISTER, &reg), "register");
	wp.range = reg.range;
	for (i = 0; i < 3; i++) {
		check(!ioctl(ufd, UFFDIO_WRITEPROTECT, &wp), "protect");
		pattern_fill(p, i, 0, SZ_2M);
		check(pattern_differs(p, i, 0, SZ_2M) < 0, "stored");
		check(!madvise(p, SZ_2M, MADV_DONTNEED), "DONTNEED");
		check(pattern_differs(p, i, 0, SZ_2M) < 0, "stored for good");
	}
	puts("watched");
	return 0;
}

static int stir(const char *path, int seconds)
{
	time_t end = time(NULL) + seconds;
	unsigned int seed = (unsigned int)getpid();

	while (time(NULL) < end) {
		int fd = open(path, O_RDWR);
		size_t at = (rand_r(&seed) % 8) * SZ_2M, len = (1 + rand_r(&seed) % 3) * SZ_2M;
		char *p, *q;

		/* Others may have it, and it may go. */
		if (fd < 0)
			continue;
		p = mmap(NULL, len, RW, MAP_SHARED, fd, (off_t)at);
		if (rand_r(&seed) % 2)
			close(fd);
		else if (rand_r(&seed) % 2)
			dup2(fd, 200), close(fd);
		if (p == MAP_FAILED)
			continue;
		if (!fork()) {
			size_t i;

			prctl(PR_SET_PDEATHSIG, SIGKILL);
			for (i = 0; i < len; i += SZ_4K * (1 + rand_r(&seed) % 64))
				p[i]++;
			q = mremap(p, len, len + SZ_2M, MREMAP_MAYMOVE);
			if (q != MAP_FAILED)
				q[len]++;
			_exit(0);
		}
		wait(NULL);
		munmap(p + SZ_4K * (rand_r(&seed) % 100), SZ_4K);
		munmap(p, len);
	}
	return 0;
}

int main(int argc, char **argv)
{
	check(argc >= 3, "usage: rawuse calls|faults|claim|watched|stir PATH ...");
	limit_seconds(300);
	if (!strcmp(argv[1], "faults") && argc == 5)
		return faults(argv[2], strtoull(argv[3], NULL, 0), strtoull(argv[4], NULL, 0));
	if (!strcmp(argv[1], "claim") && argc == 6)
		return claim(argv[2], argv[3], argv[4], argv[5]);
	if (!strcmp(argv[1], "watched"))
		return watched(argv[2]);
	if (!strcmp(argv[1], "stir") && argc == 4)
		return stir(argv[2], atoi(argv[3]));
	if (!strcmp(argv[1], "calls") && argc == 4) {
		uint64_t size = strtoull(argv[3], NULL, 0);
		int fd = open_or_die(argv[2], O_RDWR);

		ends(fd, size);
		odd_pieces(fd);
		rights(argv[2]);
		kinds(fd, size);
		lives(argv[2], fd);
		return 0;
	}
	check(0, "usage");
}
