/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Calls to fsdev_dax, which is not linked to: see struct fsdev_interface.
 */
#ifndef FAMFS_FSDEV_H
#define FAMFS_FSDEV_H

#include "fsdev_dax.h"

/* Set before anything else of this module can run, until all of it has ended. */
extern const struct fsdev_interface *famfs_fsdev;

int famfs_fsdev_take(void);
void famfs_fsdev_give_back(void);

static inline struct fsdev *fsdev_get(dev_t devt, void *holder,
				      const struct fsdev_holder_ops *ops)
{
	return famfs_fsdev->get(devt, holder, ops);
}

static inline struct fsdev *fsdev_get_bdev(dev_t devt, void *holder,
					   const struct fsdev_holder_ops *ops)
{
	return famfs_fsdev->get_bdev(devt, holder, ops);
}

static inline void fsdev_put(struct fsdev *fsdev)
{
	famfs_fsdev->put(fsdev);
}

static inline unsigned int fsdev_devts(dev_t *devts, unsigned int max)
{
	return famfs_fsdev->devts(devts, max);
}

static inline int fsdev_mode(dev_t devt, struct fsdev_mode *mode)
{
	return famfs_fsdev->mode(devt, mode);
}

static inline struct dax_device *fsdev_dax_device(const struct fsdev *fsdev)
{
	return famfs_fsdev->dax_device(fsdev);
}

static inline u64 fsdev_base(const struct fsdev *fsdev)
{
	return famfs_fsdev->base(fsdev);
}

static inline u64 fsdev_size(const struct fsdev *fsdev)
{
	return famfs_fsdev->size_of(fsdev);
}

static inline bool fsdev_is_block(const struct fsdev *fsdev)
{
	return famfs_fsdev->is_block(fsdev);
}

static inline const char *fsdev_name(const struct fsdev *fsdev)
{
	return famfs_fsdev->name(fsdev);
}

static inline bool fsdev_linear(const struct fsdev *fsdev, u64 *phys, const struct xarray **bad)
{
	return famfs_fsdev->linear(fsdev, phys, bad);
}

static inline u32 fsdev_align(const struct fsdev *fsdev)
{
	return famfs_fsdev->align(fsdev);
}

static inline unsigned int fsdev_folio_order(const struct fsdev *fsdev)
{
	return famfs_fsdev->folio_order(fsdev);
}

static inline u64 fsdev_find(const struct fsdev *fsdev, u64 off, u64 *len, bool *bad)
{
	return famfs_fsdev->find(fsdev, off, len, bad);
}

static inline bool fsdev_is_bad(const struct fsdev *fsdev, u64 off)
{
	return famfs_fsdev->is_bad(fsdev, off);
}

static inline bool fsdev_has_bad(const struct fsdev *fsdev, u64 off, u64 len)
{
	return famfs_fsdev->has_bad(fsdev, off, len);
}

static inline u64 fsdev_good_len(const struct fsdev *fsdev, u64 off, u64 len)
{
	return famfs_fsdev->good_len(fsdev, off, len);
}

#endif
