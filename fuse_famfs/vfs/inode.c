// SPDX-License-Identifier: GPL-2.0-only
/*
 * Regular files as inodes: attributes, sync, eviction.
 */
#include <linux/backing-dev.h>
#include <linux/dax.h>
#include <linux/fs.h>
#include <linux/pagemap.h>
#include <linux/slab.h>
#include <linux/stat.h>
#include <linux/writeback.h>
#include "famfs.h"

/**
 * famfs_mapping_make() - see to it that a file has what its mappings are linked to
 * @fmnt: its mount
 * @fi: the inode's part
 * @host: the inode that the kernel shall ask about such mappings
 *
 * Context: may sleep; the inode is in use.
 * Return: 0, or -ENOMEM. The memory is charged to the caller.
 */
int famfs_mapping_make(struct famfs_mount *fmnt, struct famfs_inode *fi, struct inode *host)
{
	struct famfs_mapping *new;
	struct address_space *mapping;

	/* Pairs with the release below: who maps sees what a device that went left behind. */
	if (smp_load_acquire(&fi->mapping))
		return 0;
	new = kzalloc(sizeof(*new), GFP_KERNEL_ACCOUNT);
	if (!new)
		return -ENOMEM;
	new->fi = fi;
	mapping = &new->space;
	address_space_init_once(mapping);
	init_rwsem(&mapping->invalidate_lock);
	mapping_set_gfp_mask(mapping, GFP_USER);
	mapping->host = host;
	mapping->a_ops = &famfs_entries_aops;
	spin_lock(&fmnt->inodes_lock);
	if (!fi->mapping) {
		/* Pairs with all acquires of it: what is in it is seen, and the marks. */
		smp_store_release(&fi->mapping, mapping);
		new = NULL;
	}
	spin_unlock(&fmnt->inodes_lock);
	kfree(new);
	return 0;
}

/**
 * famfs_inode_get() - our part of an inode, made at the first call
 * @inode: an adopted regular file
 *
 * Stock FUSE never uses i_private of its inodes.
 *
 * Context: may sleep.
 * Return: it, or NULL without memory.
 */
struct famfs_inode *famfs_inode_get(struct inode *inode)
{
	struct famfs_inode *fi = famfs_inode_of(inode);
	struct famfs_inode *old;

	if (fi)
		return fi;
	fi = famfs_inode_new();
	if (!fi)
		return NULL;
	fi->inode = inode;
	mutex_init(&fi->map_lock);
	old = cmpxchg(&inode->i_private, NULL, fi);
	if (old) {
		famfs_inode_free(fi);
		return old;
	}
	return fi;
}

/* A map has the size that it has: the server may change it, nobody else. */
static int famfs_setattr(famfs_idmap_t *idmap, struct dentry *dentry,
			 struct iattr *attr)
{
	if (attr->ia_valid & ATTR_SIZE &&
	    !famfs_is_plain(famfs_mount_of(dentry->d_sb)))
		return -EINVAL;
	return famfs_stock_file_iops->setattr(idmap, dentry, attr);
}

static int famfs_getattr(famfs_idmap_t *idmap, const struct path *path,
			 struct kstat *stat, u32 mask, unsigned int flags)
{
	int err = famfs_stock_file_iops->getattr(idmap, path, stat, mask, flags);

	/* Also before the first open, which sets S_DAX. */
	if (!err && !famfs_is_plain(famfs_mount_of(path->dentry->d_sb)))
		stat->attributes |= STATX_ATTR_DAX;
	return err;
}

void famfs_file_iops_fill(struct inode_operations *iops)
{
	iops->setattr = famfs_setattr;
	iops->getattr = famfs_getattr;
}

/**
 * famfs_inode_set_dax() - from here on the file's data is in the devices alone
 * @inode: an adopted regular file
 * @size: its size, of the map, in bytes
 *
 * With S_DAX, a value in the inode's own cache is taken for a DAX entry, which points to
 * memory. What reclaim leaves in place of a page is a value, too, and the server can have
 * put pages there (NOTIFY_STORE) before it was known that the file has a map. Reclaim
 * leaves nothing in a mapping that is marked as exiting, nor in one with S_DAX.
 *
 * Context: may sleep; i_rwsem held for writing.
 */
void famfs_inode_set_dax(struct inode *inode, loff_t size)
{
	struct fuse_inode *fuse_inode = compat_fuse_inode(inode);
	struct address_space *cache = &inode->i_data;

	mapping_set_exiting(cache);
	/* Who saw it without the mark has put its value there. */
	xa_lock_irq(&cache->i_pages);
	xa_unlock_irq(&cache->i_pages);
	truncate_inode_pages(cache, 0);
	/* Stock changes i_flags and i_size under this lock. */
	spin_lock(&fuse_inode->lock);
	inode->i_flags |= S_DAX;
	i_size_write(inode, size);
	spin_unlock(&fuse_inode->lock);
	/* Who took a page out with the lock sees S_DAX if it does not see the mark any more. */
	xa_lock_irq(&cache->i_pages);
	xa_unlock_irq(&cache->i_pages);
	/* The mark goes after all that. */
	smp_mb__before_atomic();
	clear_bit(AS_EXITING, &cache->flags);
}

/**
 * famfs_sync_fs() - sync(2) and syncfs(2)
 * @sb: a famfs mount
 * @wait: the pass that waits
 *
 * Write-back goes by an inode's own mapping, which is empty: so all files with
 * something to flush are flushed here.
 *
 * Context: may sleep; s_umount held.
 * Return: what stock returned.
 */
int famfs_sync_fs(struct super_block *sb, int wait)
{
	struct famfs_mount *fmnt = famfs_mount_of(sb);
	struct inode *inode, *last = NULL;
	struct famfs_inode *fi;
	unsigned long at = 0;

	if (!wait)
		goto stock;
	spin_lock(&fmnt->inodes_lock);
	while ((fi = famfs_inodes_next(fmnt, &at))) {
		if (!famfs_data_ops(fi)->is_dirty(fi))
			continue;
		inode = famfs_igrab(fi);
		if (!inode)
			continue;
		spin_unlock(&fmnt->inodes_lock);
		iput(last);
		famfs_data_ops(fi)->flush(fi, 0, U64_MAX);
		last = inode;
		spin_lock(&fmnt->inodes_lock);
	}
	spin_unlock(&fmnt->inodes_lock);
	iput(last);
stock:
	return fmnt->stock_s_op->sync_fs ? fmnt->stock_s_op->sync_fs(sb, wait) : 0;
}

/**
 * famfs_evict_inode() - the last thing that happens to an inode
 * @inode: any inode of a famfs mount
 *
 * Runs in whatever task drops the last reference, the server's own and those that
 * reclaim memory included: it waits neither for the server nor for pages of the file that
 * somebody still has pinned.
 */
void famfs_evict_inode(struct inode *inode)
{
	struct famfs_mount *fmnt = famfs_mount_of(inode->i_sb);
	struct famfs_inode *fi = famfs_inode_of(inode);

	if (fi) {
		inode->i_private = NULL;
		/* Of a mapping of an inode without S_DAX, entries are just forgotten. */
		famfs_inode_end(fmnt, fi);
		/* Stock eviction takes it for a virtiofs window. */
		inode->i_flags &= ~S_DAX;
	}
	fmnt->stock_s_op->evict_inode(inode);
}
