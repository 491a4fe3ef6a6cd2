/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * hold/: who holds a device, a mount or all those together who use its node raw, and telling the
 * holder that memory has failed or that the device goes. It uses core/, and mem/.
 */
#ifndef FSDEV_DAX_HOLD_H
#define FSDEV_DAX_HOLD_H

#include <linux/dax.h>
#include <linux/fs.h>
#include "core/core.h"

/* holder.c */
struct fsdev *fsdev_get(dev_t devt, void *holder, const struct fsdev_holder_ops *ops);
void fsdev_put(struct fsdev *fsdev);
void *fsdev_withdraw(struct fsdev *fsdev, const struct fsdev_holder_ops **opsp);
int fsdev_tell_poison(struct fsdev *fsdev, u64 off, u64 len, int mf_flags);

/* left.c */
int fsdev_left_init(void);
void fsdev_left_exit(void);
void fsdev_left_later(const struct fsdev_holder_ops *ops, void *cookie);

/*
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

/* The address_space of raw mappings, which the device's pages point to as well. */
static inline struct address_space *fsdev_raw_mapping(const struct fsdev *fsdev)
{
	return dax_inode(fsdev->dax_dev)->i_mapping;
}

/* raw.c */
bool fsdev_is_raw(struct fsdev *fsdev);
int fsdev_raw_claim(struct fsdev_file *ff);
void fsdev_raw_release(struct fsdev_file *ff);
void fsdev_raw_touch(struct fsdev *fsdev, u64 pos, u64 len);

#endif
