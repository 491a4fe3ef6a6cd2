// SPDX-License-Identifier: GPL-2.0-only
/*
 * press: until killed or 300 seconds have gone, have the kernel look for free memory all the
 * time, without driving it so far that it kills somebody: the pool of huge pages takes what
 * is free but for a little. Says "short" when that is so. On SIGTERM gives it back, and prints
 * how often the kernel began to look.
 */
#include <signal.h>
#include <sys/prctl.h>
#include "check.h"

#define POOL	"/proc/sys/vm/nr_hugepages"
/* In ten thousandths: how far the marks, where it looks and where it stops, are apart. */
#define APART	"/proc/sys/vm/watermark_scale_factor"
#define FAR	1000
#define HUGE	512	/* pages in one of the pool */

static volatile sig_atomic_t over;

static void on_term(int sig)
{
	over = sig;
}

/* sum_of - all numbers that follow @word, or a word that begins with it, in a file. */
static unsigned long sum_of(const char *path, const char *word, int begins)
{
	unsigned long n, sum = 0;
	char line[256], key[64];
	FILE *f = fopen(path, "r");

	check(f, "%s", path);
	while (fgets(line, sizeof(line), f))
		if (sscanf(line, "%63s %lu", key, &n) == 2 &&
		    (begins ? !strncmp(key, word, strlen(word)) : !strcmp(key, word)))
			sum += n;
	fclose(f);
	return sum;
}

static long pool(void)
{
	return (long)sum_of("/proc/meminfo", "HugePages_Total:", 0);
}

static void set(const char *path, long n)
{
	FILE *f = fopen(path, "w");

	check(f && fprintf(f, "%ld\n", n) > 0 && !fclose(f), "%s", path);
}

/* How often the kernel's own thread was woken, and how often somebody had to look himself. */
static unsigned long looked(void)
{
	return sum_of("/proc/vmstat", "pageoutrun", 0) + sum_of("/proc/vmstat", "allocstall", 1);
}

/* Of the zones that everybody's memory is from, in pages. */
static void zones(unsigned long *free_now, unsigned long *min, unsigned long *low)
{
	char line[256], word[64], zone[64] = "";
	FILE *f = fopen("/proc/zoneinfo", "r");
	unsigned long n;

	check(f, "zoneinfo");
	*free_now = *min = *low = 0;
	while (fgets(line, sizeof(line), f)) {
		if (sscanf(line, "Node %*u, zone %63s", zone) == 1 || !strcmp(zone, "DMA"))
			continue;
		if (sscanf(line, " pages free %lu", &n) == 1)
			*free_now += n;
		else if (sscanf(line, " %63s %lu", word, &n) == 2 && !strcmp(word, "min"))
			*min += n;
		else if (sscanf(line, " %63s %lu", word, &n) == 2 && !strcmp(word, "low"))
			*low += n;
	}
	fclose(f);
}

int main(void)
{
	unsigned long before = looked(), left, min, low, goal;
	int i, told = 0;
	long had, apart = 10;
	FILE *f = fopen(APART, "r");

	check(f && fscanf(f, "%ld", &apart) == 1 && !fclose(f), "%s", APART);
	signal(SIGTERM, on_term);
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	set(APART, FAR);
	for (i = 0; !over && i < 6000; i++) {
		zones(&left, &min, &low);
		had = pool();
		/* It gives up looking where it finds nothing: give a little, and take it again. */
		goal = min + (low - min) / 4;
		if (left > goal + HUGE)
			set(POOL, had + (long)((left - goal) / HUGE));
		else if (left < min || (told && i % 8 == 0))
			set(POOL, had > 4 ? had - 4 : 0);
		/* So far, or no further. */
		if (!told && pool() <= had) {
			told = 1;
			printf("short\n");
			fflush(stdout);
		}
		usleep(50000);
	}
	set(POOL, 0);
	set(APART, apart);
	printf("%lu\n", looked() - before);
	return 0;
}
