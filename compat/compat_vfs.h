/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The VFS, as it differs between kernels.
 */
#ifndef COMPAT_VFS_H
#define COMPAT_VFS_H

#include <linux/dcache.h>
#include <linux/fs.h>
#include <linux/mman.h>
#include <linux/mount.h>
#include <linux/path.h>
#include <linux/rcupdate.h>
#include <linux/splice.h>
#include "compat_file.h"
#include "famfs_layout.h"

/* The first argument of inode operations that check permissions. */
#ifdef IOPS_TAKE_IDMAP
typedef struct mnt_idmap famfs_idmap_t;
#else
typedef struct user_namespace famfs_idmap_t;
#endif

static inline famfs_idmap_t *compat_mnt_idmap(const struct vfsmount *mnt)
{
#ifdef IOPS_TAKE_IDMAP
	return mnt_idmap(mnt);
#else
	return mnt_user_ns(mnt);
#endif
}

#ifdef IOPS_CREATE_TAKES_EXCL
#define COMPAT_CREATE_PARAMS	famfs_idmap_t *idmap, struct inode *dir,	\
				struct dentry *dentry, umode_t mode, bool excl
#define COMPAT_CREATE_ARGS	idmap, dir, dentry, mode, excl
#else
#define COMPAT_CREATE_PARAMS	famfs_idmap_t *idmap, struct inode *dir,	\
				struct dentry *dentry, umode_t mode
#define COMPAT_CREATE_ARGS	idmap, dir, dentry, mode
#endif

/* What mkdir returns, and where the new directory is, which can be another dentry. */
#ifdef IOPS_MKDIR_RETURNS_DENTRY
typedef struct dentry *compat_mkdir_t;

static inline struct dentry *compat_mkdir_dentry(compat_mkdir_t made, struct dentry *dentry)
{
	return IS_ERR_OR_NULL(made) ? dentry : made;
}
#else
typedef int compat_mkdir_t;

static inline struct dentry *compat_mkdir_dentry(compat_mkdir_t made, struct dentry *dentry)
{
	return dentry;
}
#endif

#ifdef D_REVALIDATE_TAKES_DIR
#define COMPAT_D_REVALIDATE_PARAMS	struct inode *dir,		\
					const struct qstr *name,	\
					struct dentry *dentry,		\
					unsigned int flags
#define COMPAT_D_REVALIDATE_ARGS	dir, name, dentry, flags
#else
#define COMPAT_D_REVALIDATE_PARAMS	struct dentry *dentry, unsigned int flags
#define COMPAT_D_REVALIDATE_ARGS	dentry, flags
#endif

/*
 * The operations that new dentries of a superblock get. A kernel that keeps
 * flags beside them derives those from which operations are there: a copy with
 * the same ones set needs no other flags.
 */
static inline const struct dentry_operations *
compat_default_dops(struct super_block *sb)
{
#ifdef SB_DEFAULT_DOPS_HIDDEN
	return sb->__s_d_op;
#else
	return sb->s_d_op;
#endif
}

static inline void compat_set_default_dops(struct super_block *sb,
					   const struct dentry_operations *dops)
{
#ifdef SB_DEFAULT_DOPS_HIDDEN
	sb->__s_d_op = dops;
#else
	sb->s_d_op = dops;
#endif
}

/* Somebody is told of what happens to the inode, by inotify for instance, and keeps it. */
static inline bool compat_inode_is_watched(const struct inode *inode)
{
#ifdef CONFIG_FSNOTIFY
	return rcu_access_pointer(inode->i_fsnotify_marks);
#else
	return false;
#endif
}

/* splice from a file by its read_iter, with no page cache in between. */
#ifdef HAVE_FUNC_COPY_SPLICE_READ
#define compat_splice_read	copy_splice_read
#else
#define compat_splice_read	generic_file_splice_read
#endif

/*
 * ->mmap alone decides about a mapping, and MAP_SYNC is fine: a file without
 * metadata of its own has none to lose.
 */
static inline void compat_fops_mapping(struct file_operations *fops)
{
#ifdef FOPS_HAVE_MMAP_PREPARE
	fops->mmap_prepare = NULL;
#endif
#ifdef FOPS_HAVE_MMAP_SUPPORTED_FLAGS
	fops->mmap_supported_flags = MAP_SYNC;
#else
	fops->fop_flags |= FOP_MMAP_SYNC;
#endif
}

/*
 * A file that can be read and written without waiting says so in its mode, and where
 * that became full of it, in its operations that this holds for writes without O_DIRECT.
 */
#ifdef FOPS_HAVE_FOP_FLAGS
#define COMPAT_FMODE_NOWAIT	FMODE_NOWAIT

static inline void compat_fops_nowait(struct file_operations *fops)
{
	fops->fop_flags |= FOP_BUFFER_WASYNC;
}
#else
#define COMPAT_FMODE_NOWAIT	(FMODE_NOWAIT | FMODE_BUF_WASYNC)

static inline void compat_fops_nowait(struct file_operations *fops)
{
}
#endif

#endif
