// SPDX-License-Identifier: GPL-2.0-only
/*
 * Devices by name: asking the server what an index stands for.
 *
 * A look-up that fails makes that open fail and is tried again at the next.
 */
#include <linux/cred.h>
#include <linux/mount.h>
#include <linux/namei.h>
#include <linux/ratelimit.h>
#include <linux/string.h>
#include "famfs.h"

/*
 * The name means what it meant to whoever mounted: not to the process whose
 * open brought us here, which may have arranged another /dev for itself.
 */
static int famfs_name_lookup(struct famfs_mount *fmnt, const char *name,
			     dev_t *devt)
{
	const struct cred *old;
	struct inode *inode;
	struct path path;
	int err;

	old = override_creds(fmnt->cred);
	err = vfs_path_lookup(fmnt->root.dentry, fmnt->root.mnt, name,
			      LOOKUP_FOLLOW, &path);
	revert_creds(old);
	if (err)
		return err;
	inode = d_backing_inode(path.dentry);
	err = -ENODEV;
	if (S_ISCHR(inode->i_mode) && !(path.mnt->mnt_flags & MNT_NODEV) &&
	    !(path.mnt->mnt_sb->s_iflags & SB_I_NODEV)) {
		*devt = inode->i_rdev;
		err = 0;
	}
	path_put(&path);
	return err;
}

static int famfs_name_acquire(struct famfs_daxdev *dd, const char *name)
{
	struct fsdev *fsdev;
	dev_t devt;
	int err;

	if (name[0] != '/')
		return -ENODEV;
	err = famfs_name_lookup(dd->fmnt, name, &devt);
	if (err)
		return err;
	fsdev = fsdev_get(devt, dd, &famfs_holder_ops);
	if (IS_ERR(fsdev))
		return PTR_ERR(fsdev);
	famfs_daxdev_set(dd, fsdev);
	return 0;
}

/**
 * famfs_daxdev_ask() - ask the server for a device, and hold it
 * @dd: an entry without a device, its lock held
 *
 * Context: may sleep, for the server, killably.
 * Return: 0; -ENODEV or -EBUSY if the device cannot be had; -EINTR; -ENOMEM.
 */
int famfs_daxdev_ask(struct famfs_daxdev *dd)
{
	struct famfs_request rq = {
		.opcode = FUSE_GET_DAXDEV,
		.nodeid = dd->index,
		.out_cap = sizeof(struct fuse_daxdev_out),
	};
	struct fuse_daxdev_out *out;
	struct famfs_reply reply;
	size_t len;
	int err;

	err = famfs_request(dd->fmnt->fm, &rq, &reply);
	/* No memory, or the caller was killed: says nothing about the device. */
	if (err && !reply.ended)
		return err;
	if (err) {
		pr_warn_ratelimited("%s: server did not resolve device index %llu: error %d\n",
				    dd->fmnt->name, dd->index, err);
		return -ENODEV;
	}
	out = reply.data;
	len = strnlen(out->name, sizeof(out->name));
	err = -ENODEV;
	if (out->index == dd->index && len < sizeof(out->name))
		err = famfs_name_acquire(dd, out->name);
	if (err)
		pr_warn_ratelimited("%s: device index %llu: \"%*pE\" is no dax device in famfs mode that is free: error %d\n",
				    dd->fmnt->name, dd->index, (int)len, out->name,
				    err);
	famfs_reply_free(&reply);
	if (err && err != -EBUSY && err != -ENOMEM)
		err = -ENODEV;
	return err;
}
