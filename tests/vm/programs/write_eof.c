// SPDX-License-Identifier: GPL-2.0-only
/*
 * write_eof PATH SEED: reads, writes and seeks around the end of a file that cannot
 * grow, and everything that would change its size. PATH has more than 64 KiB with the
 * pattern of SEED, and has it still at the end.
 */
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <linux/falloc.h>
#include "check.h"

static const char *path;
static off_t size;
static uint64_t seed;
/* Not an address; volatile, or the compiler knows better. */
static char *volatile nowhere = (char *)1;

/* The same bytes as are there: a write of them is seen by its result alone. */
static char *bytes(off_t pos, size_t len)
{
	static char buf[1 << 17];

	check(len <= sizeof(buf), "room");
	pattern_fill(buf, seed, (uint64_t)pos, len);
	return buf;
}

static void unharmed(int fd)
{
	static char buf[1 << 16];
	struct stat st, by_name;
	off_t pos;

	check(!fstat(fd, &st) && st.st_size == size, "size %ld", (long)st.st_size);
	check(!stat(path, &by_name) && by_name.st_size == size, "size by name %ld", (long)by_name.st_size);
	for (pos = 0; pos < size; pos += (off_t)sizeof(buf)) {
		size_t n = size - pos < (off_t)sizeof(buf) ? (size_t)(size - pos) : sizeof(buf);

		check(pread(fd, buf, n, pos) == (ssize_t)n, "read at %ld", (long)pos);
		check(pattern_differs(buf, seed, (uint64_t)pos, n) < 0, "content from %ld on", (long)pos);
	}
}

static void reads(int fd)
{
	char buf[100], two[100];
	struct iovec iov[3] = { { buf, 60 }, { NULL, 0 }, { two, 100 } };

	check(pread(fd, buf, 100, size) == 0, "at the end");
	check(pread(fd, buf, 100, size + 1) == 0, "behind the end");
	check(pread(fd, buf, 100, (off_t)1 << 40) == 0, "far behind");
	check(pread(fd, buf, 100, 0x7fffffffffffff00) == 0, "at the largest offset");
	check(pread(fd, buf, 100, size - 1) == 1, "the last byte");
	check(pattern_differs(buf, seed, (uint64_t)size - 1, 1) < 0, "which it is");
	check(pread(fd, buf, 0, 0) == 0, "nothing");
	check(preadv(fd, iov, 3, size - 100) == 100, "preadv over the end");
	check(pattern_differs(buf, seed, (uint64_t)size - 100, 60) < 0 &&
	      pattern_differs(two, seed, (uint64_t)size - 40, 40) < 0, "its content");
	check(lseek(fd, size - 150, SEEK_SET) == size - 150, "seek");
	check(readv(fd, iov, 3) == 150, "readv, short");
	check(readv(fd, iov, 3) == 0, "readv at the end");
	fails_with(pread(fd, nowhere, 10, 0), EFAULT);
	fails_with(pread(fd, buf, 10, -1), EINVAL);
}

static void writes(int fd)
{
	struct iovec iov[3];
	char *b;

	check(pwrite(fd, bytes(size - 10, 100), 100, size - 10) == 10, "over the end: what fits");
	check(pwrite(fd, bytes(size - 1, 1), 1, size - 1) == 1, "the last byte");
	check(pwrite(fd, bytes(size - 70000, 100000), 100000, size - 70000) == 70000, "large, over the end");
	fails_with(pwrite(fd, "x", 1, size), ENOSPC);
	fails_with(pwrite(fd, "x", 1, size + 1), ENOSPC);
	fails_with(pwrite(fd, "x", 1, (size + 4095) / 4096 * 4096), ENOSPC);
	fails_with(pwrite(fd, "x", 1, (off_t)1 << 40), ENOSPC);
	check(pwrite(fd, "x", 0, size) == 0, "nothing, at the end");
	b = bytes(size - 30, 100);
	iov[0] = (struct iovec){ b, 7 };
	iov[1] = (struct iovec){ b + 7, 0 };
	iov[2] = (struct iovec){ b + 7, 93 };
	check(pwritev(fd, iov, 3, size - 30) == 30, "pwritev over the end");
	fails_with(pwritev(fd, iov, 3, size), ENOSPC);
	check(lseek(fd, size - 30, SEEK_SET) == size - 30, "seek");
	check(writev(fd, iov, 3) == 30, "writev, short");
	check(lseek(fd, 0, SEEK_CUR) == size, "position");
	fails_with(writev(fd, iov, 3), ENOSPC);
	check(lseek(fd, 0, SEEK_CUR) == size, "position after ENOSPC");
	fails_with(pwrite(fd, nowhere, 10, 0), EFAULT);
	/* RWF_APPEND says "at the end", whatever the offset; RWF_DSYNC is a write like any. */
	iov[0] = (struct iovec){ bytes(0, 5), 5 };
	fails_with(pwritev2(fd, iov, 1, 0, RWF_APPEND), ENOSPC);
	check(pwritev2(fd, iov, 1, 0, RWF_DSYNC) == 5, "RWF_DSYNC");
	check(pwritev2(fd, iov, 1, 0, RWF_NOWAIT) == 5 || errno == EAGAIN || errno == EOPNOTSUPP, "RWF_NOWAIT");
	unharmed(fd);
}

static void append(void)
{
	int fd = open_or_die(path, O_WRONLY | O_APPEND);

	fails_with(write(fd, "x", 1), ENOSPC);
	fails_with(write(fd, "hello", 5), ENOSPC);
	/* As Linux does with pwrite on O_APPEND: the offset does not count. */
	fails_with(pwrite(fd, "x", 1, 0), ENOSPC);
	close(fd);
}

static void endless(void)
{
	static char zeros[10000];
	int fd = open_or_die(path, O_WRONLY);
	off_t pos = size - 25000;
	int n = 0;

	check(lseek(fd, pos, SEEK_SET) == pos, "seek");
	while (pos < size) {
		ssize_t w = write(fd, bytes(pos, sizeof(zeros)), sizeof(zeros));

		check(w > 0 && ++n <= 3, "write %d gave %ld", n, (long)w);
		pos += w;
	}
	check(n == 3 && pos == size, "three writes");
	fails_with(write(fd, zeros, sizeof(zeros)), ENOSPC);
	close(fd);
}

static void seeks(int fd)
{
	check(lseek(fd, 5, SEEK_SET) == 5, "SEEK_SET");
	check(lseek(fd, 0, SEEK_END) == size, "SEEK_END");
	check(lseek(fd, -3, SEEK_END) == size - 3, "SEEK_END - 3");
	check(lseek(fd, 1, SEEK_CUR) == size - 2, "SEEK_CUR");
	check(lseek(fd, size + 1000, SEEK_SET) == size + 1000, "behind the end");
	fails_with(lseek(fd, -1, SEEK_SET), EINVAL);
	/* All of it is data, and the only hole is at the end. */
	check(lseek(fd, 0, SEEK_DATA) == 0, "SEEK_DATA");
	check(lseek(fd, 12345, SEEK_DATA) == 12345, "SEEK_DATA within");
	check(lseek(fd, 0, SEEK_HOLE) == size, "SEEK_HOLE");
	check(lseek(fd, size - 1, SEEK_HOLE) == size, "SEEK_HOLE from the last byte");
	fails_with(lseek(fd, size, SEEK_DATA), ENXIO);
	fails_with(lseek(fd, size, SEEK_HOLE), ENXIO);
}

static void resizes(int fd)
{
	int ro = open_or_die(path, O_RDONLY);

	fails_with(ftruncate(fd, 0), EINVAL);
	fails_with(ftruncate(fd, size - 1), EINVAL);
	fails_with(ftruncate(fd, size + 4096), EINVAL);
	fails_with(truncate(path, 0), EINVAL);
	fails_with(truncate(path, 1), EINVAL);
	fails_with(open(path, O_WRONLY | O_TRUNC), EINVAL);
	fails_with(open(path, O_RDWR | O_TRUNC | O_CREAT, 0644), EINVAL);
	fails_with(open(path, O_RDONLY | O_CREAT | O_EXCL, 0644), EEXIST);
	fails_with(fallocate(fd, 0, 0, 4096), EOPNOTSUPP);
	fails_with(fallocate(fd, 0, size, 4096), EOPNOTSUPP);
	fails_with(fallocate(fd, FALLOC_FL_KEEP_SIZE, 0, 4096), EOPNOTSUPP);
	fails_with(fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, 4096), EOPNOTSUPP);
	fails_with(fallocate(fd, FALLOC_FL_ZERO_RANGE, 0, 4096), EOPNOTSUPP);
	fails_with(fallocate(fd, FALLOC_FL_COLLAPSE_RANGE, 0, 4096), EOPNOTSUPP);
	/* Not open for writing. */
	fails_with(write(ro, "x", 1), EBADF);
	fails_with(ftruncate(ro, 0), EINVAL);
	close(ro);
	unharmed(fd);
}

int main(int argc, char **argv)
{
	int fd;

	check(argc == 3, "usage: write_eof PATH SEED");
	path = argv[1];
	seed = strtoull(argv[2], NULL, 0);
	fd = open_or_die(path, O_RDWR | O_CREAT);
	size = lseek(fd, 0, SEEK_END);
	check(size > 100000, "size");
	unharmed(fd);
	reads(fd);
	writes(fd);
	append();
	endless();
	seeks(fd);
	resizes(fd);
	unharmed(fd);
	close(fd);
	return 0;
}
