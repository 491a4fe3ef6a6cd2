// SPDX-License-Identifier: GPL-2.0-only
/* What a device, a module, and files in memory cost. */
#include <sys/resource.h>
#include <sys/syscall.h>
#include <time.h>
#include "measure.h"

/* What this process itself has executed, in the kernel too; waiting for others is not in it. */
static uint64_t executed(void)
{
	struct timespec t;

	check(!clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t), "the process's clock");
	return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

/* One write to a file of sysfs: binding and unbinding. ROW-elapsed has the waiting, too. */
void group_write(char **args)
{
	int fd = open_or_die(args[1], O_WRONLY);
	size_t len = strlen(args[2]);
	uint64_t cpu = executed(), start = now(), cpu_end, end;
	ssize_t n = write(fd, args[2], len);
	char elapsed[64];

	end = now();
	cpu_end = executed();
	check(n == (ssize_t)len, "%s to %s", args[2], args[1]);
	report_value(args[0], (double)(cpu_end - cpu));
	snprintf(elapsed, sizeof(elapsed), "%s-elapsed", args[0]);
	report_value(elapsed, (double)(end - start));
}

/* A module whose dependencies are loaded; not compressed. */
void group_load(char **args)
{
	int fd = open_or_die(args[1], O_RDONLY);
	uint64_t start = now(), end;
	long ret = syscall(SYS_finit_module, fd, "", 0);

	end = now();
	check(!ret, "%s", args[1]);
	report_value(args[0], (double)(end - start));
}

/*
 * Open N files, PREFIX0 and so on, that are not in memory yet: bytes for each. The first
 * quarter fills what holes there are in slabs, and is not in the figure.
 */
void group_slab(char **args)
{
	int i, n = atoi(args[1]), holes = n / 4;
	struct rlimit limit = { n + 64, n + 64 };
	double before = 0;
	char path[256];

	/* The table of descriptors shall not grow meanwhile. */
	check(!setrlimit(RLIMIT_NOFILE, &limit), "a limit of %d descriptors", n + 64);
	check(dup2(0, n + 16) == n + 16, "descriptor %d", n + 16);
	for (i = 0; i < n; i++) {
		if (i == holes)
			before = kernel_bytes();
		snprintf(path, sizeof(path), "%s%d", args[2], i);
		open_or_die(path, O_RDONLY);
	}
	report_value(args[0], (kernel_bytes() - before) / (n - holes));
}
