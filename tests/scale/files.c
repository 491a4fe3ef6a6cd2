// SPDX-License-Identifier: GPL-2.0-only
/* Very many files. */
#include <ftw.h>
#include <inttypes.h>
#include <limits.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include "scale.h"

static void path_of(char *path, size_t len, const char *top, uint64_t i, uint64_t dirs)
{
	snprintf(path, len, "%s/d%" PRIu64 "/file-%" PRIu64, top, i % dirs, i);
}

void verb_manifest(char **args)
{
	uint64_t files = strtoull(args[0], NULL, 0), dirs = strtoull(args[1], NULL, 0), i;
	char path[64];

	printf("device 0 %s\n", args[2]);
	for (i = 0; i < dirs; i++)
		printf("dir /d%" PRIu64 "\n", i);
	for (i = 0; i < files; i++) {
		path_of(path, sizeof(path), "", i, dirs);
		printf("file %s size=4K extent=0:%" PRIu64 ":4K\n", path, i * SZ_4K);
	}
}

static uint64_t seen;

static int see(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)path;
	(void)ftw;
	check(type == FTW_F || type == FTW_D, "%s", path);
	if (type == FTW_F) {
		check(st->st_size, "%s", path);
		seen++;
	}
	return 0;
}

void verb_walk(char **args)
{
	check(!nftw(args[0], see, 16, FTW_PHYS), "%s", args[0]);
	printf("%" PRIu64 "\n", seen);
}

static int open_nth(char **args, uint64_t i)
{
	uint64_t files = strtoull(args[1], NULL, 0), dirs = strtoull(args[2], NULL, 0);
	char path[PATH_MAX];

	path_of(path, sizeof(path), args[0], scatter(i, files), dirs);
	return open_or_die(path, O_RDONLY);
}

void verb_opens(char **args)
{
	uint64_t n = strtoull(args[3], NULL, 0), i;
	char page[SZ_4K];

	for (i = 0; i < n; i++) {
		int fd = open_nth(args, i);

		check(read(fd, page, sizeof(page)) == sizeof(page), "read");
		close(fd);
	}
}

void verb_keep(char **args)
{
	uint64_t n = strtoull(args[3], NULL, 0), i;
	struct rlimit limit = { n + 100, n + 100 };

	check(!setrlimit(RLIMIT_NOFILE, &limit), "as many open files");
	for (i = 0; i < n; i++)
		open_nth(args, i);
	puts("kept");
	fflush(stdout);
	getchar();
}

void verb_each(char **args)
{
	uint64_t n = strtoull(args[1], NULL, 0), i;
	char path[PATH_MAX], page[SZ_4K];

	for (i = 0; i < n; i++) {
		char *p;
		int fd;

		snprintf(path, sizeof(path), "%s/f%" PRIu64, args[0], i);
		fd = open_or_die(path, O_RDWR);
		pattern_fill(page, i, 0, sizeof(page));
		check(pwrite(fd, page, sizeof(page), 0) == sizeof(page), "pwrite to %s", path);
		p = mmap(NULL, SZ_4K, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
		check(p != MAP_FAILED, "mmap of %s", path);
		check(!memcmp(p, page, sizeof(page)), "what %s has", path);
		p[0] = (char)(p[0] + 1);
		check(pread(fd, page, 1, 0) == 1 && page[0] == p[0], "what %s has", path);
		check(!fsync(fd), "fsync of %s", path);
		check(!munmap(p, SZ_4K), "munmap");
		close(fd);
	}
}
