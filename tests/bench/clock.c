// SPDX-License-Identifier: GPL-2.0-only
/* Guest time, series of figures, and the lines that tests/bench/run reads. */
#include <sched.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include "measure.h"

static uint64_t reading;	/* what reading the clock twice takes */

/* clock_setup - learn what the clock itself costs; before any series_add(). */
void clock_setup(void)
{
	unsigned int i;

	reading = UINT64_MAX;
	for (i = 0; i < 1000; i++) {
		uint64_t start = now(), end = now();

		if (end - start < reading)
			reading = end - start;
	}
}

/* series_add - one round of @calls operations, from @start to @end by now(). */
void series_add(struct series *s, uint64_t start, uint64_t end, unsigned int calls)
{
	check(s->n < MAX_ROUNDS, "too many rounds");
	s->v[s->n++] = (double)(end - start - reading) / calls;
}

static int by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* report - "@row CONTENDER OP MINIMUM MEDIAN ROUNDS"; the series is empty afterwards. */
void report(const char *op, struct series *s)
{
	check(s->n, "no round of %s", op);
	qsort(s->v, s->n, sizeof(s->v[0]), by_size);
	printf("@row %s %s %.1f %.1f %u\n", contender, op, s->v[0], s->v[s->n / 2], s->n);
	fflush(stdout);
	s->n = 0;
}

/* report_value - the same for a figure that has no rounds. */
void report_value(const char *op, double value)
{
	printf("@row %s %s %.1f %.1f 1\n", contender, op, value, value);
	fflush(stdout);
}

/* not_there - the contender has no such operation, or not the one that the name says. */
void not_there(const char *op, const char *why)
{
	printf("@none %s %s %s\n", contender, op, why);
	fflush(stdout);
}

uint64_t scatter(uint64_t i, uint64_t below)
{
	return pattern_word(7, i) % below;
}

uint64_t file_size(int fd)
{
	struct stat st;

	check(!fstat(fd, &st), "fstat");
	return (uint64_t)st.st_size;
}

/*
 * run_first - for groups that a server answers. Whether it goes on for a while when it has
 * replied is the scheduler's choice otherwise, and a tenth of the figure.
 */
void run_first(void)
{
	struct sched_param param = { .sched_priority = 1 };

	check(!sched_setscheduler(0, SCHED_FIFO, &param), "real-time scheduling");
}

/* faults - page faults of this process until now. */
long faults(void)
{
	struct rusage u;

	check(!getrusage(RUSAGE_SELF, &u), "getrusage");
	return u.ru_minflt + u.ru_majflt;
}

/* kernel_bytes - kernel memory that files can be in. */
 double kernel_bytes(void)
{
	FILE *f = fopen("/proc/meminfo", "r");
	char line[128];
	double sum = 0;
	long kib;

	check(f, "/proc/meminfo");
	while (fgets(line, sizeof(line), f))
		if (sscanf(line, "Slab: %ld", &kib) == 1 || sscanf(line, "VmallocUsed: %ld", &kib) == 1)
			sum += (double)kib * 1024;
	fclose(f);
	return sum;
}
