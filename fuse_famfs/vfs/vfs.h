/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * vfs/: the operations that names and files of a famfs mount have in place of stock's: copies of
 * stock's tables with some operations wrapped, and how inodes get them.
 *
 * It asks proto/ for a file's map when the file is opened, and leads to data/ from then on; beside
 * these it uses core/.
 */
#ifndef FAMFS_VFS_H
#define FAMFS_VFS_H

#include <linux/types.h>

struct dentry_operations;
struct export_operations;
struct famfs_mount;
struct inode;
struct inode_operations;
struct super_block;

/* tables.c */
extern struct inode_operations famfs_dir_iops;
extern const struct inode_operations *famfs_stock_dir_iops;
extern struct dentry_operations famfs_dops;
extern struct export_operations famfs_export_ops;
extern const struct export_operations *famfs_stock_export_ops;
bool famfs_tables_from_root(struct super_block *sb, struct inode *root);

/* dirops.c */
void famfs_adopt_early_lookups(struct super_block *sb);

/* file.c */
void famfs_spare_free(struct famfs_mount *fmnt);

#endif
