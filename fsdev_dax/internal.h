/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef FSDEV_DAX_INTERNAL_H
#define FSDEV_DAX_INTERNAL_H

#include <linux/cdev.h>
#include <linux/kref.h>
#include <linux/list.h>
#include <linux/memremap.h>
#include <linux/mutex.h>
#include <linux/range.h>
#include "compat_dax.h"
#include "fsdev_dax.h"

/**
 * struct fsdev - one dax device bound to this driver
 *
 * Owner and lifetime: made by probe. One reference belongs to the binding and
 * goes when the driver is unbound, one to the holder, one to each open file of
 * the character device. The memory it describes can be used only while the
 * binding exists; whoever holds a reference longer sees @dax_dev dead, which
 * the DAX core checks before it calls us.
 *
 * Locks: @list, @holder, @holder_ops, @bound and @notifying are guarded by
 * fsdev_lock. Everything else is constant from probe on.
 */
struct fsdev {
	struct kref ref;
	struct list_head list;		/* fsdev_list while bound */
	struct device *dev;		/* the dax device; a reference is held */
	struct dax_device *dax_dev;	/* ours, not the bus's; a reference */
	struct dev_pagemap *pgmap;	/* devm, gone after unbind */
	struct cdev *cdev;		/* NULL once removed */
	dev_t devt;
	u64 size;			/* bytes, sum of the ranges */
	u32 align;			/* bytes, the device's own */

	void *holder;
	const struct fsdev_holder_ops *holder_ops;
	bool bound;
	bool notifying;			/* ->gone() is running */

	int nr_range;
	struct range range[];		/* in device offset order */
};

extern struct mutex fsdev_lock;
extern const struct dax_operations fsdev_dax_ops;
extern const struct file_operations fsdev_fops;

phys_addr_t fsdev_phys(const struct fsdev *fsdev, pgoff_t pgoff,
		       long *nr_pages);
struct fsdev *fsdev_lookup(dev_t devt);
void fsdev_free(struct kref *ref);
void fsdev_publish(struct fsdev *fsdev);
void fsdev_withdraw(struct fsdev *fsdev);
int fsdev_probe(struct dev_dax *dev_dax);
int fsdev_cdev_add(struct fsdev *fsdev);
void fsdev_cdev_del(struct fsdev *fsdev);

#endif
