// SPDX-License-Identifier: GPL-2.0-only
/*
 * The bad pages of a device, and how one becomes good again.
 *
 * A page that failed is remembered as long as the driver is bound: fsdev_find() tells of it from
 * then on, so whoever touches it gets an error, and nobody anything else.
 */
#include <linux/dax.h>
#include <linux/device.h>
#include <linux/io.h>
#include <linux/mm.h>
#include <linux/ratelimit.h>
#include <linux/set_memory.h>
#include <linux/slab.h>
#include <linux/uio.h>
#include "compat_mm.h"
#include "core/core.h"
#include "mem/internal.h"
#include "mem/mem.h"

/**
 * fsdev_good_pages() - how many pages from one on are good
 * @fsdev: a device of the dax bus
 * @pgoff: the first page, from the start of the device
 * @nr_pages: how many are of interest
 *
 * Context: any.
 * Return: their number, 0 if the first one is bad.
 */
long fsdev_good_pages(const struct fsdev *fsdev, pgoff_t pgoff, long nr_pages)
{
	struct xarray *bad = (struct xarray *)&fsdev->bad;
	unsigned long index = pgoff;

	if (likely(xa_empty(bad)))
		return nr_pages;
	if (!xa_find(bad, &index, pgoff + nr_pages - 1, XA_PRESENT))
		return nr_pages;
	return index - pgoff;
}

/**
 * fsdev_has_bad() - is one of these bytes in a bad page
 * @fsdev: a device of the dax bus
 * @off: bytes from its start
 * @len: bytes
 *
 * Context: any.
 * Return: true if one is.
 */
bool fsdev_has_bad(const struct fsdev *fsdev, u64 off, u64 len)
{
	long nr = PFN_UP(offset_in_page(off) + len);

	return fsdev_good_pages(fsdev, PHYS_PFN(off), nr) < nr;
}

static struct page *fsdev_page(const struct fsdev *fsdev, pgoff_t pgoff)
{
	long one = 1;

	return pfn_to_page(PHYS_PFN(fsdev_phys(fsdev, pgoff, &one)));
}

/**
 * fsdev_add_bad() - a page has failed
 * @fsdev: a device of the dax bus
 * @pgoff: the page, from the start of the device
 *
 * Context: may sleep.
 * Return: 0, -ENOMEM.
 */
int fsdev_add_bad(struct fsdev *fsdev, pgoff_t pgoff)
{
	return xa_err(xa_store(&fsdev->bad, pgoff, xa_mk_value(1), GFP_KERNEL));
}

/**
 * fsdev_mark() - have the page's folio marked as bad if its first page is, and only then
 * @fsdev: a device of the dax bus
 * @pgoff: a page that was put on the list, or taken off it
 *
 * Whoever signals the page's users marks the first page of its folio. Only bad pages shall be
 * marked; and of a folio only the first one can be, as others may share a struct page.
 *
 * Context: any.
 */
void fsdev_mark(const struct fsdev *fsdev, pgoff_t pgoff)
{
	struct page *page = fsdev_page(fsdev, pgoff);
	struct page *head = compound_head(page);
	pgoff_t head_off;

	if (!fsdev_pgoff_of(fsdev, page_to_pfn(head), &head_off))
		return;
	if (!fsdev_good_pages(fsdev, head_off, 1))
		SetPageHWPoison(head);
	else
		ClearPageHWPoison(head);
}

/*
 * A page was written whole: is it good now? Reading it back tells, where that can be survived
 * if it is not; elsewhere the page stays on the list.
 */
static void fsdev_try_clear(struct fsdev *fsdev, pgoff_t pgoff, const void *addr)
{
	void *buf;

	if (!compat_copy_mc_survives())
		return;
	buf = kmalloc(PAGE_SIZE, GFP_KERNEL);
	if (buf && !copy_mc_to_kernel(buf, addr, PAGE_SIZE)) {
		xa_erase(&fsdev->bad, pgoff);
		fsdev_mark(fsdev, pgoff);
		dev_info_ratelimited(fsdev->dev, "page at %#llx is good again\n",
				     (u64)PFN_PHYS(pgoff));
	}
	kfree(buf);
}

/*
 * A write that meets a bad page comes here. Memory is mended by writing it whole.
 */
size_t fsdev_recovery_write(struct dax_device *dax_dev, pgoff_t pgoff, void *addr,
			    size_t bytes, struct iov_iter *iter)
{
	struct fsdev *fsdev = dax_get_private(dax_dev);
	size_t done = 0, n;

	/* The device may have gone. */
	if (!fsdev || offset_in_page(addr))
		return 0;
	for (; bytes - done >= PAGE_SIZE; pgoff++) {
		bool bad = !fsdev_good_pages(fsdev, pgoff, 1);

		/* After a machine check the kernel's own mapping is gone, too. */
		if (bad)
			clear_mce_nospec(page_to_pfn(fsdev_page(fsdev, pgoff)));
		n = _copy_from_iter_flushcache(addr + done, PAGE_SIZE, iter);
		if (n != PAGE_SIZE) {
			/* The caller copies again, or fails, what is not reported as done. */
			iov_iter_revert(iter, n);
			break;
		}
		if (bad)
			fsdev_try_clear(fsdev, pgoff, addr + done);
		done += PAGE_SIZE;
	}
	return done;
}
