/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Waiting for pages of files that somebody has pinned, as others see it.
 */
#ifndef FUSE_FAMFS_WAITS_H
#define FUSE_FAMFS_WAITS_H

#include <linux/ktime.h>
#include <linux/list.h>
#include <linux/types.h>

struct famfs_mount;

/*
 * Pages that are pinned are waited for: waits.c.
 *
 * Owner and lifetime: whoever waits, or the mount for its orphans, from famfs_wait_init(). It is
 * in a list, where readers find it, as long as it has files.
 *
 * Lock: that list's, but for @dev and @device, which are constant.
 */
enum famfs_wait_kind { FAMFS_WAIT_EVICTION, FAMFS_WAIT_UMOUNT, FAMFS_WAIT_UNBIND };

struct famfs_wait {
	struct list_head list;
	enum famfs_wait_kind kind;
	dev_t dev;		/* of the mount */
	const char *device;	/* that is to go, or "-" */
	unsigned int files;
	ktime_t since;
};

/* waits.c */
extern const struct file_operations famfs_waits_fops;
void famfs_wait_init(struct famfs_wait *wait, struct famfs_mount *fmnt, const char *device);
void famfs_wait_set(struct famfs_wait *wait, enum famfs_wait_kind kind, unsigned int files);

#endif
