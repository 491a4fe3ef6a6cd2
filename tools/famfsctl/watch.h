/* SPDX-License-Identifier: GPL-2.0-only */
/* Differences between two looks. Pure. */
#ifndef FAMFSCTL_WATCH_H
#define FAMFSCTL_WATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What is counted of a mount, and of all of them (0:0). Plain: they outlive the pool. */
struct counts {
	unsigned int major, minor;
	uint64_t sent, answered, failed, ns_total, errors, files, maps_bytes, pins;
	uint64_t pte, pmd, pud, fault_errors;
};

struct rates {
	bool first;	/* nothing to compare with: a mount that is new, or a counter set back */
	double sent, answered, failed, average_us, errors, pte, pmd, pud, fault_errors;
};

struct rates rates_of(const struct counts *before, const struct counts *now, double seconds);

#endif /* FAMFSCTL_WATCH_H */
