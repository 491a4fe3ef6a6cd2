/* SPDX-License-Identifier: GPL-2.0-only */
/* What the files of block/ share and nobody else needs. */
#ifndef FSDEV_DAX_BLOCK_INTERNAL_H
#define FSDEV_DAX_BLOCK_INTERNAL_H

#include "core/core.h"

/* poison.c */
int fsdev_bdev_set_bad(const struct fsdev *fsdev, u64 offset, u64 len);
int fsdev_bdev_poison(struct fsdev *fsdev, struct dax_device *dax_dev, u64 offset,
		      u64 len, int mf_flags);

#endif
