// SPDX-License-Identifier: GPL-2.0-only
/*
 * read(2) and write(2) of the character device, and its caches.
 *
 * Bytes move as they do for files: writes go past the CPU's caches, reads survive memory
 * that fails under them, and a bad page is mended by writing it whole. There is no lock
 * between readers and writers: who uses a device raw is by himself, or knows the others.
 */
#include <linux/dax.h>
#include <linux/fs.h>
#include <linux/mm.h>
#include <linux/sched/signal.h>
#include <linux/sizes.h>
#include <linux/uio.h>
#include "core/core.h"
#include "hold/hold.h"
#include "mem/mem.h"
#include "node/internal.h"

/* Bytes that are moved before somebody else may have the processor. */
#define FSDEV_AT_ONCE	SZ_2M

/* Return: bytes moved; or if none: -EFAULT for the caller's buffer, -EIO for the memory. */
static ssize_t fsdev_raw_copy(struct fsdev *fsdev, u64 pos, struct iov_iter *iter, u64 *len)
{
	bool write = iov_iter_rw(iter) == WRITE, bad;
	void *addr;
	size_t n;

	*len = min_t(u64, iov_iter_count(iter), FSDEV_AT_ONCE);
	addr = __va(fsdev_find(fsdev, pos, len, &bad));
	if (!write) {
		if (bad)
			return -EIO;
		n = _copy_mc_to_iter(addr, *len, iter);
		return n ?: fault_in_iov_iter_writeable(iter, 1) ? -EFAULT : -EIO;
	}
	if (likely(!bad))
		return _copy_from_iter_flushcache(addr, *len, iter) ?: -EFAULT;
	n = fsdev_recovery_write(fsdev->dax_dev, PHYS_PFN(pos), addr, *len, iter);
	return n ?: fault_in_iov_iter_readable(iter, 1) ? -EFAULT : -EIO;
}

static ssize_t fsdev_raw_move(struct fsdev *fsdev, u64 pos, struct iov_iter *iter)
{
	size_t done = 0;
	ssize_t ret = 0;
	u64 len;
	int id;

	/* A device that goes waits for everybody who holds this. */
	id = dax_read_lock();
	while (iov_iter_count(iter)) {
		if (!READ_ONCE(fsdev->bound)) {
			ret = -ENXIO;
			break;
		}
		ret = fsdev_raw_copy(fsdev, pos + done, iter, &len);
		if (ret < 0)
			break;
		done += ret;
		if (ret < len)
			break;
		if (fatal_signal_pending(current)) {
			ret = -EINTR;
			break;
		}
		cond_resched();
	}
	dax_read_unlock(id);
	/* A buffer that is a mapping of the device goes with it. */
	if (ret < 0 && !READ_ONCE(fsdev->bound))
		ret = -ENXIO;
	return done ?: ret;
}

/**
 * fsdev_raw_rw() - read and write of the character device
 * @iocb: where
 * @iter: the caller's buffer, for either
 *
 * Context: may sleep.
 * Return: as read_iter and write_iter; -EBUSY if a mount has the device, -ENXIO if it is gone,
 * -EIO for a bad page, -ENOSPC for a write that begins at the end.
 */
ssize_t fsdev_raw_rw(struct kiocb *iocb, struct iov_iter *iter)
{
	struct fsdev_file *ff = iocb->ki_filp->private_data;
	struct fsdev *fsdev = ff->fsdev;
	size_t past = iov_iter_count(iter);
	u64 pos = iocb->ki_pos;
	ssize_t ret;

	ret = fsdev_raw_claim(ff);
	if (ret || !past)
		return ret;
	if (pos >= fsdev->size)
		return iov_iter_rw(iter) == WRITE ? -ENOSPC : 0;
	iov_iter_truncate(iter, fsdev->size - pos);
	past -= iov_iter_count(iter);
	ret = fsdev_raw_move(fsdev, pos, iter);
	iov_iter_reexpand(iter, iov_iter_count(iter) + past);
	if (ret > 0)
		iocb->ki_pos += ret;
	return ret;
}

/**
 * fsdev_raw_fsync() - what was stored through raw mappings leaves the CPU's caches
 * @file: of the character device, or a mapping's own
 * @start: the first byte
 * @end: the last byte
 * @datasync: not used
 *
 * Context: may sleep.
 * Return: 0; -ENXIO if the device is gone; -EINTR.
 */
int fsdev_raw_fsync(struct file *file, loff_t start, loff_t end, int datasync)
{
	const struct fsdev_file *ff = file->private_data;
	struct fsdev *fsdev = ff->fsdev;
	u64 pos, to, len, phys;
	bool bad;
	int id;

	/* Also what others have stored, of whom nobody may be there any more: as for any device. */
	mutex_lock(&fsdev_lock);
	pos = max_t(u64, start, fsdev->raw.low);
	to = end < 0 ? fsdev->raw.high : min_t(u64, (u64)end + 1, fsdev->raw.high);
	mutex_unlock(&fsdev_lock);
	for (; pos < to; pos += len) {
		len = min_t(u64, to - pos, FSDEV_AT_ONCE);
		id = dax_read_lock();
		if (!READ_ONCE(fsdev->bound)) {
			dax_read_unlock(id);
			return -ENXIO;
		}
		phys = fsdev_find(fsdev, pos, &len, &bad);
		/* Touching a bad page may be fatal. */
		if (!bad)
			dax_flush(fsdev->dax_dev, __va(phys), len);
		dax_read_unlock(id);
		if (fatal_signal_pending(current))
			return -EINTR;
		cond_resched();
	}
	return 0;
}
