/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * proto/: the protocol's messages, and what is made of them: maps, which are installed on files,
 * and devices, which go into the mount's table. A second protocol would be a second file here.
 *
 *	GET_FMAP	get_fmap.c, parse.c, build.c
 *	GET_DAXDEV	get_daxdev.c, called by bind.c for a map that names a new device; and
 *			no_device.c, why it is not to be had
 *	BACKING_OPEN	backing.c: ioctls of the server's session
 *
 * (INIT is hook/negotiate.c's.) It may use all that is below: end/, which is who a device is held
 * for, data/, dev/, core/, ask/, tell/, map/. None of these knows a message.
 */
#ifndef FAMFS_PROTO_H
#define FAMFS_PROTO_H

#include <linux/types.h>

struct famfs_mount;
struct inode;

/* get_fmap.c */
#define FAMFS_NO_MAPS	1	/* no error: there is nothing to be had */
int famfs_map_get(struct inode *inode);

/* get_daxdev.c */
int famfs_lookup_init(void);
void famfs_lookup_exit(void);

/* backing.c */
long famfs_backing_open(struct famfs_mount *fmnt, void __user *argp);
long famfs_backing_close(struct famfs_mount *fmnt, u32 __user *argp);

#endif
