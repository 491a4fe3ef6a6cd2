/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Up to which kernel the tests have been run.
 *
 * For a line in the log and for nothing else: what differs between kernels is asked of their
 * types. But two releases can have the same types and not do the same.
 */
#ifndef COMPAT_TESTED_H
#define COMPAT_TESTED_H

#include <linux/types.h>

/* MAJOR.MINOR. A unit test compares it with docs/matrix.md. */
#define FAMFS_TESTED_KERNEL	"7.3"

bool compat_newer_than_tested(const char *release, const char *tested);

#endif
