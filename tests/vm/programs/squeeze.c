// SPDX-License-Identifier: GPL-2.0-only
/*
 * squeeze: use many files one after the other, so that what the kernel keeps of them is
 * more than it has room for.
 *
 *	squeeze manifest FILES DEV	an fmapd manifest: files f0, f1, ... of PAGES pages on
 *					DEV, each page an extent, none next to another; and as
 *					many x0, x1, ..., on devices that there are not
 *	squeeze fill FILES MNT		a word of its own at the begin of each page
 *	squeeze use FILES MNT ROUNDS	open all files, and check them by calls, by mappings, and
 *					in private copies; and try to open the x files. Says
 *					"warm" when it has what it needs for that itself, waits
 *					for a line, and says "done"
 *	squeeze open PATH		"warm" and waits as well; then "ok" or the errno
 */
#include "check.h"

#define PAGES	10
#define LEN	(PAGES * SZ_4K)

static uint64_t word_of(unsigned int n, unsigned int page)
{
	return pattern_word(n + 1, page);
}

static void manifest(unsigned int files, const char *dev)
{
	unsigned int n, page;

	printf("device 0 %s\n", dev);
	for (n = 0; n < files; n++) {
		printf("file /f%u size=%lu", n, LEN);
		for (page = 0; page < PAGES; page++)
			printf(" extent=0:%lu:4K", SZ_2M + 2 * SZ_4K * (n * PAGES + page));
		printf("\n");
	}
	for (n = 0; n < files; n++)
		printf("device %u /dev/dax9.%u\nfile /x%u size=4K extent=%u:0:4K\n", 100 + n, n, n, 100 + n);
}

static int open_file(const char *mnt, char kind, unsigned int n)
{
	char path[64];

	snprintf(path, sizeof(path), "%s/%c%u", mnt, kind, n);
	return open(path, O_RDWR);
}

static uint64_t *map_file(int fd, int type)
{
	void *p = mmap(NULL, LEN, PROT_READ | PROT_WRITE, type, fd, 0);

	check(p != MAP_FAILED, "mapping");
	return p;
}

static uint64_t *word_at(uint64_t *map, unsigned int page)
{
	return map + page * SZ_4K / sizeof(*map);
}

static void fill(unsigned int files, const char *mnt)
{
	unsigned int n, page;

	for (n = 0; n < files; n++) {
		int fd = open_file(mnt, 'f', n);
		uint64_t *map;

		check(fd >= 0, "open f%u", n);
		map = map_file(fd, MAP_SHARED);
		for (page = 0; page < PAGES; page++)
			*word_at(map, page) = word_of(n, page);
		munmap(map, LEN);
		close(fd);
	}
}

static void by_calls(int fd, unsigned int n, unsigned int page)
{
	uint64_t w;

	check(pread(fd, &w, sizeof(w), page * SZ_4K) == sizeof(w), "read f%u", n);
	check(w == word_of(n, page), "page %u of f%u by read: %lx", page, n, (long)w);
	check(pwrite(fd, &w, sizeof(w), page * SZ_4K) == sizeof(w), "write f%u", n);
}

static void by_mapping(int fd, unsigned int n)
{
	uint64_t *map = map_file(fd, MAP_SHARED);
	unsigned int page;

	for (page = 0; page < PAGES; page++) {
		check(*word_at(map, page) == word_of(n, page), "page %u of f%u by mapping", page, n);
		*word_at(map, page) = word_of(n, page);
	}
	munmap(map, LEN);
}

static void by_copies(int fd, unsigned int n)
{
	uint64_t *copy = map_file(fd, MAP_PRIVATE);
	unsigned int page;

	for (page = 0; page < PAGES; page++)
		*word_at(copy, page) ^= ~0UL;
	for (page = 0; page < PAGES; page++)
		check(*word_at(copy, page) == ~word_of(n, page), "page %u of a copy of f%u", page, n);
	munmap(copy, LEN);
	by_calls(fd, n, n % PAGES);
}

/* In one of four ways. */
static void use_one(const char *mnt, unsigned int n, unsigned int how)
{
	int fd;

	if (how == 3) {
		fails_with(open_file(mnt, 'x', n), ENODEV);
		return;
	}
	fd = open_file(mnt, 'f', n);
	check(fd >= 0, "open f%u", n);
	if (how == 2)
		by_copies(fd, n);
	else if (how == 1)
		by_mapping(fd, n);
	else
		by_calls(fd, n, n % PAGES);
	close(fd);
}

static void use(unsigned int files, const char *mnt, unsigned int rounds)
{
	unsigned int n, round;
	char c;

	for (round = 0; round < 4; round++)
		use_one(mnt, 0, round);
	puts("warm");
	fflush(stdout);
	check(read(0, &c, 1) == 1, "read");
	for (round = 0; round < 4 * rounds; round++)
		for (n = 0; n < files; n++)
			use_one(mnt, n, round % 4);
	puts("done");
}

static void try_open(const char *path)
{
	char c;
	int fd;

	puts("warm");
	fflush(stdout);
	check(read(0, &c, 1) == 1, "read");
	fd = open(path, O_RDONLY);
	puts(fd < 0 ? strerrorname_np(errno) : "ok");
}

int main(int argc, char **argv)
{
	unsigned int n = argc > 2 ? atoi(argv[2]) : 0;

	if (argc == 4 && !strcmp(argv[1], "manifest"))
		manifest(n, argv[3]);
	else if (argc == 4 && !strcmp(argv[1], "fill"))
		fill(n, argv[3]);
	else if (argc == 5 && !strcmp(argv[1], "use"))
		use(n, argv[3], atoi(argv[4]));
	else if (argc == 3 && !strcmp(argv[1], "open"))
		try_open(argv[2]);
	else
		check(0, "usage: squeeze manifest|fill|use|open ...");
	return 0;
}
