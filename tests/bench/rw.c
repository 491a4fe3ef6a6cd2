// SPDX-License-Identifier: GPL-2.0-only
/* pread(2) and pwrite(2). */
#include "measure.h"

static char *buffer(size_t size)
{
	char *buf = aligned_area(size);

	buf = mmap(buf, size, PROT_READ | PROT_WRITE,
		   MAP_FIXED | MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
	check(buf != MAP_FAILED, "a buffer");
	memset(buf, 1, size);
	return buf;
}

struct shape {
	const char *name;
	size_t size;
	unsigned int calls;
	unsigned int rounds;
};

/* At places all over the file, each within a page or 2 MiB of it, the same ones in every round. */
static void transfer(int fd, const struct shape *sh, int writing, char *buf)
{
	uint64_t unit = sh->size > SZ_4K ? SZ_2M : SZ_4K, units = file_size(fd) / unit;
	struct series s = { .n = 0 };
	off_t at[64];
	unsigned int i, r;
	char op[32];

	snprintf(op, sizeof(op), "%s-%s", writing ? "pwrite" : "pread", sh->name);
	if (!units) {
		not_there(op, "file-too-small");
		return;
	}
	for (i = 0; i < sh->calls; i++)
		at[i] = (off_t)(scatter(i, units) * unit);
	for (r = 0; r < sh->rounds; r++) {
		uint64_t start = now();

		for (i = 0; i < sh->calls; i++) {
			ssize_t n = writing ? pwrite(fd, buf, sh->size, at[i]) : pread(fd, buf, sh->size, at[i]);

			if (n != (ssize_t)sh->size)
				check(0, "%s at %ld: %zd", op, (long)at[i], n);
		}
		/* The first one warms up. */
		if (r)
			series_add(&s, start, now(), sh->calls);
	}
	report(op, &s);
}

void group_rw(char **args)
{
	static const struct shape shapes[] = {
		{ "64", 64, 64, 12 }, { "2k", 2048, 64, 12 }, { "4k", 4096, 64, 12 }, { "2m", SZ_2M, 2, 4 },
	};
	int fd = open_or_die(args[0], O_RDWR), writing;
	char *buf = buffer(SZ_2M);
	unsigned int i;

	for (writing = 0; writing < 2; writing++)
		for (i = 0; i < sizeof(shapes) / sizeof(shapes[0]); i++)
			transfer(fd, &shapes[i], writing, buf);
}

static void same_page(const char *op, int fd, char *buf)
{
	struct series s = { .n = 0 };
	unsigned int r, i;

	for (r = 0; r < 80; r++) {
		uint64_t start = now();

		for (i = 0; i < 4; i++)
			if (pread(fd, buf, SZ_4K, 0) != SZ_4K)
				check(0, "%s", op);
		if (r)
			series_add(&s, start, now(), 4);
	}
	report(op, &s);
}

/* A FUSE mount that is none of ours: what its cache has, and what its server is asked for. */
void group_plain(char **args)
{
	char *buf = buffer(SZ_4K);

	run_first();
	same_page("pread-4k-cached", open_or_die(args[0], O_RDONLY), buf);
	same_page("pread-4k-served", open_or_die(args[0], O_RDONLY | O_DIRECT), buf);
}
