// SPDX-License-Identifier: GPL-2.0-only
/*
 * Mappings: making and ending them, and their faults.
 *
 * A page is touched by a load or a store of a byte. That a touch was a fault, and that the
 * fault brought a page of the size that the row says, is seen by counting faults: a row
 * where it did not is not given.
 */
#include "measure.h"

#define LARGE_WINDOW (64UL << 20)
#define SPARSE (16 * SZ_4K)	/* more than the kernel maps around a fault */
#define PER_TABLE (SZ_2M / SPARSE)

static void touch(char *p, int writing)
{
	if (writing)
		*(volatile char *)p = 1;
	else
		(void)*(volatile char *)p;
}

/* Touch @n places that are @step bytes apart; a round of @s if there is one. Faults. */
static long touch_all(char *p, uint64_t n, uint64_t step, int writing, struct series *s)
{
	long before = faults();
	uint64_t start = now(), i;

	for (i = 0; i < n; i++)
		touch(p + i * step, writing);
	if (s)
		series_add(s, start, now(), (unsigned int)n);
	return faults() - before;
}

/*
 * Touch @n small pages that are SPARSE apart, in an order that nobody can guess (41 is prime,
 * and no divisor of @n), as a round of @s. One page under each page table is touched before,
 * so that what is measured is faults. Return: did each touch fault?
 */
static int touch_sparse(char *p, uint64_t n, int writing, struct series *s)
{
	uint64_t start, i, at = 0, calls = n - n / PER_TABLE;
	long before;

	for (i = 0; i < n; i += PER_TABLE)
		touch(p + i * SPARSE, writing);
	before = faults();
	start = now();
	for (i = 0; i < n; i++) {
		if (at % PER_TABLE)
			touch(p + at * SPARSE, writing);
		at += 41;
		if (at >= n)
			at -= n;
	}
	series_add(s, start, now(), (unsigned int)calls);
	return faults() - before == (long)calls;
}

static void report_or_not(const char *op, struct series *s, int good, const char *why)
{
	if (good)
		report(op, s);
	else
		not_there(op, why);
	s->n = 0;
}

/* As programs do it, without a wish for an address; no page is touched. */
void group_mmap(char **args)
{
	struct series s = { .n = 0 };
	unsigned int r, i;
	struct window w;

	window_open(&w, args[0], PROT_READ | PROT_WRITE, LARGE_WINDOW);
	for (r = 0; r < 16; r++) {
		uint64_t start = now();

		for (i = 0; i < 8; i++) {
			char *p = mmap(NULL, w.len, w.prot, MAP_SHARED, w.fd, (off_t)w.at);

			if (p == MAP_FAILED || munmap(p, w.len))
				check(0, "%s", args[0]);
		}
		if (r)
			series_add(&s, start, now(), 8);
	}
	report("mmap-munmap-64m", &s);
}

/* Were all pages of 2 MiB? Then touching the middle of each is no fault. */
static int large(struct window *w, int writing)
{
	return touch_all(w->p + SZ_2M / 2, w->len / SZ_2M, SZ_2M, writing, NULL) == 0;
}

static void large_faults(struct window *w, int writing)
{
	struct series fault = { .n = 0 }, unmap = { .n = 0 }, after = { .n = 0 };
	uint64_t n = w->len / SZ_2M, start;
	int r, good = 1;

	for (r = 0; r < 8; r++) {
		window_map(w, 0);
		good &= touch_all(w->p, n, SZ_2M, writing, &fault) == (long)n;
		good &= large(w, writing);
		if (!writing)
			touch_all(w->p, n, SZ_2M, 1, &after);
		start = now();
		window_unmap(w);
		if (writing)
			series_add(&unmap, start, now(), 1);
		if (!r)
			fault.n = unmap.n = after.n = 0;
	}
	report_or_not(writing ? "fault-2m-write" : "fault-2m-read", &fault, good, "no-large-page");
	if (writing)
		report_or_not("munmap-64m-2m", &unmap, good, "no-large-page");
	else
		report_or_not("fault-2m-write-after-read", &after, good, "no-large-page");
}

/* Faults on pages that were mapped before. */
void group_large(char **args)
{
	struct window w;

	window_open(&w, args[0], PROT_READ | PROT_WRITE, LARGE_WINDOW);
	window_map(&w, 0);
	touch_all(w.p, w.len / SZ_2M, SZ_2M, 1, NULL);
	window_unmap(&w);
	large_faults(&w, 0);
	large_faults(&w, 1);
}

/* The first ones since the file came to memory: each page of the file serves once. */
static void first_faults(const char *op, const char *path, int writing, uint64_t step, size_t skew)
{
	uint64_t calls = step == SZ_2M ? 4 : 64, done;
	struct series s = { .n = 0 };
	struct window w;
	int good = 1;

	window_open(&w, path, PROT_READ | PROT_WRITE, 32 << 20);
	/* Both times it is the same device, and a page is in one mapping. */
	if (w.device)
		w.at = writing ? w.len : 0;
	window_map(&w, skew);
	for (done = 0; done + calls * step <= w.len; done += calls * step)
		if (step == SZ_2M)
			good &= touch_all(w.p + done, calls, step, writing, &s) == (long)calls;
		else
			good &= touch_sparse(w.p + done, calls, writing, &s);
	if (step == SZ_2M)
		good &= large(&w, writing);
	report_or_not(op, &s, good, step == SZ_2M ? "no-large-page" : "no-fault");
}

void group_large_first(char **args)
{
	first_faults("fault-2m-read-first", args[0], 0, SZ_2M, 0);
	first_faults("fault-2m-write-first", args[1], 1, SZ_2M, 0);
}

void group_small_first(char **args)
{
	first_faults("fault-4k-read-first", args[0], 0, SPARSE, SZ_4K);
	first_faults("fault-4k-write-first", args[1], 1, SPARSE, SZ_4K);
}

/* Random faults by small pages that were mapped before. */
void group_small(char **args)
{
	struct series read = { .n = 0 }, write = { .n = 0 }, after = { .n = 0 };
	int r, good_read = 1, good_write = 1;
	struct window w;
	uint64_t n;

	window_open(&w, args[0], PROT_READ | PROT_WRITE, LARGE_WINDOW);
	n = w.len / SPARSE;
	for (r = 0; r < 5; r++) {
		window_map(&w, SZ_4K);
		good_write &= touch_sparse(w.p, n, 1, &write);
		window_unmap(&w);
		window_map(&w, SZ_4K);
		good_read &= touch_sparse(w.p, n, 0, &read);
		touch_sparse(w.p, n, 1, &after);
		window_unmap(&w);
		if (!r)
			read.n = write.n = after.n = 0;
	}
	report_or_not("fault-4k-read", &read, good_read, "no-fault-each");
	report_or_not("fault-4k-write", &write, good_write, "no-fault-each");
	report_or_not("fault-4k-write-after-read", &after, good_read, "no-fault-each");
}

/* All small pages in order, and the end of the mapping. */
void group_touch(char **args)
{
	struct series read = { .n = 0 }, write = { .n = 0 }, unmap = { .n = 0 };
	struct window w;
	uint64_t start;
	int r;

	window_open(&w, args[0], PROT_READ | PROT_WRITE, LARGE_WINDOW);
	for (r = 0; r < 3; r++) {
		window_map(&w, SZ_4K);
		touch_all(w.p, w.len / SZ_4K, SZ_4K, 0, &read);
		window_unmap(&w);
		window_map(&w, SZ_4K);
		touch_all(w.p, w.len / SZ_4K, SZ_4K, 1, &write);
		start = now();
		window_unmap(&w);
		series_add(&unmap, start, now(), 1);
		if (!r)
			read.n = write.n = unmap.n = 0;
	}
	report("touch-4k-read", &read);
	report("touch-4k-write", &write);
	report("munmap-64m-4k", &unmap);
}

/* Faults of 1 GiB each, and the end of three of them; placed by the kernel. */
void group_giant(char **args)
{
	struct series fault[2] = { { .n = 0 }, { .n = 0 } }, unmap = { .n = 0 };
	uint64_t n = 3, len = n << 30, start;
	int fd = open_or_die(args[0], O_RDWR), good = 1, r, writing;

	for (r = 0; r < 8; r++) {
		for (writing = 0; writing < 2; writing++) {
			char *p = mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

			check(p != MAP_FAILED, "map");
			good &= touch_all(p, n, 1UL << 30, writing, &fault[writing]) == (long)n;
			good &= !touch_all(p + SZ_2M, n, 1UL << 30, writing, NULL);
			start = now();
			check(!munmap(p, len), "munmap");
			series_add(&unmap, start, now(), 1);
		}
		if (!r)
			fault[0].n = fault[1].n = unmap.n = 0;
	}
	report_or_not("fault-1g-read", &fault[0], good, "no-such-page");
	report_or_not("fault-1g-write", &fault[1], good, "no-such-page");
	report_or_not("munmap-3g-1g", &unmap, good, "no-such-page");
}
