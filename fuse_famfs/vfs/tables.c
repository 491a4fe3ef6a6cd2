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
#include "core/core.h"
#include "vfs/internal.h"
#include "vfs/vfs.h"

/* Fills a table once. */
static DEFINE_SPINLOCK(famfs_tables_lock);

struct inode_operations famfs_dir_iops;
const struct inode_operations *famfs_stock_dir_iops;
static struct inode_operations famfs_file_iops;
const struct inode_operations *famfs_stock_file_iops;
struct file_operations famfs_fops;
const struct file_operations *famfs_stock_fops;
static struct address_space_operations famfs_inode_aops;
static const struct address_space_operations *famfs_stock_aops;
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
 * Return: false if they are not the ones seen before, or lack what is needed.
 */
bool famfs_tables_from_root(struct super_block *sb, struct inode *root)
{
	const struct dentry_operations *dops = compat_default_dops(sb);

	if (dops && sb->s_export_op && S_ISDIR(root->i_mode) &&
	    /* Our wrappers call these unconditionally. */
	    dops->d_revalidate && root->i_op->lookup && sb->s_op->evict_inode &&
	    famfs_table(famfs_stock_dir_iops, root->i_op, famfs_dir_iops,
			famfs_dirops_fill) &&
	    famfs_table(famfs_stock_dops, dops, famfs_dops, famfs_dops_fill) &&
	    famfs_table(famfs_stock_export_ops, sb->s_export_op,
			famfs_export_ops, famfs_export_fill))
		return true;
	pr_err_once("a mount's operation tables are not the ones FUSE had before: it is an ordinary one\n");
	return false;
}

/*
 * Of an inode's own mapping, which stays empty. Uprobes look for a program there, and would
 * have its pages read from the server; of a mapping without this they know that it has none.
 */
static void famfs_aops_fill(struct address_space_operations *aops)
{
	aops->read_folio = NULL;
}

static void famfs_adopt_dir(struct inode *inode)
{
	if (inode->i_op == famfs_stock_dir_iops)
		WRITE_ONCE(inode->i_op, &famfs_dir_iops);
}

/* Does a file have all operations that we need? If not it is left to stock. */
static bool famfs_file_known(const struct inode_operations *iops,
			     const struct file_operations *fops)
{
	if (iops->setattr && iops->getattr && fops->open && fops->release && fops->flush &&
	    fops->fsync)
		return true;
	pr_err_once(FAMFS_UNKNOWN_FUSE, "its files lack operations that they had: the server reads and writes them");
	return false;
}

static void famfs_adopt_file(struct inode *inode)
{
	const struct inode_operations *iops = READ_ONCE(inode->i_op);
	const struct file_operations *fops = READ_ONCE(inode->i_fop);
	const struct address_space_operations *aops = READ_ONCE(inode->i_data.a_ops);

	if (iops == &famfs_file_iops || !famfs_file_known(iops, fops) ||
	    !famfs_table(famfs_stock_file_iops, iops, famfs_file_iops,
			 famfs_file_iops_fill) ||
	    !famfs_table(famfs_stock_fops, fops, famfs_fops, famfs_fops_fill) ||
	    !famfs_table(famfs_stock_aops, aops, famfs_inode_aops, famfs_aops_fill))
		return;
	spin_lock(&inode->i_lock);
	/* Another task may have adopted it, and famfs_adopt_plain() may even have undone that. */
	if (inode->i_op == iops) {
		WRITE_ONCE(inode->i_data.a_ops, &famfs_inode_aops);
		/* An opener that sees i_fop also sees a_ops, which it may put back. */
		smp_store_release(&inode->i_fop, &famfs_fops);
		/* i_op last: a task that sees it finds the inode adopted. */
		smp_store_release(&inode->i_op, &famfs_file_iops);
	}
	spin_unlock(&inode->i_lock);
}

/**
 * famfs_adopt_plain() - give a file its page cache back
 * @inode: an adopted regular file of a mount that is an ordinary one
 *
 * Our wrappers call stock on such a mount. Only ->read_folio, which is left out, must come back.
 *
 * Context: any, before stock's open.
 */
void famfs_adopt_plain(struct inode *inode)
{
	WRITE_ONCE(inode->i_data.a_ops, famfs_stock_aops);
}

/**
 * famfs_is_adopted() - is there nothing left for famfs_adopt() to do
 * @inode: the inode
 *
 * Context: any, RCU walk included.
 * Return: true if there is nothing.
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
