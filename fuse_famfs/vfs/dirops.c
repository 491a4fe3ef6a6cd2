// SPDX-License-Identifier: GPL-2.0-only
/*
 * Where inodes come to light: lookup, creation of all kinds, revalidation of a name
 * that readdirplus made, and file handles. Each wrapper calls stock and adopts what
 * it finds. Symbolic links and device nodes are nothing to adopt, and a rename finds
 * nothing new.
 */
#include <linux/dcache.h>
#include <linux/exportfs.h>
#include <linux/file.h>
#include <linux/namei.h>
#include "core/core.h"
#include "proto/proto.h"
#include "vfs/internal.h"
#include "vfs/vfs.h"

/*
 * Lookups in the root that began before the INIT reply wait in stock code for
 * it. Their dentries were made with the stock dentry operations: they are listed
 * here, so that a mount that turns out to be famfs can change them before the
 * lookups go on.
 */
struct famfs_early {
	struct list_head list;
	struct dentry *dentry;
};

static LIST_HEAD(famfs_early_list);
static DEFINE_SPINLOCK(famfs_early_lock);

static void famfs_early_begin(struct famfs_early *early, struct inode *dir,
			      struct dentry *dentry)
{
	early->dentry = dentry;
	INIT_LIST_HEAD(&early->list);
	if (famfs_mount_of(dir->i_sb))
		return;
	spin_lock(&famfs_early_lock);
	list_add(&early->list, &famfs_early_list);
	spin_unlock(&famfs_early_lock);
}

static void famfs_early_end(struct famfs_early *early)
{
	if (list_empty(&early->list))
		return;
	spin_lock(&famfs_early_lock);
	list_del(&early->list);
	spin_unlock(&famfs_early_lock);
}

static void famfs_dentry_adopt(struct dentry *dentry)
{
	spin_lock(&dentry->d_lock);
	if (dentry->d_op == famfs_stock_dops)
		dentry->d_op = &famfs_dops;
	spin_unlock(&dentry->d_lock);
}

/**
 * famfs_adopt_early_lookups() - for a mount that has just become famfs
 * @sb: its superblock
 *
 * Context: no locks held. A lookup that is not listed yet sees the mount as
 * famfs when it begins, and changes its dentry itself.
 */
void famfs_adopt_early_lookups(struct super_block *sb)
{
	struct famfs_early *early;

	spin_lock(&famfs_early_lock);
	list_for_each_entry(early, &famfs_early_list, list)
		if (early->dentry->d_sb == sb)
			famfs_dentry_adopt(early->dentry);
	spin_unlock(&famfs_early_lock);
}

static void famfs_adopt_dentry_of(struct inode *dir, struct dentry *dentry)
{
	struct inode *inode = d_inode_rcu(dentry);

	if (inode && famfs_mount_of(dir->i_sb))
		famfs_adopt(inode);
}

/* Every wrapper that can run before the INIT reply begins with this. */
static void famfs_dirop_begin(struct famfs_early *early, struct inode *dir,
			      struct dentry *dentry)
{
	famfs_code_pin();
	famfs_early_begin(early, dir, dentry);
	if (famfs_mount_of(dir->i_sb))
		famfs_dentry_adopt(dentry);
}

static void famfs_dirop_end(struct famfs_early *early, struct inode *dir,
			    struct dentry *dentry)
{
	famfs_early_end(early);
	famfs_adopt_dentry_of(dir, dentry);
	famfs_code_unpin();
}

static struct dentry *famfs_lookup(struct inode *dir, struct dentry *dentry,
				   unsigned int flags)
{
	struct famfs_early early;
	struct dentry *found;

	famfs_dirop_begin(&early, dir, dentry);
	found = famfs_stock_dir_iops->lookup(dir, dentry, flags);
	famfs_dirop_end(&early, dir, IS_ERR_OR_NULL(found) ? dentry : found);
	return found;
}

static int famfs_create(COMPAT_CREATE_PARAMS)
{
	struct famfs_early early;
	int err;

	famfs_dirop_begin(&early, dir, dentry);
	err = famfs_stock_dir_iops->create(COMPAT_CREATE_ARGS);
	famfs_dirop_end(&early, dir, dentry);
	return err;
}

static int famfs_mknod(famfs_idmap_t *idmap, struct inode *dir, struct dentry *dentry,
		       umode_t mode, dev_t rdev)
{
	struct famfs_early early;
	int err;

	famfs_dirop_begin(&early, dir, dentry);
	err = famfs_stock_dir_iops->mknod(idmap, dir, dentry, mode, rdev);
	famfs_dirop_end(&early, dir, dentry);
	return err;
}

static compat_mkdir_t famfs_mkdir(famfs_idmap_t *idmap, struct inode *dir,
				  struct dentry *dentry, umode_t mode)
{
	struct famfs_early early;
	compat_mkdir_t made;

	famfs_dirop_begin(&early, dir, dentry);
	made = famfs_stock_dir_iops->mkdir(idmap, dir, dentry, mode);
	famfs_dirop_end(&early, dir, compat_mkdir_dentry(made, dentry));
	return made;
}

/* The server says which inode the new name is of: perhaps one that was not known. */
static int famfs_link(struct dentry *old, struct inode *dir, struct dentry *dentry)
{
	struct famfs_early early;
	int err;

	famfs_dirop_begin(&early, dir, dentry);
	err = famfs_stock_dir_iops->link(old, dir, dentry);
	famfs_dirop_end(&early, dir, dentry);
	return err;
}

/*
 * The server has created and opened a file at once, and stock gave it the file
 * operations of an ordinary one. Give it ours and its map; a failure makes the
 * open fail, and the VFS releases the server's handle.
 *
 * @uncut: it was to be cut if the server had it already, and it was not
 */
static int famfs_created_open(struct famfs_mount *fmnt, struct file *file, bool uncut)
{
	struct inode *inode = file_inode(file);
	int err;

	if (!fmnt || !S_ISREG(inode->i_mode))
		return 0;
	famfs_adopt(inode);
	if (inode->i_fop != &famfs_fops)
		return -EIO;
	if (file->f_op != &famfs_fops)
		replace_fops(file, fops_get(inode->i_fop));
	if (uncut && i_size_read(inode))
		return -EINVAL;
	err = FAMFS_NO_MAPS;
	if (!famfs_is_plain(fmnt))
		err = famfs_file_attach(inode, file);
	/* Stock has done all there is to do for a file of its own. */
	if (err == FAMFS_NO_MAPS) {
		famfs_file_detach(file);
		err = 0;
	}
	return err;
}

/*
 * Where stock only looked the name up, the VFS goes on with the open. The name can have
 * led to another dentry, one that readdirplus made.
 */
static struct dentry *famfs_found_by_open(struct file *file, struct dentry *dentry)
{
	struct dentry *found = file->f_path.dentry;

	return file->f_mode & FMODE_OPENED || IS_ERR_OR_NULL(found) ? dentry : found;
}

static int famfs_atomic_open(struct inode *dir, struct dentry *dentry,
			     struct file *file, unsigned int flags, umode_t mode)
{
	struct famfs_mount *fmnt;
	struct famfs_early early;
	bool uncut = false;
	int err;

	famfs_dirop_begin(&early, dir, dentry);
	fmnt = famfs_mount_of(dir->i_sb);
	/* A server that has a file of that name must not cut it: its size is its map's. */
	if (flags & O_TRUNC && fmnt && !famfs_is_plain(fmnt)) {
		flags &= ~O_TRUNC;
		uncut = !(flags & O_EXCL);
	}
	err = famfs_stock_dir_iops->atomic_open(dir, dentry, file, flags, mode);
	if (!err && file->f_mode & FMODE_OPENED)
		err = famfs_created_open(famfs_mount_of(dir->i_sb), file, uncut);
	famfs_dirop_end(&early, dir, err ? dentry : famfs_found_by_open(file, dentry));
	return err;
}

void famfs_dirops_fill(struct inode_operations *iops)
{
	iops->lookup = famfs_lookup;
	if (iops->create)
		iops->create = famfs_create;
	if (iops->mknod)
		iops->mknod = famfs_mknod;
	if (iops->mkdir)
		iops->mkdir = famfs_mkdir;
	if (iops->link)
		iops->link = famfs_link;
	if (iops->atomic_open)
		iops->atomic_open = famfs_atomic_open;
	/* A file without a name has no place in the server's maps. */
	iops->tmpfile = NULL;
}

/*
 * The mount is famfs for as long as a dentry with these operations exists, and
 * it pins the module.
 *
 * In RCU walk nothing keeps the inode: it may be on its way to being freed, when
 * i_fop is no table of operations any more. So what is to be adopted is adopted
 * with a reference, after the VFS has called again.
 */
static int famfs_d_revalidate(COMPAT_D_REVALIDATE_PARAMS)
{
	int ret = famfs_stock_dops->d_revalidate(COMPAT_D_REVALIDATE_ARGS);
	struct inode *inode;

	if (ret <= 0)
		return ret;
	inode = d_inode_rcu(dentry);
	if (!inode || famfs_is_adopted(inode))
		return ret;
	if (flags & LOOKUP_RCU)
		return -ECHILD;
	famfs_adopt(inode);
	return ret;
}

void famfs_dops_fill(struct dentry_operations *dops)
{
	dops->d_revalidate = famfs_d_revalidate;
}

static struct dentry *famfs_adopt_handle(struct dentry *dentry)
{
	if (!IS_ERR_OR_NULL(dentry) && d_really_is_positive(dentry))
		famfs_adopt(d_inode(dentry));
	return dentry;
}

static struct dentry *famfs_fh_to_dentry(struct super_block *sb, struct fid *fid,
					 int fh_len, int fh_type)
{
	return famfs_adopt_handle(famfs_stock_export_ops->fh_to_dentry(sb, fid, fh_len, fh_type));
}

static struct dentry *famfs_fh_to_parent(struct super_block *sb, struct fid *fid,
					 int fh_len, int fh_type)
{
	return famfs_adopt_handle(famfs_stock_export_ops->fh_to_parent(sb, fid, fh_len, fh_type));
}

static struct dentry *famfs_get_parent(struct dentry *child)
{
	return famfs_adopt_handle(famfs_stock_export_ops->get_parent(child));
}

void famfs_export_fill(struct export_operations *ops)
{
	if (ops->fh_to_dentry)
		ops->fh_to_dentry = famfs_fh_to_dentry;
	if (ops->fh_to_parent)
		ops->fh_to_parent = famfs_fh_to_parent;
	if (ops->get_parent)
		ops->get_parent = famfs_get_parent;
}
