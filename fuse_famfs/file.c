// SPDX-License-Identifier: GPL-2.0-only
/*
 * File operations of a famfs file: open, and the data path without the server.
 */
#include <linux/dax.h>
#include <linux/fs.h>
#include <linux/huge_mm.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/pagemap.h>
#include <linux/splice.h>
#include <linux/uio.h>
#include "famfs.h"

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

	if (err)
		return err;
	file->f_mapping = &famfs_inode_of(inode)->mapping;
	file->f_wb_err = filemap_sample_wb_err(file->f_mapping);
	file->f_mode |= FMODE_CAN_ODIRECT | COMPAT_FMODE_NOWAIT;
	atomic_inc(&famfs_inode_of(inode)->opens);
	return 0;
}

static int famfs_release(struct inode *inode, struct file *file)
{
	struct famfs_inode *fi = famfs_inode_of(inode);

	/* Also called for a file that was created and could not be attached. */
	if (fi && file->f_mapping == &fi->mapping)
		atomic_dec(&fi->opens);
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
	struct fuse_mount *fm = inode->i_sb->s_fs_info;
	int err;

	if (famfs_is_plain(famfs_mount_of(inode->i_sb)))
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
	err = fuse_do_open(fm, compat_fuse_inode(inode)->nodeid, file, false);
	if (err)
		return err;
	err = famfs_file_attach(inode, file);
	if (err)
		famfs_release_failed(inode, file);
	return err == FAMFS_NO_MAPS ? famfs_open_plain(inode, file) : err;
}

/*
 * What iomap_begin would say, also for a place that it is never asked about
 * because it lies past the end. i_rwsem is held.
 */
static int famfs_check(struct inode *inode)
{
	if (READ_ONCE(famfs_inode_of(inode)->dead) || compat_fuse_is_bad(inode))
		return -EIO;
	return i_size_read(inode) == famfs_map(inode)->file_size ? 0 : -ENXIO;
}

/* A device that goes while the DAX core is at it makes it fail in ways of its own. */
static ssize_t famfs_rw(struct kiocb *iocb, struct iov_iter *iter)
{
	ssize_t ret = dax_iomap_rw(iocb, iter, &famfs_fuse_iomap_ops);

	if (ret < 0 && READ_ONCE(famfs_inode_of(file_inode(iocb->ki_filp))->dead))
		return -EIO;
	return ret;
}

static ssize_t famfs_read_iter(struct kiocb *iocb, struct iov_iter *to)
{
	struct inode *inode = file_inode(iocb->ki_filp);
	ssize_t ret;
	loff_t size;

	if (!iov_iter_count(to))
		return 0;
	/* It may be held by somebody who waits for the server, as stock's fsync does. */
	if (!(iocb->ki_flags & IOCB_NOWAIT)) {
		if (down_read_killable(&inode->i_rwsem))
			return -EINTR;
	} else if (!inode_trylock_shared(inode)) {
		return -EAGAIN;
	}
	ret = famfs_check(inode);
	/* Not the inode's, which may change once more. */
	size = famfs_map(inode)->file_size;
	if (!ret && iocb->ki_pos < size) {
		size_t past = iov_iter_count(to);

		iov_iter_truncate(to, size - iocb->ki_pos);
		past -= iov_iter_count(to);
		ret = famfs_rw(iocb, to);
		iov_iter_reexpand(to, iov_iter_count(to) + past);
		/* The DAX core asked the inode again: this is no end of file. */
		if (!ret)
			ret = -ENXIO;
	}
	inode_unlock_shared(inode);
	return ret;
}

/* The server is asked about capabilities of the file, unless the answer is known. */
static int famfs_modified(struct kiocb *iocb)
{
	if (iocb->ki_flags & IOCB_NOWAIT && !IS_NOSEC(file_inode(iocb->ki_filp)))
		return -EAGAIN;
	return kiocb_modified(iocb);
}

/* The file cannot grow: like a device, it is full at its end. */
static ssize_t famfs_write_checks(struct kiocb *iocb, struct iov_iter *from)
{
	struct inode *inode = file_inode(iocb->ki_filp);
	loff_t size = famfs_map(inode)->file_size;
	ssize_t ret;

	ret = famfs_check(inode);
	if (ret)
		return ret;
	ret = generic_write_checks(iocb, from);
	if (ret <= 0)
		return ret;
	if (iocb->ki_pos >= size)
		return -ENOSPC;
	iov_iter_truncate(from, size - iocb->ki_pos);
	ret = famfs_modified(iocb);
	return ret ? ret : iov_iter_count(from);
}

static ssize_t famfs_write_iter(struct kiocb *iocb, struct iov_iter *from)
{
	struct inode *inode = file_inode(iocb->ki_filp);
	ssize_t ret;

	if (!(iocb->ki_flags & IOCB_NOWAIT)) {
		if (down_write_killable(&inode->i_rwsem))
			return -EINTR;
	} else if (iocb_is_dsync(iocb)) {
		/* Stock's fsync waits for the server. */
		return -EAGAIN;
	} else if (!inode_trylock(inode)) {
		return -EAGAIN;
	}
	ret = famfs_write_checks(iocb, from);
	if (ret > 0)
		ret = famfs_rw(iocb, from);
	/* A part of a bad page was to be written, which cannot mend it. */
	if (ret == -EFAULT && famfs_is_bad(inode, iocb->ki_pos))
		ret = -EIO;
	inode_unlock(inode);
	if (ret > 0)
		ret = generic_write_sync(iocb, ret);
	return ret;
}

static int famfs_mmap(struct file *file, struct vm_area_struct *vma)
{
	if (compat_fuse_is_bad(file_inode(file)))
		return -EIO;
	vma->vm_ops = &famfs_vm_ops;
	return 0;
}

/**
 * famfs_fops_fill() - turn a copy of the stock operations into ours
 * @fops: the copy
 *
 * Stock's stay: flush, fsync, lock, flock, ioctl. An operation that we do not
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
	compat_fops_mapping(fops);
	compat_fops_nowait(fops);
	fops->get_unmapped_area = thp_get_unmapped_area;
	fops->splice_read = compat_splice_read;
	fops->splice_write = iter_file_splice_write;
	/* Memory is always ready, and who would have had to wait need not ask the server. */
	fops->poll = NULL;
	fops->fallocate = NULL;
	fops->copy_file_range = NULL;
	fops->remap_file_range = NULL;
}
