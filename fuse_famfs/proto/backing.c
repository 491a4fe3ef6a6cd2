// SPDX-License-Identifier: GPL-2.0-only
/*
 * Devices by descriptor: two ioctls on the server's session.
 *
 * Their numbers are those of FUSE passthrough. What does not ask for a device is
 * stock's, on our mounts as on others.
 */
#include <linux/capability.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/uaccess.h>
#include "core/core.h"
#include "dev/dev.h"
#include "end/end.h"
#include "proto/internal.h"
#include "proto/proto.h"
#include "tell/tell.h"

/*
 * Ids that we choose are above all indexes that a server can be asked for by
 * number, and far from those that stock gives to passthrough files: closing one
 * must never mean the other.
 */
#define FAMFS_FIRST_OWN_ID	(FAMFS_MAX_DEVINDEX + 1)

static struct fsdev *famfs_fd_hold(struct famfs_daxdev *dd, struct file *file)
{
	struct inode *inode = file_inode(file);
	const fmode_t both = FMODE_READ | FMODE_WRITE;

	if (!S_ISCHR(inode->i_mode) && !S_ISBLK(inode->i_mode))
		return ERR_PTR(-EINVAL);
	/* The mount will read and write: the opener must have been allowed both. */
	if ((file->f_mode & both) != both)
		return ERR_PTR(-EACCES);
	if (S_ISCHR(inode->i_mode))
		return famfs_fsdev_get(inode->i_rdev, dd, &famfs_holder_ops);
	return famfs_fsdev_get_bdev(inode->i_rdev, dd, &famfs_holder_ops);
}

static int famfs_fd_acquire(struct famfs_daxdev *dd, struct file *file)
{
	struct fsdev *fsdev;
	int err = 0;

	/*
	 * Taken by an open that asks the server for this very index: the server
	 * may be us, and must not wait for itself.
	 */
	if (!mutex_trylock(&dd->lock))
		return -EBUSY;
	if (dd->fsdev) {
		err = -EEXIST;
	} else {
		fsdev = famfs_fd_hold(dd, file);
		if (IS_ERR(fsdev)) {
			err = PTR_ERR(fsdev);
		} else {
			dd->by_fd = true;
			famfs_daxdev_set(dd, fsdev);
		}
	}
	mutex_unlock(&dd->lock);
	return err;
}

/* Why it was not had, and what to do. */
static void famfs_fd_tell(struct famfs_daxdev *dd, struct file *file, int err)
{
	dev_t devt = file_inode(file)->i_rdev;
	const char *what;

	switch (err) {
	case -ENODEV:
		what = "is not in famfs mode: bind it to fsdev_dax (daxctl reconfigure-device --mode=famfs)";
		break;
	case -EBUSY:
		what = "is in use: unmount what holds it";
		break;
	case -EOPNOTSUPP:
		what = "cannot hold files: its memory is durable only after requests to it, or it is built on other devices";
		break;
	default:
		/* The server's mistakes, of which their errnos say enough. */
		return;
	}
	famfs_refuse_open(&dd->fmnt->tell, FAMFS_REFUSED_DEVICE, dd->index, err,
			  "device index %llu: the device %u:%u %s", dd->index, MAJOR(devt),
			  MINOR(devt), what);
}

/* The mount's reg_lock is held: a registration cannot outlive the mount. */
static int famfs_fd_register(struct famfs_mount *fmnt, u64 index, struct file *file)
{
	struct famfs_daxdev *dd = famfs_daxdev_ref(fmnt, index, U64_MAX);
	int err;

	if (IS_ERR(dd))
		return PTR_ERR(dd);
	err = famfs_fd_acquire(dd, file);
	trace_famfs_daxdev(fmnt->dev, index, err ? "-" : famfs_fsdev_name(dd->fsdev), err);
	if (err)
		famfs_fd_tell(dd, file, err);
	else
		famfs_tell_works(&fmnt->tell, FAMFS_ABOUT_DEVICE, index);
	famfs_daxdev_unref(dd);
	return err;
}

static long famfs_fd_register_any(struct famfs_mount *fmnt, struct file *file)
{
	int id, err;

	for (id = FAMFS_FIRST_OWN_ID; id < INT_MAX; id++) {
		if (xa_load(&fmnt->devs, id))
			continue;
		err = famfs_fd_register(fmnt, id, file);
		return err ? err : id;
	}
	return -ENOSPC;
}

/**
 * famfs_backing_open() - FUSE_DEV_IOC_BACKING_OPEN
 * @fmnt: the mount whose session it was called on
 * @argp: its argument
 *
 * Context: may sleep.
 * Return: 0, or the id if we chose it; -ENOIOCTLCMD if it is stock's; -EPERM
 * for any but root with CAP_SYS_RAWIO; -EINVAL for flags or a file that are not what this
 * is for; -EBADF; -EACCES if it is not open for reading and writing; -EEXIST if the id is in
 * use; -EBUSY, -ENODEV, -EOPNOTSUPP if the device cannot be had; -ENOMEM.
 */
long famfs_backing_open(struct famfs_mount *fmnt, void __user *argp)
{
	struct fuse_famfs_backing_map bm;
	struct file *file;
	bool own_id;
	long ret;

	if (copy_from_user(&bm, argp, sizeof(bm)))
		return -EFAULT;
	if (!bm.flags)
		return -ENOIOCTLCMD;
	/* As for mounting: root itself, not a program of root's that acts for a user. */
	if (!capable(CAP_SYS_RAWIO) || !famfs_is_root(current_cred()))
		return -EPERM;
	own_id = !(bm.flags & FUSE_BACKING_ID_64);
	if (!(bm.flags & FUSE_BACKING_IS_DEV) ||
	    bm.flags & ~(FUSE_BACKING_IS_DEV | FUSE_BACKING_ID_64) ||
	    (own_id && bm.backing_id))
		return -EINVAL;
	file = fget(bm.fd);
	if (!file)
		return -EBADF;
	mutex_lock(&fmnt->reg_lock);
	ret = own_id ? famfs_fd_register_any(fmnt, file) :
		       famfs_fd_register(fmnt, bm.backing_id, file);
	mutex_unlock(&fmnt->reg_lock);
	fput(file);
	return ret;
}

/**
 * famfs_backing_close() - FUSE_DEV_IOC_BACKING_CLOSE
 * @fmnt: the mount whose session it was called on
 * @argp: its argument
 *
 * Everybody who has the session may close: it is the server's, which registered the device.
 *
 * Context: may sleep.
 * Return: 0; -ENOIOCTLCMD if the id is none of ours; -EBUSY while a map refers
 * to the device.
 */
long famfs_backing_close(struct famfs_mount *fmnt, u32 __user *argp)
{
	int err;
	u32 id;

	if (get_user(id, argp))
		return -EFAULT;
	mutex_lock(&fmnt->reg_lock);
	err = famfs_daxdev_close(fmnt, id);
	mutex_unlock(&fmnt->reg_lock);
	return err == -ENOENT ? -ENOIOCTLCMD : err;
}
