/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the devices of the stress test must look like, from below: their bytes in
 * device_dax mode, also those that are no file's, and their lists of bad pages.
 */
#ifndef STRESS_DEVICE_H
#define STRESS_DEVICE_H

#include "stress_io.h"

#define DEV_PAGES	(USED_BYTES / SZ_4K)
#define APART		16	/* every so many pages between files are looked at, too */

/* A page of a device that no file has, next to one that some file has or else one of few. */
static int is_guard(const unsigned char *used, unsigned int page)
{
	if (used[page])
		return 0;
	return page % APART == 0 || (page && used[page - 1]) || (page + 1 < DEV_PAGES && used[page + 1]);
}

static const unsigned char *used_of(int dev)
{
	static unsigned char used[DEV_PAGES];
	unsigned int page;
	uint64_t off;
	int f;

	memset(used, 0, sizeof(used));
	for (f = 0; f < FILES; f++)
		for (page = 0; page < pages_of(f); page++)
			if (page_place(f, page, &off) == dev)
				used[off / SZ_4K] = 1;
	return used;
}

static char *raw_map(const char *path)
{
	int fd = open_or_die(path, O_RDWR);
	char *at = mmap(NULL, USED_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	check(at != MAP_FAILED, "mmap of %s", path);
	close(fd);
	return at;
}

/* raw_guard - write what is between the files, as if devices were files of generation 0. */
static void raw_guard(int dev, const char *path)
{
	const unsigned char *used = used_of(dev);
	char *at = raw_map(path);
	unsigned int page;

	for (page = 0; page < DEV_PAGES; page++)
		if (is_guard(used, page))
			page_fill((uint64_t *)(at + page * SZ_4K), FILES + dev, page, 0);
}

static void raw_check(int dev, const char *path)
{
	const unsigned char *used = used_of(dev);
	char *at = raw_map(path);
	unsigned int page;
	uint64_t off;
	int f;

	for (f = 0; f < FILES; f++)
		for (page = 0; page < pages_of(f); page++)
			if (page_place(f, page, &off) == dev) {
				struct before was = look(f, page);

				page_verify((uint64_t *)(at + off), f, page, was.lo);
			}
	for (page = 0; page < DEV_PAGES; page++) {
		if (!is_guard(used, page))
			continue;
		page_fill(io_buf, FILES + dev, page, 0);
		if (memcmp(at + page * SZ_4K, io_buf, SZ_4K))
			wrong("page %u of device %d is no file's, and was written", page, dev);
	}
}

/* rebound - a new binding knows of no bad page. */
static void rebound(int dev)
{
	unsigned int page;
	uint64_t off;
	int f;

	for (f = 0; f < FILES; f++)
		for (page = 0; page < pages_of(f); page++)
			if (page_place(f, page, &off) == dev) {
				struct page_state *s = &tab->pages[f][page];

				s->bad = (s->bad + 3) / 4 * 4;
			}
}

/* listed_check - are the bad pages of device @dev the ones that @path lists? */
static void listed_check(int dev, const char *path)
{
	static unsigned char listed[DEV_PAGES];
	unsigned long long at, len;
	FILE *list = fopen(path, "r");
	unsigned int page;
	uint64_t off;
	int f;

	check(list, "%s", path);
	memset(listed, 0, sizeof(listed));
	while (fscanf(list, "%llu %llu", &at, &len) == 2)
		for (; len; at += SZ_4K, len -= SZ_4K) {
			if (at >= USED_BYTES || len % SZ_4K)
				wrong("%s has %llu, length %llu", path, at, len);
			listed[at / SZ_4K] = 1;
		}
	fclose(list);
	for (f = 0; f < FILES; f++)
		for (page = 0; page < pages_of(f); page++) {
			uint32_t bad = tab->pages[f][page].bad;

			if (page_place(f, page, &off) != dev)
				continue;
			if (!(bad % 2) && listed[off / SZ_4K] != (bad % 4 == 2))
				wrong("page %u of %s is %s, and %s", page, files[f].name,
				      bad % 4 ? "bad" : "good", bad % 4 ? "not listed" : "listed");
			listed[off / SZ_4K] = 0;
		}
	for (page = 0; page < sizeof(listed); page++)
		if (listed[page])
			wrong("%s has page %u, which is nobody's", path, page);
}

#endif
