// SPDX-License-Identifier: GPL-2.0-only
/*
 * Pages of a device and page frames. A device can be of several ranges of memory.
 */
#include <linux/mm.h>
#include <linux/range.h>
#include "core/core.h"
#include "mem/mem.h"

/**
 * fsdev_phys() - where a page of the device is
 * @fsdev: the device
 * @pgoff: page from the start of the device
 * @nr_pages: in: pages wanted; out: how many of them follow each other in
 *	memory, which ends with the range
 *
 * Context: any.
 * Return: the physical address, or PHYS_ADDR_MAX if @pgoff is past the end.
 */
phys_addr_t fsdev_phys(const struct fsdev *fsdev, pgoff_t pgoff, long *nr_pages)
{
	int i;

	for (i = 0; i < fsdev->nr_range; i++) {
		const struct range *range = &fsdev->range[i];
		u64 pages = range_len(range) >> PAGE_SHIFT;

		if (pgoff < pages) {
			*nr_pages = min_t(u64, *nr_pages, pages - pgoff);
			return range->start + PFN_PHYS(pgoff);
		}
		pgoff -= pages;
	}
	return PHYS_ADDR_MAX;
}

/**
 * fsdev_pgoff_of() - which page of the device a page frame is
 * @fsdev: the device
 * @pfn: the page frame
 * @pgoff: set to the page, from the start of the device
 *
 * Context: any.
 * Return: false if it is none of the device's.
 */
bool fsdev_pgoff_of(const struct fsdev *fsdev, unsigned long pfn, pgoff_t *pgoff)
{
	pgoff_t before = 0;
	int i;

	for (i = 0; i < fsdev->nr_range; i++) {
		const struct range *range = &fsdev->range[i];
		unsigned long first = PHYS_PFN(range->start);
		unsigned long pages = PHYS_PFN(range_len(range));

		if (pfn >= first && pfn - first < pages) {
			*pgoff = before + pfn - first;
			return true;
		}
		before += pages;
	}
	return false;
}
