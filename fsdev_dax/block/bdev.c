// SPDX-License-Identifier: GPL-2.0-only
/*
 * Block devices with dax: persistent memory in fsdax mode.
 *
 * Such a device keeps its own driver. What is done here is to hold it, through
 * the DAX core and as a block device, and to pass on the word that it goes away.
 */
#include <linux/blkdev.h>
#include <linux/dax.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/slab.h>
#include "block/block.h"
#include "block/internal.h"
#include "core/core.h"
#include "hold/hold.h"
#include "mem/mem.h"

/* Block devices that are held. Guarded by fsdev_lock. */
static LIST_HEAD(fsdev_bdevs);

/* A device without memory, for fsdev_bdev_exit(). */
static struct dax_device *fsdev_fence;

static struct fsdev *fsdev_bdev_find(const struct dax_device *dax_dev)
{
	struct fsdev *fsdev;

	list_for_each_entry(fsdev, &fsdev_bdevs, list)
		if (fsdev->dax_dev == dax_dev)
			return fsdev;
	return NULL;
}

/*
 * Called by the DAX core, under its read lock, when memory failed. The holder of a
 * device that goes away is told of a failure of all of it. What we do not support
 * gets the kernel's general answer, which goes by the page.
 */
static int fsdev_bdev_failure(struct dax_device *dax_dev, u64 offset, u64 len,
			      int mf_flags)
{
	bool all = !offset && len == U64_MAX;
	const struct fsdev_holder_ops *ops;
	struct fsdev *fsdev;
	void *cookie;
	int err = 0;

	mutex_lock(&fsdev_lock);
	fsdev = fsdev_bdev_find(dax_dev);
	if (fsdev)
		kref_get(&fsdev->ref);
	if (fsdev && !all)
		err = fsdev_bdev_set_bad(fsdev, offset, len);
	mutex_unlock(&fsdev_lock);
	if (!fsdev)
		return 0;
	if (all) {
		cookie = fsdev_withdraw(fsdev, &ops);
		fsdev_left_later(ops, cookie);
	} else if (!err) {
		err = fsdev_bdev_poison(fsdev, dax_dev, offset, len, mf_flags);
	}
	kref_put(&fsdev->ref, fsdev_free);
	return err;
}

static const struct dax_holder_operations fsdev_bdev_holder_ops = {
	.notify_failure = fsdev_bdev_failure,
};

static int fsdev_bdev_open(struct fsdev *fsdev, dev_t devt)
{
	struct block_device *bdev;

	fsdev->bdev = compat_bdev_open(devt, fsdev);
	if (IS_ERR(fsdev->bdev))
		return PTR_ERR(fsdev->bdev);
	bdev = compat_bdev(fsdev->bdev);
	snprintf(fsdev->name, sizeof(fsdev->name), "%pg", bdev);
	fsdev->devt = devt;
	fsdev->align = PAGE_SIZE;
	fsdev->size = bdev_nr_bytes(bdev);
	if (!blk_queue_dax(bdev->bd_disk->queue))
		return -EINVAL;
	/* A device built on others gets no word when these fail or go. */
	return bdev->bd_disk->bb ? 0 : -EOPNOTSUPP;
}

/*
 * Under the lock: a failure that the DAX core reports as soon as we are the holder must find the
 * device in our list.
 */
static int fsdev_bdev_hold(struct fsdev *fsdev)
{
	int err = 0;

	mutex_lock(&fsdev_lock);
	fsdev->dax_dev = fs_dax_get_by_bdev(compat_bdev(fsdev->bdev), &fsdev->base,
					    fsdev, &fsdev_bdev_holder_ops);
	/* Dax there is, so it is not free, or not cut at whole pages. */
	if (!fsdev->dax_dev)
		err = PAGE_ALIGNED(fsdev->size) ? -EBUSY : -EINVAL;
	/* Would need requests to be made durable, which nothing here sends. */
	else if (!dax_synchronous(fsdev->dax_dev))
		err = -EOPNOTSUPP;
	if (!err) {
		fsdev->bound = true;
		list_add(&fsdev->list, &fsdev_bdevs);
	}
	mutex_unlock(&fsdev_lock);
	return err;
}

static void fsdev_bdev_close(struct fsdev *fsdev)
{
	if (fsdev->dax_dev)
		fs_put_dax(fsdev->dax_dev, fsdev);
	if (!IS_ERR(fsdev->bdev))
		compat_bdev_close(fsdev->bdev, fsdev);
}

/* The holder is leaving and is not being notified: let go of the device. */
static void fsdev_bdev_release(struct fsdev *fsdev)
{
	mutex_lock(&fsdev_lock);
	list_del_init(&fsdev->list);
	mutex_unlock(&fsdev_lock);
	fsdev_bdev_close(fsdev);
}

/**
 * fsdev_get_bdev() - become the holder of a block device with dax
 * @devt: device number of the block device, a whole disk or a partition
 * @holder: passed to @ops, not NULL
 * @ops: called when the device goes away
 *
 * Context: may sleep.
 * Return: the device, to be given back with fsdev_put(); ERR_PTR(-EINVAL) if it
 * has no dax or is not made of whole pages, ERR_PTR(-EBUSY) if somebody has it
 * exclusively, ERR_PTR(-EOPNOTSUPP) if its memory is durable only after requests
 * to the device, or if it has no list of bad sectors (device mapper), or what opening
 * it returned.
 */
struct fsdev *fsdev_get_bdev(dev_t devt, void *holder,
			     const struct fsdev_holder_ops *ops)
{
	struct fsdev *fsdev = kzalloc(sizeof(*fsdev), GFP_KERNEL);
	int err;

	if (!fsdev)
		return ERR_PTR(-ENOMEM);
	kref_init(&fsdev->ref);
	INIT_LIST_HEAD(&fsdev->list);
	xa_init(&fsdev->bad);
	fsdev->holder = holder;
	fsdev->holder_ops = ops;
	fsdev->release = fsdev_bdev_release;
	err = fsdev_bdev_open(fsdev, devt);
	if (!err)
		err = fsdev_bdev_hold(fsdev);
	if (!err)
		return fsdev;
	fsdev_bdev_close(fsdev);
	kfree(fsdev);
	return ERR_PTR(err);
}

int __init fsdev_bdev_init(void)
{
	fsdev_fence = alloc_dax(NULL, &fsdev_dax_ops);
	if (IS_ERR_OR_NULL(fsdev_fence))
		return fsdev_fence ? PTR_ERR(fsdev_fence) : -EOPNOTSUPP;
	return 0;
}

/*
 * Nothing is held any more. The DAX core may still be about to call
 * fsdev_bdev_failure() for a device that was: it does so under its read lock,
 * and killing any device at all waits for everybody who has that.
 */
void fsdev_bdev_exit(void)
{
	kill_dax(fsdev_fence);
	put_dax(fsdev_fence);
}
