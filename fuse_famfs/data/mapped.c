// SPDX-License-Identifier: GPL-2.0-only
/*
 * mmap of a file on devices of the dax bus.
 *
 * The kernel asks the inode of a mapping's file what may be done with it: whether there are
 * large pages without transparent huge pages being on, whether pages can be pinned for as
 * long as somebody likes, whether stores have to be noticed. It has one answer for files of
 * a file system with DAX, and another, the one that fits, for dax devices. So the
 * mapping gets a file of its own in place of the user's, of an inode that is a character
 * device to whoever looks, in a file system that is in no tree. That file keeps the
 * user's open, and all mappings of an inode are linked to one address_space, in our part of
 * that inode. Stacked file systems do the same, and so tools show the user's file.
 */
#include <linux/dcache.h>
#include <linux/fs.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/mount.h>
#include <linux/pseudo_fs.h>
#include "data/fault.h"
#include "data/internal.h"

#define FAMFS_HOST_MAGIC	0x66616d66	/* "famf" */

/*
 * The inode that all mappings are of, and where it is. There as long as a famfs_mount is, or
 * a mapping's file. Guarded by @famfs_host_lock; constant for who keeps it there.
 */
static DEFINE_MUTEX(famfs_host_lock);
static struct path famfs_host_path;
static int famfs_host_users;

static int famfs_host_init_fs_context(struct fs_context *fsc)
{
	if (!init_pseudo(fsc, FAMFS_HOST_MAGIC))
		return -ENOMEM;
	/* Whether a mapping may be executed was asked of the user's file, and only of that. */
	fsc->s_iflags |= SB_I_NOEXEC | SB_I_NODEV;
	return 0;
}

/* Its superblock keeps this module loaded: the last file may be closed late. */
static struct file_system_type famfs_host_type = {
	.owner = THIS_MODULE,
	.name = "famfs_mapped",
	.init_fs_context = famfs_host_init_fs_context,
	.kill_sb = kill_anon_super,
};

static int famfs_mapped_release(struct inode *inode, struct file *file)
{
	fput(file->private_data);
	return 0;
}

/* msync: the server is told as for an fsync of the user's file. */
static int famfs_mapped_fsync(struct file *file, loff_t start, loff_t end, int datasync)
{
	return vfs_fsync_range(file->private_data, start, end, datasync);
}

static const struct file_operations famfs_mapped_giant_fops;

static void famfs_mapped_vma_init(struct vm_area_struct *vma)
{
	vma->vm_ops = &famfs_vm_ops;
	if (unlikely(vma->vm_file->f_op == &famfs_mapped_giant_fops))
		famfs_giant_vma_init(vma);
}

/* remap_file_pages: once more the same file. */
static int famfs_mapped_mmap(struct file *file, struct vm_area_struct *vma)
{
	famfs_mapped_vma_init(vma);
	return 0;
}

static const struct file_operations famfs_mapped_fops = {
	.owner = THIS_MODULE,
	.release = famfs_mapped_release,
	.fsync = famfs_mapped_fsync,
	.mmap = famfs_mapped_mmap,
	.get_unmapped_area = thp_get_unmapped_area,
};

/* The file of a vma that can have entries of 1 GiB. */
static const struct file_operations famfs_mapped_giant_fops = {
	.owner = THIS_MODULE,
	.release = famfs_mapped_release,
	.fsync = famfs_mapped_fsync,
	.mmap = famfs_mapped_mmap,
	.get_unmapped_area = famfs_giant_moved,
};

static struct dentry *famfs_host_make(struct super_block *sb)
{
	struct inode *inode = new_inode(sb);

	if (!inode)
		return ERR_PTR(-ENOMEM);
	inode->i_ino = get_next_ino();
	inode->i_mode = S_IFCHR | 0600;
	/* Security modules have looked at the user's file. */
	inode->i_flags |= S_DAX | S_PRIVATE;
	inode->i_fop = &famfs_mapped_fops;
	return d_obtain_alias(inode);
}

/**
 * famfs_host_get() - have the inode that mappings are of
 *
 * Context: may sleep.
 * Return: 0, or an errno: -ENOMEM mostly.
 */
int famfs_host_get(void)
{
	struct dentry *dentry;
	int err;

	mutex_lock(&famfs_host_lock);
	err = simple_pin_fs(&famfs_host_type, &famfs_host_path.mnt, &famfs_host_users);
	if (!err && !famfs_host_path.dentry) {
		dentry = famfs_host_make(famfs_host_path.mnt->mnt_sb);
		if (IS_ERR(dentry)) {
			err = PTR_ERR(dentry);
			simple_release_fs(&famfs_host_path.mnt, &famfs_host_users);
		} else {
			famfs_host_path.dentry = dentry;
		}
	}
	mutex_unlock(&famfs_host_lock);
	return err;
}

/**
 * famfs_host_put() - undo one famfs_host_get()
 *
 * Context: may sleep.
 */
void famfs_host_put(void)
{
	mutex_lock(&famfs_host_lock);
	if (famfs_host_users == 1) {
		dput(famfs_host_path.dentry);
		famfs_host_path.dentry = NULL;
	}
	simple_release_fs(&famfs_host_path.mnt, &famfs_host_users);
	mutex_unlock(&famfs_host_lock);
}

/**
 * famfs_mmap_bus() - mmap of a user's file
 * @file: the file, on devices of the dax bus
 * @vma: the mapping to be
 *
 * Context: as ->mmap.
 * Return: 0, -ENOMEM.
 */
int famfs_mmap_bus(struct file *file, struct vm_area_struct *vma)
{
	struct inode *inode = file_inode(file);
	struct famfs_mount *fmnt = famfs_mount_of(inode->i_sb);
	struct famfs_inode *fi = famfs_inode_of(inode);
	struct famfs_marks *marks;
	struct file *mapped;

	if (!READ_ONCE(fi->marks)) {
		marks = famfs_marks_new(fi->map->mapped);
		if (!marks)
			return -ENOMEM;
		/* Fully ordered: a reader that sees the marks sees their contents. */
		if (cmpxchg(&fi->marks, NULL, marks))
			famfs_marks_free(marks);
	}
	if (famfs_mapping_make(fmnt, fi, d_inode(famfs_host_path.dentry)))
		return -ENOMEM;
	mapped = compat_open_for_mapping(file, &famfs_host_path, fmnt->cred);
	if (IS_ERR(mapped))
		return PTR_ERR(mapped);
	mapped->private_data = get_file(file);
	mapped->f_mapping = fi->mapping;
	mapped->f_pos = -1;
	if (unlikely(famfs_vma_may_be_giant(fi, vma)))
		mapped->f_op = &famfs_mapped_giant_fops;
	vma_set_file(vma, mapped);
	fput(mapped);
	famfs_mapped_vma_init(vma);
	return 0;
}
