// SPDX-License-Identifier: GPL-2.0-only
/*
 * Operations of a famfs file: open to close, and attributes. data/ has what touches its bytes.
 */
#include <linux/dax.h>
#include <linux/fs.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/pagemap.h>
#include <linux/splice.h>
#include <linux/stat.h>
#include <linux/uio.h>
#include "compat_mm.h"
#include "core/core.h"
#include "data/data.h"
#include "proto/proto.h"
#include "vfs/internal.h"
#include "vfs/vfs.h"

/**
 * famfs_file_attach() - make an open file one of ours
 * @inode: an adopted regular file that the server has just opened
 * @file: the file, with our operations
 *
 * Context: may sleep, for the server, killably.
 * Return: what famfs_map_get() returned.
 */
int famfs_file_attach(struct inode *inode, struct file *file)
{
	int err = famfs_map_get(inode);
	struct famfs_inode *fi;

	if (err)
		return err;
	fi = famfs_inode_of(inode);
	if (famfs_data_ops(fi) == &famfs_entries_ops) {
		file->f_mapping = fi->mapping;
		file->f_wb_err = filemap_sample_wb_err(file->f_mapping);
	}
	file->f_mode |= FMODE_CAN_ODIRECT | COMPAT_FMODE_NOWAIT;
	atomic_inc(&fi->opens);
	return 0;
}

/*
 * A server that is not asked about opens has nothing of an open file, and stock's part of
 * one is the same for all files, but for the node. So that of a file that was closed
 * is kept for the next open: one of each mount.
 */
static bool famfs_spare_take(struct famfs_mount *fmnt, struct inode *inode, struct file *file)
{
	struct fuse_file *ff;

	if (!READ_ONCE(fmnt->spare))
		return false;
	ff = xchg(&fmnt->spare, NULL);
	if (!ff)
		return false;
	ff->nodeid = compat_fuse_inode(inode)->nodeid;
	file->private_data = ff;
	return true;
}

/* Not a file that the server made with CREATE, nor one that a request of stock's uses. */
static bool famfs_spare_keep(struct famfs_mount *fmnt, struct file *file)
{
	struct fuse_file *ff = file->private_data;

	return compat_fuse_no_open(fmnt->fc) && !READ_ONCE(fmnt->spare) &&
	       !(file->f_mode & FMODE_CREATED) && !ff->fh && refcount_read(&ff->count) == 1 &&
	       !cmpxchg(&fmnt->spare, NULL, ff);
}

/**
 * famfs_spare_free() - keep nothing for opens any more
 * @fmnt: a mount with a superblock, of which nobody has a file open
 *
 * Context: may sleep.
 */
void famfs_spare_free(struct famfs_mount *fmnt)
{
	struct fuse_file *ff = xchg(&fmnt->spare, NULL);

	if (ff)
		fuse_sync_release(NULL, ff, 0);
}

static int famfs_release(struct inode *inode, struct file *file)
{
	struct famfs_inode *fi = famfs_inode_of(inode);

	/* A created file that could not be attached comes here, too, without FMODE_NOWAIT. */
	if (fi && file->f_mode & FMODE_NOWAIT) {
		atomic_dec(&fi->opens);
		if (famfs_spare_keep(famfs_mount_of(inode->i_sb), file))
			return 0;
	}
	return famfs_stock_fops->release(inode, file);
}

/**
 * famfs_file_detach() - make an open file stock's again
 * @file: a file with our operations, on a mount that is an ordinary one
 */
void famfs_file_detach(struct file *file)
{
	famfs_adopt_plain(file_inode(file));
	replace_fops(file, fops_get(famfs_stock_fops));
}

static void famfs_release_failed(struct inode *inode, struct file *file)
{
	/* The VFS releases only what was opened. */
	famfs_stock_fops->release(inode, file);
	file->private_data = NULL;
}

static int famfs_open_plain(struct inode *inode, struct file *file)
{
	famfs_file_detach(file);
	return famfs_stock_fops->open(inode, file);
}

/*
 * The stock open is not used: it has a page cache in mind, and drops it.
 */
static int famfs_open(struct inode *inode, struct file *file)
{
	struct famfs_mount *fmnt = famfs_mount_of(inode->i_sb);
	int err = 0;

	if (famfs_is_plain(fmnt))
		return famfs_open_plain(inode, file);
	if (compat_fuse_is_bad(inode))
		return -EIO;
	/*
	 * Before the server hears of it and cuts the file; also one that it has just made,
	 * of which nothing has to be cut.
	 */
	if (file->f_flags & O_TRUNC && !(file->f_mode & FMODE_CREATED))
		return -EINVAL;
	file->f_flags &= ~O_TRUNC;
	err = generic_file_open(inode, file);
	if (err)
		return err;
	if (!famfs_spare_take(fmnt, inode, file))
		err = fuse_do_open(fmnt->fm, compat_fuse_inode(inode)->nodeid, file, false);
	if (err)
		return err;
	err = famfs_file_attach(inode, file);
	if (err)
		famfs_release_failed(inode, file);
	return err == FAMFS_NO_MAPS ? famfs_open_plain(inode, file) : err;
}

static int famfs_mmap(struct file *file, struct vm_area_struct *vma)
{
	if (compat_fuse_is_bad(file_inode(file)))
		return -EIO;
	return famfs_data_ops(famfs_inode_of(file_inode(file)))->mmap(file, vma);
}

/*
 * Every close(2). A server that wants to hear of it hears it from stock, with the owner of
 * locks. What else stock does is for a page cache: pages and times to be written back.
 */
static int famfs_flush(struct file *file, fl_owner_t owner)
{
	struct inode *inode = file_inode(file);
	struct fuse_mount *fm = inode->i_sb->s_fs_info;

	if (!compat_fuse_no_flush(fm->fc))
		return famfs_stock_fops->flush(file, owner);
	if (compat_fuse_is_bad(inode))
		return -EIO;
	/* An error of write-back to a block device. */
	return filemap_check_errors(file->f_mapping);
}

/*
 * Flushes the data, and then tells the server. While a device of the file is going, its removal
 * waits for pins, and flushes after that: until then nobody is told that it has been done.
 */
static int famfs_fsync(struct file *file, loff_t start, loff_t end, int datasync)
{
	struct famfs_inode *fi = famfs_inode_of(file_inode(file));
	int err;

	famfs_data_ops(fi)->flush(fi, start, (u64)end + 1);
	err = famfs_stock_fops->fsync(file, start, end, datasync);
	return famfs_is_going(fi) ? err ?: -EIO : err;
}

/**
 * famfs_fops_fill() - turn a copy of the stock operations into ours
 * @fops: the copy
 *
 * Stock's stay: lock, flock, ioctl. An operation that we do not
 * know is stock's as well, so what could reach file data by another way is named
 * here.
 */
void famfs_fops_fill(struct file_operations *fops)
{
	fops->owner = THIS_MODULE;
	fops->open = famfs_open;
	fops->release = famfs_release;
	fops->llseek = generic_file_llseek;
	fops->read_iter = famfs_read_iter;
	fops->write_iter = famfs_write_iter;
	fops->mmap = famfs_mmap;
	fops->flush = famfs_flush;
	fops->fsync = famfs_fsync;
	compat_fops_mapping(fops);
	compat_fops_nowait(fops);
	fops->get_unmapped_area = COMPAT_LARGE_AREA(famfs_area);
	fops->splice_read = compat_splice_read;
	fops->splice_write = iter_file_splice_write;
	/* Memory is always ready: no need to ask the server. */
	fops->poll = NULL;
	fops->fallocate = NULL;
	fops->copy_file_range = NULL;
	fops->remap_file_range = NULL;
}

/* ---- attributes ---- */

/* Only the server may change a file's size: it is the map's. */
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

	/* Stock says so by S_DAX, which only the first open sets. */
	if (!err && !famfs_is_plain(famfs_mount_of(path->dentry->d_sb)))
		stat->attributes |= STATX_ATTR_DAX;
	return err;
}

/**
 * famfs_file_iops_fill() - turn a copy of the stock operations of a file's inode into ours
 * @iops: the copy
 */
void famfs_file_iops_fill(struct inode_operations *iops)
{
	iops->setattr = famfs_setattr;
	iops->getattr = famfs_getattr;
}
