// SPDX-License-Identifier: GPL-2.0-only
/*
 * Devices by name: asking the server what an index stands for.
 *
 * A look-up that fails makes that open fail and is tried again at the next. The log says why:
 * no_device.c.
 */
#include <linux/cred.h>
#include <linux/device_cgroup.h>
#include <linux/file.h>
#include <linux/kdev_t.h>
#include <linux/mount.h>
#include <linux/namei.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/workqueue.h>
#include "ask/ask.h"
#include "core/core.h"
#include "dev/dev.h"
#include "end/end.h"
#include "proto/internal.h"
#include "proto/proto.h"

/* Which devices there were in famfs mode, and who may have them. */
struct famfs_devs {
	unsigned int n;
	struct {
		dev_t devt;
		bool allowed;
	} dev[];
};

/*
 * The witness of GET_DAXDEV's answer, in the server's task. The server's control group must allow
 * the device, as if the server opened the node; and only the current task's group can be asked
 * about. Which device the answer names is not known yet, so all in famfs mode are asked about.
 */
static void *famfs_devs_allowed(void)
{
	unsigned int i, max = 0, n = famfs_fsdev_devts(NULL, 0);
	struct famfs_devs *devs = NULL;
	dev_t *devts = NULL;

	/* A device may have been added since they were counted. */
	while (n > max) {
		max = n;
		kfree(devts);
		devts = kmalloc_array(max, sizeof(*devts), GFP_KERNEL);
		if (!devts)
			return NULL;
		n = famfs_fsdev_devts(devts, max);
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

/*
 * struct famfs_lookup - what a server answered, and what came of it
 *
 * Owner and lifetime: the asking task has a reference, and the work one from being queued
 * until it is through; the task may be killed and leave. It keeps the mount, the reply and
 * the mounter's root and credentials, so that nothing else has to be there.
 *
 * Lock: none: the work is alone with it until @done is completed.
 */
struct famfs_lookup {
	refcount_t ref;
	struct work_struct work;
	struct completion done;
	struct famfs_mount *fmnt;
	struct path root;
	const struct cred *cred;
	struct famfs_reply reply;
	bool replied;
	const char *name;	/* of the node: the reply's, or empty */
	const struct famfs_devs *devs;
	enum famfs_no_device why;
	dev_t devt;
	int err;		/* where the reason is an errno */
};

static struct workqueue_struct *famfs_lookup_wq;

static enum famfs_no_device famfs_devs_check(const struct famfs_devs *devs, dev_t devt)
{
	struct fsdev_mode mode;
	unsigned int i;

	for (i = 0; i < devs->n; i++)
		if (devs->dev[i].devt == devt)
			return devs->dev[i].allowed ? FAMFS_DEV_OK : FAMFS_DEV_GROUP;
	return famfs_fsdev_mode(devt, &mode) ? FAMFS_DEV_NO_DAX : FAMFS_DEV_MODE;
}

/*
 * May the current credentials read and write the node? Not inode_permission(), which would also ask
 * the control group of the process that opens the file, and that process does not get the device.
 * dentry_open() asks security modules; the node is one of ours.
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

static enum famfs_no_device famfs_node_check(const struct path *path,
					     struct famfs_lookup *lookup)
{
	struct inode *inode = d_backing_inode(path->dentry);
	enum famfs_no_device why;

	if (!S_ISCHR(inode->i_mode))
		return FAMFS_DEV_NO_DAX;
	if (path->mnt->mnt_flags & MNT_NODEV || path->mnt->mnt_sb->s_iflags & SB_I_NODEV)
		return FAMFS_DEV_NODEV;
	lookup->devt = inode->i_rdev;
	why = famfs_devs_check(lookup->devs, lookup->devt);
	if (why)
		return why;
	lookup->err = famfs_node_permission(path);
	return lookup->err ? FAMFS_DEV_NODE : FAMFS_DEV_OK;
}

static void famfs_lookup_put(struct famfs_lookup *lookup)
{
	if (!refcount_dec_and_test(&lookup->ref))
		return;
	if (lookup->replied)
		famfs_reply_free(&lookup->reply);
	path_put(&lookup->root);
	put_cred(lookup->cred);
	famfs_mount_put(lookup->fmnt);
	kfree(lookup);
}

static struct famfs_lookup *famfs_lookup_new(struct famfs_mount *fmnt)
{
	struct famfs_lookup *lookup = kzalloc(sizeof(*lookup), GFP_KERNEL_ACCOUNT);

	if (!lookup)
		return NULL;
	refcount_set(&lookup->ref, 1);
	init_completion(&lookup->done);
	refcount_inc(&fmnt->ref);
	lookup->fmnt = fmnt;
	lookup->root = fmnt->root;
	path_get(&lookup->root);
	lookup->cred = get_cred(fmnt->cred);
	lookup->name = "";
	return lookup;
}

/*
 * Looks the name up with the mounter's root and credentials, not with those of the process whose
 * open brought us here: that one may have arranged another /dev for itself.
 */
static void famfs_lookup_work(struct work_struct *work)
{
	struct famfs_lookup *lookup = container_of(work, struct famfs_lookup, work);
	const struct cred *old = override_creds(lookup->cred);
	struct path path;

	lookup->why = FAMFS_DEV_NO_NODE;
	lookup->err = vfs_path_lookup(lookup->root.dentry, lookup->root.mnt, lookup->name,
				      LOOKUP_FOLLOW, &path);
	if (!lookup->err) {
		lookup->why = famfs_node_check(&path, lookup);
		path_put(&path);
	}
	revert_creds(old);
	complete(&lookup->done);
	/* This may be the module's last reference; unloading waits for the queue. */
	famfs_lookup_put(lookup);
}

/*
 * A worker looks the name up, so that the opener can be killed meanwhile. An opener that creates
 * the file holds its directory's lock: looking up a name in that very directory, or on another
 * mount whose server does not answer, would never end, and the lock would never be released.
 *
 * Returns 0, or -EINTR.
 */
static int famfs_lookup_wait(struct famfs_lookup *lookup)
{
	INIT_WORK(&lookup->work, famfs_lookup_work);
	refcount_inc(&lookup->ref);
	queue_work(famfs_lookup_wq, &lookup->work);
	return wait_for_completion_killable(&lookup->done) ? -EINTR : 0;
}

/* Holds the device, when its node has been found. */
static enum famfs_no_device famfs_lookup_acquire(struct famfs_daxdev *dd,
						 struct famfs_lookup *lookup)
{
	struct fsdev *fsdev;

	if (lookup->why)
		return lookup->err == -ENOMEM ? FAMFS_DEV_NOMEM : lookup->why;
	fsdev = famfs_fsdev_get(lookup->devt, dd, &famfs_holder_ops);
	switch (PTR_ERR_OR_ZERO(fsdev)) {
	case 0:
		famfs_daxdev_set(dd, fsdev);
		return FAMFS_DEV_OK;
	case -EBUSY:
		return FAMFS_DEV_HELD;
	case -ENOMEM:
		return FAMFS_DEV_NOMEM;
	default:
		return FAMFS_DEV_MODE;
	}
}

/* Is the answer one that there can be? */
static bool famfs_lookup_take(struct famfs_lookup *lookup, u64 index)
{
	const struct fuse_daxdev_out *out = lookup->reply.data;

	if (out->index != index || out->name[0] != '/' ||
	    strnlen(out->name, sizeof(out->name)) == sizeof(out->name))
		return false;
	lookup->name = out->name;
	lookup->devs = lookup->reply.seen;
	return true;
}

static int famfs_lookup_run(struct famfs_daxdev *dd, struct famfs_lookup *lookup)
{
	struct famfs_request rq = {
		.opcode = FUSE_GET_DAXDEV,
		.nodeid = dd->index,
		.subject = dd->index,
		.out_cap = sizeof(struct fuse_daxdev_out),
		.witness = famfs_devs_allowed,
	};
	enum famfs_no_device why;

	lookup->err = famfs_request(&dd->fmnt->calls, &rq, &lookup->reply);
	/* No memory, or the caller was killed: says nothing about the device. */
	if (lookup->err && !lookup->reply.ended)
		return lookup->err;
	lookup->replied = !lookup->err;
	if (lookup->err) {
		why = FAMFS_DEV_ERROR;
	} else if (!famfs_lookup_take(lookup, dd->index)) {
		why = FAMFS_DEV_ODD;
	} else if (!lookup->devs) {
		why = FAMFS_DEV_NOMEM;
	} else {
		if (famfs_lookup_wait(lookup))
			return -EINTR;
		why = famfs_lookup_acquire(dd, lookup);
	}
	if (why && why != FAMFS_DEV_NOMEM)
		famfs_no_device_tell(dd, why, lookup->name, lookup->devt, lookup->err);
	return famfs_no_device_errno(why);
}

/**
 * famfs_daxdev_ask() - ask the server for a device, and hold it
 * @dd: an entry without a device, its lock held
 *
 * Context: may sleep, for the server and for the file systems on the way to the node,
 * killably.
 * Return: 0; -ENODEV or -EBUSY if the device cannot be had; -EINTR; -ENOMEM.
 */
int famfs_daxdev_ask(struct famfs_daxdev *dd)
{
	struct famfs_lookup *lookup = famfs_lookup_new(dd->fmnt);
	int err;

	if (!lookup)
		return -ENOMEM;
	err = famfs_lookup_run(dd, lookup);
	famfs_lookup_put(lookup);
	return err;
}

int __init famfs_lookup_init(void)
{
	famfs_lookup_wq = alloc_workqueue("famfs_lookup", WQ_UNBOUND, 0);
	return famfs_lookup_wq ? 0 : -ENOMEM;
}

/* No mount is left, but the work that dropped the last one may not have returned yet. */
void famfs_lookup_exit(void)
{
	destroy_workqueue(famfs_lookup_wq);
}
