/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What was refused: the log's line, what the log has been told, and the list that debugfs shows.
 */
#ifndef FUSE_FAMFS_REFUSALS_H
#define FUSE_FAMFS_REFUSALS_H

#include <linux/compiler.h>
#include <linux/mutex.h>
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

/* What the log has been told of: tell.c. */
enum famfs_about { FAMFS_ABOUT_DEVICE, FAMFS_ABOUT_NODE };

#define FAMFS_MAX_TOLD	32

struct famfs_told {
	enum famfs_about about;
	u32 times;		/* 0: not in use */
	u64 id;
	u64 why;
};

/* A part of the mount. All of it is guarded by @lock. */
struct famfs_tell {
	struct mutex lock;
	struct famfs_told told[FAMFS_MAX_TOLD];
	unsigned int used;	/* of @told; read without the lock as well */
	u64 untold;		/* for want of room here */
	u64 errors;		/* opens and devices refused; read without the lock as well */
};

/* tell.c */
void famfs_tell_works(struct famfs_mount *fmnt, enum famfs_about about, u64 id);
void famfs_tell_init(struct famfs_mount *fmnt);
void famfs_tell_end(struct famfs_mount *fmnt);
/* Both at once: */
__printf(4, 5)
void famfs_refuse_mount(const char *name, const char *source, dev_t dev, const char *fmt, ...);
__printf(5, 6)
void famfs_refuse_open(struct famfs_mount *fmnt, enum famfs_refused kind, u64 id, int err,
		       const char *fmt, ...);

#endif
