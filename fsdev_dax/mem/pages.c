// SPDX-License-Identifier: GPL-2.0-only
/*
 * The struct pages of a device in famfs mode.
 *
 * They are of the kind that device_dax gives it (MEMORY_DEVICE_GENERIC), in folios of the
 * device's alignment, 2 MiB at most if nobody asks for more: so the kernel can save most of
 * the memory for them, map a folio at once, and lend pages for as long as somebody likes. It
 * keeps no file for them, and waits for nobody: that is done here.
 */
#include <linux/dax.h>
#include <linux/device.h>
#include <linux/kernel.h>
#include <linux/memremap.h>
#include <linux/mm.h>
#include <linux/moduleparam.h>
#include <linux/pagemap.h>
#include <linux/sched.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <linux/string.h>
#include "compat_mm.h"
#include "core/core.h"
#include "mem/mem.h"

/* Struct pages that are written before others who want to run are let. */
#define FSDEV_STRUCTS_AT_ONCE		SZ_256K

/* Struct pages of a folio that are never another folio's or another part's of its own. */
#define FSDEV_OWN_STRUCTS	(2 * PAGE_SIZE / sizeof(struct page))

/*
 * The largest folios that a device gets when it is bound, in bytes. Folios of 1 GiB take least
 * memory and can be mapped at once, but on some kernels what is not mapped at once is mapped by
 * single pages then: it depends on the files which is better, so a person says it.
 */
static unsigned long fsdev_folio_max = PMD_SIZE;

static int fsdev_folio_max_set(const char *val, const struct kernel_param *kp)
{
	char *end;
	u64 max = memparse(val, &end);

	if (end == val || *skip_spaces(end) || max < PAGE_SIZE || max > LONG_MAX)
		return -EINVAL;
	WRITE_ONCE(fsdev_folio_max, max);
	return 0;
}

static const struct kernel_param_ops fsdev_folio_max_ops = {
	.set = fsdev_folio_max_set,
	.get = param_get_ulong,
};
module_param_cb(folio_max, &fsdev_folio_max_ops, &fsdev_folio_max, 0644);
MODULE_PARM_DESC(folio_max, "largest folios of devices that are bound from now on: 2M, or 1G for devices of that alignment");

/*
 * log2 of the pages of a folio. The device's memory need not begin where its alignment
 * says, if it came from elsewhere than the dax bus.
 */
static unsigned int fsdev_choose_order(const struct fsdev *fsdev, u64 first)
{
	u64 max = min_t(u64, fsdev->align, READ_ONCE(fsdev_folio_max)), bits = first;
	int i;

	for (i = 0; i < fsdev->nr_range; i++)
		bits |= fsdev->range[i].start | range_len(&fsdev->range[i]);
	if (max >= PUD_SIZE && !(bits & ~PUD_MASK) && compat_maps_puds())
		return PUD_SHIFT - PAGE_SHIFT;
	/* Without large mappings some kernels number the pages of a folio wrongly (futexes). */
	if (max >= PMD_SIZE && !(bits & ~PMD_MASK) && IS_ENABLED(CONFIG_TRANSPARENT_HUGEPAGE))
		return PMD_SHIFT - PAGE_SHIFT;
	return 0;
}

/**
 * fsdev_make_pgmap() - what describes the device's memory
 * @fsdev: the device
 * @dev_dax: the same on the bus
 *
 * A page map of our own, also for a static device: its region keeps one for
 * every driver to use, and what one driver leaves in it the next one inherits.
 *
 * Return: it, without operations, of the device's managed memory; ERR_PTR(-ENOMEM), or
 * ERR_PTR(-EINVAL) for a static device whose own does not describe it.
 */
struct dev_pagemap *fsdev_make_pgmap(struct fsdev *fsdev, struct dev_dax *dev_dax)
{
	struct device *dev = &dev_dax->dev;
	struct dev_pagemap *pgmap;
	u64 first;
	int i;

	pgmap = devm_kzalloc(dev, struct_size(pgmap, ranges, fsdev->nr_range),
			     GFP_KERNEL);
	if (!pgmap)
		return ERR_PTR(-ENOMEM);

	if (static_dev_dax(dev_dax)) {
		if (!dev_dax->pgmap || fsdev->nr_range != 1) {
			dev_err(dev, "static device without a single page map\n");
			return ERR_PTR(-EINVAL);
		}
		pgmap->flags = dev_dax->pgmap->flags;
		/* Has const members: it cannot be assigned. */
		memcpy(&pgmap->altmap, &dev_dax->pgmap->altmap,
		       sizeof(pgmap->altmap));
		pgmap->range = dev_dax->pgmap->range;
		if (pgmap->range.start > fsdev->range[0].start ||
		    pgmap->range.end < fsdev->range[0].end) {
			dev_err(dev, "page map does not cover the device\n");
			return ERR_PTR(-EINVAL);
		}
		/* Where its struct pages begin. */
		first = pgmap->range.start;
		if (pgmap->flags & PGMAP_ALTMAP_VALID)
			first += PFN_PHYS(pgmap->altmap.reserve + pgmap->altmap.free);
	} else {
		for (i = 0; i < fsdev->nr_range; i++)
			pgmap->ranges[i] = fsdev->range[i];
		first = 0;
	}
	pgmap->nr_range = fsdev->nr_range;
	pgmap->type = MEMORY_DEVICE_GENERIC;
	pgmap->vmemmap_shift = fsdev_choose_order(fsdev, first);
	pgmap->owner = fsdev;
	return pgmap;
}

/*
 * VFIO never gives back pages that are marked as reserved, and all of the device's are.
 * Where most of the memory for struct pages is saved, what is behind the first two pages of
 * them is the second one again. Return: how many struct pages there are in truth.
 */
static unsigned long fsdev_clear_reserved(struct page *page, unsigned long nr)
{
	unsigned long own = min_t(unsigned long, nr, FSDEV_OWN_STRUCTS), i;

	for (i = 0; i < own; i++)
		compat_clear_reserved(page + i);
	if (nr > own && PageReserved(page + nr - 1))
		for (; i < nr; i++)
			compat_clear_reserved(page + i);
	return i;
}

static int fsdev_folio_init(struct fsdev *fsdev, struct folio *folio)
{
	unsigned long nr = 1UL << fsdev->pgmap->vmemmap_shift;

	/* All that waits for pages rests on it. */
	if (folio_ref_count(folio) != 1 || folio_nr_pages(folio) != nr ||
	    page_folio(folio_page(folio, nr - 1)) != folio) {
		dev_err(fsdev->dev, "refusing: a page that nobody uses has %d references and is one of %lu, not 1 and of %lu: this kernel is not known\n",
			folio_ref_count(folio), folio_nr_pages(folio), nr);
		return -EOPNOTSUPP;
	}
	/*
	 * No file's: what a futex in shared memory is known by. A page is one file's, and
	 * this is the same for whoever has it mapped.
	 */
	folio->mapping = dax_inode(fsdev->dax_dev)->i_mapping;
	folio->index = folio_pfn(folio);
	fsdev->page_structs += fsdev_clear_reserved(&folio->page, nr) * sizeof(struct page);
	return 0;
}

static const struct address_space_operations fsdev_aops = {
	.dirty_folio = noop_dirty_folio,
};

/**
 * fsdev_pages_init() - make the pages of a device ready for users
 * @fsdev: the device, with its page map in place and its dax_device
 *
 * Context: may sleep; nobody uses the device yet.
 * Return: 0; -EOPNOTSUPP if pages are not what this driver knows.
 */
int fsdev_pages_init(struct fsdev *fsdev)
{
	unsigned long nr = 1UL << fsdev->pgmap->vmemmap_shift;
	unsigned long n = 0;
	int i, err;

	dax_inode(fsdev->dax_dev)->i_mapping->a_ops = &fsdev_aops;
	for (i = 0; i < fsdev->nr_range; i++) {
		unsigned long pfn = PHYS_PFN(fsdev->range[i].start);
		unsigned long end = pfn + PHYS_PFN(range_len(&fsdev->range[i]));

		for (; pfn < end; pfn += nr) {
			err = fsdev_folio_init(fsdev, page_folio(pfn_to_page(pfn)));
			if (err)
				return err;
			n += nr;
			if (n >= FSDEV_STRUCTS_AT_ONCE) {
				cond_resched();
				n = 0;
			}
		}
	}
	fsdev->pages_known = true;
	return 0;
}

/**
 * fsdev_is_idle() - has nobody a page of a piece of the device pinned?
 * @fsdev: the device, bound
 * @pos: bytes from its start; moved on to the first page that somebody has
 * @end: where the piece ends
 *
 * Folios count as a whole. It may be mapped.
 *
 * Context: may sleep.
 * Return: true if nobody has.
 */
bool fsdev_is_idle(const struct fsdev *fsdev, u64 *pos, u64 end)
{
	while (*pos < end) {
		long nr = PHYS_PFN(end - *pos);
		unsigned long pfn = PHYS_PFN(fsdev_phys(fsdev, PHYS_PFN(*pos), &nr));
		unsigned long first = pfn, last = pfn + nr - 1, n = 0;

		while (pfn <= last) {
			struct folio *folio = page_folio(pfn_to_page(pfn));

			if (!compat_folio_is_idle(folio)) {
				*pos += PFN_PHYS((u64)(pfn - first));
				return false;
			}
			pfn = folio_pfn(folio) + folio_nr_pages(folio);
			if (!(++n % 1024))
				cond_resched();
		}
		*pos += PFN_PHYS((u64)nr);
	}
	return true;
}

/**
 * fsdev_wait_idle() - wait until nobody has a page of the device pinned
 * @data: the device, which nobody can get at any more
 *
 * Taking a page map down waits for nobody: who still had a page would be left with freed
 * struct pages. And nobody tells when a page of this kind comes back.
 *
 * Context: may sleep without bound.
 */
void fsdev_wait_idle(void *data)
{
	struct fsdev *fsdev = data;
	unsigned long nr = 1UL << fsdev->pgmap->vmemmap_shift;
	unsigned long n = 0;
	long nap = 1;
	int i;

	if (!fsdev->pages_known)
		return;
	for (i = 0; i < fsdev->nr_range; i++) {
		unsigned long pfn = PHYS_PFN(fsdev->range[i].start);
		unsigned long end = pfn + PHYS_PFN(range_len(&fsdev->range[i]));

		for (; pfn < end; pfn += nr) {
			while (!compat_folio_is_idle(page_folio(pfn_to_page(pfn)))) {
				schedule_timeout_uninterruptible(nap);
				nap = min(2 * nap, HZ / 10L);
			}
			if (!(++n % 1024))
				cond_resched();
		}
	}
}
