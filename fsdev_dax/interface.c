// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the file system gets of this module: one symbol.
 */
#include <linux/export.h>
#include "block/block.h"
#include "core/core.h"
#include "hold/hold.h"
#include "mem/mem.h"

static struct dax_device *fsdev_dax_device(const struct fsdev *fsdev)
{
	return fsdev->dax_dev;
}

static u64 fsdev_base(const struct fsdev *fsdev)
{
	return fsdev->base;
}

static u64 fsdev_size(const struct fsdev *fsdev)
{
	return fsdev->size;
}

static bool fsdev_is_block(const struct fsdev *fsdev)
{
	return fsdev->bdev;
}

static const char *fsdev_name(const struct fsdev *fsdev)
{
	return fsdev->name;
}

static u32 fsdev_align(const struct fsdev *fsdev)
{
	return fsdev->align;
}

static unsigned int fsdev_folio_order(const struct fsdev *fsdev)
{
	return fsdev->bdev ? 0 : fsdev->pgmap->vmemmap_shift;
}

static bool fsdev_any_has_bad(const struct fsdev *fsdev, u64 off, u64 len)
{
	return fsdev->bdev ? fsdev_bdev_has_bad(fsdev, off, len) : fsdev_has_bad(fsdev, off, len);
}

static bool fsdev_any_is_bad(const struct fsdev *fsdev, u64 off)
{
	return fsdev_any_has_bad(fsdev, off, 1);
}

const struct fsdev_interface famfs_fsdev_interface = {
	.abi = FSDEV_DAX_ABI,
	.size = sizeof(famfs_fsdev_interface),
	.version = FAMFS_VERSION,
	.get = fsdev_get,
	.get_bdev = fsdev_get_bdev,
	.put = fsdev_put,
	.devts = fsdev_devts,
	.mode = fsdev_mode,
	.dax_device = fsdev_dax_device,
	.base = fsdev_base,
	.size_of = fsdev_size,
	.is_block = fsdev_is_block,
	.name = fsdev_name,
	.align = fsdev_align,
	.linear = fsdev_linear,
	.folio_order = fsdev_folio_order,
	.find = fsdev_find,
	.is_bad = fsdev_any_is_bad,
	.has_bad = fsdev_any_has_bad,
	.good_len = fsdev_good_len,
};
EXPORT_SYMBOL_GPL(famfs_fsdev_interface);
