// SPDX-License-Identifier: GPL-2.0-only
/*
 * The devices of a mount, by the server's index.
 *
 * A device is looked up the first time a map names its index, and held until
 * the mount ends. A look-up that fails makes that open fail and is tried again
 * at the next.
 */
#include <linux/cred.h>
#include <linux/dax.h>
#include <linux/mount.h>
#include <linux/namei.h>
#include <linux/ratelimit.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include "famfs.h"

/* More would only make it easy for a server to fill memory. */
#define FAMFS_MAX_DEVINDEX	65535

/*
 * The name means what it meant to whoever mounted: not to the process whose
 * open brought us here, which may have arranged another /dev for itself.
 */
static int famfs_daxdev_lookup(struct famfs_mount *fmnt, const char *name,
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

static int famfs_daxdev_acquire(struct famfs_daxdev *dd, const char *name)
{
	struct fsdev *fsdev;
	dev_t devt;
	int err;

	if (name[0] != '/')
		return -ENODEV;
	err = famfs_daxdev_lookup(dd->fmnt, name, &devt);
	if (err)
		return err;
	fsdev = fsdev_get(devt, dd, &famfs_holder_ops);
	if (IS_ERR(fsdev))
		return PTR_ERR(fsdev);
	dd->fsdev = fsdev;
	dd->dax_dev = fsdev_dax_device(fsdev);
	return 0;
}

/* Ask the server what the index stands for. @dd->lock is held. */
static int famfs_daxdev_resolve(struct famfs_daxdev *dd)
{
	struct famfs_request rq = {
		.opcode = FUSE_GET_DAXDEV,
		.nodeid = dd->index,
		.out_cap = sizeof(struct fuse_daxdev_out),
	};
	struct fuse_daxdev_out *out;
	struct famfs_reply reply;
	int err;

	err = famfs_request(dd->fmnt->fm, &rq, &reply);
	/* These say nothing about the device, unless the server said them. */
	if (err == -ENOMEM || (err == -EINTR && fatal_signal_pending(current)))
		return err;
	if (err) {
		pr_warn_ratelimited("%s: server did not resolve device index %llu: error %d\n",
				    dd->fmnt->name, dd->index, err);
		return -ENODEV;
	}
	out = reply.data;
	out->name[sizeof(out->name) - 1] = '\0';
	err = out->index == dd->index ? famfs_daxdev_acquire(dd, out->name) :
					-ENODEV;
	if (err)
		pr_warn_ratelimited("%s: device index %llu: \"%*pE\" is no dax device in famfs mode that is free: error %d\n",
				    dd->fmnt->name, dd->index,
				    (int)strlen(out->name), out->name, err);
	famfs_reply_free(&reply);
	if (err && err != -EBUSY && err != -ENOMEM)
		err = -ENODEV;
	return err;
}

static struct famfs_daxdev *famfs_daxdev_find(struct famfs_mount *fmnt, u64 index)
{
	struct famfs_daxdev *dd, *old;

	dd = xa_load(&fmnt->devs, index);
	if (dd)
		return dd;
	if (index > FAMFS_MAX_DEVINDEX)
		return ERR_PTR(-ENODEV);
	dd = kzalloc(sizeof(*dd), GFP_KERNEL);
	if (!dd)
		return ERR_PTR(-ENOMEM);
	dd->fmnt = fmnt;
	dd->index = index;
	mutex_init(&dd->lock);
	mt_init(&dd->owners);
	old = xa_cmpxchg(&fmnt->devs, index, NULL, dd, GFP_KERNEL);
	if (old) {
		kfree(dd);
		return xa_is_err(old) ? ERR_PTR(xa_err(old)) : old;
	}
	return dd;
}

static struct famfs_daxdev *famfs_daxdev_get(struct famfs_mount *fmnt, u64 index)
{
	struct famfs_daxdev *dd = famfs_daxdev_find(fmnt, index);
	int err = 0;

	if (IS_ERR(dd))
		return dd;
	if (mutex_lock_killable(&dd->lock))
		return ERR_PTR(-EINTR);
	if (!dd->fsdev)
		err = famfs_daxdev_resolve(dd);
	else if (READ_ONCE(dd->dead))
		err = -ENODEV;
	mutex_unlock(&dd->lock);
	return err ? ERR_PTR(err) : dd;
}

/**
 * famfs_map_bind_devs() - resolve every device that a new map names
 * @fmnt: the mount
 * @map: the map, not published yet
 *
 * Context: may sleep, for the server, killably.
 * Return: 0; -ENODEV or -EBUSY if a device cannot be had; -EINVAL if an extent
 * passes the end of its device; -EINTR; -ENOMEM.
 */
int famfs_map_bind_devs(struct famfs_mount *fmnt, struct fmap *map)
{
	u32 slot;
	int err;

	for (slot = 0; slot < map->ndevs; slot++) {
		struct famfs_daxdev *dd;

		dd = famfs_daxdev_get(fmnt, map->dev_index[slot]);
		if (IS_ERR(dd))
			return PTR_ERR(dd);
		err = fmap_check_dev(map, slot, fsdev_size(dd->fsdev), PAGE_SIZE);
		if (err)
			return err;
		map->dev[slot] = dd;
	}
	return 0;
}

/**
 * famfs_daxdevs_put() - give all devices back
 * @fmnt: a mount without inodes
 */
void famfs_daxdevs_put(struct famfs_mount *fmnt)
{
	struct famfs_daxdev *dd;
	unsigned long index;

	xa_for_each(&fmnt->devs, index, dd) {
		xa_erase(&fmnt->devs, index);
		if (dd->fsdev)
			fsdev_put(dd->fsdev);
		mtree_destroy(&dd->owners);
		kfree(dd);
	}
}
