// SPDX-License-Identifier: GPL-2.0-only
/*
 * Answering the DAX core: where is this byte of the file.
 */
#include <linux/iomap.h>
#include "core/core.h"
#include "data/internal.h"
#include "dev/dev.h"
#include "map/map.h"

/*
 * The name is part of our interface: user space looks for it in /proc/kallsyms
 * to learn whether the kernel can do famfs.
 *
 * Context: under the mapping's invalidate lock; inside the DAX core,
 * which then checks for itself that the device is alive.
 * Return: 0; -EIO if the device was taken away, or the server has made another file of
 * this one; -ENXIO if it gave the file a size that is not its map's.
 */
int famfs_fuse_iomap_begin(struct inode *inode, loff_t offset, loff_t length,
			   unsigned int flags, struct iomap *iomap,
			   struct iomap *srcmap);
int famfs_fuse_iomap_begin(struct inode *inode, loff_t offset, loff_t length,
			   unsigned int flags, struct iomap *iomap,
			   struct iomap *srcmap)
{
	const struct fmap *map = famfs_map(inode);
	const struct famfs_daxdev *dd;
	struct fmap_seg seg;
	int err;

	/* Nobody gets here without having opened the file, and so with a map. */
	if (unlikely(!map))
		return -EIO;
	err = famfs_check(famfs_inode_of(inode));
	if (unlikely(err))
		return err;
	err = fmap_resolve(map, offset, &seg);
	if (unlikely(err))
		return err;
	dd = famfs_map_dev(map, seg.slot);
	iomap->type = IOMAP_MAPPED;
	/* Not the caller's flags: IOMAP_WRITE has the value of IOMAP_F_NEW. */
	iomap->flags = 0;
	iomap->offset = offset;
	iomap->addr = dd->base + seg.dev_off;
	iomap->bdev = NULL;
	iomap->dax_dev = dd->dax_dev;
	/* The disk's driver refuses what has a bad page anywhere in it. */
	iomap->length = famfs_fsdev_good_len(dd->fsdev, seg.dev_off, min_t(u64, seg.len, length));
	return 0;
}

const struct iomap_ops famfs_fuse_iomap_ops = {
	.iomap_begin = famfs_fuse_iomap_begin,
};
