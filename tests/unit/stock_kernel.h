/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * As much of a kernel, its FUSE and the rest of famfs_fuse as fuse_famfs/hook/type.c and tables.c
 * see. Included before these, in place of the headers of layers.
 */
#ifndef STOCK_KERNEL_H
#define STOCK_KERNEL_H

#include "no_layers.h"

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#define __init
#define READ_ONCE(x)		(*(const volatile typeof(x) *)&(x))
#define WRITE_ONCE(x, val)	(*(volatile typeof(x) *)&(x) = (val))
#define smp_store_release(p, val)	(*(p) = (val))

/* The kernel's log: the lines since the test began. */
extern char log_text[4096];
#define pr_err(...)	snprintf(log_text + strlen(log_text), \
				 sizeof(log_text) - strlen(log_text), __VA_ARGS__)
#define pr_err_once(...) do { \
	static bool told; \
	if (!told) \
		pr_err(__VA_ARGS__); \
	told = true; \
} while (0)
#define FAMFS_UNKNOWN_FUSE	"unknown FUSE: %s\n"

#define DEFINE_SPINLOCK(name)	int name
typedef int spinlock_t;
static inline void spin_lock(spinlock_t *lock) { ++*lock; }
static inline void spin_unlock(spinlock_t *lock) { --*lock; }

struct fs_context { int purpose; };
#define FS_CONTEXT_FOR_MOUNT	0
struct module;
struct file_system_type {
	struct module *owner;
	int (*init_fs_context)(struct fs_context *fsc);
};
struct file_system_type *get_fs_type(const char *name);
static inline void module_put(struct module *owner) { (void)owner; }
int famfs_context_take(struct fs_context *fsc);

/* Of the operations of each table those that are looked at, and one that is not. */
struct inode_operations { void *lookup, *setattr, *getattr, *other; };
struct file_operations { void *unlocked_ioctl, *open, *release, *flush, *fsync, *other; };
struct address_space_operations { void *read_folio, *other; };
struct dentry_operations { void *d_revalidate, *other; };
struct export_operations { void *get_parent, *other; };
struct super_operations { void *evict_inode, *other; };
struct address_space { const struct address_space_operations *a_ops; };
struct inode {
	unsigned int i_mode;
	const struct inode_operations *i_op;
	const struct file_operations *i_fop;
	struct address_space i_data;
	spinlock_t i_lock;
};
struct super_block {
	const struct dentry_operations *s_d_op;
	const struct export_operations *s_export_op;
	const struct super_operations *s_op;
};
#define compat_default_dops(sb)	((sb)->s_d_op)

extern struct file_operations fuse_dev_operations;
bool compat_fuse_iq_ops_known(void);

int famfs_hook(void);
void famfs_unhook(void);
static inline void famfs_code_pin(void) { }
static inline void famfs_code_unpin(void) { }
static inline void famfs_code_drain(void) { }
bool famfs_tables_from_root(struct super_block *sb, struct inode *root);
bool famfs_is_adopted(const struct inode *inode);
void famfs_adopt(struct inode *inode);
void famfs_adopt_plain(struct inode *inode);
static inline void famfs_dirops_fill(struct inode_operations *iops) { (void)iops; }
static inline void famfs_dops_fill(struct dentry_operations *dops) { (void)dops; }
static inline void famfs_export_fill(struct export_operations *ops) { (void)ops; }
static inline void famfs_file_iops_fill(struct inode_operations *iops) { (void)iops; }
static inline void famfs_fops_fill(struct file_operations *fops) { (void)fops; }

#endif
