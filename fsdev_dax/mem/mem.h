/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * mem/: the memory of a device of the dax bus. Where a byte is, which pages are bad, what its
 * struct pages are, and whether somebody has one pinned. It uses core/.
 */
#ifndef FSDEV_DAX_MEM_H
#define FSDEV_DAX_MEM_H

#include "core/core.h"

struct iov_iter;

/* range.c */
phys_addr_t fsdev_phys(const struct fsdev *fsdev, pgoff_t pgoff, long *nr_pages);
bool fsdev_pgoff_of(const struct fsdev *fsdev, unsigned long pfn, pgoff_t *pgoff);

/* bad.c */
bool fsdev_has_bad(const struct fsdev *fsdev, u64 off, u64 len);
int fsdev_add_bad(struct fsdev *fsdev, pgoff_t pgoff);
void fsdev_mark(const struct fsdev *fsdev, pgoff_t pgoff);
size_t fsdev_recovery_write(struct dax_device *dax_dev, pgoff_t pgoff, void *addr,
			    size_t bytes, struct iov_iter *iter);

/* access.c */
extern const struct dax_operations fsdev_dax_ops;
bool fsdev_linear(const struct fsdev *fsdev, u64 *phys, const struct xarray **bad);
u64 fsdev_find(const struct fsdev *fsdev, u64 off, u64 *len, bool *bad);

/* pages.c */
struct dev_pagemap *fsdev_make_pgmap(struct fsdev *fsdev, struct dev_dax *dev_dax);
int fsdev_pages_init(struct fsdev *fsdev);
bool fsdev_is_idle(const struct fsdev *fsdev, u64 *pos, u64 end);
void fsdev_wait_idle(void *data);

#endif
