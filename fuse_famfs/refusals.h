/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What was refused: the log's line and the list that debugfs shows.
 */
#ifndef FUSE_FAMFS_REFUSALS_H
#define FUSE_FAMFS_REFUSALS_H

#include <linux/compiler.h>
#include <linux/types.h>

struct famfs_mount;

enum famfs_refused { FAMFS_REFUSED_MOUNT, FAMFS_REFUSED_OPEN, FAMFS_REFUSED_DEVICE };

/* What is longer is cut off, in the log as well. */
#define FAMFS_REFUSED_ABOUT	64
#define FAMFS_REFUSED_TEXT	352

/* refusals.c */
extern const struct file_operations famfs_refusals_fops;
void famfs_refusal_note(enum famfs_refused kind, dev_t dev, const char *about, int err,
			const char *text);

/* tell.c: both at once */
__printf(4, 5)
void famfs_refuse_mount(const char *name, const char *source, dev_t dev, const char *fmt, ...);
__printf(5, 6)
void famfs_refuse_open(struct famfs_mount *fmnt, enum famfs_refused kind, u64 id, int err,
		       const char *fmt, ...);

#endif
