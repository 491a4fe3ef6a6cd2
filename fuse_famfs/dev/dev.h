/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * dev/: the devices that a mount's maps can name, which file has which range of one, and the way
 * to fsdev_dax, which has the devices themselves.
 *
 * A device comes to the table by proto/, is used by data/ and taken away by end/; none of these is
 * used here, but core/, map/ and tell/ are.
 */
#ifndef FAMFS_DEV_H
#define FAMFS_DEV_H

#include "core/core.h"
#include "fsdev_dax.h"

/* table.c: the table of devices */
struct famfs_daxdev *famfs_daxdev_ref(struct famfs_mount *fmnt, u64 index, u64 max);
void famfs_daxdev_unref(struct famfs_daxdev *dd);
void famfs_daxdev_set(struct famfs_daxdev *dd, struct fsdev *fsdev);
int famfs_daxdev_close(struct famfs_mount *fmnt, u64 index);
void famfs_daxdevs_put(struct famfs_mount *fmnt);

/* claims.c: who has which range */
int famfs_claim_map(struct famfs_mount *fmnt, struct famfs_inode *fi,
		    const struct fmap *map);
void famfs_unclaim_map(struct famfs_inode *fi);
struct inode *famfs_owner_of(struct famfs_daxdev *dd, unsigned long pgoff);

/* fsdev.c: fsdev_dax is not linked to, see struct fsdev_interface. */
int famfs_fsdev_take(void);
void famfs_fsdev_give_back(void);

/* Set before anything else of this module can run, until all of it has ended. */
extern const struct fsdev_interface *famfs_fsdev;

static inline struct fsdev *famfs_fsdev_get(dev_t devt, void *holder,
					    const struct fsdev_holder_ops *ops)
{
	return famfs_fsdev->get(devt, holder, ops);
}

static inline struct fsdev *famfs_fsdev_get_bdev(dev_t devt, void *holder,
						 const struct fsdev_holder_ops *ops)
{
	return famfs_fsdev->get_bdev(devt, holder, ops);
}

static inline void famfs_fsdev_put(struct fsdev *fsdev)
{
	famfs_fsdev->put(fsdev);
}

static inline unsigned int famfs_fsdev_devts(dev_t *devts, unsigned int max)
{
	return famfs_fsdev->devts(devts, max);
}

static inline int famfs_fsdev_mode(dev_t devt, struct fsdev_mode *mode)
{
	return famfs_fsdev->mode(devt, mode);
}

static inline struct dax_device *famfs_fsdev_dax_device(const struct fsdev *fsdev)
{
	return famfs_fsdev->dax_device(fsdev);
}

static inline u64 famfs_fsdev_base(const struct fsdev *fsdev)
{
	return famfs_fsdev->base(fsdev);
}

static inline u64 famfs_fsdev_size(const struct fsdev *fsdev)
{
	return famfs_fsdev->size_of(fsdev);
}

static inline bool famfs_fsdev_is_block(const struct fsdev *fsdev)
{
	return famfs_fsdev->is_block(fsdev);
}

static inline const char *famfs_fsdev_name(const struct fsdev *fsdev)
{
	return famfs_fsdev->name(fsdev);
}

static inline bool famfs_fsdev_linear(const struct fsdev *fsdev, u64 *phys,
				      const struct xarray **bad)
{
	return famfs_fsdev->linear(fsdev, phys, bad);
}

static inline u32 famfs_fsdev_align(const struct fsdev *fsdev)
{
	return famfs_fsdev->align(fsdev);
}

static inline unsigned int famfs_fsdev_folio_order(const struct fsdev *fsdev)
{
	return famfs_fsdev->folio_order(fsdev);
}

static inline u64 famfs_fsdev_find(const struct fsdev *fsdev, u64 off, u64 *len, bool *bad)
{
	return famfs_fsdev->find(fsdev, off, len, bad);
}

static inline bool famfs_fsdev_is_bad(const struct fsdev *fsdev, u64 off)
{
	return famfs_fsdev->is_bad(fsdev, off);
}

static inline bool famfs_fsdev_has_bad(const struct fsdev *fsdev, u64 off, u64 len)
{
	return famfs_fsdev->has_bad(fsdev, off, len);
}

static inline u64 famfs_fsdev_good_len(const struct fsdev *fsdev, u64 off, u64 len)
{
	return famfs_fsdev->good_len(fsdev, off, len);
}

/* famfs_fsdev_find() for a device of the dax bus, without a call where it has nothing to find. */
static inline u64 famfs_dev_find(const struct famfs_daxdev *dd, u64 off, u64 *len, bool *bad)
{
	if (unlikely(!dd->linear || !xa_empty(dd->bad)))
		return famfs_fsdev_find(dd->fsdev, off, len, bad);
	*bad = false;
	return dd->phys + off;
}

#endif
