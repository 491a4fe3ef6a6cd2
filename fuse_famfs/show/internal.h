/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The files in debugfs. None of it is an interface to be relied on: docs/abi.md.
 */
#ifndef FAMFS_SHOW_INTERNAL_H
#define FAMFS_SHOW_INTERNAL_H

#include <linux/types.h>

struct famfs_mount;
struct seq_file;

/* Where a reader is: of one mount, what of it, and which part of that. */
struct famfs_place {
	u64 mount;		/* famfs_mount.serial */
	unsigned long key;
	u32 sub;
};

/**
 * struct famfs_walk - somebody reads a file that has lines of every mount
 * @ops: which file it is
 * @at: the next line, or, while a buffer is filled, that of @fmnt
 * @fmnt: its mount, of which @ops' lock is held; NULL between two buffers
 * @item: what was found there
 *
 * Owner and lifetime: the open file. What is behind a place may come and go between two
 * buffers: no lock is held then.
 *
 * Lock: seq_file's own, of the open file.
 */
struct famfs_walk {
	const struct famfs_walk_ops *ops;
	struct famfs_place at;
	struct famfs_mount *fmnt;
	const void *item;
};

/*
 * A file of that kind. @find looks for the first line of the mount at the place or behind it, and
 * moves the place there; false: there is none. It can give the lock up for a moment, @show cannot.
 */
struct famfs_walk_ops {
	void (*lock)(struct famfs_mount *fmnt);
	void (*unlock)(struct famfs_mount *fmnt);
	bool (*find)(struct famfs_walk *walk);
	void (*show)(struct seq_file *seq, const struct famfs_walk *walk);
};

/* debugfs.c */
bool famfs_walk_whole(struct famfs_walk *walk);
void famfs_seq_mount(struct seq_file *seq, const struct famfs_mount *fmnt);

/* maps.c */
extern const struct famfs_walk_ops famfs_maps_ops;
extern const struct famfs_walk_ops famfs_extents_ops;

/* mounts.c */
extern const struct famfs_walk_ops famfs_mounts_ops;
extern const struct famfs_walk_ops famfs_devices_ops;
extern const struct famfs_walk_ops famfs_requests_ops;
int famfs_faults_show(struct seq_file *seq, void *v);

#endif
