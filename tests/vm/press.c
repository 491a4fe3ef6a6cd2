// SPDX-License-Identifier: GPL-2.0-only
/*
 * press: until killed or 300 seconds have gone, have the kernel look for free memory all the
 * time, without driving it so far that it kills somebody: the pool of huge pages takes what
 * is free but for a little. On SIGTERM gives it back, and prints how often the kernel began
 * to look.
 */
#include <signal.h>
#include <sys/prctl.h>
#include "check.h"

#define POOL	"/proc/sys/vm/nr_hugepages"
#define SPARE	(6UL << 10)	/* KiB above the mark at which the kernel begins to look */

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

static void pool_set(long n)
{
	FILE *f = fopen(POOL, "w");

	check(f && fprintf(f, "%ld\n", n) > 0 && !fclose(f), "%s", POOL);
}

/* How often the kernel's own thread was woken, and how often somebody had to look himself. */
static unsigned long looked(void)
{
	return sum_of("/proc/vmstat", "pageoutrun", 0) + sum_of("/proc/vmstat", "allocstall", 1);
}

int main(void)
{
	unsigned long before = looked(), mark = sum_of("/proc/zoneinfo", "low", 0) * 4, room;
	int i;

	signal(SIGTERM, on_term);
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	for (i = 0; !over && i < 6000; i++) {
		room = sum_of("/proc/meminfo", "MemFree:", 0);
		if (room > mark + SPARE + 4096)
			pool_set(pool() + (long)(room - mark - SPARE) / 2048);
		else if (room < mark / 4 * 3)
			pool_set(pool() - 8 > 0 ? pool() - 8 : 0);
		usleep(50000);
	}
	pool_set(0);
	printf("%lu\n", looked() - before);
	return 0;
}
