/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The two kinds of devices that a file can be on, what depends on it, and what its mappings
 * are linked to.
 */
#ifndef FUSE_FAMFS_DATA_H
#define FUSE_FAMFS_DATA_H

#include <linux/container_of.h>
#include <linux/fs.h>
#include <linux/mm_types.h>
#include <linux/types.h>

struct famfs_inode;

/**
 * struct famfs_data_ops - what depends on whose the pages of a file's devices are
 * @mmap: as of file_operations, of a user's file
 * @is_idle: has nobody a page of the file pinned? Nobody can get at one any more.
 * @is_dirty: is there something to flush?
 * @flush: what was stored through mappings into bytes from @start to before @end leaves the
 *	CPU's caches. May sleep
 * @flush_last: the same for all of a file that nobody reaches any more, and what is dirty
 *	stays so: who has pages pinned may still store there
 * @forget: no page is in use, none will be: nothing is noted of any from now on
 * @kill: signal those who have the page at a place of the file mapped, as a failure of memory
 *	asks for. The invalidate lock of the mapping is held exclusively
 *
 * Two kinds: devices of the dax bus, whose pages are fsdev_dax's, and block devices. A file
 * is on one kind: famfs_map_ops() says which.
 */
struct famfs_data_ops {
	int (*mmap)(struct file *file, struct vm_area_struct *vma);
	bool (*is_idle)(struct famfs_inode *fi);
	bool (*is_dirty)(const struct famfs_inode *fi);
	void (*flush)(struct famfs_inode *fi, u64 start, u64 end);
	void (*flush_last)(struct famfs_inode *fi);
	void (*forget)(struct famfs_inode *fi);
	int (*kill)(struct famfs_inode *fi, u64 pos, int mf_flags);
};

/**
 * struct famfs_mapping - what the mappings of a file are linked to
 * @space: that; on a block device the file's DAX entries are there, too, and it is every open
 *	file's f_mapping. The inode's own mapping stays empty. So whatever stock FUSE does to
 *	it, because the server says that data changed or that the file is shorter, never
 *	touches memory that is in use
 * @fi: whose it is
 *
 * Owner and lifetime: the famfs_inode, from the first mmap, or with the map on a block device,
 * and freed with it.
 *
 * Locks: stock's, of an address_space. Whoever takes pages away (a device goes, a page is bad)
 * says so first, and looks for the mapping with the mount's inodes_lock held then or later:
 * if there is none yet, faults of the one to come see what was said.
 */
struct famfs_mapping {
	struct address_space space;
	struct famfs_inode *fi;
};

/* Whose mapping it is: one of a famfs_mapping. */
static inline struct famfs_inode *famfs_mapping_owner(const struct address_space *mapping)
{
	return container_of(mapping, struct famfs_mapping, space)->fi;
}

/* bus.c */
extern const struct famfs_data_ops famfs_bus_ops;

/* entries.c */
extern const struct famfs_data_ops famfs_entries_ops;
extern const struct address_space_operations famfs_entries_aops;

/* mapped.c */
int famfs_host_get(void);
void famfs_host_put(void);
struct inode *famfs_host(void);
int famfs_mmap_bus(struct file *file, struct vm_area_struct *vma);

#endif
