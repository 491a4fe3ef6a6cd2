// SPDX-License-Identifier: GPL-2.0-only
/*
 * Do readers of one file slow each other? By a wall clock, with two processors: figures are as
 * noisy as the machine is busy, and only those of one line can be compared.
 */
#include <sched.h>
#include <sys/wait.h>
#include <time.h>
#include "measure.h"

#define ROUNDS 5
#define ROUND_SECONDS 0.4

struct reader {
	int fd;
	uint64_t pages;
	uint64_t n;		/* operations so far */
	char buf[SZ_4K];
};

static double seconds(void)
{
	struct timespec t;

	check(!clock_gettime(CLOCK_MONOTONIC, &t), "a clock");
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void preads(struct reader *r, size_t size)
{
	unsigned int i;

	for (i = 0; i < 64; i++)
		if (pread(r->fd, r->buf, size, (off_t)(scatter(r->n++, r->pages) * SZ_4K)) != (ssize_t)size)
			check(0, "pread");
}

static void preads_64(struct reader *r) { preads(r, 64); }
static void preads_4k(struct reader *r) { preads(r, SZ_4K); }

/* Small pages, 64 KiB apart, and what their mapping takes. */
static void faults_4k(struct reader *r)
{
	size_t len = 4 << 20, at = scatter(r->n, r->pages * SZ_4K / len) * len, i;
	char *p = mmap(NULL, len, PROT_READ, MAP_SHARED, r->fd, (off_t)at);

	check(p != MAP_FAILED && !madvise(p, len, MADV_RANDOM), "map");
	for (i = SZ_4K; i < len; i += 16 * SZ_4K, r->n++)
		(void)*(volatile char *)(p + i);
	check(!munmap(p, len), "munmap");
}

/* A process on a processor of its own: operations a second, from @start on. */
static double read_for(void (*op)(struct reader *r), const char *path, int cpu, double start)
{
	struct reader r = { .fd = open_or_die(path, O_RDONLY) };
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	check(!sched_setaffinity(0, sizeof(set), &set), "processor %d", cpu);
	r.pages = file_size(r.fd) / SZ_4K;
	op(&r);
	while (seconds() < start)
		;
	r.n = 0;
	while (seconds() < start + ROUND_SECONDS)
		op(&r);
	return (double)r.n / (seconds() - start);
}

static double *rate;	/* of each reader */

/* @n readers at once, one of each path. @best becomes the mean of theirs, if that is more. */
static void readers(void (*op)(struct reader *r), char **paths, int n, double *best)
{
	double start = seconds() + 0.2, sum = 0;
	int i, status;

	for (i = 0; i < n; i++) {
		pid_t pid = fork();

		check(pid >= 0, "fork");
		if (!pid) {
			rate[i] = read_for(op, paths[i], i, start);
			_exit(0);
		}
	}
	for (i = 0; i < n; i++)
		check(wait(&status) > 0 && !status, "a reader: %#x", status);
	for (i = 0; i < n; i++)
		sum += rate[i] / n;
	if (sum > *best)
		*best = sum;
}

void group_wall(char **args)
{
	static const struct {
		const char *name;
		void (*op)(struct reader *r);
	} ops[] = { { "pread-64", preads_64 }, { "pread-4k", preads_4k }, { "fault-4k-read", faults_4k } };
	char *same[] = { args[0], args[0] };
	unsigned int i;
	int round;

	rate = mmap(NULL, SZ_4K, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	check(rate != MAP_FAILED, "memory");
	for (i = 0; i < sizeof(ops) / sizeof(ops[0]); i++) {
		double alone = 0, one = 0, two = 0;

		/* In turns, as whatever disturbs them lasts for a while. */
		for (round = 0; round < ROUNDS; round++) {
			readers(ops[i].op, args, 1, &alone);
			readers(ops[i].op, same, 2, &one);
			readers(ops[i].op, args, 2, &two);
		}
		printf("@wall | %s | %s | %.0f | %.0f | %.0f | %.2f |\n", contender, ops[i].name, alone,
		       one, two, one / two);
		fflush(stdout);
	}
}
