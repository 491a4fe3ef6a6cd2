// SPDX-License-Identifier: GPL-2.0-only
/*
 * The operations through which the DAX core reaches the memory.
 */
#include <linux/dax.h>
#include <linux/mm.h>
#include "core/core.h"
#include "mem/internal.h"
#include "mem/mem.h"

/**
 * fsdev_find() - where bytes of the device are, and whether they are good
 * @fsdev: a device of the dax bus
 * @off: bytes from its start, inside of the device
 * @len: in: bytes wanted; out: how many of them follow each other in memory, up to the next
 *	bad page
 * @bad: set if the first of them is in a bad page; then @len is what is left of that page
 *
 * Context: any. The memory can be touched as long as the caller keeps the device bound.
 * Return: the physical address.
 */
u64 fsdev_find(const struct fsdev *fsdev, u64 off, u64 *len, bool *bad)
{
	unsigned int in_page = offset_in_page(off);
	pgoff_t pgoff = PHYS_PFN(off);
	long nr = PFN_UP(in_page + *len);
	phys_addr_t phys = fsdev_phys(fsdev, pgoff, &nr);
	long good = fsdev_good_pages(fsdev, pgoff, nr);

	*bad = !good;
	*len = min_t(u64, *len, PFN_PHYS(good ? good : 1) - in_page);
	return phys + in_page;
}

/**
 * fsdev_linear() - is the device one range of memory
 * @fsdev: a device
 * @phys: set to where it begins
 * @bad: set to its bad pages: as long as there are none fsdev_find() has nothing to find
 *
 * Context: any. Both are constant while the device is held.
 * Return: true if it is; otherwise nothing is set.
 */
bool fsdev_linear(const struct fsdev *fsdev, u64 *phys, const struct xarray **bad)
{
	if (fsdev->bdev || fsdev->nr_range != 1)
		return false;
	*phys = fsdev->range[0].start;
	*bad = &fsdev->bad;
	return true;
}

static long fsdev_direct_access(struct dax_device *dax_dev, pgoff_t pgoff,
				long nr_pages, enum dax_access_mode mode,
				void **kaddr, compat_pfn_t *pfn)
{
	struct fsdev *fsdev = dax_get_private(dax_dev);
	phys_addr_t phys;

	if (!fsdev)
		return -ENXIO;
	phys = fsdev_phys(fsdev, pgoff, &nr_pages);
	if (phys == PHYS_ADDR_MAX)
		return -ERANGE;
	if (mode == DAX_ACCESS) {
		nr_pages = fsdev_good_pages(fsdev, pgoff, nr_pages);
		if (unlikely(!nr_pages))
			return compat_dax_poison_errno();
	}
	if (kaddr)
		*kaddr = __va(phys);
	if (pfn)
		*pfn = compat_phys_to_pfn(phys);
	return nr_pages;
}

static int fsdev_zero_page_range(struct dax_device *dax_dev, pgoff_t pgoff,
				 size_t nr_pages)
{
	struct fsdev *fsdev = dax_get_private(dax_dev);

	if (!fsdev)
		return -ENXIO;
	while (nr_pages) {
		long n = nr_pages;
		phys_addr_t phys = fsdev_phys(fsdev, pgoff, &n);

		if (phys == PHYS_ADDR_MAX)
			return -ERANGE;
		memset(__va(phys), 0, n << PAGE_SHIFT);
		dax_flush(dax_dev, __va(phys), n << PAGE_SHIFT);
		pgoff += n;
		nr_pages -= n;
	}
	return 0;
}

const struct dax_operations fsdev_dax_ops = {
	.direct_access = fsdev_direct_access,
	.zero_page_range = fsdev_zero_page_range,
	.recovery_write = fsdev_recovery_write,
};
