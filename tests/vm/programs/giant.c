// SPDX-License-Identifier: GPL-2.0-only
/*
 * giant PATH STEP: a file of 2 GiB that can be mapped 1 GiB at a time, and what programs do to
 * such mappings. STEP is one of:
 *
 *	touch	loads and stores, each GiB's first and last page
 *	place	where mmap without a hint puts it
 *	protect	mprotect of all of it, of a GiB, of a page
 *	fork	the child's stores and the parent's, also where a part was to be a guard
 *	move	mremap to where it fits, and not; of a part; growing
 *	holes	munmap and MADV_DONTNEED of pages
 *	walk	smaps, pagemap, mincore and advice
 *	lend	pages used by system calls, and by another process
 *	watch	write protection by userfaultfd, where the kernel does it to any memory
 *	race	faults of one thread, and what others do to the same mapping and the same file
 *	private	a private mapping keeps its stores to itself
 */
#include <linux/userfaultfd.h>
#include <sys/ioctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <pthread.h>
#include <signal.h>
#include "check.h"
#include "touch.h"

#define SZ_1G	(1UL << 30)
#define SIZE	(2 * SZ_1G)

#ifndef MADV_GUARD_INSTALL
#define MADV_GUARD_INSTALL	102
#endif
#ifndef UFFD_FEATURE_WP_ASYNC
#define UFFD_FEATURE_WP_ASYNC	(1 << 15)
#endif

static int fd;
static int rounds;
/* In both GiB: the first byte, one in the middle, the last. */
static const size_t places[] = { 0, SZ_1G / 2 + 12345, SZ_1G - 1, SZ_1G, SZ_1G + 5 * SZ_2M, SIZE - 1 };

#define NPLACES	(sizeof(places) / sizeof(places[0]))

static char *map_all(int prot, int type)
{
	char *p = mmap(NULL, SIZE, prot, type, fd, 0);

	check(p != MAP_FAILED, "mmap");
	return p;
}

static char *map_rw(void)
{
	return map_all(PROT_READ | PROT_WRITE, MAP_SHARED);
}

/* Stores through the mapping are read by read(2), and what write(2) wrote by loads. */
static void works(volatile char *p)
{
	unsigned int i;
	char c;

	rounds++;
	for (i = 0; i < NPLACES; i++)
		p[places[i]] = (char)(rounds + i);
	for (i = 0; i < NPLACES; i++) {
		check(pread(fd, &c, 1, places[i]) == 1 && c == (char)(rounds + i),
		      "round %d, place %u: %d", rounds, i, c);
		c = (char)~c;
		check(pwrite(fd, &c, 1, places[i]) == 1 && p[places[i]] == c,
		      "round %d, place %u, %d written", rounds, i, c);
	}
}

static void touch(void)
{
	char *r = map_all(PROT_READ, MAP_SHARED), *p = map_rw();

	works(p);
	works(p);
	check(r[SIZE - 1] == p[SIZE - 1], "two mappings");
	check(!msync(p + 4096, 4096, MS_SYNC), "msync");
	check(!fsync(fd), "fsync");
	/* Everything is mapped anew. */
	works(p);
	check(!fsync(fd), "fsync");
}

static void place(void)
{
	size_t offs[] = { 0, SZ_2M, SZ_1G, SZ_1G / 2 };
	unsigned int i;
	char *p;

	for (i = 0; i < 4; i++) {
		p = mmap(NULL, SIZE - offs[i], PROT_READ | PROT_WRITE, MAP_SHARED, fd, offs[i]);
		check(p != MAP_FAILED, "mmap");
		check(!(((uintptr_t)p - offs[i]) % SZ_1G), "%p for offset %zu", (void *)p, offs[i]);
		if (!i)
			works(p);
		/* In the way of the next one. */
		check(mmap(NULL, SZ_4K * (i + 1), PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) !=
		      MAP_FAILED, "mmap");
	}
	/* A welcome place is taken, though nothing large fits there. */
	p = mmap(NULL, SIZE + SZ_1G, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	check(p != MAP_FAILED && !munmap(p, SIZE + SZ_1G), "room");
	p += SZ_4K;
	check(mmap(p, SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0) == p, "a hint");
	works(p);
}

/* Who debugs a program reads what that one itself may not. */
static void check_debugger(const char *p, size_t off)
{
	long here, there;
	int status;
	pid_t pid;

	off &= ~(sizeof(long) - 1);
	check(pread(fd, &there, sizeof(there), off) == sizeof(there), "read of the file");
	pid = fork();
	check(pid >= 0, "fork");
	if (!pid) {
		ptrace(PTRACE_TRACEME, 0, NULL, NULL);
		raise(SIGSTOP);
		_exit(0);
	}
	check(waitpid(pid, &status, 0) == pid && WIFSTOPPED(status), "the child does not stop");
	errno = 0;
	here = ptrace(PTRACE_PEEKDATA, pid, p + off, NULL);
	check(!errno && here == there, "a debugger reads %lx, not %lx", here, there);
	kill(pid, SIGKILL);
	waitpid(pid, &status, 0);
}

static void protect(void)
{
	char *p = map_rw();
	size_t parts[][2] = { { 0, SIZE }, { SZ_1G, SZ_1G }, { SZ_1G / 2, SZ_4K },
			      { SZ_1G - SZ_4K, SZ_4K }, { SZ_2M, SZ_1G }, { 0, SZ_4K } };
	unsigned int i;

	touch_setup();
	for (i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		size_t off = parts[i][0], len = parts[i][1];

		works(p);
		check(!mprotect(p + off, len, PROT_READ), "mprotect");
		check(touch_gets(p + off, 1) == SIGSEGV && touch_gets(p + off + len - 1, 1) == SIGSEGV,
		      "a store to what is only to be read");
		check(!touch_gets(p + off, 0) && !touch_gets(p + off + len - 1, 0), "a load");
		check(off + len == SIZE || !touch_gets(p + off + len, 1), "a store behind it");
		check(!off || !touch_gets(p + off - 1, 1), "a store before it");
		check(!mprotect(p + off, len, PROT_NONE), "mprotect");
		check(touch_gets(p + off, 0) == SIGSEGV, "a load of what is not to be read");
		check_debugger(p, off);
		check_debugger(p, off + len - 1);
		check(!mprotect(p, SIZE, PROT_READ | PROT_WRITE), "mprotect");
		works(p);
	}
}

static void in_child(void (*what)(volatile char *), char *p)
{
	pid_t pid = fork();
	int status;

	check(pid >= 0, "fork");
	if (!pid) {
		what(p);
		_exit(0);
	}
	check(waitpid(pid, &status, 0) == pid && !status, "child: %#x", status);
}

static void child_stores(volatile char *p)
{
	works(p);
	p[SZ_4K] = 77;
}

static void fork_and_guard(void)
{
	char *p = map_rw();
	int i;

	for (i = 0; i < 3; i++) {
		p[SZ_4K] = 1;
		works(p);
		in_child(child_stores, p);
		check(p[SZ_4K] == 77, "the child's store");
		works(p);
		/* If that can be had the next fork copies what is mapped. */
		if (!i && !madvise(p + SZ_1G / 2, SZ_4K, MADV_GUARD_INSTALL))
			printf("with a guard\n");
		if (i == 1)
			check(!mprotect(p, SZ_1G, PROT_READ) && !mprotect(p, SZ_1G, PROT_READ | PROT_WRITE),
			      "mprotect");
	}
	check(!munmap(p, SIZE), "munmap");
}

/* A place of SIZE bytes and some, that agrees with offset 0 modulo 1 GiB. */
static char *room(void)
{
	return area_aligned_to(SZ_1G, SIZE + SZ_1G);
}

static void move(void)
{
	char *p = map_rw(), *to = room(), *q;

	works(p);
	q = mremap(p, SIZE, SIZE, MREMAP_MAYMOVE | MREMAP_FIXED, to);
	check(q == to, "mremap to where it fits");
	works(q);
	p = q;
	to = room();
	q = mremap(p, SIZE, SIZE, MREMAP_MAYMOVE | MREMAP_FIXED, to + SZ_4K);
	check(q == to + SZ_4K, "mremap to where it does not fit");
	works(q);
	check(!munmap(q, SIZE), "munmap");
	p = map_rw();
	works(p);

	/* Pieces, to wherever. */
	p[SZ_2M - 1] = 10;
	p[SZ_2M] = 11;
	p[2 * SZ_2M] = 12;
	q = mremap(p + SZ_2M, SZ_2M, SZ_2M, MREMAP_MAYMOVE | MREMAP_FIXED, to + SZ_4K);
	check(q == to + SZ_4K && q[0] == 11, "mremap of 2 MiB");
	check(p[SZ_2M - 1] == 10 && p[2 * SZ_2M] == 12, "what was around it");
	touch_setup();
	check(touch_gets(p + SZ_2M, 0) == SIGSEGV, "what was moved");
	check(!munmap(p, SIZE) && !munmap(q, SZ_2M), "munmap");

	/* One that begins in the middle of a GiB. */
	p = mmap(NULL, SZ_1G + SZ_2M, PROT_READ | PROT_WRITE, MAP_SHARED, fd, SZ_1G - SZ_2M);
	check(p != MAP_FAILED, "mmap");
	p[0] = 21;
	p[SZ_2M] = 22;
	to = room();
	q = mremap(p, SZ_1G + SZ_2M, SZ_1G + SZ_2M, MREMAP_MAYMOVE | MREMAP_FIXED, to + SZ_1G - SZ_2M);
	check(q == to + SZ_1G - SZ_2M && q[0] == 21 && q[SZ_2M] == 22, "mremap");

	/* Larger: may be refused; if not, all of it is there. */
	p = mmap(NULL, SZ_1G, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	check(p != MAP_FAILED, "mmap");
	p[0] = 31;
	q = mremap(p, SZ_1G, SIZE, MREMAP_MAYMOVE);
	if (q == MAP_FAILED) {
		check(errno == EFAULT, "growing");
		printf("does not grow\n");
		check(p[0] == 31, "as it was");
	} else {
		check(q[0] == 31, "growing");
		works(q);
	}
	/* And smaller, to elsewhere. */
	p = map_rw();
	works(p);
	p[SZ_1G / 4] = 41;
	q = mremap(p, SIZE, SZ_1G / 2, MREMAP_MAYMOVE | MREMAP_FIXED, to + SZ_4K);
	check(q == to + SZ_4K && q[SZ_1G / 4] == 41, "mremap of a part that is left");
}

/*
 * From Linux 6.17 to 6.19 the kernel looks for a lock there that it does not take, whose ever the
 * mapping is, and warns.
 */
static int giving_up_warns(void)
{
	struct utsname name;
	int minor;

	return !uname(&name) && sscanf(name.release, "6.%d.", &minor) == 1 && minor >= 17;
}

static void holes(void)
{
	char *p = map_rw();

	touch_setup();
	works(p);
	if (!giving_up_warns())
		check(!madvise(p + SZ_1G / 2, SZ_4K, MADV_DONTNEED), "MADV_DONTNEED");
	works(p);
	check(!munmap(p + SZ_1G / 2, SZ_4K), "munmap");
	check(touch_gets(p + SZ_1G / 2, 0) == SIGSEGV, "a load from a hole");
	works(p);
	check(!munmap(p + SZ_1G - SZ_2M, 2 * SZ_2M), "munmap");
	check(touch_gets(p + SZ_1G, 0) == SIGSEGV, "a load from a hole");
	check(!touch_gets(p + SZ_1G + SZ_2M, 1) && !touch_gets(p, 1), "what is left");
	check(!munmap(p, SIZE), "munmap");
	p = map_rw();
	works(p);
	check(!munmap(p, SZ_1G), "munmap");
	check(!touch_gets(p + SZ_1G, 1), "the other half");
}

static void read_all(const char *path, off_t at, size_t len)
{
	static char buf[65536];
	int f = open_or_die(path, O_RDONLY);
	ssize_t n;

	check(lseek(f, at, SEEK_SET) == at, "seek");
	while (len && (n = read(f, buf, len < sizeof(buf) ? len : sizeof(buf))) > 0)
		len -= n;
	close(f);
}

/* Linux 6.1 takes large pages of devices for broken ones then, of any driver. */
static int advice_breaks(int advice)
{
	struct utsname name;

	return advice == MADV_COLD && !uname(&name) && !strncmp(name.release, "6.1.", 4);
}

static void walk(void)
{
	int advice[] = { MADV_SEQUENTIAL, MADV_WILLNEED, MADV_COLD, MADV_NORMAL };
	static unsigned char in[4 * SZ_2M / SZ_4K];
	char *p = map_rw();
	unsigned int i;

	works(p);
	read_all("/proc/self/smaps", 0, SZ_1G);
	works(p);
	read_all("/proc/self/pagemap", (off_t)((uintptr_t)p / SZ_4K * 8), 65536);
	works(p);
	check(!mincore(p, sizeof(in) * SZ_4K, in), "mincore");
	works(p);
	for (i = 0; i < 4; i++) {
		if (advice_breaks(advice[i]))
			continue;
		/* Not each kernel has each for such memory; it changes nothing if it has. */
		madvise(p + SZ_2M, SZ_1G, advice[i]);
		works(p);
	}
	check(!mlock(p, SIZE) && !munlock(p, SIZE), "mlock");
	works(p);
}

static void lend(void)
{
	char *p = map_rw(), *q = map_rw(), buf[64];
	struct iovec here = { buf, sizeof(buf) }, there = { p + SZ_1G - 32, sizeof(buf) };
	int out = open_or_die("/tmp/giant-out", O_RDWR | O_CREAT | O_TRUNC);
	int ends[2];

	works(p);
	memset(p + SZ_1G - 32, 5, sizeof(buf));
	check(process_vm_readv(getpid(), &here, 1, &there, 1, 0) == sizeof(buf) && buf[63] == 5,
	      "process_vm_readv");
	memset(buf, 6, sizeof(buf));
	check(process_vm_writev(getpid(), &here, 1, &there, 1, 0) == sizeof(buf) &&
	      p[SZ_1G + 31] == 6 && q[SZ_1G - 32] == 6, "process_vm_writev");
	check(write(out, p + SZ_1G - SZ_4K, 2 * SZ_4K) == 2 * SZ_4K, "write from the mapping");
	check(pread(out, q, SZ_2M, 0) == 2 * SZ_4K && q[SZ_4K + 31] == 6, "read into the mapping");
	check(!pipe(ends), "pipe");
	here.iov_base = p + SZ_1G - 32;
	check(vmsplice(ends[1], &here, 1, 0) == sizeof(buf), "vmsplice");
	check(!munmap(p, SIZE), "munmap");
	check(read(ends[0], buf, sizeof(buf)) == sizeof(buf) && buf[0] == 6 && buf[63] == 6,
	      "out of the pipe");
	/* A fault within a system call. */
	p = map_rw();
	check(pread(out, p + SZ_1G / 2, SZ_4K, 0) == SZ_4K, "read into what is not mapped yet");
	works(p);
}

static void watch(void)
{
	struct uffdio_api api = { .api = UFFD_API, .features = UFFD_FEATURE_WP_ASYNC };
	struct uffdio_writeprotect wp = { .mode = UFFDIO_WRITEPROTECT_MODE_WP };
	struct uffdio_register reg = { .mode = UFFDIO_REGISTER_MODE_WP };
	char *p = map_rw();
	int uffd = (int)syscall(SYS_userfaultfd, O_CLOEXEC | UFFD_USER_MODE_ONLY);

	reg.range.start = wp.range.start = (uintptr_t)p;
	reg.range.len = wp.range.len = SIZE;
	if (uffd < 0 || ioctl(uffd, UFFDIO_API, &api) || ioctl(uffd, UFFDIO_REGISTER, &reg)) {
		printf("not to be watched: %s\n", strerror(errno));
		works(p);
		check(uffd < 0 || ioctl(uffd, UFFDIO_REGISTER, &reg), "registering what is mapped");
	} else {
		/*
		 * This kernel warns if there is a mapping of 1 GiB before: there is none yet, and none
		 * comes while it is watched.
		 */
		works(p);
		check(!ioctl(uffd, UFFDIO_WRITEPROTECT, &wp), "write protection");
		works(p);
		in_child(works, p);
		check(!ioctl(uffd, UFFDIO_UNREGISTER, &reg.range), "unregistering");
	}
	works(p);
}

static char *racing;
static volatile int race_over;

static void *touches(void *arg)
{
	while (!race_over) {
		racing[0] = 1;
		racing[SZ_1G + SZ_4K] = 1;
	}
	return arg;
}

static void *drops(void *arg)
{
	while (!race_over)
		check(!madvise(racing, SIZE, MADV_DONTNEED), "MADV_DONTNEED");
	return arg;
}

static void *looks(void *arg)
{
	while (!race_over)
		read_all("/proc/self/pagemap", (off_t)((uintptr_t)racing / SZ_4K * 8), 65536);
	return arg;
}

/* What takes parts out, with a mapping of its own. */
static void cuts(char *p)
{
	char *to = room();
	unsigned int i;

	for (i = 0; !race_over; i++) {
		p[SZ_4K] = 1;
		check(!mprotect(p, SIZE, PROT_READ) && !mprotect(p, SIZE, PROT_READ | PROT_WRITE), "mprotect");
		p[SZ_1G] = 1;
		check(mremap(p, SIZE, SIZE, MREMAP_MAYMOVE | MREMAP_FIXED, to) == to, "mremap");
		p = to;
		p[SZ_1G] = 2;
		/* Cut into two, of which one moves, too. */
		check(!munmap(p + SZ_1G / 2, SZ_4K), "munmap");
		p[SZ_1G] = 3;
		check(mremap(p + SZ_1G, SZ_4K, SZ_4K, MREMAP_MAYMOVE) != MAP_FAILED, "mremap");
		check(!munmap(p, SIZE), "munmap");
		to = room();
		p = map_rw();
		if (i % 4 == 3)
			check(!fsync(fd), "fsync");
	}
}

static void on_end(int sig)
{
	race_over = sig;
}

static void race(void)
{
	void *(*what[])(void *) = { touches, drops, looks };
	pthread_t threads[3];
	pid_t pid;
	int i, status;

	signal(SIGUSR1, on_end);
	racing = map_rw();
	pid = fork();
	check(pid >= 0, "fork");
	if (!pid) {
		cuts(map_rw());
		_exit(0);
	}
	for (i = 0; i < 3; i++)
		check(!pthread_create(&threads[i], NULL, what[i], NULL), "thread");
	sleep(5);
	race_over = 1;
	kill(pid, SIGUSR1);
	for (i = 0; i < 3; i++)
		pthread_join(threads[i], NULL);
	check(waitpid(pid, &status, 0) == pid && !status, "child: %#x", status);
	works(racing);
}

static void private_copy(void)
{
	char *p = map_all(PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_NORESERVE), c;
	char before;

	check(pread(fd, &before, 1, SZ_1G / 2) == 1, "read");
	check(p[SZ_1G / 2] == before, "a load");
	p[SZ_1G / 2] = (char)(before + 1);
	check(pread(fd, &c, 1, SZ_1G / 2) == 1 && c == before, "the file has the store");
	check(p[SZ_1G / 2] == (char)(before + 1), "the copy has it not");
}

int main(int argc, char **argv)
{
	static const struct { const char *name; void (*fn)(void); } steps[] = {
		{ "touch", touch }, { "place", place }, { "protect", protect }, { "fork", fork_and_guard },
		{ "move", move }, { "holes", holes }, { "walk", walk }, { "lend", lend },
		{ "watch", watch }, { "race", race }, { "private", private_copy },
	};
	unsigned int i;

	check(argc == 3, "usage: giant PATH STEP");
	limit_seconds(60);
	fd = open_or_die(argv[1], O_RDWR);
	for (i = 0; i < sizeof(steps) / sizeof(steps[0]); i++)
		if (!strcmp(argv[2], steps[i].name)) {
			steps[i].fn();
			return 0;
		}
	check(0, "no step %s", argv[2]);
}
