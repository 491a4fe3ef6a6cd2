// SPDX-License-Identifier: GPL-2.0-only
/*
 * dio_buffer PATH OTHER...: a mapping of PATH is the buffer of direct reads and writes
 * on each OTHER (which may be PATH). A block device pins the file's pages for this.
 * PATH has at least 4 MiB with the pattern of seed 1 and has it still at the end; the
 * first 2 MiB of each OTHER are the same then.
 */
#include "check.h"

#define LEN (2UL << 20)

int main(int argc, char **argv)
{
	int fd, other, i;
	char *map, *buf;

	check(argc >= 3, "usage: dio_buffer PATH OTHER...");
	fd = open_or_die(argv[1], O_RDWR);
	map = mmap(NULL, 2 * LEN, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	check(map != MAP_FAILED && !posix_memalign((void **)&buf, 4096, LEN), "memory");
	for (i = 2; i < argc; i++) {
		other = open_or_die(argv[i], O_RDWR | O_DIRECT);
		/* Out of the mapping, in large and small pieces. */
		check(pwrite(other, map, LEN, 0) == (ssize_t)LEN, "write to %s", argv[i]);
		check(pread(other, buf, LEN, 0) == (ssize_t)LEN, "read of %s", argv[i]);
		check(pattern_differs(buf, 1, 0, LEN) < 0, "content of %s", argv[i]);
		check(pwrite(other, map + 3 * SZ_4K, SZ_4K, 3 * SZ_4K) == (ssize_t)SZ_4K, "write of a page");
		/* Into the mapping, where something else was before: its second half. */
		memset(map + LEN, 0x77, LEN);
		check(pread(other, map + LEN, LEN, 0) == (ssize_t)LEN, "read into the mapping");
		check(pattern_differs(map + LEN, 1, 0, LEN) < 0, "what %s put into the mapping", argv[i]);
		check(pread(fd, buf, LEN, LEN) == (ssize_t)LEN, "read");
		check(pattern_differs(buf, 1, 0, LEN) < 0, "what it put into the file");
		/* Into pages that nobody touched before, after the mapping is made anew. */
		munmap(map, 2 * LEN);
		map = mmap(NULL, 2 * LEN, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
		check(map != MAP_FAILED, "mmap");
		check(pread(other, map + LEN + SZ_4K, SZ_4K, 5 * SZ_4K) == (ssize_t)SZ_4K, "read of a page");
		check(pattern_differs(map + LEN + SZ_4K, 1, 5 * SZ_4K, SZ_4K) < 0, "the page");
		pattern_fill(map + LEN, 1, LEN, LEN);
		close(other);
	}
	/* A private mapping takes the bytes and the file does not. */
	for (i = 2; i < argc; i++) {
		char *own = mmap(NULL, LEN, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, LEN);

		check(own != MAP_FAILED, "private");
		other = open_or_die(argv[i], O_RDONLY | O_DIRECT);
		check(pread(other, own, 4 * SZ_4K, 0) == 4 * (ssize_t)SZ_4K, "read into the private mapping");
		check(pattern_differs(own, 1, 0, 4 * SZ_4K) < 0, "the private mapping");
		check(pattern_differs(map, 1, 0, 2 * LEN) < 0, "the file");
		munmap(own, LEN);
		close(other);
	}
	/* Without the right to write to the mapping, the kernel has none. */
	check(!mprotect(map, LEN, PROT_READ), "mprotect");
	other = open_or_die(argv[2], O_RDONLY | O_DIRECT);
	fails_with(pread(other, map, SZ_4K, SZ_4K), EFAULT);
	check(pattern_differs(map, 1, 0, 2 * LEN) < 0, "the file at the end");
	return 0;
}
