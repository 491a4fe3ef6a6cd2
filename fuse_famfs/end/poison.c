// SPDX-License-Identifier: GPL-2.0-only
/*
 * Memory that fails under files.
 *
 * The driver refuses the page from now on. What is left to do is to find the file
 * that has it, to have its users signalled by the system's policy, and to take
 * the page out of all mappings, so that the next touch meets the refusal. The rest
 * of the file stays as it is.
 */
#include <linux/fs.h>
#include <linux/mm.h>
#include <linux/pagemap.h>
#include "core/core.h"
#include "data/data.h"
#include "dev/dev.h"
#include "end/internal.h"
#include "map/map.h"
#include "tell/tell.h"

struct famfs_poison {
	struct famfs_inode *fi;
	int mf_flags;
	int err;
};

/* Called for each page by itself. */
static int famfs_poison_range(void *ctx, u64 pos, u64 len)
{
	struct famfs_poison *poison = ctx;
	int err;

	err = famfs_data_ops(poison->fi)->kill(poison->fi, pos, poison->mf_flags);
	if (err)
		poison->err = err;
	/* kill unmaps only where it signals. Private copies stay. */
	famfs_unmap(poison->fi, pos, len);
	return 0;
}

static int famfs_poison_inode(struct inode *inode, const struct famfs_daxdev *dd,
			      u64 off, u64 len, int mf_flags)
{
	struct famfs_poison poison = {
		.fi = famfs_inode_of(inode),
		.mf_flags = mf_flags,
	};
	const struct fmap *map = famfs_map(inode);
	struct address_space *mapping;
	u32 slot;

	/* Claimed and not installed yet: nobody has it mapped. */
	if (!map)
		return 0;
	for (slot = 0; slot < map->ndevs; slot++)
		if (famfs_map_dev(map, slot) == dd)
			break;
	if (slot == map->ndevs)
		return 0;
	/* A mapping made after this has faults that see the bad page. */
	spin_lock(&dd->fmnt->inodes_lock);
	mapping = poison.fi->mapping;
	spin_unlock(&dd->fmnt->inodes_lock);
	if (!mapping)
		return 0;
	/* Under the lock, faults that missed the bad page have ended, and are unmapped. */
	filemap_invalidate_lock(mapping);
	fmap_dev_to_file(map, slot, off, len, famfs_poison_range, &poison);
	filemap_invalidate_unlock(mapping);
	return poison.err;
}

/**
 * famfs_device_poison() - the driver's word that bytes of a device have failed
 * @holder: the famfs_daxdev
 * @off: bytes from the start of the device, page-aligned
 * @len: bytes, whole pages
 * @mf_flags: the memory failure's
 * @cookie: set if there is something to do afterwards
 *
 * Context: may sleep.
 * Return: 0 or an errno of the signalling.
 */
int famfs_device_poison(void *holder, u64 off, u64 len, int mf_flags, void **cookie)
{
	struct famfs_daxdev *dd = holder;
	struct super_block *sb = famfs_sb_get(dd->fmnt);
	u64 end = off + len;
	int err = 0;

	/* Umount must find no inode in use; and when it has begun, none is mapped. */
	if (!sb)
		return 0;
	*cookie = sb;
	for (; off < end; off += PAGE_SIZE) {
		struct inode *inode = famfs_owner_of(dd, PHYS_PFN(off));
		int ret;

		if (!inode)
			continue;
		pr_warn_ratelimited("%s: node %llu has a bad page\n", dd->fmnt->name,
				    compat_fuse_inode(inode)->nodeid);
		ret = famfs_poison_inode(inode, dd, off, PAGE_SIZE, mf_flags);
		trace_famfs_failure(dd->fmnt->dev, compat_fuse_inode(inode)->nodeid, dd->index,
				    off, ret);
		if (ret)
			err = ret;
		iput(inode);
	}
	return err;
}
