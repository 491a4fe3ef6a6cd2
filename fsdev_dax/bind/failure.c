// SPDX-License-Identifier: GPL-2.0-only
/*
 * Memory of a device that fails: the kernel names the page.
 *
 * It is put on the list of bad pages, where faults and reads look, and the holder is told, to
 * take it out of mappings and to have the processes signalled that have it.
 */
#include <linux/device.h>
#include <linux/memremap.h>
#include <linux/mm.h>
#include <linux/ratelimit.h>
#include "bind/internal.h"
#include "core/core.h"
#include "hold/hold.h"
#include "mem/mem.h"

static int fsdev_memory_failure(struct dev_pagemap *pgmap, unsigned long pfn,
				unsigned long nr_pages, int mf_flags)
{
	struct fsdev *fsdev = pgmap->owner;
	pgoff_t pgoff;
	int err = 0;

	for (; nr_pages && !err; nr_pages--, pfn++) {
		if (!fsdev_pgoff_of(fsdev, pfn, &pgoff))
			return -ENXIO;
		err = fsdev_add_bad(fsdev, pgoff);
		if (err)
			break;
		dev_err_ratelimited(fsdev->dev, "bad page at %#llx\n",
				    (u64)PFN_PHYS(pgoff));
		err = fsdev_tell_poison(fsdev, PFN_PHYS(pgoff), PAGE_SIZE, mf_flags);
		fsdev_mark(fsdev, pgoff);
	}
	return err;
}

const struct dev_pagemap_ops fsdev_pagemap_ops = {
	.memory_failure = fsdev_memory_failure,
};
