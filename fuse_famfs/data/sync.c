// SPDX-License-Identifier: GPL-2.0-only
/*
 * sync(2) and syncfs(2).
 */
#include <linux/fs.h>
#include "core/core.h"
#include "data/data.h"

/**
 * famfs_sync_fs() - sync(2) and syncfs(2)
 * @sb: a famfs mount
 * @wait: the pass that waits
 *
 * Write-back goes by an inode's own mapping, which is empty: so all files with
 * something to flush are flushed here.
 *
 * Context: may sleep; s_umount held.
 * Return: what stock returned; or -EIO if a device is going, and a file that lies on it could not
 * be flushed yet.
 */
int famfs_sync_fs(struct super_block *sb, int wait)
{
	struct famfs_mount *fmnt = famfs_mount_of(sb);
	struct inode *inode, *last = NULL;
	struct famfs_inode *fi;
	unsigned long at = 0;
	int ret, err = 0;

	if (!wait)
		goto stock;
	spin_lock(&fmnt->inodes_lock);
	while ((fi = famfs_inodes_next(fmnt, &at))) {
		if (!famfs_data_ops(fi)->is_dirty(fi))
			continue;
		inode = famfs_igrab(fi);
		if (!inode)
			continue;
		spin_unlock(&fmnt->inodes_lock);
		iput(last);
		famfs_data_ops(fi)->flush(fi, 0, U64_MAX);
		if (famfs_is_going(fi))
			err = -EIO;
		last = inode;
		spin_lock(&fmnt->inodes_lock);
	}
	spin_unlock(&fmnt->inodes_lock);
	iput(last);
stock:
	ret = fmnt->stock_s_op->sync_fs ? fmnt->stock_s_op->sync_fs(sb, wait) : 0;
	return ret ?: err;
}
