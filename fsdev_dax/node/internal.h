/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Raw use of a device, by its character device.
 */
#ifndef FSDEV_DAX_RAW_H
#define FSDEV_DAX_RAW_H

#include <linux/dax.h>
#include <linux/fs.h>
#include "core/core.h"

/**
 * struct fsdev_file - an open file of the character device
 *
 * Owner and lifetime: made by open, ends with release.
 *
 * Locks: @raw is guarded by fsdev_lock and never taken back; @mapped is constant from the time
 * when others can find it; @next is only a guess.
 */
struct fsdev_file {
	struct fsdev *fsdev;		/* a reference */
	bool raw;			/* it has used the device raw */
	bool mapped;			/* it is a mapping's, in place of the user's */
	pgoff_t next;			/* page after those that the last fault mapped */
};

/* What raw mappings are of, and, to whoever asks, the device's pages, too. */
static inline struct address_space *fsdev_raw_mapping(const struct fsdev *fsdev)
{
	return dax_inode(fsdev->dax_dev)->i_mapping;
}

/* raw.c */
int fsdev_raw_claim(struct fsdev_file *ff);
void fsdev_raw_release(struct fsdev_file *ff);
void fsdev_raw_touch(struct fsdev *fsdev, u64 pos, u64 len);

/* raw_rw.c */
ssize_t fsdev_raw_rw(struct kiocb *iocb, struct iov_iter *iter);
int fsdev_raw_fsync(struct file *file, loff_t start, loff_t end, int datasync);

/* raw_map.c */
int fsdev_raw_mmap(struct file *file, struct vm_area_struct *vma);

#endif
