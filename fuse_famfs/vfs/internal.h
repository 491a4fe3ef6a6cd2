/* SPDX-License-Identifier: GPL-2.0-only */
/* What the files of vfs/ share and nobody else needs. */
#ifndef FAMFS_VFS_INTERNAL_H
#define FAMFS_VFS_INTERNAL_H

#include <linux/types.h>

struct dentry_operations;
struct export_operations;
struct file;
struct file_operations;
struct inode;
struct inode_operations;

/* tables.c */
extern const struct inode_operations *famfs_stock_file_iops;
extern struct file_operations famfs_fops;
extern const struct file_operations *famfs_stock_fops;
extern const struct dentry_operations *famfs_stock_dops;
bool famfs_is_adopted(const struct inode *inode);
void famfs_adopt(struct inode *inode);
void famfs_adopt_plain(struct inode *inode);

/* dirops.c */
void famfs_dirops_fill(struct inode_operations *iops);
void famfs_dops_fill(struct dentry_operations *dops);
void famfs_export_fill(struct export_operations *ops);

/* file.c */
void famfs_fops_fill(struct file_operations *fops);
void famfs_file_iops_fill(struct inode_operations *iops);
int famfs_file_attach(struct inode *inode, struct file *file);
void famfs_file_detach(struct file *file);

#endif
