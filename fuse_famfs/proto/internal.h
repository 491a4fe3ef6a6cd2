/* SPDX-License-Identifier: GPL-2.0-only */
/* What the files of proto/ share and nobody else needs. */
#ifndef FAMFS_PROTO_INTERNAL_H
#define FAMFS_PROTO_INTERNAL_H

struct famfs_daxdev;
struct famfs_mount;
struct fmap;

/* More would only make it easy for a server to fill memory. */
#define FAMFS_MAX_DEVINDEX	65535

/* bind.c */
int famfs_map_bind_devs(struct famfs_mount *fmnt, struct fmap *map);

/* get_daxdev.c */
int famfs_daxdev_ask(struct famfs_daxdev *dd);

#endif
