/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * tell/: what is written down as it happens. Lines of the log, the list of what was refused, who
 * waits for pinned pages, counts of faults, trace events; and the files in which refusals, waits
 * and counts are read.
 *
 * It is below nearly all others and uses none: it is handed what it shall tell, and knows neither
 * mounts nor files.
 */
#ifndef FAMFS_TELL_H
#define FAMFS_TELL_H

#include <linux/compiler.h>
#include <linux/jump_label.h>
#include <linux/ktime.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/types.h>
#include "famfs.h"
#include "tell/refusals.h"
#include "tell/trace.h"

struct seq_file;

/* ---- tell.c: a line of the log, and an entry of that list, in one ---- */

enum famfs_about { FAMFS_ABOUT_DEVICE, FAMFS_ABOUT_NODE };

#define FAMFS_MAX_TOLD	32

struct famfs_told {
	enum famfs_about about;
	u32 times;		/* 0: not in use */
	u64 id;
	u64 why;
};

/*
 * struct famfs_tell - what the log has been told of a mount
 *
 * Owner and lifetime: a part of the mount.
 *
 * Lock: @lock guards all but @name and @dev, which are constant.
 */
struct famfs_tell {
	const char *name;	/* the mount's, for the log */
	dev_t dev;
	struct mutex lock;	/* of what follows */
	struct famfs_told told[FAMFS_MAX_TOLD];
	unsigned int used;	/* of @told; read without the lock as well */
	u64 untold;		/* for want of room here */
	u64 errors;		/* opens and devices refused; read without the lock as well */
};

void famfs_tell_init(struct famfs_tell *tell, const char *name, dev_t dev);
void famfs_tell_end(struct famfs_tell *tell);
void famfs_tell_works(struct famfs_tell *tell, enum famfs_about about, u64 id);
__printf(4, 5)
void famfs_refuse_mount(const char *name, const char *source, dev_t dev, const char *fmt, ...);
__printf(5, 6)
void famfs_refuse_open(struct famfs_tell *tell, enum famfs_refused kind, u64 id, int err,
		       const char *fmt, ...);

/* ---- waits.c: who waits for pages that somebody has pinned ---- */

enum famfs_wait_kind { FAMFS_WAIT_EVICTION, FAMFS_WAIT_UMOUNT, FAMFS_WAIT_UNBIND };

/*
 * struct famfs_wait - somebody waits
 *
 * Owner and lifetime: whoever waits, or the mount for its orphans, from famfs_wait_init(). It is
 * in a list, where readers find it, as long as it has files.
 *
 * Lock: that list's, but for @dev and @device, which are constant.
 */
struct famfs_wait {
	struct list_head list;
	enum famfs_wait_kind kind;
	dev_t dev;		/* of the mount */
	const char *device;	/* that is to go, or "-" */
	unsigned int files;
	ktime_t since;
};

extern const struct file_operations famfs_waits_fops;
void famfs_wait_init(struct famfs_wait *wait, dev_t dev, const char *device);
void famfs_wait_set(struct famfs_wait *wait, enum famfs_wait_kind kind, unsigned int files);

/* ---- counts.c: how many faults, and the files of them in sysfs ---- */

enum famfs_count { FAMFS_PTE, FAMFS_PMD, FAMFS_PUD, FAMFS_FAILED, FAMFS_NCOUNTS };

DECLARE_STATIC_KEY_FALSE(famfs_counting);
void famfs_count(enum famfs_count which);
u64 famfs_counted(enum famfs_count which);
int famfs_counts_init(void);
void famfs_counts_exit(void);

/* ---- seq.c ---- */

void famfs_seq_string(struct seq_file *seq, const char *key, const char *s);

#endif
