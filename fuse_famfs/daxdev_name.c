// SPDX-License-Identifier: GPL-2.0-only
/*
 * Devices by name: asking the server what an index stands for.
 *
 * A look-up that fails makes that open fail and is tried again at the next. The log says
 * why, in words by which it can be mended.
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

/* Why a device is not to be had, for the log. */
enum famfs_no_device {
	FAMFS_DEV_OK,
	FAMFS_DEV_ERROR,	/* the server's answer is one */
	FAMFS_DEV_ODD,		/* it is none that there can be */
	FAMFS_DEV_NO_NODE,	/* looking the name up failed */
	FAMFS_DEV_NO_DAX,
	FAMFS_DEV_NODEV,	/* the node is where nodes are not devices */
	FAMFS_DEV_MODE,		/* not in famfs mode when the answer came */
	FAMFS_DEV_GROUP,	/* not for the server's control group */
	FAMFS_DEV_NODE,		/* not for the mounter */
	FAMFS_DEV_HELD,
	FAMFS_DEV_NOMEM,	/* not the device's fault */
};

struct famfs_lookup {
	const char *name;	/* of the node */
	const struct famfs_devs *devs;
	dev_t devt;
	int err;		/* where the reason is an errno */
};

static enum famfs_no_device famfs_devs_check(const struct famfs_devs *devs, dev_t devt)
{
	struct fsdev_mode mode;
	unsigned int i;

	for (i = 0; i < devs->n; i++)
		if (devs->dev[i].devt == devt)
			return devs->dev[i].allowed ? FAMFS_DEV_OK : FAMFS_DEV_GROUP;
	return fsdev_mode(devt, &mode) ? FAMFS_DEV_NO_DAX : FAMFS_DEV_MODE;
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

/*
 * The name means what it meant to whoever mounted: not to the process whose
 * open brought us here, which may have arranged another /dev for itself.
 */
static enum famfs_no_device famfs_name_lookup(struct famfs_mount *fmnt,
					      struct famfs_lookup *lookup)
{
	enum famfs_no_device why = FAMFS_DEV_NO_NODE;
	const struct cred *old;
	struct path path;

	old = override_creds(fmnt->cred);
	lookup->err = vfs_path_lookup(fmnt->root.dentry, fmnt->root.mnt, lookup->name,
				      LOOKUP_FOLLOW, &path);
	if (!lookup->err) {
		why = famfs_node_check(&path, lookup);
		path_put(&path);
	}
	revert_creds(old);
	return why;
}

static enum famfs_no_device famfs_name_acquire(struct famfs_daxdev *dd,
					       struct famfs_lookup *lookup)
{
	enum famfs_no_device why;
	struct fsdev *fsdev;

	if (!lookup->devs)
		return FAMFS_DEV_NOMEM;
	why = famfs_name_lookup(dd->fmnt, lookup);
	if (why)
		return lookup->err == -ENOMEM ? FAMFS_DEV_NOMEM : why;
	fsdev = fsdev_get(lookup->devt, dd, &famfs_holder_ops);
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

/* What to do about a dax device in another mode. */
static void famfs_mode_text(char *text, size_t size, dev_t devt)
{
	struct fsdev_mode mode = { };

	if (fsdev_mode(devt, &mode))
		snprintf(text, size, "has gone");
	else if (!mode.driver[0])
		snprintf(text, size,
			 "has no driver: echo %s >/sys/bus/dax/drivers/fsdev_dax/new_id",
			 mode.name);
	else if (!strcmp(mode.driver, "kmem"))
		snprintf(text, size,
			 "is memory of this machine (driver kmem): see README, Use, for how it becomes a famfs device");
	else
		snprintf(text, size,
			 "has the driver %s and is not in famfs mode: echo %s >/sys/bus/dax/drivers/%s/unbind, and then the same >/sys/bus/dax/drivers/fsdev_dax/new_id",
			 mode.driver, mode.name, mode.driver);
}

static void famfs_no_device_text(char *text, size_t size, enum famfs_no_device why,
				 const struct famfs_lookup *lookup)
{
	switch (why) {
	case FAMFS_DEV_ERROR:
		snprintf(text, size, "the server answered with error %d", lookup->err);
		break;
	case FAMFS_DEV_NO_NODE:
		snprintf(text, size, "no such device node: error %d", lookup->err);
		break;
	case FAMFS_DEV_NO_DAX:
		snprintf(text, size, "is no dax device");
		break;
	case FAMFS_DEV_NODEV:
		snprintf(text, size, "is on a file system without device files (mount option nodev)");
		break;
	case FAMFS_DEV_MODE:
		famfs_mode_text(text, size, lookup->devt);
		break;
	case FAMFS_DEV_GROUP:
		snprintf(text, size, "the server's control group may not use the device");
		break;
	case FAMFS_DEV_NODE:
		snprintf(text, size, "whoever mounted may not read and write the node: error %d",
			 lookup->err);
		break;
	case FAMFS_DEV_HELD:
		snprintf(text, size, "another mount holds it, or this one under another index: unmount that");
		break;
	default:
		snprintf(text, size, "the answer is not valid");
	}
}

static void famfs_no_device_tell(struct famfs_daxdev *dd, enum famfs_no_device why,
				 const struct famfs_lookup *lookup)
{
	unsigned int len = strlen(lookup->name);
	char text[256];
	u64 news;

	famfs_no_device_text(text, sizeof(text), why, lookup);
	/* Another name, or another driver of the device. */
	news = (u64)full_name_hash(NULL, text, strlen(text)) << 32 |
	       full_name_hash(NULL, lookup->name, len);
	if (!famfs_tell(dd->fmnt, FAMFS_ABOUT_DEVICE, dd->index, news))
		return;
	if (len)
		pr_warn_ratelimited("%s: device index %llu, \"%*pE\": %s\n", dd->fmnt->name,
				    dd->index, (int)len, lookup->name, text);
	else
		pr_warn_ratelimited("%s: device index %llu: %s\n", dd->fmnt->name,
				    dd->index, text);
}

static enum famfs_no_device famfs_reply_acquire(struct famfs_daxdev *dd,
						const struct famfs_reply *reply,
						struct famfs_lookup *lookup)
{
	const struct fuse_daxdev_out *out = reply->data;

	if (out->index != dd->index || out->name[0] != '/' ||
	    strnlen(out->name, sizeof(out->name)) == sizeof(out->name))
		return FAMFS_DEV_ODD;
	lookup->name = out->name;
	lookup->devs = reply->seen;
	return famfs_name_acquire(dd, lookup);
}

static int famfs_no_device_errno(enum famfs_no_device why)
{
	switch (why) {
	case FAMFS_DEV_OK:
		return 0;
	case FAMFS_DEV_HELD:
		return -EBUSY;
	case FAMFS_DEV_NOMEM:
		return -ENOMEM;
	default:
		return -ENODEV;
	}
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
	struct famfs_lookup lookup = { .name = "" };
	enum famfs_no_device why = FAMFS_DEV_ERROR;
	struct famfs_reply reply;

	lookup.err = famfs_request(dd->fmnt, &rq, &reply);
	/* No memory, or the caller was killed: says nothing about the device. */
	if (lookup.err && !reply.ended)
		return lookup.err;
	if (!lookup.err)
		why = famfs_reply_acquire(dd, &reply, &lookup);
	if (why && why != FAMFS_DEV_NOMEM)
		famfs_no_device_tell(dd, why, &lookup);
	if (why != FAMFS_DEV_ERROR)
		famfs_reply_free(&reply);
	return famfs_no_device_errno(why);
}
