// SPDX-License-Identifier: GPL-2.0-only
/* What a device, a module, and files in memory cost. */
#include <sys/resource.h>
#include <sys/syscall.h>
#include "measure.h"

/* One write to a file of sysfs: binding and unbinding. */
void group_write(char **args)
{
	int fd = open_or_die(args[1], O_WRONLY);
	size_t len = strlen(args[2]);
	uint64_t start = now();
	ssize_t n = write(fd, args[2], len);
	uint64_t end = now();

	check(n == (ssize_t)len, "%s to %s", args[2], args[1]);
	report_value(args[0], (double)(end - start));
}

/* A module whose dependencies are loaded; not compressed. */
void group_load(char **args)
{
	int fd = open_or_die(args[1], O_RDONLY);
	uint64_t start = now();
	long ret = syscall(SYS_finit_module, fd, "", 0);
	uint64_t end = now();

	check(!ret, "%s", args[1]);
	report_value(args[0], (double)(end - start));
}

/* Open N files, PREFIX0 and so on, that are not in memory yet: bytes for each. */
void group_slab(char **args)
{
	int i, n = atoi(args[1]);
	struct rlimit limit = { n + 64, n + 64 };
	double before;
	char path[256];

	/* The table of descriptors shall not grow meanwhile. */
	check(!setrlimit(RLIMIT_NOFILE, &limit), "a limit of %d descriptors", n + 64);
	check(dup2(0, n + 16) == n + 16, "descriptor %d", n + 16);
	before = kernel_bytes();
	for (i = 0; i < n; i++) {
		snprintf(path, sizeof(path), "%s%d", args[2], i);
		open_or_die(path, O_RDONLY);
	}
	report_value(args[0], (kernel_bytes() - before) / n);
}
