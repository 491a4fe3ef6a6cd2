/* SPDX-License-Identifier: GPL-2.0-only */
/* What the parts of measure have in common: the clock, series of figures, the reports. */
#ifndef TESTS_BENCH_MEASURE_H
#define TESTS_BENCH_MEASURE_H

#include "../vm/programs/check.h"

#define MAX_ROUNDS 128

/* The figures of one operation: a mean over the calls of each round. */
struct series {
	double v[MAX_ROUNDS];
	unsigned int n;
};

/*
 * now - guest time in ns, which is instructions under -icount. The time stamp counter is
 * read by one instruction there and runs at 1 GHz; the kernel's clock would do, for 60 or so.
 */
static inline uint64_t now(void)
{
#ifdef __x86_64__
	uint32_t lo, hi;

	__asm__ volatile("rdtsc" : "=a"(lo), "=d"(hi) : : "memory");
	return (uint64_t)hi << 32 | lo;
#else
#error "the time stamp counter of x86-64 is wanted"
#endif
}

extern const char *contender;	/* of main.c */

/* clock.c */
void clock_setup(void);
void series_add(struct series *s, uint64_t start, uint64_t end, unsigned int calls);
void report(const char *op, struct series *s);
void report_value(const char *op, double value);
void not_there(const char *op, const char *why);

/* A number below @below that looks random, the same in every run. */
uint64_t scatter(uint64_t i, uint64_t below);
uint64_t file_size(int fd);
long faults(void);
void run_first(void);
double kernel_bytes(void);

/*
 * The groups. @args are the words after the group's name, ended by NULL; each says in the
 * table of main.c what it takes.
 */
void group_rw(char **args);		/* rw.c */
void group_plain(char **args);
void group_open(char **args);		/* open.c */
void group_first_open(char **args);
void group_stat(char **args);
void group_mmap(char **args);		/* map.c */
void group_large(char **args);
void group_large_first(char **args);
void group_small(char **args);
void group_small_first(char **args);
void group_touch(char **args);
void group_giant(char **args);
void group_sync(char **args);		/* sync.c */
void group_fsync_all(char **args);
void group_splice(char **args);		/* splice.c */
void group_write(char **args);		/* system.c */
void group_load(char **args);
void group_slab(char **args);
void group_wall(char **args);		/* wall.c */

/* window.c: mappings of a part of a file that faults are measured in. */
struct window {
	int fd;
	int prot;
	int device;
	uint64_t at;		/* in the file */
	uint64_t len;
	char *p;
};

void window_open(struct window *w, const char *path, int prot, uint64_t most);
void window_map(struct window *w, size_t skew);
void window_unmap(struct window *w);

#endif
