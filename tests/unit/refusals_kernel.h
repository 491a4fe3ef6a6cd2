/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * As much of a kernel as fuse_famfs/refusals.c sees: a clock that a test moves, a lock of which it
 * knows whether it is held, and a reader of seq_file whose buffer is as small as it likes.
 */
#ifndef REFUSALS_KERNEL_H
#define REFUSALS_KERNEL_H

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <linux/types.h>

#define __printf(a, b)	__attribute__((format(printf, a, b)))
#define __acquires(x)
#define __releases(x)
#define MAJOR(dev)	((unsigned int)((dev) >> 20))
#define MINOR(dev)	((unsigned int)((dev) & 0xfffff))
#define THIS_MODULE	NULL

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

struct seq_file { char text[1024]; size_t n; void *private; };
struct seq_operations {
	void *(*start)(struct seq_file *seq, loff_t *pos);
	void (*stop)(struct seq_file *seq, void *v);
	void *(*next)(struct seq_file *seq, void *v, loff_t *pos);
	int (*show)(struct seq_file *seq, void *v);
};
__printf(2, 3)
static inline void seq_printf(struct seq_file *seq, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	seq->n += vsnprintf(seq->text + seq->n, sizeof(seq->text) - seq->n, fmt, args);
	va_end(args);
}

static inline void seq_putc(struct seq_file *seq, char c) { seq_printf(seq, "%c", c); }

struct inode;
struct file;
struct file_operations {
	void *owner;
	int (*open)(struct inode *inode, struct file *file);
	int (*read)(void), (*llseek)(void), (*release)(void);
};
static inline int seq_read(void) { return 0; }
static inline int seq_lseek(void) { return 0; }
static inline int seq_release_private(void) { return 0; }
static inline int seq_open_private(struct file *file, const struct seq_operations *ops, int size)
{
	(void)file, (void)ops, (void)size;
	return 0;
}

#endif
