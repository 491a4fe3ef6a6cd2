/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Having a block device to oneself, as it differs between kernels. A kernel on which nobody
 * knows how to have one, or how its pages count, has no block devices for files.
 */
#ifndef COMPAT_BLOCK_H
#define COMPAT_BLOCK_H

#include <linux/blkdev.h>
#include <linux/err.h>
#include <linux/fs.h>
#include "compat_dax.h"

/* What an open block device is to whoever opened it, and which functions there are. */
#if defined(COMPAT_DAX_PAGES_UNKNOWN)
#define COMPAT_NO_BLOCK	"how their pages count is not known"
#elif defined(HAVE_FUNC_BDEV_FILE_OPEN_BY_DEV) && defined(HAVE_FUNC_BDEV_FPUT)
#define COMPAT_BDEV_IS_FILE
typedef struct file compat_bdev_t;
#elif defined(HAVE_FUNC_BDEV_OPEN_BY_DEV) && defined(HAVE_FUNC_BDEV_RELEASE)
#define COMPAT_BDEV_IS_HANDLE
typedef struct bdev_handle compat_bdev_t;
#elif defined(BLKDEV_GET_TAKES_FMODE) && defined(BLKDEV_PUT_TAKES_FMODE)
#define COMPAT_BDEV_TAKES_FMODE
#elif defined(HAVE_FUNC_BLKDEV_GET_BY_DEV) && !defined(BLKDEV_GET_TAKES_FMODE) && \
	defined(HAVE_FUNC_BLKDEV_PUT) && !defined(BLKDEV_PUT_TAKES_FMODE)
#define COMPAT_BDEV_TAKES_MODE
#else
#define COMPAT_NO_BLOCK	"how to open one is not known"
#endif

#if !defined(COMPAT_BDEV_IS_FILE) && !defined(COMPAT_BDEV_IS_HANDLE)
typedef struct block_device compat_bdev_t;
#endif

/**
 * compat_no_block() - why files cannot lie on block devices here
 *
 * Return: NULL: they can.
 */
static inline const char *compat_no_block(void)
{
#ifdef COMPAT_NO_BLOCK
	return COMPAT_NO_BLOCK;
#else
	return NULL;
#endif
}

/**
 * compat_bdev_open() - open a block device for reading and writing, exclusively
 * @devt: its number
 * @holder: whom it then belongs to
 *
 * Context: may sleep.
 * Return: what compat_bdev_close() wants, or an ERR_PTR: -EBUSY if somebody else has it
 * exclusively, a mounted file system for instance; -EOPNOTSUPP if compat_no_block() has a reason.
 */
static inline compat_bdev_t *compat_bdev_open(dev_t devt, void *holder)
{
#if defined(COMPAT_BDEV_IS_FILE)
	return bdev_file_open_by_dev(devt, BLK_OPEN_READ | BLK_OPEN_WRITE, holder, NULL);
#elif defined(COMPAT_BDEV_IS_HANDLE)
	return bdev_open_by_dev(devt, BLK_OPEN_READ | BLK_OPEN_WRITE, holder, NULL);
#elif defined(COMPAT_BDEV_TAKES_MODE)
	return blkdev_get_by_dev(devt, BLK_OPEN_READ | BLK_OPEN_WRITE, holder, NULL);
#elif defined(COMPAT_BDEV_TAKES_FMODE)
	return blkdev_get_by_dev(devt, FMODE_READ | FMODE_WRITE | FMODE_EXCL, holder);
#else
	return ERR_PTR(-EOPNOTSUPP);
#endif
}

static inline void compat_bdev_close(compat_bdev_t *open, void *holder)
{
#if defined(COMPAT_BDEV_IS_FILE)
	bdev_fput(open);
#elif defined(COMPAT_BDEV_IS_HANDLE)
	bdev_release(open);
#elif defined(COMPAT_BDEV_TAKES_MODE)
	blkdev_put(open, holder);
#elif defined(COMPAT_BDEV_TAKES_FMODE)
	blkdev_put(open, FMODE_READ | FMODE_WRITE | FMODE_EXCL);
#endif
}

static inline struct block_device *compat_bdev(compat_bdev_t *open)
{
#if defined(COMPAT_BDEV_IS_FILE)
	return file_bdev(open);
#elif defined(COMPAT_BDEV_IS_HANDLE)
	return open->bdev;
#else
	return open;
#endif
}

#endif
