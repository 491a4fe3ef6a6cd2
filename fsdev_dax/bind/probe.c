// SPDX-License-Identifier: GPL-2.0-only
/*
 * Binding and unbinding a dax device.
 *
 * Unbinding is the delicate half. The steps, in the order in which they run
 * (devm runs them backwards from probe):
 *
 *  1. the character device goes, so that nobody new finds the memory;
 *  2. the holder is told and leaves (fsdev_withdraw());
 *  3. our dax_device is killed: the DAX core refuses what comes later and has
 *     finished what came before;
 *  4. every page is waited for, because somebody may still pin one;
 *  5. the page map and the memory region are given back.
 */
#include <linux/async.h>
#include <linux/dax.h>
#include <linux/device.h>
#include <linux/io.h>
#include <linux/kmod.h>
#include <linux/memremap.h>
#include <linux/module.h>
#include <linux/slab.h>
#include "bind/bind.h"
#include "bind/internal.h"
#include "core/core.h"
#include "hold/hold.h"
#include "mem/mem.h"
#include "node/node.h"

static void fsdev_put_binding(void *data)
{
	struct fsdev *fsdev = data;

	kref_put(&fsdev->ref, fsdev_free);
}

static void fsdev_kill_dax(void *data)
{
	struct fsdev *fsdev = data;

	kill_dax(fsdev->dax_dev);
}

static void fsdev_unpublish(void *data)
{
	const struct fsdev_holder_ops *ops;
	struct fsdev *fsdev = data;
	void *cookie = fsdev_withdraw(fsdev, &ops);

	if (cookie)
		ops->left(cookie);
	dev_info(fsdev->dev, "left famfs mode\n");
}

static void fsdev_remove_cdev(void *data)
{
	fsdev_cdev_del(data);
}

static struct fsdev *fsdev_alloc(struct dev_dax *dev_dax)
{
	struct fsdev *fsdev;
	int i;

	fsdev = kzalloc(struct_size(fsdev, range, dev_dax->nr_range),
			GFP_KERNEL);
	if (!fsdev)
		return NULL;
	kref_init(&fsdev->ref);
	INIT_LIST_HEAD(&fsdev->list);
	xa_init(&fsdev->bad);
	fsdev_raw_init(&fsdev->raw);
	strscpy(fsdev->name, dev_name(&dev_dax->dev), sizeof(fsdev->name));
	fsdev->dev = get_device(&dev_dax->dev);
	fsdev->devt = dev_dax->dev.devt;
	fsdev->align = dev_dax->align;
	fsdev->nr_range = dev_dax->nr_range;
	for (i = 0; i < dev_dax->nr_range; i++) {
		fsdev->range[i] = dev_dax->ranges[i].range;
		fsdev->size += range_len(&fsdev->range[i]);
	}
	return fsdev;
}

/*
 * Who puts a device into famfs mode goes on to mount: have famfs_fuse there by then. It says
 * itself why if it does not load. modprobe is not started if it is loaded: that takes longer
 * than the rest for a small device, of which there can be thousands.
 */
static void fsdev_have_famfs(void)
{
	if (symbol_get(famfs_fuse_is_loaded)) {
		symbol_put(famfs_fuse_is_loaded);
		return;
	}
	/* Asynchronous probing must not wait for modprobe. */
	__request_module(!current_is_async(), "famfs_fuse");
}

/**
 * fsdev_probe() - put a dax device into famfs mode
 * @dev_dax: the device
 *
 * Context: may sleep; called by the dax bus with the device's lock held.
 * Return: 0, -EINVAL for a device without memory or with ranges that are not
 * whole pages, -EBUSY if somebody else owns its memory, or what the page map's
 * set-up returned.
 */
int fsdev_probe(struct dev_dax *dev_dax)
{
	struct device *dev = &dev_dax->dev;
	struct dax_device *dax_dev;
	struct fsdev *fsdev;
	void *addr;
	int err, i;

	if (dev_dax->nr_range < 1)
		return -EINVAL;
	fsdev = fsdev_alloc(dev_dax);
	if (!fsdev)
		return -ENOMEM;
	err = devm_add_action_or_reset(dev, fsdev_put_binding, fsdev);
	if (err)
		return err;

	for (i = 0; i < fsdev->nr_range; i++) {
		struct range *range = &fsdev->range[i];

		if (!PAGE_ALIGNED(range->start) || !PAGE_ALIGNED(range->end + 1)) {
			dev_err(dev, "range %d is not made of whole pages: make the device anew, of multiples of %lu KiB\n",
				i, PAGE_SIZE >> 10);
			return -EINVAL;
		}
		if (!devm_request_mem_region(dev, range->start, range_len(range),
					     dev_name(dev))) {
			dev_err(dev, "range %d (%#llx-%#llx) is in use, /proc/iomem says by whom: memory that kmem could not take back stays until the next boot\n",
				i, range->start, range->end);
			return -EBUSY;
		}
	}

	fsdev->pgmap = fsdev_make_pgmap(fsdev, dev_dax);
	if (IS_ERR(fsdev->pgmap))
		return PTR_ERR(fsdev->pgmap);
	fsdev->pgmap->ops = &fsdev_pagemap_ops;
	/* Writes every struct page anew: no state of an earlier driver stays. */
	addr = devm_memremap_pages(dev, fsdev->pgmap);
	if (IS_ERR(addr))
		return PTR_ERR(addr);
	err = devm_add_action_or_reset(dev, fsdev_wait_idle, fsdev);
	if (err)
		return err;

	dax_dev = alloc_dax(fsdev, &fsdev_dax_ops);
	if (IS_ERR_OR_NULL(dax_dev))
		return dax_dev ? PTR_ERR(dax_dev) : -EOPNOTSUPP;
	fsdev->dax_dev = dax_dev;
	/* The caches may hold what was written: fsync and msync flush them. */
	dax_write_cache(dax_dev, true);
	set_dax_synchronous(dax_dev);
	set_dax_nocache(dax_dev);
	set_dax_nomc(dax_dev);
	err = devm_add_action_or_reset(dev, fsdev_kill_dax, fsdev);
	if (err)
		return err;

	err = fsdev_pages_init(fsdev);
	if (err)
		return err;
	err = fsdev_sysfs_add(fsdev);
	if (err)
		return err;
	err = devm_add_action_or_reset(dev, fsdev_sysfs_del, fsdev);
	if (err)
		return err;
	fsdev_publish(fsdev);
	err = devm_add_action_or_reset(dev, fsdev_unpublish, fsdev);
	if (err)
		return err;
	err = fsdev_cdev_add(fsdev);
	if (err)
		return err;
	err = devm_add_action_or_reset(dev, fsdev_remove_cdev, fsdev);
	if (err)
		return err;

	dev_info(dev, "in famfs mode: %llu MiB, %d range%s, align %u KiB, folios of %lu KiB\n",
		 fsdev->size >> 20, fsdev->nr_range,
		 fsdev->nr_range == 1 ? "" : "s", fsdev->align >> 10,
		 PAGE_SIZE << fsdev->pgmap->vmemmap_shift >> 10);
	fsdev_have_famfs();
	return 0;
}
