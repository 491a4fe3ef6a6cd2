// SPDX-License-Identifier: GPL-2.0-only
/*
 * Mounts that are offered the protocol: setting them up.
 *
 * Such a mount is set up here instead of in the stock get_tree, with the same
 * exported functions that virtiofs uses, because INIT has to be caught on its
 * way to the server. offer.c decides which ones; all others go to the stock function
 * untouched.
 */
#include <linux/fs.h>
#include <linux/fs_context.h>
#include "core/core.h"
#include "data/data.h"
#include "dev/dev.h"
#include "end/end.h"
#include "hook/internal.h"
#include "vfs/vfs.h"

/* The superblock is going, its inodes have gone. */
static void famfs_mount_leave(struct famfs_mount *fmnt)
{
	/* Its session cannot be used any more. */
	famfs_mounts_del(fmnt);
	famfs_spare_free(fmnt);
	famfs_orphans_leave(fmnt);
	famfs_daxdevs_put(fmnt);
}

static const struct famfs_mount_ops famfs_mount_ops = {
	.leave = famfs_mount_leave,
	.ended = famfs_host_put,
};

static struct famfs_mount *famfs_mount_make(struct super_block *sb, struct fs_context *fsc)
{
	struct famfs_mount *fmnt;
	char name[48];	/* with the device number behind it */

	if (famfs_host_get())
		return NULL;
	famfs_source_name(name, sizeof(name), fsc);
	fmnt = famfs_mount_new(sb, &famfs_mount_ops, fsc->source, name, famfs_named(fsc));
	if (!fmnt) {
		famfs_host_put();
		return NULL;
	}
	famfs_orphans_init(fmnt);
	return fmnt;
}

static int famfs_fill_super(struct super_block *sb, struct fs_context *fsc)
{
	struct famfs_mount *fmnt = famfs_mount_make(sb, fsc);
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
	/* No superblock has taken it over. */
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
