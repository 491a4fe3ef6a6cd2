// SPDX-License-Identifier: GPL-2.0-only
/*
 * seekdir UID DIRECTORY COUNT: as that user, open the directory, read it from each of the
 * offsets 0 to COUNT - 1 and from some that are far away, and print every name.
 */
#include <dirent.h>
#include <stdint.h>
#include "check.h"

static void list(int fd, off_t from)
{
	char buf[4096] __attribute__((aligned(8)));
	struct dirent64 *d;
	ssize_t n, at;

	if (lseek(fd, from, SEEK_SET) < 0)
		return;
	while ((n = getdents64(fd, buf, sizeof(buf))) > 0)
		for (at = 0; at < n; at += d->d_reclen) {
			d = (struct dirent64 *)(buf + at);
			puts(d->d_name);
		}
}

int main(int argc, char **argv)
{
	static const off_t far[] = { 1L << 31, 1L << 32, (1L << 32) + 3, INT64_MAX };
	uid_t uid;
	size_t i;
	long off;
	int fd;

	check(argc == 4, "usage: seekdir UID DIRECTORY COUNT");
	uid = (uid_t)atoi(argv[1]);
	become_user(uid);
	fd = open(argv[2], O_RDONLY | O_DIRECTORY);
	check(fd >= 0, "open %s", argv[2]);
	for (off = 0; off < atol(argv[3]); off++)
		list(fd, off);
	for (i = 0; i < sizeof(far) / sizeof(*far); i++)
		list(fd, far[i]);
	return 0;
}
