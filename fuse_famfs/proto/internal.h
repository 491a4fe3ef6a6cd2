/* SPDX-License-Identifier: GPL-2.0-only */
/* What the files of proto/ share and nobody else needs. */
#ifndef FAMFS_PROTO_INTERNAL_H
#define FAMFS_PROTO_INTERNAL_H

#include <linux/types.h>

struct famfs_daxdev;
struct famfs_mount;
struct fmap;

/* More would only make it easy for a server to fill memory. */
#define FAMFS_MAX_DEVINDEX	65535

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

/* bind.c */
int famfs_map_bind_devs(struct famfs_mount *fmnt, struct fmap *map, const char **why);

/* get_daxdev.c */
int famfs_daxdev_ask(struct famfs_daxdev *dd);

/* no_device.c */
int famfs_no_device_errno(enum famfs_no_device why);
void famfs_no_device_tell(struct famfs_daxdev *dd, enum famfs_no_device why, const char *name,
			  dev_t devt, int err);

#endif
