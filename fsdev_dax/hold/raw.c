// SPDX-License-Identifier: GPL-2.0-only
/*
 * Raw use of a device in famfs mode: who has it, and what becomes of it.
 *
 * Whoever makes a file system, or looks after one that is not mounted, reads, writes and maps
 * the character device. All open files that do are one holder, as a mount is one: so there is
 * one or the other, and this one is told of failed memory and of the device's end like a mount.
 */
#include <linux/dax.h>
#include <linux/fs.h>
#include <linux/mm.h>
#include <linux/pagemap.h>
#include <linux/ratelimit.h>
#include <linux/sched.h>
#include "compat_mm.h"
#include "hold/hold.h"
#include "hold/internal.h"
#include "mem/mem.h"

/*
 * The device goes. @bound is false already: under the lock, faults that saw it true have ended, and
 * what they mapped is unmapped here.
 */
static void *fsdev_raw_gone(void *holder)
{
	struct fsdev *fsdev = holder;
	struct address_space *mapping = fsdev_raw_mapping(fsdev);

	filemap_invalidate_lock(mapping);
	unmap_mapping_range(mapping, 0, 0, 0);
	filemap_invalidate_unlock(mapping);
	return NULL;
}

/* The page is on the list of bad pages already: under the lock, faults that missed it are over. */
static int fsdev_raw_poison(void *holder, u64 off, u64 len, int mf_flags, void **cookie)
{
	struct fsdev *fsdev = holder;
	struct address_space *mapping = fsdev_raw_mapping(fsdev);
	u64 end = off + len;
	int err = 0;

	filemap_invalidate_lock(mapping);
	for (; off < end; off += PAGE_SIZE) {
		long one = 1;
		phys_addr_t phys = fsdev_phys(fsdev, PHYS_PFN(off), &one);
		int ret;

		ret = compat_dax_kill_mapped(mapping, PHYS_PFN(off),
					     page_folio(pfn_to_page(PHYS_PFN(phys))), mf_flags);
		if (ret)
			err = ret;
		/* The line above unmaps only where it signals. */
		unmap_mapping_range(mapping, off, PAGE_SIZE, 0);
	}
	filemap_invalidate_unlock(mapping);
	return err;
}

const struct fsdev_holder_ops fsdev_raw_ops = {
	.gone = fsdev_raw_gone,
	.poison = fsdev_raw_poison,
};

/**
 * fsdev_is_raw() - is the device used raw?
 * @fsdev: a device, perhaps not bound any more
 *
 * Also if nobody has its node open any more, but a page that was mapped so is still pinned.
 *
 * Context: may sleep; fsdev_lock held.
 * Return: true if it is.
 */
bool fsdev_is_raw(struct fsdev *fsdev)
{
	struct fsdev_raw *raw = &fsdev->raw;

	if (raw->files)
		return true;
	/* Without a binding there are no struct pages to look at. */
	if (!raw->end || !fsdev->bound)
		return false;
	/* Nobody can map more: what is idle stays so, and is not looked at again. */
	if (!fsdev_is_idle(fsdev, &raw->start, raw->end))
		return true;
	fsdev_raw_unpin(raw);
	return false;
}

/**
 * fsdev_raw_refuses() - is the device not to be had for a mount?
 * @fsdev: a device that is bound
 *
 * If so, it is told who has it.
 *
 * Context: may sleep; fsdev_lock held.
 * Return: true if it is not to be had.
 */
bool fsdev_raw_refuses(struct fsdev *fsdev)
{
	struct fsdev_raw *raw = &fsdev->raw;

	if (!fsdev_is_raw(fsdev))
		return false;
	if (raw->files)
		pr_warn_ratelimited("fsdev_dax: %s: not for a mount now: its node is used raw, last begun by %s[%d]; \"fuser -v /dev/%s\" tells by whom\n",
				    fsdev->name, raw->comm, raw->pid, fsdev->name);
	else
		pr_warn_ratelimited("fsdev_dax: %s: not for a mount now: pages of a raw mapping are still pinned (RDMA, VFIO, direct I/O), last begun by %s[%d]\n",
				    fsdev->name, raw->comm, raw->pid);
	return true;
}

/**
 * fsdev_raw_claim() - begin raw use by an open file, if it did not yet
 * @ff: the file
 *
 * Context: may sleep; the mm may be locked.
 * Return: 0; -EBUSY if a mount has the device; -ENXIO if it is gone.
 */
int fsdev_raw_claim(struct fsdev_file *ff)
{
	struct fsdev *fsdev = ff->fsdev;
	struct fsdev_raw *raw = &fsdev->raw;
	int err = 0;

	if (likely(READ_ONCE(ff->raw)))
		return READ_ONCE(fsdev->bound) ? 0 : -ENXIO;
	mutex_lock(&fsdev_lock);
	if (!fsdev->bound) {
		err = -ENXIO;
	} else if (fsdev->holder && !raw->files) {
		err = -EBUSY;
	} else if (!ff->raw) {
		WRITE_ONCE(ff->raw, true);
		if (!raw->files++) {
			fsdev->holder = fsdev;
			fsdev->holder_ops = &fsdev_raw_ops;
		}
		raw->pid = task_tgid_nr(current);
		get_task_comm(raw->comm, current);
	}
	mutex_unlock(&fsdev_lock);
	if (err == -EBUSY)
		pr_warn_ratelimited("fsdev_dax: %s: not for raw use by %s[%d] now: a mount has it (/proc/mounts), unmount that\n",
				    fsdev->name, current->comm, task_tgid_nr(current));
	return err;
}

/**
 * fsdev_raw_release() - end an open file's raw use, if it had any
 * @ff: the file, nobody's any more
 *
 * A call of the holder that is under way goes on, and does no harm: it is about the device, and
 * whoever makes it keeps that.
 *
 * Context: may sleep.
 */
void fsdev_raw_release(struct fsdev_file *ff)
{
	struct fsdev *fsdev = ff->fsdev;

	if (!ff->raw)
		return;
	mutex_lock(&fsdev_lock);
	if (!--fsdev->raw.files) {
		fsdev->holder = NULL;
		fsdev->holder_ops = NULL;
	}
	mutex_unlock(&fsdev_lock);
}

/**
 * fsdev_raw_touch() - bytes of the device are about to be mapped
 * @fsdev: the device
 * @pos: bytes from its start
 * @len: bytes
 *
 * Context: may sleep; the caller has an open file with raw use.
 */
void fsdev_raw_touch(struct fsdev *fsdev, u64 pos, u64 len)
{
	struct fsdev_raw *raw = &fsdev->raw;

	/* Nobody makes it smaller meanwhile: whoever sees half of a change goes on below. */
	if (likely(pos >= READ_ONCE(raw->start) && pos + len <= READ_ONCE(raw->end)))
		return;
	mutex_lock(&fsdev_lock);
	WRITE_ONCE(raw->start, min(raw->start, pos));
	WRITE_ONCE(raw->end, max(raw->end, pos + len));
	raw->low = min(raw->low, pos);
	raw->high = max(raw->high, pos + len);
	mutex_unlock(&fsdev_lock);
}
