/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * data/: the bytes of files. Faults, read and write, flushing, and who uses a page, for the two
 * kinds of devices that a file can be on.
 *
 * It begins with a file's getting its map (install.c), asks that where a byte is and dev/ where
 * this is in memory; beside these two it uses core/ and tell/. Neither servers nor messages are
 * known here, nor why a page is to be taken away.
 */
#ifndef FAMFS_DATA_H
#define FAMFS_DATA_H

#include <linux/fs.h>
#include <linux/mm_types.h>
#include <linux/types.h>
#include "core/core.h"
#include "data/marks.h"

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

/* bus.c */
extern const struct famfs_data_ops famfs_bus_ops;

/* entries.c */
extern const struct famfs_data_ops famfs_entries_ops;

/* install.c */
int famfs_map_install(struct famfs_mount *fmnt, struct famfs_inode *fi, struct fmap *map);

/* rw.c */
ssize_t famfs_read_iter(struct kiocb *iocb, struct iov_iter *to);
ssize_t famfs_write_iter(struct kiocb *iocb, struct iov_iter *from);

/* sync.c */
int famfs_sync_fs(struct super_block *sb, int wait);

/* mapped.c */
int famfs_host_get(void);
void famfs_host_put(void);

/* giant.c */
void famfs_unmap(struct famfs_inode *fi, u64 pos, u64 len);
unsigned long famfs_area(struct file *file, unsigned long addr, unsigned long len,
			 unsigned long pgoff, unsigned long flags);

/* For a map with its devices bound. */
static inline const struct famfs_data_ops *famfs_map_ops(const struct fmap *map)
{
	return famfs_map_dev(map, 0)->block ? &famfs_entries_ops : &famfs_bus_ops;
}

/* For a file that has its map. */
static inline const struct famfs_data_ops *famfs_data_ops(const struct famfs_inode *fi)
{
	return famfs_map_ops(fi->map);
}

/*
 * Is a device of the file being taken away, and something not flushed that is flushed at the end of
 * that? For who has tried to flush it.
 */
static inline bool famfs_is_going(const struct famfs_inode *fi)
{
	if (likely(!READ_ONCE(fi->dead)) || !famfs_data_ops(fi)->is_dirty(fi))
		return false;
	/* Pairs with famfs_inode_revoke(): who sees this sees it flushed. */
	return !smp_load_acquire(&fi->revoked);
}

#endif
