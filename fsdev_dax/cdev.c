// SPDX-License-Identifier: GPL-2.0-only
/*
 * The character device node, /dev/daxX.Y, in famfs mode.
 *
 * The dax bus creates the node for every driver, and servers and tools open it
 * to name the device, so it has to answer. Reading, writing and mapping stay
 * with the file system.
 *
 * The bus embeds a cdev in its own dax_device and every driver initialises it
 * again at probe, under the feet of a file that somebody still holds open since
 * the last one. Ours is allocated for one binding and lives as long as its last
 * user.
 */
#include <linux/cdev.h>
#include <linux/device.h>
#include <linux/fs.h>
#include <linux/module.h>
#include "internal.h"

static int fsdev_open(struct inode *inode, struct file *file)
{
	struct fsdev *fsdev;

	mutex_lock(&fsdev_lock);
	fsdev = fsdev_lookup(inode->i_rdev);
	if (fsdev)
		kref_get(&fsdev->ref);
	mutex_unlock(&fsdev_lock);
	file->private_data = fsdev;
	return fsdev ? 0 : -ENXIO;
}

static int fsdev_release(struct inode *inode, struct file *file)
{
	struct fsdev *fsdev = file->private_data;

	kref_put(&fsdev->ref, fsdev_free);
	return 0;
}

const struct file_operations fsdev_fops = {
	.owner = THIS_MODULE,
	.open = fsdev_open,
	.release = fsdev_release,
	.llseek = noop_llseek,
};

int fsdev_cdev_add(struct fsdev *fsdev)
{
	struct cdev *cdev = cdev_alloc();
	int err;

	if (!cdev)
		return -ENOMEM;
	cdev->ops = &fsdev_fops;
	cdev->owner = THIS_MODULE;
	err = cdev_add(cdev, fsdev->devt, 1);
	if (err) {
		kobject_put(&cdev->kobj);
		return err;
	}
	fsdev->cdev = cdev;
	return 0;
}

void fsdev_cdev_del(struct fsdev *fsdev)
{
	cdev_del(fsdev->cdev);
	fsdev->cdev = NULL;
}
