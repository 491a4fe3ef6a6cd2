/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * end/: how files lose their memory. An inode is evicted, a device goes, a page of one fails.
 *
 * It uses data/, which takes pages away, dev/, core/, map/ and tell/; no server is asked anything.
 */
#ifndef FAMFS_END_H
#define FAMFS_END_H

struct famfs_mount;
struct fsdev_holder_ops;
struct inode;

/* evict.c */
int famfs_evict_init(void);
void famfs_evict_exit(void);
void famfs_orphans_init(struct famfs_mount *fmnt);
void famfs_orphans_leave(struct famfs_mount *fmnt);
void famfs_evict_inode(struct inode *inode);

/* revoke.c: of whoever holds a device, which is a struct famfs_daxdev */
extern const struct fsdev_holder_ops famfs_holder_ops;

#endif
