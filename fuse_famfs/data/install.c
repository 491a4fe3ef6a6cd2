// SPDX-License-Identifier: GPL-2.0-only
/*
 * The beginning of a file's data: what its mappings are linked to, and its map.
 */
#include <linux/fs.h>
#include <linux/pagemap.h>
#include <linux/slab.h>
#include "core/core.h"
#include "data/data.h"
#include "data/internal.h"

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

	/* Pairs with the release below: a device that went before the mapping was made is seen. */
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
		/* Pairs with all acquires of it: its contents are seen, and fi->marks. */
		smp_store_release(&fi->mapping, mapping);
		new = NULL;
	}
	spin_unlock(&fmnt->inodes_lock);
	kfree(new);
	return 0;
}

/*
 * From here on the file's data is in the devices alone; @size is the map's. Sleeps; i_rwsem is
 * held for writing.
 *
 * With S_DAX, a value in the inode's own cache is taken for a DAX entry, which points to
 * memory. What reclaim leaves in place of a page is a value, too, and the server can have
 * put pages there (NOTIFY_STORE) before it was known that the file has a map. Reclaim
 * leaves nothing in a mapping that is marked as exiting, nor in one with S_DAX.
 */
static void famfs_inode_set_dax(struct inode *inode, loff_t size)
{
	struct fuse_inode *fuse_inode = compat_fuse_inode(inode);
	struct address_space *cache = &inode->i_data;

	mapping_set_exiting(cache);
	/* Reclaim that missed the mark has stored its value by now: it holds this lock for it. */
	xa_lock_irq(&cache->i_pages);
	xa_unlock_irq(&cache->i_pages);
	truncate_inode_pages(cache, 0);
	/* Stock changes i_flags and i_size under this lock. */
	spin_lock(&fuse_inode->lock);
	inode->i_flags |= S_DAX;
	i_size_write(inode, size);
	spin_unlock(&fuse_inode->lock);
	/* Reclaim that misses the mark from here on sees S_DAX. */
	xa_lock_irq(&cache->i_pages);
	xa_unlock_irq(&cache->i_pages);
	/* All of the above before the mark is cleared. */
	smp_mb__before_atomic();
	clear_bit(AS_EXITING, &cache->flags);
}

/**
 * famfs_map_install() - a file has its map: its data is in the devices and nowhere else
 * @fmnt: the mount
 * @fi: the inode's part, its map_lock held
 * @map: the map, its devices bound and its ranges claimed for @fi; the inode's on success
 *
 * Context: may sleep, killably, for i_rwsem.
 * Return: 0; -EINTR if whoever wants that was killed; -ENOMEM.
 */
int famfs_map_install(struct famfs_mount *fmnt, struct famfs_inode *fi, struct fmap *map)
{
	struct inode *inode = fi->inode;
	int err;

	if (down_write_killable(&inode->i_rwsem))
		return -EINTR;
	err = famfs_inodes_add(fmnt, fi);
	if (err)
		goto out;
	/* Files on block devices need their mapping when they are open, others when mapped. */
	if (famfs_map_ops(map) == &famfs_entries_ops)
		err = famfs_mapping_make(fmnt, fi, inode);
	if (err) {
		famfs_inodes_del(fmnt, fi);
		goto out;
	}
	famfs_inode_set_dax(inode, map->file_size);
	famfs_inodes_publish(fmnt, fi, map);
out:
	inode_unlock(inode);
	return err;
}

