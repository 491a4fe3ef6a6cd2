// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which devices of the dax bus are in famfs mode.
 */
#include <linux/dax.h>
#include <linux/device.h>
#include <linux/slab.h>
#include "core/core.h"

/* The lists of devices, and what the head of struct fsdev says of it. */
DEFINE_MUTEX(fsdev_lock);
static LIST_HEAD(fsdev_list);

/**
 * fsdev_lookup() - the bound device with a device number
 * @devt: the number of its character device
 *
 * Context: fsdev_lock held.
 * Return: the device, without a reference, or NULL.
 */
struct fsdev *fsdev_lookup(dev_t devt)
{
	struct fsdev *fsdev;

	list_for_each_entry(fsdev, &fsdev_list, list)
		if (fsdev->devt == devt)
			return fsdev;
	return NULL;
}

/**
 * fsdev_free() - the last reference has gone
 * @ref: the device's
 *
 * Context: may sleep.
 */
void fsdev_free(struct kref *ref)
{
	struct fsdev *fsdev = container_of(ref, struct fsdev, ref);

	if (fsdev->dev) {
		put_dax(fsdev->dax_dev);
		put_device(fsdev->dev);
	}
	xa_destroy(&fsdev->bad);
	kfree(fsdev);
}

/**
 * fsdev_publish() - a device of the dax bus is in famfs mode: it is found from now on
 * @fsdev: the device
 *
 * Context: may sleep.
 */
void fsdev_publish(struct fsdev *fsdev)
{
	mutex_lock(&fsdev_lock);
	fsdev->bound = true;
	list_add(&fsdev->list, &fsdev_list);
	mutex_unlock(&fsdev_lock);
}

/**
 * fsdev_devts() - the numbers of all dax devices that are in famfs mode
 * @devts: where to put them
 * @max: how many have room there
 *
 * Context: may sleep.
 * Return: how many there are, which can be more than @max.
 */
unsigned int fsdev_devts(dev_t *devts, unsigned int max)
{
	struct fsdev *fsdev;
	unsigned int n = 0;

	mutex_lock(&fsdev_lock);
	list_for_each_entry(fsdev, &fsdev_list, list) {
		if (n < max)
			devts[n] = fsdev->devt;
		n++;
	}
	mutex_unlock(&fsdev_lock);
	return n;
}
