// SPDX-License-Identifier: GPL-2.0-only
/*
 * The server's session files.
 *
 * A server can register devices by ioctls on its session. They are stock's: so
 * when a server agrees to the protocol, the session files that it has open get
 * operations that differ from stock's in ioctl alone. Only files of our own
 * mounts are touched. The price: stock clones a session only between files with
 * the same operations, so a session cannot be cloned after INIT any more.
 */
#include <linux/fdtable.h>
#include <linux/fs.h>
#include <linux/module.h>
#include <linux/sched.h>
#include "core/core.h"
#include "hook/hook.h"
#include "hook/internal.h"
#include "proto/proto.h"

/* Stock's with another ioctl. Constant from famfs_session_init() on. */
static struct file_operations famfs_session_fops;

/**
 * famfs_session_mount() - the famfs mount that a session belongs to
 * @file: any file
 *
 * Context: may sleep.
 * Return: the mount with a reference, or NULL if the file is no such session.
 */
struct famfs_mount *famfs_session_mount(struct file *file)
{
	struct famfs_mount *fmnt, *found = NULL;

	if (file->f_op != &famfs_session_fops)
		return NULL;
	mutex_lock(&famfs_mounts_lock);
	list_for_each_entry(fmnt, &famfs_mounts, list) {
		if (!compat_fuse_is_session(file, fmnt->fc))
			continue;
		refcount_inc(&fmnt->ref);
		found = fmnt;
		break;
	}
	mutex_unlock(&famfs_mounts_lock);
	return found;
}

static long famfs_session_ioctl(struct file *file, unsigned int cmd,
				unsigned long arg)
{
	void __user *argp = (void __user *)arg;
	long ret = -ENOIOCTLCMD;
	struct famfs_mount *fmnt;

	if (cmd != FUSE_DEV_IOC_BACKING_OPEN && cmd != FUSE_DEV_IOC_BACKING_CLOSE)
		return fuse_dev_operations.unlocked_ioctl(file, cmd, arg);
	fmnt = famfs_session_mount(file);
	if (fmnt && !famfs_is_plain(fmnt))
		ret = cmd == FUSE_DEV_IOC_BACKING_OPEN ?
			famfs_backing_open(fmnt, argp) :
			famfs_backing_close(fmnt, argp);
	if (ret == -ENOIOCTLCMD) {
		ret = fuse_dev_operations.unlocked_ioctl(file, cmd, arg);
		/* Stock has no files, and speaks of that: there are devices. */
		if (fmnt && cmd == FUSE_DEV_IOC_BACKING_CLOSE &&
		    (ret == -ENOTTY || ret == -EPERM))
			ret = -ENOENT;
	}
	if (fmnt)
		famfs_mount_put(fmnt);
	return ret;
}

/* Called under a spinlock that keeps @file open. */
static int famfs_session_take(const void *data, struct file *file, unsigned int fd)
{
	const struct famfs_mount *fmnt = data;

	if (file->f_op == &fuse_dev_operations &&
	    compat_fuse_is_session(file, fmnt->fc)) {
		/* Dropped by the file's last close. */
		__module_get(THIS_MODULE);
		WRITE_ONCE(file->f_op, &famfs_session_fops);
		module_put(fuse_dev_operations.owner);
	}
	return 0;
}

/**
 * famfs_session_begin() - the server has just agreed
 * @fmnt: the mount
 *
 * Context: the server's write to its session, so that the current task's files
 * are the server's; no locks held.
 */
void famfs_session_begin(struct famfs_mount *fmnt)
{
	famfs_mounts_add(fmnt);
	iterate_fd(current->files, 0, famfs_session_take, fmnt);
}

void famfs_session_init(void)
{
	famfs_session_fops = fuse_dev_operations;
	famfs_session_fops.owner = THIS_MODULE;
	famfs_session_fops.unlocked_ioctl = famfs_session_ioctl;
}
