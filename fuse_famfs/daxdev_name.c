// SPDX-License-Identifier: GPL-2.0-only
/*
 * Devices by name: asking the server what an index stands for.
 *
 * A look-up that fails makes that open fail and is tried again at the next.
 */
#include <linux/cred.h>
#include <linux/device_cgroup.h>
#include <linux/file.h>
#include <linux/kdev_t.h>
#include <linux/mount.h>
#include <linux/namei.h>
#include <linux/ratelimit.h>
#include <linux/slab.h>
#include <linux/string.h>
#include "famfs.h"

/* Which devices there were in famfs mode, and who may have them. */
struct famfs_devs {
	unsigned int n;
	struct {
		dev_t devt;
		bool allowed;
	} dev[];
};

/*
 * The witness of GET_DAXDEV's answer. Whoever names a device must be let have it by the
 * control group that it is in, as if it opened the node; but only the task itself can be
 * asked for its group. So all devices are asked about that the answer may lead to.
 */
static void *famfs_devs_allowed(void)
{
	unsigned int i, max = 0, n = fsdev_devts(NULL, 0);
	struct famfs_devs *devs = NULL;
	dev_t *devts = NULL;

	/* One may have come since they were counted. */
	while (n > max) {
		max = n;
		kfree(devts);
		devts = kmalloc_array(max, sizeof(*devts), GFP_KERNEL);
		if (!devts)
			return NULL;
		n = fsdev_devts(devts, max);
	}
	devs = kmalloc(struct_size(devs, dev, n), GFP_KERNEL);
	if (devs) {
		devs->n = n;
		for (i = 0; i < n; i++) {
			devs->dev[i].devt = devts[i];
			devs->dev[i].allowed =
				!devcgroup_check_permission(DEVCG_DEV_CHAR,
							    MAJOR(devts[i]), MINOR(devts[i]),
							    DEVCG_ACC_READ | DEVCG_ACC_WRITE);
		}
	}
	kfree(devts);
	return devs;
}

/* 0; -ENODEV: none that was in famfs mode; -EPERM: the server's group may not have it. */
static int famfs_devs_check(const struct famfs_devs *devs, dev_t devt)
{
	unsigned int i;

	for (i = 0; i < devs->n; i++)
		if (devs->dev[i].devt == devt)
			return devs->dev[i].allowed ? 0 : -EPERM;
	return -ENODEV;
}

/*
 * May whose credentials these are read and write the node? inode_permission() would ask the
 * control group of the process whose open this is, too, and that one gets the file, not the
 * device. Security modules are asked by opening the node, which is one of ours.
 */
static int famfs_node_permission(const struct path *path)
{
	struct inode *inode = d_backing_inode(path->dentry);
	famfs_idmap_t *idmap = compat_mnt_idmap(path->mnt);
	struct file *file;
	int err;

	if (inode->i_op->permission)
		err = inode->i_op->permission(idmap, inode, MAY_READ | MAY_WRITE);
	else
		err = generic_permission(idmap, inode, MAY_READ | MAY_WRITE);
	if (err)
		return err;
	file = dentry_open(path, O_RDWR, current_cred());
	if (IS_ERR(file))
		return PTR_ERR(file);
	fput(file);
	return 0;
}

static int famfs_node_check(const struct path *path, const struct famfs_devs *devs,
			    dev_t *devt)
{
	struct inode *inode = d_backing_inode(path->dentry);
	int err;

	if (!S_ISCHR(inode->i_mode) || path->mnt->mnt_flags & MNT_NODEV ||
	    path->mnt->mnt_sb->s_iflags & SB_I_NODEV)
		return -ENODEV;
	*devt = inode->i_rdev;
	err = famfs_devs_check(devs, *devt);
	if (err)
		return err;
	return famfs_node_permission(path);
}

/*
 * The name means what it meant to whoever mounted: not to the process whose
 * open brought us here, which may have arranged another /dev for itself.
 */
static int famfs_name_lookup(struct famfs_mount *fmnt, const char *name,
			     const struct famfs_devs *devs, dev_t *devt)
{
	const struct cred *old;
	struct path path;
	int err;

	old = override_creds(fmnt->cred);
	err = vfs_path_lookup(fmnt->root.dentry, fmnt->root.mnt, name,
			      LOOKUP_FOLLOW, &path);
	if (!err) {
		err = famfs_node_check(&path, devs, devt);
		path_put(&path);
	}
	revert_creds(old);
	return err;
}

static int famfs_name_acquire(struct famfs_daxdev *dd, const char *name,
			      const struct famfs_devs *devs)
{
	struct fsdev *fsdev;
	dev_t devt;
	int err;

	if (!devs)
		return -ENOMEM;
	if (name[0] != '/')
		return -ENODEV;
	err = famfs_name_lookup(dd->fmnt, name, devs, &devt);
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
		.subject = dd->index,
		.out_cap = sizeof(struct fuse_daxdev_out),
		.witness = famfs_devs_allowed,
	};
	struct fuse_daxdev_out *out;
	struct famfs_reply reply;
	size_t len;
	int err;

	err = famfs_request(dd->fmnt, &rq, &reply);
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
		err = famfs_name_acquire(dd, out->name, reply.seen);
	if (err)
		pr_warn_ratelimited("%s: device index %llu: \"%*pE\" is no dax device in famfs mode that is free: error %d\n",
				    dd->fmnt->name, dd->index, (int)len, out->name,
				    err);
	famfs_reply_free(&reply);
	if (err && err != -EBUSY && err != -ENOMEM)
		err = -ENODEV;
	return err;
}
