// SPDX-License-Identifier: GPL-2.0-only
/* msync(2) and fsync(2). */
#include "measure.h"

#define WINDOW (64UL << 20)

/* A store to a page, and msync() of that page: what a program pays that wants a word safe. */
static void store_and_msync(const char *op, const char *path, size_t skew)
{
	struct series s = { .n = 0 };
	unsigned int r, i;
	struct window w;

	window_open(&w, path, PROT_READ | PROT_WRITE, WINDOW);
	window_map(&w, skew);
	for (r = 0; r < 4; r++) {
		uint64_t start = now();

		for (i = 0; i < 4; i++) {
			char *page = w.p + i * SZ_2M;

			*(volatile char *)page = 1;
			check(!msync(page, SZ_4K, MS_SYNC), "msync");
		}
		if (r)
			series_add(&s, start, now(), 4);
	}
	report(op, &s);
	window_unmap(&w);
}

static void fsyncs(const char *path)
{
	struct series clean = { .n = 0 }, one = { .n = 0 };
	struct window w;
	uint64_t start;
	unsigned int r;

	window_open(&w, path, PROT_READ | PROT_WRITE, WINDOW);
	window_map(&w, SZ_4K);
	check(!fsync(w.fd), "fsync");
	for (r = 0; r < 12; r++) {
		start = now();
		check(!fsync(w.fd), "fsync");
		series_add(&clean, start, now(), 1);
	}
	for (r = 0; r < 12; r++) {
		*(volatile char *)(w.p + r * SZ_2M) = 1;
		start = now();
		check(!fsync(w.fd), "fsync");
		if (r)
			series_add(&one, start, now(), 1);
	}
	report("fsync-clean", &clean);
	report("fsync-one-page", &one);
	window_unmap(&w);
}

void group_sync(char **args)
{
	store_and_msync("msync-2m", args[0], 0);
	store_and_msync("msync-4k", args[1], SZ_4K);
	fsyncs(args[1]);
}

/* fsync() when each page of 64 MiB was stored to, by small pages. */
void group_fsync_all(char **args)
{
	struct series s = { .n = 0 };
	struct window w;
	unsigned int r;
	uint64_t i, start;

	window_open(&w, args[0], PROT_READ | PROT_WRITE, WINDOW);
	window_map(&w, SZ_4K);
	for (r = 0; r < 3; r++) {
		for (i = 0; i < w.len; i += SZ_4K)
			*(volatile char *)(w.p + i) = 1;
		start = now();
		check(!fsync(w.fd), "fsync");
		if (r)
			series_add(&s, start, now(), 1);
	}
	report("fsync-64m-4k", &s);
}
