/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * As much of a kernel as a file of seq_file's sees. What is printed is in the text of the struct;
 * nothing is opened or read by it.
 */
#ifndef SEQ_KERNEL_H
#define SEQ_KERNEL_H

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <linux/types.h>

#define __acquires(x)
#define __releases(x)
#define MAJOR(dev)	((unsigned int)((dev) >> 20))
#define MINOR(dev)	((unsigned int)((dev) & 0xfffff))
#define THIS_MODULE	NULL

struct seq_file { char text[1024]; size_t n; void *private; };
struct seq_operations {
	void *(*start)(struct seq_file *seq, loff_t *pos);
	void (*stop)(struct seq_file *seq, void *v);
	void *(*next)(struct seq_file *seq, void *v, loff_t *pos);
	int (*show)(struct seq_file *seq, void *v);
};
__attribute__((format(printf, 2, 3)))
static inline void seq_printf(struct seq_file *seq, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	seq->n += vsnprintf(seq->text + seq->n, sizeof(seq->text) - seq->n, fmt, args);
	va_end(args);
}

#define seq_puts(seq, s)	seq_printf(seq, "%s", s)
#define seq_putc(seq, c)	seq_printf(seq, "%c", c)

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

#endif
