// SPDX-License-Identifier: GPL-2.0-only
/*
 * All files of a mount that have a map, and those that are left of files.
 *
 * There can be millions of them, so whoever walks over them lets others have the lock and
 * the processor in between. An xarray takes that: what comes and goes meanwhile does not
 * move a walk's place.
 */
#include <linux/fs.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/xarray.h>
#include "core/core.h"

/* A cache of our own, as kmalloc() would round each famfs_inode up to a power of two. */
static struct kmem_cache *famfs_inode_cache;

int __init famfs_inodes_init(void)
{
	famfs_inode_cache = KMEM_CACHE(famfs_inode, SLAB_ACCOUNT);
	return famfs_inode_cache ? 0 : -ENOMEM;
}

/* All that RCU was to free is freed. */
void famfs_inodes_exit(void)
{
	kmem_cache_destroy(famfs_inode_cache);
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
	fi = kmem_cache_zalloc(famfs_inode_cache, GFP_KERNEL);
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

/**
 * famfs_inode_free() - give it back, with its mapping
 * @fi: an inode's part that nobody can find
 *
 * Context: any but interrupts.
 */
void famfs_inode_free(struct famfs_inode *fi)
{
	if (fi->mapping)
		kfree(container_of(fi->mapping, struct famfs_mapping, space));
	kmem_cache_free(famfs_inode_cache, fi);
}

/**
 * famfs_inodes_add() - give an inode's part its place among the mount's
 * @fmnt: the mount
 * @fi: the inode's part, without a map so far: walks pass over it until it has one
 *
 * Context: may sleep.
 * Return: 0; -ENOMEM; -EBUSY if there are as many as can be counted.
 */
int famfs_inodes_add(struct famfs_mount *fmnt, struct famfs_inode *fi)
{
	return xa_alloc(&fmnt->inodes, &fi->id, fi, xa_limit_32b, GFP_KERNEL_ACCOUNT);
}

/*
 * A device of the map was taken away. The inodes_lock is held, which orders this with the walk
 * over the inodes that use the device.
 */
static bool famfs_map_is_dead(const struct fmap *map)
{
	u32 slot;

	for (slot = 0; slot < map->ndevs; slot++)
		if (famfs_map_dev(map, slot)->dead)
			return true;
	return false;
}

/**
 * famfs_inodes_publish() - an inode's part has its map
 * @fmnt: the mount
 * @fi: the inode's part, which has its place
 * @map: the map, its devices bound
 *
 * Context: may sleep; the inode's i_rwsem held for writing.
 */
void famfs_inodes_publish(struct famfs_mount *fmnt, struct famfs_inode *fi, struct fmap *map)
{
	spin_lock(&fmnt->inodes_lock);
	fi->dead = famfs_map_is_dead(map);
	/* A reader that sees the map also sees its contents and the inode's new size. */
	smp_store_release(&fi->map, map);
	fmnt->nmaps++;
	fmnt->maps_bytes += fmap_bytes(map);
	spin_unlock(&fmnt->inodes_lock);
}

/**
 * famfs_inodes_del() - take it back
 * @fmnt: the mount
 * @fi: the inode's part; walks do not find it any more
 *
 * Context: any; allocates nothing.
 */
void famfs_inodes_del(struct famfs_mount *fmnt, struct famfs_inode *fi)
{
	spin_lock(&fmnt->inodes_lock);
	xa_erase(&fmnt->inodes, fi->id);
	fi->id = 0;
	if (fi->map) {
		fmnt->nmaps--;
		fmnt->maps_bytes -= fmap_bytes(fi->map);
	}
	spin_unlock(&fmnt->inodes_lock);
}

/**
 * famfs_inodes_next() - the next one that has a map
 * @fmnt: the mount
 * @at: where the walk is; 0 at its beginning
 *
 * What is found stays as long as the lock is held, or longer by a reference to its inode.
 * What was found before may be gone: the lock can have been given up meanwhile.
 *
 * Context: inodes_lock held, and nothing else that forbids to sleep.
 * Return: it, or NULL at the end.
 */
struct famfs_inode *famfs_inodes_next(struct famfs_mount *fmnt, unsigned long *at)
{
	struct famfs_inode *fi;

	do {
		cond_resched_lock(&fmnt->inodes_lock);
		fi = *at < ULONG_MAX ? xa_find_after(&fmnt->inodes, at, ULONG_MAX, XA_PRESENT)
				     : NULL;
	} while (fi && !fi->map);
	return fi;
}
