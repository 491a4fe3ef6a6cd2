/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * As much of a kernel as fuse_famfs/tell/refusals.c sees: a clock that a test moves, a lock of which it
 * knows whether it is held, and a reader of seq_file whose buffer is as small as it likes.
 */
#ifndef REFUSALS_KERNEL_H
#define REFUSALS_KERNEL_H

#include "no_layers.h"
#include "seq_kernel.h"

typedef s64 ktime_t;
extern ktime_t now_ms;
static inline ktime_t ktime_get(void) { return now_ms; }
static inline s64 ktime_ms_delta(ktime_t later, ktime_t earlier) { return later - earlier; }

typedef struct { int held; } spinlock_t;
#define DEFINE_SPINLOCK(name)	spinlock_t name
static inline void spin_lock(spinlock_t *lock)
{
	if (lock->held++)
		abort();
}

static inline void spin_unlock(spinlock_t *lock)
{
	if (--lock->held)
		abort();
}

static inline void strscpy(char *to, const char *from, size_t size)
{
	snprintf(to, size, "%s", from);
}

/* Some collide. */
static inline unsigned int full_name_hash(const void *salt, const char *name, unsigned int len)
{
	(void)salt;
	return len ? (unsigned char)name[len - 1] % 4 : 0;
}

static inline int seq_open_private(struct file *file, const struct seq_operations *ops, int size)
{
	(void)file, (void)ops, (void)size;
	return 0;
}

void famfs_seq_string(struct seq_file *seq, const char *key, const char *s);
#include "tell/refusals.h"

#endif
