// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bad pages of block devices with dax.
 *
 * Their drivers have a list of bad sectors: the disk's `badblocks`. They refuse dax
 * access to what is on it, take from it what is written whole, and put on it what the
 * platform's firmware reports. What the kernel learns in another way, by a machine
 * check for instance, they only pass on to the holder. So it is the holder's side that
 * puts it there.
 */
#include <linux/badblocks.h>
#include <linux/blkdev.h>
#include <linux/dax.h>
#include <linux/mm.h>
#include "block/block.h"
#include "block/internal.h"
#include "core/core.h"
#include "hold/hold.h"

/* Does the driver refuse these pages for one that is bad? */
static bool fsdev_refused(struct dax_device *dax_dev, pgoff_t pgoff, long nr_pages)
{
	int id = dax_read_lock();
	long nr = dax_direct_access(dax_dev, pgoff, nr_pages, DAX_ACCESS, NULL, NULL);

	dax_read_unlock(id);
	return nr == compat_dax_poison_errno();
}

/*
 * How many of the pages from @pgoff on are good: 0 if the first one is bad, all of them if the
 * device has gone.
 */
static long fsdev_bdev_good_pages(const struct fsdev *fsdev, pgoff_t pgoff, long nr_pages)
{
	long good = 0, bad = nr_pages;

	pgoff += PHYS_PFN(fsdev->base);
	if (!fsdev_refused(fsdev->dax_dev, pgoff, nr_pages))
		return nr_pages;
	while (bad - good > 1) {
		long mid = good + (bad - good) / 2;

		if (fsdev_refused(fsdev->dax_dev, pgoff, mid))
			bad = mid;
		else
			good = mid;
	}
	return good;
}

/**
 * fsdev_bdev_has_bad() - is one of these bytes in a bad page
 * @fsdev: a block device
 * @off: bytes from its start
 * @len: bytes
 *
 * Context: any.
 * Return: true if one is.
 */
bool fsdev_bdev_has_bad(const struct fsdev *fsdev, u64 off, u64 len)
{
	long nr = PFN_UP(offset_in_page(off) + len);

	return fsdev_bdev_good_pages(fsdev, PHYS_PFN(off), nr) < nr;
}

/**
 * fsdev_good_len() - how much of a range can be asked for at once
 * @fsdev: a block device
 * @off: bytes from its start
 * @len: bytes
 *
 * A driver refuses a range as a whole if there is a bad page in it.
 *
 * Context: any.
 * Return: bytes before the first bad page, or those in it if it is the first page.
 */
u64 fsdev_good_len(const struct fsdev *fsdev, u64 off, u64 len)
{
	long nr = fsdev_bdev_good_pages(fsdev, PHYS_PFN(off),
					PFN_UP(offset_in_page(off) + len));

	return min(len, PFN_PHYS(max(nr, 1L)) - offset_in_page(off));
}

/**
 * fsdev_bdev_set_bad() - put pages on the disk's list of bad sectors
 * @fsdev: the device, open
 * @offset: bytes from the start of its dax_device
 * @len: bytes
 *
 * Context: under the DAX core's read lock; fsdev_lock held, which keeps it open.
 * Return: 0; -EOPNOTSUPP if the disk has no list, or it is full.
 */
int fsdev_bdev_set_bad(const struct fsdev *fsdev, u64 offset, u64 len)
{
	struct badblocks *bb = compat_bdev(fsdev->bdev)->bd_disk->bb;

	if (!bb)
		return -EOPNOTSUPP;
	/* badblocks_set() returns different things on different kernels: ask the driver. */
	badblocks_set(bb, offset >> SECTOR_SHIFT, len >> SECTOR_SHIFT, 1);
	return fsdev_refused(fsdev->dax_dev, PHYS_PFN(offset), PHYS_PFN(len)) ?
	       0 : -EOPNOTSUPP;
}

/* Marks this page as bad, and not the first one of its folio, as fsdev_mark() does. */
static void fsdev_bdev_mark(struct dax_device *dax_dev, pgoff_t pgoff)
{
	unsigned long pfn, in;

	if (compat_dax_pfn(dax_dev, pgoff, 1, &pfn) <= 0)
		return;
	SetPageHWPoison(pfn_to_page(pfn));
	in = pfn & ((PMD_SIZE >> PAGE_SHIFT) - 1);
	if (in && in <= pgoff && !fsdev_refused(dax_dev, pgoff - in, 1))
		ClearPageHWPoison(pfn_to_page(pfn - in));
}

/**
 * fsdev_bdev_poison() - tell whoever holds a block device of memory that failed
 * @fsdev: the device
 * @dax_dev: its dax_device
 * @offset: bytes from the start of that, whole pages
 * @len: bytes
 * @mf_flags: the memory failure's
 *
 * Context: under the DAX core's read lock; may sleep.
 * Return: 0; -EOPNOTSUPP if it is not in the part of the disk that is held; or what the
 * holder returned.
 */
int fsdev_bdev_poison(struct fsdev *fsdev, struct dax_device *dax_dev, u64 offset,
		      u64 len, int mf_flags)
{
	u64 end = offset + len;
	int err = 0;

	for (; offset < end && !err; offset += PAGE_SIZE) {
		/* Another partition, whose users only the kernel can find. */
		if (offset < fsdev->base || offset - fsdev->base >= fsdev->size)
			return -EOPNOTSUPP;
		pr_err_ratelimited("fsdev_dax: %s: bad page at %#llx\n", fsdev->name, offset);
		err = fsdev_tell_poison(fsdev, offset - fsdev->base, PAGE_SIZE, mf_flags);
		fsdev_bdev_mark(dax_dev, PHYS_PFN(offset));
	}
	return err;
}
