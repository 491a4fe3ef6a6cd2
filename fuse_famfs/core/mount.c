// SPDX-License-Identifier: GPL-2.0-only
/*
 * The life of a struct famfs_mount, from before INIT to the last of its orphans, and the list of
 * those whose servers agreed.
 */
#include <linux/cred.h>
#include <linux/fs.h>
#include <linux/fs_struct.h>
#include <linux/kdev_t.h>
#include <linux/module.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/string.h>
#include "core/core.h"

LIST_HEAD(famfs_mounts);
/* Guards it, and the serial numbers. */
DEFINE_MUTEX(famfs_mounts_lock);
static u64 famfs_mounts_last;	/* serial */

/**
 * famfs_mount_new() - make one
 * @sb: the superblock, whose fuse_mount is there
 * @ops: what the layers above do for it
 * @source: what it is mounted from, as the mounter typed it, or NULL
 * @name: the same for the log
 * @named: does it say that it is famfs?
 *
 * Context: may sleep; mount(2), in the task that mounts. The caller keeps this module loaded.
 * Return: it, with a reference; NULL without memory.
 */
struct famfs_mount *famfs_mount_new(struct super_block *sb, const struct famfs_mount_ops *ops,
				    const char *source, const char *name, bool named)
{
	struct famfs_mount *fmnt = kzalloc(sizeof(*fmnt), GFP_KERNEL);

	if (!fmnt)
		return NULL;
	fmnt->source = kstrndup(source ?: "", FAMFS_MAX_SOURCE, GFP_KERNEL);
	if (!fmnt->source) {
		kfree(fmnt);
		return NULL;
	}
	__module_get(THIS_MODULE);
	refcount_set(&fmnt->ref, 1);
	fmnt->ops = ops;
	fmnt->sb = sb;
	fmnt->dev = sb->s_dev;
	fmnt->fm = sb->s_fs_info;
	fmnt->fc = fmnt->fm->fc;
	fmnt->named = named;
	snprintf(fmnt->name, sizeof(fmnt->name), "%s (%u:%u)", name, MAJOR(sb->s_dev),
		 MINOR(sb->s_dev));
	init_completion(&fmnt->init_done);
	famfs_calls_init(&fmnt->calls, fmnt->fm);
	famfs_tell_init(&fmnt->tell, fmnt->name, fmnt->dev);
	get_fs_root(current->fs, &fmnt->root);
	fmnt->cred = get_current_cred();
	mutex_init(&fmnt->reg_lock);
	mutex_init(&fmnt->devs_lock);
	xa_init(&fmnt->devs);
	spin_lock_init(&fmnt->inodes_lock);
	xa_init_flags(&fmnt->inodes, XA_FLAGS_ALLOC1);
	mutex_init(&fmnt->claims_lock);
	return fmnt;
}

/* Drops the mounter's root and credentials: orphans must not keep these in use. */
static void famfs_mount_forget(struct famfs_mount *fmnt)
{
	path_put(&fmnt->root);
	fmnt->root = (struct path){};
	put_cred(fmnt->cred);
	fmnt->cred = NULL;
}

/**
 * famfs_mount_put() - drop a reference
 * @fmnt: the mount
 *
 * Context: any that may not sleep in atomic: the last reference puts a path and
 * credentials, so the caller holds no spinlock.
 */
void famfs_mount_put(struct famfs_mount *fmnt)
{
	if (!refcount_dec_and_test(&fmnt->ref))
		return;
	if (fmnt->cred)
		famfs_mount_forget(fmnt);
	xa_destroy(&fmnt->devs);
	xa_destroy(&fmnt->inodes);
	fmnt->ops->ended();
	kfree(fmnt->source);
	/* A page of an orphan may just have led somebody to @nobody. */
	kfree_rcu(fmnt, rcu);
	module_put(THIS_MODULE);
}

/**
 * famfs_mounts_add() - the mount's server has agreed: it is found by the list from now on
 * @fmnt: the mount
 *
 * Context: may sleep.
 */
void famfs_mounts_add(struct famfs_mount *fmnt)
{
	mutex_lock(&famfs_mounts_lock);
	fmnt->serial = ++famfs_mounts_last;
	list_add_tail(&fmnt->list, &famfs_mounts);
	mutex_unlock(&famfs_mounts_lock);
}

/**
 * famfs_mounts_del() - the mount is ending: it is not found any more
 * @fmnt: the mount
 *
 * Context: may sleep.
 */
void famfs_mounts_del(struct famfs_mount *fmnt)
{
	mutex_lock(&famfs_mounts_lock);
	list_del(&fmnt->list);
	mutex_unlock(&famfs_mounts_lock);
}

/**
 * famfs_put_super() - the mount's inodes are gone: give back what it has
 * @sb: a superblock of which famfs_mount_of() finds the mount, by this very function
 *
 * The task that drops the last reference runs this. It may be the very task that has lent pages
 * of a file to a pipe, and would have to take them out: so this waits for no pin. A device with
 * pinned pages is given back when these are (end/evict.c).
 */
void famfs_put_super(struct super_block *sb)
{
	struct famfs_mount *fmnt = famfs_mount_of(sb);

	fmnt->ops->leave(fmnt);
	famfs_mount_forget(fmnt);
	WRITE_ONCE(sb->s_op, fmnt->stock_s_op);
	if (fmnt->stock_s_op->put_super)
		fmnt->stock_s_op->put_super(sb);
	famfs_code_pin();
	famfs_mount_put(fmnt);
	famfs_code_unpin();
}

/**
 * famfs_sb_get() - keep the superblock of a mount active
 * @fmnt: the mount
 *
 * Context: any.
 * Return: the superblock, to be given back with deactivate_super(); NULL if it is on its
 * way out, or gone: then nobody has a file of it any more.
 */
struct super_block *famfs_sb_get(struct famfs_mount *fmnt)
{
	struct super_block *sb;

	spin_lock(&fmnt->inodes_lock);
	sb = fmnt->sb;
	if (sb && !atomic_inc_not_zero(&sb->s_active))
		sb = NULL;
	spin_unlock(&fmnt->inodes_lock);
	return sb;
}
