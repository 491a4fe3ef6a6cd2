/* SPDX-License-Identifier: GPL-2.0-only */
/* User-space stand-in for the kernel header of this name: what fmap needs. */
#ifndef SHIM_LINUX_REFCOUNT_H
#define SHIM_LINUX_REFCOUNT_H

#include <linux/types.h>

typedef struct {
	unsigned int refs;
} refcount_t;

static inline void refcount_set(refcount_t *r, unsigned int n)
{
	__atomic_store_n(&r->refs, n, __ATOMIC_RELAXED);
}

/* As in the kernel, taking a reference from nothing is a fault of the caller. */
static inline void refcount_inc(refcount_t *r)
{
	if (!__atomic_fetch_add(&r->refs, 1, __ATOMIC_RELAXED))
		__builtin_trap();
}

static inline bool refcount_dec_and_test(refcount_t *r)
{
	unsigned int old = __atomic_fetch_sub(&r->refs, 1, __ATOMIC_ACQ_REL);

	if (!old)
		__builtin_trap();
	return old == 1;
}

#endif
