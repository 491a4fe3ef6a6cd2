// SPDX-License-Identifier: GPL-2.0-only
/*
 * statx_dax PATH SIZE MODE: statx says that PATH is a regular file of that size and
 * mode (octal) whose data is accessed directly: before it is opened, while it is
 * open, and after it is closed.
 */
#include <sys/stat.h>
#include "check.h"

static void look(const char *path, int fd, uint64_t size, unsigned int mode, const char *when)
{
	struct statx sx;
	int ret;

	if (fd >= 0)
		ret = statx(fd, "", AT_EMPTY_PATH, STATX_BASIC_STATS, &sx);
	else
		ret = statx(AT_FDCWD, path, 0, STATX_BASIC_STATS, &sx);
	check(!ret, "statx %s, %s", path, when);
	check(sx.stx_attributes_mask & STATX_ATTR_DAX, "%s: STATX_ATTR_DAX is not told", when);
	check(sx.stx_attributes & STATX_ATTR_DAX, "%s: no STATX_ATTR_DAX", when);
	check(sx.stx_size == size, "%s: size %llu", when, (unsigned long long)sx.stx_size);
	check(S_ISREG(sx.stx_mode) && (sx.stx_mode & 07777) == mode, "%s: mode %o", when, sx.stx_mode);
}

int main(int argc, char **argv)
{
	uint64_t size;
	unsigned int mode;
	struct statx sx;
	int fd;
	char c;

	check(argc == 4, "usage: statx_dax PATH SIZE MODE");
	size = strtoull(argv[2], NULL, 0);
	mode = (unsigned int)strtoul(argv[3], NULL, 8);
	look(argv[1], -1, size, mode, "before the open");
	fd = open_or_die(argv[1], O_RDONLY);
	look(argv[1], fd, size, mode, "open, by descriptor");
	check(read(fd, &c, 1) == 1, "read");
	look(argv[1], -1, size, mode, "open, by name");
	close(fd);
	look(argv[1], -1, size, mode, "after the close");
	/* A directory is not. */
	check(!statx(AT_FDCWD, "/", 0, STATX_BASIC_STATS, &sx) && !(sx.stx_attributes & STATX_ATTR_DAX), "/");
	return 0;
}
