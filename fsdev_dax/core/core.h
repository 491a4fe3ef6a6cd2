/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * core/: what everything here is about, a dax device that can be held: its struct, the list of
 * those that are in famfs mode, and the bus that they are on. It uses no other layer.
 */
#ifndef FSDEV_DAX_CORE_H
#define FSDEV_DAX_CORE_H

#include <linux/cdev.h>
#include <linux/kref.h>
#include <linux/list.h>
#include <linux/memremap.h>
#include <linux/mutex.h>
#include <linux/range.h>
#include <linux/sched.h>
#include <linux/xarray.h>
#include "compat_block.h"
#include "compat_dax.h"
#include "fsdev_dax.h"

/* Use of the character device. Part of a struct fsdev; guarded by fsdev_lock. */
struct fsdev_raw {
	unsigned int files;		/* that are open and have used it: the holder */
	u64 start;			/* bytes that were mapped and may be pinned: from here, */
	u64 end;			/* to here; 0: none. It only grows while there are @files */
	u64 low;			/* bytes that may have been stored to: from here, */
	u64 high;			/* to here, since the device was bound */
	pid_t pid;			/* who began last; for the log */
	char comm[TASK_COMM_LEN];
};

/* Nobody has a page of it pinned. */
static inline void fsdev_raw_unpin(struct fsdev_raw *raw)
{
	raw->start = U64_MAX;
	raw->end = 0;
}

static inline void fsdev_raw_init(struct fsdev_raw *raw)
{
	fsdev_raw_unpin(raw);
	raw->low = U64_MAX;
	raw->high = 0;
}

/*
 * struct fsdev - a dax device that a file system can hold
 *
 * Two kinds: a device of the dax bus that is bound to this driver, and a block
 * device with dax, which has a driver of its own and is known here only while it
 * is held.
 *
 * Owner and lifetime: made by probe, or by fsdev_get_bdev(). One reference
 * belongs to the binding and goes when the driver is unbound (a block device has
 * none), one to the holder, one to each open file of the character device. The
 * memory it describes can be used only while the device is there; whoever holds a
 * reference longer sees @dax_dev dead, which the DAX core checks before it calls the
 * driver.
 *
 * Locks: @list, @holder, @holder_ops, @raw, @bound and @notifying are guarded by
 * fsdev_lock. @bad is an xarray with its own lock, and lives as long as the binding.
 * Everything else is constant from the time when others can find it.
 */
struct fsdev {
	struct kref ref;
	struct list_head list;		/* fsdev_list or fsdev_bdevs, while bound */
	char name[32];			/* for the log */
	struct device *dev;		/* dax bus: the device; a reference */
	compat_bdev_t *bdev;		/* block: open until fsdev_put() */
	struct dax_device *dax_dev;	/* a reference; on the dax bus our own */
	struct dev_pagemap *pgmap;	/* dax bus: devm, gone after unbind */
	struct cdev *cdev;		/* dax bus: NULL once removed */
	void (*release)(struct fsdev *fsdev);	/* block: the holder has left; else NULL */
	dev_t devt;
	struct xarray bad;		/* dax bus: pages that failed */
	u64 base;			/* bytes of @dax_dev before the device */
	u64 size;			/* bytes; dax bus: sum of the ranges */
	u32 align;			/* bytes, the device's own; for the log */
	u64 page_structs;		/* bytes that its struct pages take */

	void *holder;
	const struct fsdev_holder_ops *holder_ops;
	struct fsdev_raw raw;		/* dax bus: with files the holder is this device */
	bool bound;
	bool pages_known;		/* dax bus: they count as they should */
	bool notifying;			/* the holder is being called */

	int nr_range;
	struct range range[];		/* in device offset order */
};

/* device.c */
extern struct mutex fsdev_lock;
struct fsdev *fsdev_lookup(dev_t devt);
void fsdev_free(struct kref *ref);
void fsdev_publish(struct fsdev *fsdev);
unsigned int fsdev_devts(dev_t *devts, unsigned int max);

/* bus.c */
extern struct dax_device_driver fsdev_driver;
bool fsdev_is_on_bus(dev_t devt);
int fsdev_mode(dev_t devt, struct fsdev_mode *mode);

#endif
