// SPDX-License-Identifier: GPL-2.0-only
/*
 * open_as UID MODE PATH: as that user, open PATH r (to read and map it), w (to write and
 * map it), or check that it is readable but that no way leads to writing (n). Ends with
 * the errno of what failed, 0 if it went well.
 */
#include "check.h"

static int errno_of(long ret)
{
	return ret < 0 ? errno : 0;
}

int main(int argc, char **argv)
{
	const char *path;
	char mode, c = 0;
	void *p;
	uid_t uid;
	int fd;

	check(argc == 4, "usage: open_as UID r|w|n PATH");
	uid = (uid_t)atoi(argv[1]);
	mode = argv[2][0];
	path = argv[3];
	become_user(uid);
	fd = open(path, mode == 'w' ? O_RDWR : O_RDONLY);
	if (fd < 0)
		return errno_of(fd);
	p = mmap(NULL, SZ_4K, PROT_READ | (mode == 'w' ? PROT_WRITE : 0), MAP_SHARED, fd, 0);
	check(p != MAP_FAILED, "map %s", path);
	if (mode != 'n') {
		check(read(fd, &c, 1) == 1 && c == *(char *)p, "read");
		if (mode == 'w') {
			*(volatile char *)p = c;
			check(pwrite(fd, &c, 1, 0) == 1, "write");
		}
		return 0;
	}
	fails_with(mprotect(p, SZ_4K, PROT_READ | PROT_WRITE), EACCES);
	fails_with(mmap(NULL, SZ_4K, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0), EACCES);
	fails_with(mmap(NULL, SZ_4K, PROT_WRITE, MAP_SHARED_VALIDATE, fd, 0), EACCES);
	fails_with(write(fd, "x", 1), EBADF);
	fails_with(ftruncate(fd, 0), EINVAL);
	fails_with(open(path, O_RDWR), EACCES);
	fails_with(open(path, O_WRONLY | O_APPEND), EACCES);
	check(open(path, O_RDONLY | O_TRUNC) < 0 && (errno == EACCES || errno == EINVAL), "O_TRUNC");
	return 0;
}
