// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the file system gets of this module: one symbol.
 */
#include <linux/export.h>
#include "btf/btf_verify.h"
#include "core/core.h"

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

const struct fsdev_interface famfs_fsdev_interface = {
	.abi = FSDEV_DAX_ABI,
	.size = sizeof(famfs_fsdev_interface),
	.version = FAMFS_VERSION,
	.layout_check = famfs_layout_check,
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
	.is_bad = fsdev_is_bad,
	.has_bad = fsdev_has_bad,
	.good_len = fsdev_good_len,
};
EXPORT_SYMBOL_GPL(famfs_fsdev_interface);
