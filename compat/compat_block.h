/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Having a block device to oneself, as it differs between kernels.
 */
#ifndef COMPAT_BLOCK_H
#define COMPAT_BLOCK_H

#include <linux/blkdev.h>
#include <linux/fs.h>
#include "famfs_layout.h"

/* What an open block device is to whoever opened it. */
#ifdef HAVE_FUNC_BDEV_FILE_OPEN_BY_DEV
typedef struct file compat_bdev_t;

static inline struct block_device *compat_bdev(compat_bdev_t *open)
{
	return file_bdev(open);
}

static inline void compat_bdev_close(compat_bdev_t *open, void *holder)
{
	bdev_fput(open);
}
#else
typedef struct block_device compat_bdev_t;

static inline struct block_device *compat_bdev(compat_bdev_t *open)
{
	return open;
}

static inline void compat_bdev_close(compat_bdev_t *open, void *holder)
{
	blkdev_put(open, FMODE_READ | FMODE_WRITE | FMODE_EXCL);
}
#endif

/**
 * compat_bdev_open() - open a block device for reading and writing, exclusively
 * @devt: its number
 * @holder: whom it then belongs to
 *
 * Context: may sleep.
 * Return: what compat_bdev_close() wants, or an ERR_PTR: -EBUSY if somebody
 * else has it exclusively, a mounted file system for instance.
 */
static inline compat_bdev_t *compat_bdev_open(dev_t devt, void *holder)
{
#ifdef HAVE_FUNC_BDEV_FILE_OPEN_BY_DEV
	return bdev_file_open_by_dev(devt, BLK_OPEN_READ | BLK_OPEN_WRITE,
				     holder, NULL);
#else
	return blkdev_get_by_dev(devt, FMODE_READ | FMODE_WRITE | FMODE_EXCL,
				 holder);
#endif
}

#endif
