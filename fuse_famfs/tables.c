// SPDX-License-Identifier: GPL-2.0-only
/*
 * Operation tables: copies of the stock ones with some operations wrapped, and
 * putting them into the inodes of famfs mounts.
 *
 * All FUSE mounts share one stock table of each kind, so one copy of each is
 * enough. A copy is filled the first time its original is seen and constant from
 * then on. An inode that has any other table is left alone.
 */
#include <linux/dcache.h>
#include <linux/exportfs.h>
#include <linux/spinlock.h>
#include "famfs.h"

/* Fills a table once. */
static DEFINE_SPINLOCK(famfs_tables_lock);

struct inode_operations famfs_dir_iops;
const struct inode_operations *famfs_stock_dir_iops;
struct inode_operations famfs_file_iops;
const struct inode_operations *famfs_stock_file_iops;
struct file_operations famfs_fops;
const struct file_operations *famfs_stock_fops;
struct dentry_operations famfs_dops;
const struct dentry_operations *famfs_stock_dops;
struct export_operations famfs_export_ops;
const struct export_operations *famfs_stock_export_ops;

/*
 * Make @copy from *@stock, which is @seen, and let @fill wrap what it wants.
 * False if a different original was seen before.
 */
#define famfs_table(stock, seen, copy, fill)				\
({									\
	spin_lock(&famfs_tables_lock);					\
	if (!(stock)) {							\
		(copy) = *(seen);					\
		fill(&(copy));						\
		/* whoever sees the original sees a filled copy */	\
		smp_store_release(&(stock), seen);			\
	}								\
	spin_unlock(&famfs_tables_lock);				\
	(stock) == (seen);						\
})

/**
 * famfs_tables_from_root() - learn the stock tables that a superblock uses
 * @sb: a filled superblock of the stock FUSE
 * @root: its root inode
 *
 * Context: any.
 * Return: false if they are not the ones seen before.
 */
bool famfs_tables_from_root(struct super_block *sb, struct inode *root)
{
	const struct dentry_operations *dops = compat_default_dops(sb);

	if (dops && sb->s_export_op && S_ISDIR(root->i_mode) &&
	    famfs_table(famfs_stock_dir_iops, root->i_op, famfs_dir_iops,
			famfs_dirops_fill) &&
	    famfs_table(famfs_stock_dops, dops, famfs_dops, famfs_dops_fill) &&
	    famfs_table(famfs_stock_export_ops, sb->s_export_op,
			famfs_export_ops, famfs_export_fill))
		return true;
	pr_err_once("a mount's operation tables are not the ones FUSE had before: it is an ordinary one\n");
	return false;
}

static void famfs_adopt_dir(struct inode *inode)
{
	if (inode->i_op == famfs_stock_dir_iops)
		WRITE_ONCE(inode->i_op, &famfs_dir_iops);
}

static void famfs_adopt_file(struct inode *inode)
{
	const struct inode_operations *iops = READ_ONCE(inode->i_op);
	const struct file_operations *fops = READ_ONCE(inode->i_fop);

	if (iops == &famfs_file_iops)
		return;
	if (famfs_table(famfs_stock_file_iops, iops, famfs_file_iops,
			famfs_file_iops_fill) &&
	    famfs_table(famfs_stock_fops, fops, famfs_fops, famfs_fops_fill)) {
		WRITE_ONCE(inode->i_fop, &famfs_fops);
		/* The last step: who sees it need do nothing more. */
		smp_store_release(&inode->i_op, &famfs_file_iops);
	}
}

/**
 * famfs_is_adopted() - is there nothing left for famfs_adopt() to do
 * @inode: the inode
 *
 * Context: any, RCU walk included.
 */
bool famfs_is_adopted(const struct inode *inode)
{
	const struct inode_operations *iops = READ_ONCE(inode->i_op);

	return iops == &famfs_file_iops || iops == &famfs_dir_iops ||
	       !(S_ISREG(inode->i_mode) || S_ISDIR(inode->i_mode));
}

/**
 * famfs_adopt() - make an inode of a famfs mount ours
 * @inode: the inode; of any kind, and not about to be freed
 *
 * Called wherever an inode of a famfs mount can come to light, as often as it
 * likes, before anybody can open it.
 *
 * Context: any that keeps the inode; not RCU walk.
 */
void famfs_adopt(struct inode *inode)
{
	if (S_ISDIR(inode->i_mode))
		famfs_adopt_dir(inode);
	else if (S_ISREG(inode->i_mode))
		famfs_adopt_file(inode);
}
