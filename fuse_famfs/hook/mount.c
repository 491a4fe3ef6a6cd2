// SPDX-License-Identifier: GPL-2.0-only
/*
 * Mounts that are offered the protocol, and their life.
 *
 * Such a mount is set up here instead of in the stock get_tree, with the same
 * exported functions that virtiofs uses, because INIT has to be caught on its
 * way to the server. offer.c decides which ones; all others go to the stock function
 * untouched.
 */
#include <linux/cred.h>
#include <linux/fs_context.h>
#include <linux/fs_struct.h>
#include <linux/module.h>
#include <linux/slab.h>
#include "famfs.h"

static struct famfs_mount *famfs_mount_alloc(struct super_block *sb,
					     struct fs_context *fsc)
{
	struct famfs_mount *fmnt = kzalloc(sizeof(*fmnt), GFP_KERNEL);
	char source[48];	/* with the device number behind it */

	if (!fmnt)
		return NULL;
	fmnt->source = kstrndup(fsc->source ?: "", FAMFS_MAX_SOURCE, GFP_KERNEL);
	if (!fmnt->source || famfs_host_get()) {
		kfree(fmnt->source);
		kfree(fmnt);
		return NULL;
	}
	/* The fs_context we are called for holds a reference already. */
	__module_get(THIS_MODULE);
	refcount_set(&fmnt->ref, 1);
	fmnt->sb = sb;
	fmnt->dev = sb->s_dev;
	fmnt->fm = sb->s_fs_info;
	fmnt->fc = fmnt->fm->fc;
	fmnt->named = famfs_named(fsc);
	famfs_source_name(source, sizeof(source), fsc);
	snprintf(fmnt->name, sizeof(fmnt->name), "%s (%u:%u)", source, MAJOR(sb->s_dev),
		 MINOR(sb->s_dev));
	init_completion(&fmnt->init_done);
	famfs_calls_init(fmnt);
	famfs_tell_init(fmnt);
	get_fs_root(current->fs, &fmnt->root);
	fmnt->cred = get_current_cred();
	mutex_init(&fmnt->reg_lock);
	mutex_init(&fmnt->devs_lock);
	xa_init(&fmnt->devs);
	spin_lock_init(&fmnt->inodes_lock);
	xa_init_flags(&fmnt->inodes, XA_FLAGS_ALLOC1);
	mutex_init(&fmnt->claims_lock);
	famfs_orphans_init(fmnt);
	return fmnt;
}

/* What leads to the mounter's world, which must not be kept in use by what is left of us. */
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
	famfs_host_put();
	kfree(fmnt->source);
	/* A page of an orphan may just have led somebody to @nobody. */
	kfree_rcu(fmnt, rcu);
	module_put(THIS_MODULE);
}

static int famfs_fill_super(struct super_block *sb, struct fs_context *fsc)
{
	struct famfs_mount *fmnt = famfs_mount_alloc(sb, fsc);
	int err;

	if (!fmnt)
		return -ENOMEM;
	err = compat_fuse_fill_super(sb, fsc);
	if (!err)
		err = famfs_negotiate(fmnt);
	famfs_mount_put(fmnt);
	return err;
}

/**
 * famfs_get_tree() - set a mount up, with the offer
 * @fsc: a context that famfs_offers() accepted, its session grabbed
 *
 * Context: may sleep; @fsc holds a reference to this module.
 * Return: as get_tree.
 */
int famfs_get_tree(struct fs_context *fsc)
{
	struct fuse_mount *fm;
	int err;

	err = compat_fuse_conn_new(fsc, &fm);
	if (err)
		return err;
	fsc->s_fs_info = fm;
	err = get_tree_nodev(fsc, famfs_fill_super);
	/* Not taken over by a superblock. */
	if (fsc->s_fs_info)
		fuse_mount_destroy(fm);
	return err;
}

/**
 * famfs_mount_enable() - the server agreed: the mount is a famfs mount
 * @fmnt: the mount
 *
 * Called from the INIT reply before the stock handler lets waiting requests go,
 * so that no inode but the root is there yet.
 *
 * Context: the server's write to its session; no locks held.
 */
void famfs_mount_enable(struct famfs_mount *fmnt)
{
	struct super_block *sb = fmnt->sb;

	refcount_inc(&fmnt->ref);
	fmnt->stock_s_op = sb->s_op;
	fmnt->s_op = *sb->s_op;
	fmnt->s_op.evict_inode = famfs_evict_inode;
	fmnt->s_op.put_super = famfs_put_super;
	fmnt->s_op.sync_fs = famfs_sync_fs;
	compat_set_default_dops(sb, &famfs_dops);
	if (sb->s_export_op == famfs_stock_export_ops)
		sb->s_export_op = &famfs_export_ops;
	/* Stock's own use of DAX is for virtiofs windows: keep it out. */
	compat_fuse_no_window_dax(fmnt->fc);
	/*
	 * A write asks for the file's security.capability; with this flag the
	 * answer is remembered until the attributes are refreshed.
	 */
	sb->s_flags |= SB_NOSEC;
	/* famfs_mount_of() finds a mount with everything above done. */
	smp_store_release(&sb->s_op, &fmnt->s_op);
	famfs_adopt_early_lookups(sb);
	famfs_session_begin(fmnt);
}

/**
 * famfs_put_super() - the mount's inodes are gone: give the devices back
 * @sb: a superblock that famfs_mount_enable() was called for
 *
 * Whoever drops the last reference runs this: perhaps the very task that has lent pages
 * of a file to a pipe and would have to take them out. It waits for no pin. A device of
 * which pages are pinned is given back with them (evict.c).
 */
void famfs_put_super(struct super_block *sb)
{
	struct famfs_mount *fmnt = famfs_mount_of(sb);

	famfs_session_end(fmnt);
	famfs_spare_free(fmnt);
	famfs_orphans_leave(fmnt);
	famfs_daxdevs_put(fmnt);
	famfs_mount_forget(fmnt);
	WRITE_ONCE(sb->s_op, fmnt->stock_s_op);
	if (fmnt->stock_s_op->put_super)
		fmnt->stock_s_op->put_super(sb);
	famfs_enter();
	famfs_mount_put(fmnt);
	famfs_exit();
}
