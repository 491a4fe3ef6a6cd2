// SPDX-License-Identifier: GPL-2.0-only
/*
 * The character device node, /dev/daxX.Y, in famfs mode.
 *
 * The dax bus creates the node for every driver, and servers and tools open it
 * to name the device, so it has to answer. It can be read, written and mapped as
 * long as no file system has the device (hold/raw.c).
 *
 * The bus embeds a cdev in its own dax_device and every driver initialises it
 * again at probe, under the feet of a file that somebody still holds open since
 * the last one. Ours is allocated for one binding and lives as long as its last
 * user.
 */
#include <linux/cdev.h>
#include <linux/device.h>
#include <linux/fs.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/slab.h>
#include "compat_file.h"
#include "core/core.h"
#include "hold/hold.h"
#include "node/internal.h"
#include "node/node.h"

static int fsdev_open(struct inode *inode, struct file *file)
{
	struct fsdev_file *ff = kzalloc(sizeof(*ff), GFP_KERNEL);
	struct fsdev *fsdev;

	if (!ff)
		return -ENOMEM;
	mutex_lock(&fsdev_lock);
	fsdev = fsdev_lookup(inode->i_rdev);
	if (fsdev)
		kref_get(&fsdev->ref);
	mutex_unlock(&fsdev_lock);
	if (!fsdev) {
		kfree(ff);
		return -ENXIO;
	}
	ff->fsdev = fsdev;
	file->private_data = ff;
	return 0;
}

static int fsdev_release(struct inode *inode, struct file *file)
{
	struct fsdev_file *ff = file->private_data;

	fsdev_raw_release(ff);
	kref_put(&ff->fsdev->ref, fsdev_free);
	kfree(ff);
	return 0;
}

/* SEEK_END is the end of the device. */
static loff_t fsdev_llseek(struct file *file, loff_t offset, int whence)
{
	struct fsdev_file *ff = file->private_data;

	return fixed_size_llseek(file, offset, whence, ff->fsdev->size);
}

static const struct file_operations fsdev_fops = {
	.owner = THIS_MODULE,
	.open = fsdev_open,
	.release = fsdev_release,
	.llseek = fsdev_llseek,
	.read_iter = fsdev_raw_rw,
	.write_iter = fsdev_raw_rw,
	.fsync = fsdev_raw_fsync,
	.mmap = fsdev_raw_mmap,
	.get_unmapped_area = thp_get_unmapped_area,
	COMPAT_FOPS_MMAP_SYNC,
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
