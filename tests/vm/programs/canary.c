// SPDX-License-Identifier: GPL-2.0-only
/*
 * canary PATH SEED TAIL-SEED TAIL-POS: around every page boundary of a file, and so
 * around the edges of its extents, strips and chunks, all ways to read show the pattern
 * of SEED and nothing else; a mapping shows what the last page shares (the pattern of
 * TAIL-SEED from TAIL-POS on) and no more; and writing around the edges
 * leaves the file as it was. Whoever calls this looks at the device afterwards.
 */
#include <sys/sendfile.h>
#include <sys/uio.h>
#include "check.h"
#include "touch.h"

#define GUARD 0xdd
#define LONGEST 12300

static const char *path;
static off_t size;
static uint64_t seed, tail_seed, tail_pos;
static unsigned char buf[LONGEST + 64];

static off_t page_up(off_t n)
{
	return (n + (off_t)SZ_4K - 1) / (off_t)SZ_4K * (off_t)SZ_4K;
}

/* Of a large file: all 2 MiB boundaries, and some others. */
static off_t next_edge(off_t edge)
{
	off_t step = size <= 400 * (off_t)SZ_4K ? 1 : 61;
	off_t next = (edge / (off_t)SZ_4K + step) * (off_t)SZ_4K, large = (edge / (off_t)SZ_2M + 1) * (off_t)SZ_2M;

	if (next > large)
		next = large;
	if (edge < size && next > size)
		next = size;
	return next;
}

#define for_each_edge(e) for (off_t e = 0; e <= size; e = next_edge(e))

static size_t fits(off_t at, size_t len)
{
	if (at >= size)
		return 0;
	return (off_t)len < size - at ? len : (size_t)(size - at);
}

/* What a read of @len at @at left in buf. */
static void right(const char *how, off_t at, size_t len, ssize_t got)
{
	size_t i;

	check(got == (ssize_t)fits(at, len), "%s of %zu at %ld gave %zd", how, len, (long)at, got);
	check(pattern_differs(buf, seed, (uint64_t)at, (size_t)got) < 0, "%s of %zu at %ld: content", how, len,
	      (long)at);
	for (i = (size_t)got; i < len + 32; i++)
		check(buf[i] == GUARD, "%s of %zu at %ld: byte %zu behind the end is %02x", how, len, (long)at, i,
		      buf[i]);
}

static void clean(void)
{
	memset(buf, GUARD, sizeof(buf));
}

/* In pieces that do not meet where pages do. */
static ssize_t read_pieces(int fd, off_t at, size_t len)
{
	size_t a = len / 3, b = (len - a) / 2;
	struct iovec iov[4] = { { buf, a }, { NULL, 0 }, { buf + a, b }, { buf + a + b, len - a - b } };

	return preadv(fd, iov, 4, at);
}

static ssize_t drain(int fd, size_t len)
{
	size_t got = 0;
	ssize_t n;

	while (got < len) {
		n = read(fd, buf + got, len - got);
		if (n <= 0)
			break;
		got += (size_t)n;
	}
	return (ssize_t)got;
}

static ssize_t read_by_splice(int fd, off_t at, size_t len)
{
	size_t put = 0;
	int p[2];

	check(!pipe(p), "pipe");
	while (put < len) {
		ssize_t n = splice(fd, &at, p[1], NULL, len - put, 0);

		check(n >= 0, "splice");
		if (!n)
			break;
		put += (size_t)n;
	}
	close(p[1]);
	put = (size_t)drain(p[0], len + 32);
	close(p[0]);
	return (ssize_t)put;
}

/* Into another file, which then is as long as what came. */
static ssize_t read_by_sendfile(int fd, off_t at, size_t len)
{
	int to = memfd_create("copy", 0);
	size_t put = 0;
	ssize_t n;

	check(to >= 0, "memfd");
	while (put < len && (n = sendfile(to, fd, &at, len - put)) != 0) {
		check(n > 0, "sendfile");
		put += (size_t)n;
	}
	check(lseek(to, 0, SEEK_SET) == 0, "seek");
	n = drain(to, len + 32);
	close(to);
	return n;
}

static void reads(int fd, int direct)
{
	static const off_t before[] = { 513, 1, 0, -1 };
	static const size_t lens[] = { 1, 2, 4096, 4097, LONGEST };
	unsigned int i, j;

	for_each_edge(e) {
		for (i = 0; i < 4; i++) {
			off_t at = e - before[i];

			if (at < 0)
				continue;
			for (j = 0; j < 5; j++) {
				clean();
				right("pread", at, lens[j], pread(fd, buf, lens[j], at));
			}
			clean();
			right("direct pread", at, LONGEST, pread(direct, buf, LONGEST, at));
			clean();
			right("preadv", at, 4098, read_pieces(i & 1 ? direct : fd, at, 4098));
		}
		if (e > 0) {
			clean();
			right("splice", e - 1, 4098, read_by_splice(fd, e - 1, 4098));
			clean();
			right("sendfile", e - 1, 4098, read_by_sendfile(fd, e - 1, 4098));
		}
		if (e < size) {
			check(lseek(fd, e, SEEK_DATA) == e, "SEEK_DATA at %ld", (long)e);
			check(lseek(fd, e, SEEK_HOLE) == size, "SEEK_HOLE at %ld", (long)e);
		}
	}
	clean();
	right("far pread", page_up(size), 4096, pread(fd, buf, 4096, page_up(size)));
	right("far pread", size + (off_t)SZ_2M, 4096, pread(fd, buf, 4096, size + (off_t)SZ_2M));
	fails_with(lseek(fd, size, SEEK_DATA), ENXIO);
	fails_with(lseek(fd, size, SEEK_HOLE), ENXIO);
}

/* A mapping of the whole file and more; first touched behind the end, then all of it. */
static void whole_is_right(char *p, const char *how)
{
	off_t end = page_up(size), at;

	check(touch_gets(p + end, 0) == SIGBUS, "%s: behind the last page: signal %d", how, touch_got);
	check(touch_gets(p + end - 1, 0) == 0, "%s: the end of the last page: signal %d", how, touch_got);
	check(pattern_differs(p, seed, 0, (size_t)size) < 0, "%s: content", how);
	/* The page is one page: what it shares is what lies there, and not what lies elsewhere. */
	check(pattern_differs(p + size, tail_seed, tail_pos, (size_t)(end - size)) < 0, "%s: the rest of the page", how);
	for (at = end; at < end + 3 * (off_t)SZ_4K; at += 4095)
		check(touch_gets(p + at, 0) == SIGBUS, "%s: %ld behind the last page: signal %d", how, (long)(at - end),
		      touch_got);
}

static void maps(int fd, int flags, int prot, const char *how)
{
	off_t end = page_up(size);
	size_t len = (size_t)end + 8 * SZ_4K;
	char *area = aligned_area(len + 2 * SZ_2M), *p, *q;
	int skew, pipefd[2];

	for (skew = 0; skew < 2; skew++) {
		p = mmap(area + skew * (long)SZ_4K, len, prot, flags | MAP_FIXED, fd, 0);
		check(p != MAP_FAILED, "mmap");
		whole_is_right(p, how);
		/* The kernel reads for us no more than we can. */
		check(!pipe(pipefd), "pipe");
		check(write(pipefd[1], p + end - 100, 200) <= 100, "write from over the end");
		fails_with(write(pipefd[1], p + end, 1), EFAULT);
		close(pipefd[0]);
		close(pipefd[1]);
		munmap(p, len);
	}
	/* One page, touched, made larger than the file. */
	p = mmap(NULL, SZ_4K, prot, flags, fd, 0);
	check(p != MAP_FAILED && !touch_gets(p, 0), "one page");
	q = mremap(p, SZ_4K, len, MREMAP_MAYMOVE);
	check(q != MAP_FAILED, "mremap");
	whole_is_right(q, "mremap");
	/* Smaller and larger again: nothing of what was there before. */
	p = mremap(q, len, SZ_4K, 0);
	check(p == q, "mremap to one page");
	q = mremap(p, SZ_4K, len, MREMAP_MAYMOVE);
	check(q != MAP_FAILED, "mremap");
	whole_is_right(q, "mremap twice");
	munmap(q, len);
}

static void page_maps(int fd)
{
	for_each_edge(e) {
		off_t at = e / (off_t)SZ_4K * (off_t)SZ_4K;
		size_t n = fits(at, SZ_4K);
		char *p = mmap(NULL, 2 * SZ_4K, PROT_READ, MAP_SHARED, fd, at);

		check(p != MAP_FAILED, "mmap at %ld", (long)at);
		if (!n)
			check(touch_gets(p, 0) == SIGBUS, "at %ld", (long)at);
		else
			check(!touch_gets(p, 0) && pattern_differs(p, seed, (uint64_t)at, n) < 0, "at %ld", (long)at);
		if (n && at + (off_t)SZ_4K >= size)
			check(touch_gets(p + SZ_4K, 0) == SIGBUS, "the page behind %ld", (long)at);
		munmap(p, 2 * SZ_4K);
	}
}

/* Private pages are copies: of the shared rest as well. */
static void private_tail(int fd)
{
	off_t last = (size - 1) / (off_t)SZ_4K * (off_t)SZ_4K, i;
	char *p = mmap(NULL, SZ_4K, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, last);

	check(p != MAP_FAILED, "mmap");
	for (i = 0; i < (off_t)SZ_4K; i++)
		p[i] = (char)~p[i];
	munmap(p, SZ_4K);
}

static ssize_t write_by_splice(int fd, off_t at, const unsigned char *from, size_t len)
{
	ssize_t n, put = 0;
	int p[2];

	check(!pipe(p) && write(p[1], from, len) == (ssize_t)len, "pipe");
	close(p[1]);
	while ((n = splice(p[0], NULL, fd, &at, len, 0)) > 0)
		put += n;
	close(p[0]);
	return put;
}

/* First other bytes, then the right ones; what does not fit would be seen elsewhere. */
static void write_at(int fd, char *map, off_t at, size_t len, int how)
{
	size_t n = fits(at, len);
	int twice;

	for (twice = 0; twice < 2; twice++) {
		struct iovec iov[2] = { { buf, len / 2 }, { buf + len / 2, len - len / 2 } };
		ssize_t done = 0;

		memset(buf, 0xee, len);
		if (twice)
			pattern_fill(buf, seed, (uint64_t)at, n);
		switch (how) {
		case 0:
			done = pwrite(fd, buf, len, at);
			break;
		case 1:
			done = pwritev(fd, iov, 2, at);
			break;
		case 2:
			memcpy(map + at, buf, n);
			done = (ssize_t)n;
			break;
		case 3:
			done = write_by_splice(fd, at, buf, len);
			break;
		}
		check(done == (ssize_t)n, "write %d of %zu at %ld gave %zd", how, len, (long)at, done);
		check(!memcmp(map + at, buf, n), "write %d of %zu at %ld: content", how, len, (long)at);
	}
}

static void writes(int fd, int direct)
{
	static const off_t before[] = { 1, 0, 4097 };
	char *map = mmap(NULL, (size_t)size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	unsigned int i, how, turn = 0;

	check(map != MAP_FAILED, "mmap");
	for_each_edge(e) {
		for (i = 0; i < 3; i++) {
			off_t at = e - before[i];

			if (at < 0 || at >= size)
				continue;
			for (how = 0; how < 4; how++, turn++)
				write_at(turn & 1 ? direct : fd, map, at, how & 1 ? 4098 : 2, (int)how);
		}
	}
	check(pattern_differs(map, seed, 0, (size_t)size) < 0, "content");
	check(!msync(map, (size_t)size, MS_SYNC) && !fsync(fd), "sync");
	munmap(map, (size_t)size);
}

int main(int argc, char **argv)
{
	int fd, direct;

	check(argc == 5, "usage: canary PATH SEED TAIL-SEED TAIL-POS");
	path = argv[1];
	seed = strtoull(argv[2], NULL, 0);
	tail_seed = strtoull(argv[3], NULL, 0);
	tail_pos = strtoull(argv[4], NULL, 0);
	touch_setup();
	fd = open_or_die(path, O_RDWR);
	direct = open_or_die(path, O_RDWR | O_DIRECT);
	size = lseek(fd, 0, SEEK_END);
	check(size > 0, "size");
	reads(fd, direct);
	maps(fd, MAP_SHARED, PROT_READ, "shared");
	maps(fd, MAP_SHARED, PROT_READ | PROT_WRITE, "shared, writable");
	maps(fd, MAP_PRIVATE, PROT_READ | PROT_WRITE, "private");
	page_maps(fd);
	private_tail(fd);
	writes(fd, direct);
	close(direct);
	close(fd);
	return 0;
}
