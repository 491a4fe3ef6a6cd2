/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * block/: block devices with dax, which keep their own driver: holding one, and its bad pages. It
 * uses hold/, mem/ and core/.
 */
#ifndef FSDEV_DAX_BLOCK_H
#define FSDEV_DAX_BLOCK_H

#include "core/core.h"

/* bdev.c */
int fsdev_bdev_init(void);
void fsdev_bdev_exit(void);
struct fsdev *fsdev_get_bdev(dev_t devt, void *holder, const struct fsdev_holder_ops *ops);

/* poison.c */
bool fsdev_bdev_has_bad(const struct fsdev *fsdev, u64 off, u64 len);
u64 fsdev_good_len(const struct fsdev *fsdev, u64 off, u64 len);

#endif
