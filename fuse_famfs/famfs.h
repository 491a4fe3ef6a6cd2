/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the parts of famfs_fuse share.
 *
 * Locks, outermost first:
 *
 *	famfs_mount.reg_lock		one registration by descriptor at a time
 *	famfs_inode.map_lock		one fetch of a map at a time
 *	  famfs_daxdev.lock		one resolution of a device at a time
 *	  famfs_mount.claims_lock	one claim of a map's ranges at a time
 *	  famfs_mount.devs_lock		the table of devices, and their users
 *	  famfs_daxdev.owners_lock	a spinlock: who owns which range
 *	inode->i_rwsem			writes, reads that met one (shared), installing a map
 *	mm->mmap_lock			(the kernel's: mmap, faults, mappings of 1 GiB)
 *	famfs_marks.flush		fsync and msync of one file at a time
 *	  mapping->invalidate_lock	faults (shared), revocation
 *	    famfs_mount.inodes_lock	the list of inodes with a map
 *	famfs_mounts_lock		the list of mounts
 *	  famfs_mount.devs_lock, inodes_lock, calls_lock
 *	famfs_tables_lock, fuse_inode.lock, inode->i_lock	leaf spinlocks
 *	famfs_mount.calls_lock, fuse_conn.bg_lock	likewise
 *	famfs_tell.lock			a leaf mutex: what the log was told
 *	famfs_refusals_lock		a leaf spinlock: what was refused lately
 *	famfs_waits_lock		likewise: who waits for pinned pages
 *
 * Eviction takes devs_lock, inodes_lock and the owners_lock, and can run in any
 * allocation that reclaims: with none of them is such memory asked for.
 *
 * No lock of ours is ever held while a request to the server is outstanding,
 * except map_lock and famfs_daxdev.lock, which only openers take and whose
 * waiters can be killed. Eviction and umount take neither.
 */
#ifndef FAMFS_H
#define FAMFS_H

#include <linux/completion.h>
#include <linux/cred.h>
#include <linux/fs.h>
#include <linux/jump_label.h>
#include <linux/mutex.h>
#include <linux/path.h>
#include <linux/rbtree.h>
#include <linux/refcount.h>
#include <linux/workqueue.h>
#include <linux/writeback.h>
#include <linux/xarray.h>
#include "compat_fuse.h"
#include "compat_vfs.h"
#include "data/data.h"
#include "map/map.h"
#include "dev/fsdev.h"
#include "data/marks.h"
#include "tell/tell.h"
#include "ask/ask.h"
#include "tell/trace.h"
#include "tell/waits.h"
#include "linux/famfs_fuse.h"

#undef pr_fmt
#define pr_fmt(fmt) "famfs_fuse: " fmt

/* One line of what was found otherwise than on all kernels before; %s: what, and what follows. */
#define FAMFS_UNKNOWN_FUSE "this kernel's FUSE does not do as on the kernels that are known: %s\n"

enum famfs_offer {
	FAMFS_OFFER_AUTO,	/* mounts that name a dax device or a famfs server */
	FAMFS_OFFER_ALL,	/* every plain mount that is allowed to */
	FAMFS_OFFER_NONE,
};

/* More would only make it easy for a server to fill memory. */
#define FAMFS_MAX_DEVINDEX	65535

/*
 * What has come of a server's word. One that agreed to the protocol and then
 * does not know GET_FMAP has a mount without maps, which is an ordinary one.
 */
enum famfs_mode {
	FAMFS_UNPROVEN,		/* no map was asked for yet */
	FAMFS_PROVEN,		/* at least one file has a map */
	FAMFS_PLAIN,		/* there are none */
};

/*
 * Of the limit of requests that nobody waits for: place.c. Guarded by FUSE's own lock of it.
 */
struct famfs_places {
	u32 ours;		/* requests of ours under way */
	u32 others;		/* the limit without them */
	u32 set;		/* the limit as we left it */
};

/* Bytes of a mount's source that are kept. */
#define FAMFS_MAX_SOURCE	255

/**
 * struct famfs_mount - a FUSE mount that was offered the protocol
 *
 * Owner and lifetime: made by our get_tree before INIT is sent. References: the
 * mounting task until get_tree returns; the INIT request until it ended; the
 * superblock, if the server agreed, until put_super; the look at the orphans, which
 * outlive the superblock while somebody has their pages pinned. An ordinary mount is
 * left with none as soon as INIT is answered. Every famfs_mount pins this module.
 *
 * Locks: @devs and @devs_closed by @devs_lock; @orphans, @norphans, @orphan_wait, @nmaps,
 * @maps_bytes, @sb and changes of @inodes by @inodes_lock; @list by famfs_mounts_lock; @mode
 * leaves FAMFS_UNPROVEN once, by cmpxchg(); @left, @nleft, @requests and @reply_room by
 * @calls_lock; @places by FUSE's own lock.
 * @sb can be used without the lock by whoever keeps the superblock active, or is called
 * by it. The rest is written before the object is visible or inside the INIT reply, which
 * comes once, and is constant afterwards; @root and @cred are given back in put_super.
 */
struct famfs_mount {
	refcount_t ref;
	struct rcu_head rcu;
	struct super_block *sb;		/* no reference; NULL from put_super on */
	dev_t dev;			/* of @sb, whose number it is until that has gone */
	struct fuse_mount *fm;		/* of @sb, and not used after it */
	struct fuse_conn *fc;		/* likewise; also a session's name */
	bool named;			/* source or subtype says famfs */
	char name[64];			/* for the log: source and device number */
	const char *source;		/* as the mounter typed it, the beginning */

	/* INIT */
	struct fuse_init_in init_in;	/* what the server gets to read */
	fuse_end_fn *stock_end;
	struct fuse_iqueue_ops iq_ops;	/* stock's, with one op wrapped */
	const struct fuse_iqueue_ops *stock_iq_ops;
	bool init_seen;
	struct completion init_done;
	u64 flags;			/* the answer's, as the server gave it */
	u32 minor;			/* likewise */
	pid_t server;			/* who wrote it: a process of the initial namespace */

	/* The server agreed: */
	struct super_operations s_op;	/* stock's, with three ops wrapped */
	const struct super_operations *stock_s_op;
	struct path root;		/* the mounter's, to look devices up */
	const struct cred *cred;	/* likewise */
	struct list_head list;		/* famfs_mounts, until put_super */
	u64 serial;			/* ascending in that */
	enum famfs_mode mode;
	struct famfs_places places;
	struct famfs_tell tell;
	spinlock_t calls_lock;
	struct list_head left;		/* famfs_call.left */
	unsigned int nleft;
	struct famfs_request_count requests[FAMFS_NREQUESTS];
	u32 reply_room;			/* bytes for long replies that are not taken */
	wait_queue_head_t reply_wait;	/* for more of them */
	struct mutex reg_lock;		/* held for a whole registration */
	struct mutex devs_lock;
	struct xarray devs;		/* device index -> famfs_daxdev */
	bool devs_closed;		/* the mount takes no new ones */
	spinlock_t inodes_lock;
	struct xarray inodes;		/* famfs_inode.id -> famfs_inode */
	u64 nmaps, maps_bytes;		/* of those that have a map */
	struct list_head orphans;	/* famfs_inode.orphan */
	unsigned int norphans;		/* those whose pages are being looked at, too */
	struct famfs_wait orphan_wait;
	struct delayed_work orphan_work;
	struct inode nobody;		/* of which orphans are */
	struct mutex claims_lock;	/* for additions to famfs_daxdev.owners */
	struct fuse_file *spare;	/* for the next open, or NULL; atomic: file.c */
};

/**
 * struct famfs_daxdev - a device that a server's maps can name
 *
 * Owner and lifetime: the mount's @devs. It is made by the first map that names
 * the index, or by a registration, and stays until put_super; but one that could
 * not be had goes with its last user, and one that was registered can be closed
 * when it has none. Users are the maps that refer to it, from before their
 * devices are resolved until they are freed, and whoever is registering it.
 *
 * Locks: @users by the mount's devs_lock. @fsdev, @dax_dev, @base, @block, @giant, @linear,
 * @phys, @bad and @by_fd are set under @lock, once, and constant from then on; readers reach them through a
 * map, which is published after. @dead goes from false to true under the mount's
 * inodes_lock. @owners by @owners_lock, which keeps the inodes that are in it.
 */
struct famfs_daxdev {
	struct famfs_mount *fmnt;
	u64 index;			/* the server's */
	u32 users;
	struct mutex lock;
	struct fsdev *fsdev;		/* NULL until resolved */
	struct dax_device *dax_dev;
	u64 base;			/* byte of @dax_dev where it begins */
	bool block;			/* a block device */
	bool giant;			/* its folios are of 1 GiB */
	bool linear;			/* one range of memory, at @phys */
	u64 phys;
	const struct xarray *bad;	/* its bad pages */
	bool by_fd;			/* registered, not asked for */
	bool dead;			/* taken away */
	spinlock_t owners_lock;
	struct rb_root owners;		/* of famfs_range: page of the device -> famfs_inode */
};

/* A range of a device that a file has. In the device's tree, guarded by owners_lock. */
struct famfs_range {
	struct rb_node node;
	struct famfs_inode *owner;
	unsigned long first, last;	/* pages of the device */
};

/**
 * struct famfs_inode - what we keep for a regular file that was opened
 *
 * Owner and lifetime: the inode's i_private, from the first open until eviction; then,
 * while pages of the file are in use that nobody can reach, the mount's @orphans. If a page
 * ever led to it, it is freed after a grace period of RCU.
 *
 * There are as many as files were opened: what few files need is behind a pointer.
 *
 * Locks: @map is set once under @map_lock and the inode's i_rwsem, and read with
 * acquire semantics by everybody else; eviction clears it when nobody can look. @serial is
 * set once under @map_lock. @claims and @on are of whoever claims the map, under that lock,
 * or ends the inode. @marks is set once, by whoever comes first, and then @mapping, under
 * the mount's inodes_lock: who has seen that one sees the marks.
 * @id is the place in the mount's @inodes, 0 if it has none. Leaving that, @orphan and
 * the setting of @dead are guarded by the mount's inodes_lock; @writes changes with i_rwsem
 * held, by whoever writes; @opens
 * is atomic, as is @revoking, and who sets that sets @revoked; @idle_to is of whoever
 * ends it. @inode becomes NULL, once, under inodes_lock, and is looked at under that or
 * under the lock of a tree of owners.
 */
struct famfs_inode {
	struct inode *inode;			/* NULL: an orphan */
	struct address_space *mapping;	/* of a famfs_mapping; NULL: never mapped */
	struct mutex map_lock;
	u64 serial;			/* of no other; 0 before a map was asked for */
	struct fmap *map;
	struct famfs_range range;	/* the first that it claims; most have no other */
	struct famfs_daxdev *on;	/* where, or NULL: it claims nothing */
	struct famfs_claims *claims;	/* the others: claims.c */
	u32 id;
	u32 writes;			/* twice how many there were; odd while there is one */
	atomic_t opens;			/* open files with the map */
	union {
		struct list_head orphan;
		struct rcu_head rcu;	/* when it is none any more */
	};
	unsigned long idle_to;		/* nothing before it is in use: a span, or an index */
	struct famfs_marks *marks;	/* NULL: never mapped, or on a block device */
	atomic_t revoking;		/* somebody waits for its pages */
	bool dead;			/* a device of the map was taken away */
	bool revoked;			/* and no page is in use any more */
};

/* hook.c: into and out of the stock file system type. */
int famfs_hook(void);
void famfs_unhook(void);
void famfs_enter(void);
void famfs_exit(void);

/* context.c */
int famfs_context_take(struct fs_context *fsc);

/* offer.c */
extern int famfs_offer_policy;
bool famfs_is_root(const struct cred *cred);
bool famfs_named(struct fs_context *fsc);
void famfs_source_name(char *name, size_t size, const struct fs_context *fsc);
bool famfs_offers(struct fs_context *fsc, const struct cred *opener);

/* mount.c */
int famfs_get_tree(struct fs_context *fsc);
void famfs_mount_put(struct famfs_mount *fmnt);
void famfs_mount_enable(struct famfs_mount *fmnt);
void famfs_put_super(struct super_block *sb);

/* negotiate.c */
int famfs_negotiate(struct famfs_mount *fmnt);

/* tables.c */
extern struct inode_operations famfs_dir_iops;
extern const struct inode_operations *famfs_stock_dir_iops;
extern struct inode_operations famfs_file_iops;
extern const struct inode_operations *famfs_stock_file_iops;
extern struct file_operations famfs_fops;
extern const struct file_operations *famfs_stock_fops;
extern struct dentry_operations famfs_dops;
extern const struct dentry_operations *famfs_stock_dops;
extern struct export_operations famfs_export_ops;
extern const struct export_operations *famfs_stock_export_ops;
bool famfs_tables_from_root(struct super_block *sb, struct inode *root);
bool famfs_is_adopted(const struct inode *inode);
void famfs_adopt(struct inode *inode);
void famfs_adopt_plain(struct inode *inode);

/* dirops.c */
void famfs_dirops_fill(struct inode_operations *iops);
void famfs_dops_fill(struct dentry_operations *dops);
void famfs_export_fill(struct export_operations *ops);
void famfs_adopt_early_lookups(struct super_block *sb);

/* inodes.c */
int famfs_inodes_init(void);
void famfs_inodes_exit(void);
struct famfs_inode *famfs_inode_new(void);
void famfs_inode_free(struct famfs_inode *fi);
int famfs_inodes_add(struct famfs_mount *fmnt, struct famfs_inode *fi);
void famfs_inodes_del(struct famfs_mount *fmnt, struct famfs_inode *fi);
void famfs_inodes_publish(struct famfs_mount *fmnt, struct famfs_inode *fi, struct fmap *map);
struct famfs_inode *famfs_inodes_next(struct famfs_mount *fmnt, unsigned long *at);
struct super_block *famfs_sb_get(struct famfs_mount *fmnt);

/* inode.c */
void famfs_file_iops_fill(struct inode_operations *iops);
struct famfs_inode *famfs_inode_get(struct inode *inode);
int famfs_mapping_make(struct famfs_mount *fmnt, struct famfs_inode *fi, struct inode *host);
void famfs_inode_set_dax(struct inode *inode, loff_t size);
void famfs_evict_inode(struct inode *inode);
int famfs_sync_fs(struct super_block *sb, int wait);

/* file.c */
void famfs_fops_fill(struct file_operations *fops);
int famfs_file_attach(struct inode *inode, struct file *file);
void famfs_file_detach(struct file *file);
void famfs_spare_free(struct famfs_mount *fmnt);

/* rw.c */
ssize_t famfs_read_iter(struct kiocb *iocb, struct iov_iter *to);
ssize_t famfs_write_iter(struct kiocb *iocb, struct iov_iter *from);

/* place.c */
void famfs_place_add(struct famfs_mount *fmnt);
void famfs_place_drop(struct famfs_mount *fmnt);

/* fetch.c */
#define FAMFS_NO_MAPS	1	/* no error: there is nothing to be had */
int famfs_map_get(struct inode *inode);

/* daxdev.c: the table of devices */
struct famfs_daxdev *famfs_daxdev_ref(struct famfs_mount *fmnt, u64 index, u64 max);
void famfs_daxdev_unref(struct famfs_daxdev *dd);
void famfs_daxdev_set(struct famfs_daxdev *dd, struct fsdev *fsdev);
int famfs_daxdev_close(struct famfs_mount *fmnt, u64 index);
int famfs_map_bind_devs(struct famfs_mount *fmnt, struct fmap *map);
void famfs_daxdevs_put(struct famfs_mount *fmnt);

/* daxdev_name.c */
int famfs_daxdev_ask(struct famfs_daxdev *dd);
int famfs_lookup_init(void);
void famfs_lookup_exit(void);

/* daxdev_fd.c */
long famfs_backing_open(struct famfs_mount *fmnt, void __user *argp);
long famfs_backing_close(struct famfs_mount *fmnt, u32 __user *argp);

/* session.c */
extern struct list_head famfs_mounts;
extern struct mutex famfs_mounts_lock;
void famfs_session_init(void);
struct famfs_mount *famfs_session_mount(struct file *file);
void famfs_session_begin(struct famfs_mount *fmnt);
void famfs_session_end(struct famfs_mount *fmnt);

/* claims.c */
int famfs_claim_map(struct famfs_mount *fmnt, struct famfs_inode *fi,
		    const struct fmap *map);
void famfs_unclaim_map(struct famfs_inode *fi);
struct inode *famfs_owner_of(struct famfs_daxdev *dd, unsigned long pgoff);

/* evict.c */
void famfs_wait_idle(struct famfs_inode *fi);
void famfs_inode_end(struct famfs_mount *fmnt, struct famfs_inode *fi);
void famfs_orphans_init(struct famfs_mount *fmnt);
void famfs_orphans_leave(struct famfs_mount *fmnt);
int famfs_evict_init(void);
void famfs_evict_exit(void);

/* revoke.c */
bool famfs_map_is_dead(const struct fmap *map);
extern const struct fsdev_holder_ops famfs_holder_ops;

/* poison.c */
int famfs_device_poison(void *holder, u64 off, u64 len, int mf_flags, void **cookie);
bool famfs_is_bad(struct inode *inode, loff_t pos);

/* iomap.c */
extern const struct iomap_ops famfs_fuse_iomap_ops;

/* debugfs.c */
void famfs_debugfs_init(void);
void famfs_debugfs_exit(void);

/* sysfs.c */
enum famfs_count { FAMFS_PTE, FAMFS_PMD, FAMFS_PUD, FAMFS_FAILED, FAMFS_NCOUNTS };
int famfs_sysfs_init(void);
void famfs_sysfs_exit(void);
void famfs_count(enum famfs_count which);
u64 famfs_counted(enum famfs_count which);
DECLARE_STATIC_KEY_FALSE(famfs_counting);

/* The mount of a superblock whose server agreed, or NULL. */
static inline struct famfs_mount *famfs_mount_of(struct super_block *sb)
{
	const struct super_operations *s_op = READ_ONCE(sb->s_op);

	if (s_op->put_super != famfs_put_super)
		return NULL;
	return container_of(s_op, struct famfs_mount, s_op);
}

static inline bool famfs_is_plain(const struct famfs_mount *fmnt)
{
	return READ_ONCE(fmnt->mode) == FAMFS_PLAIN;
}

/* Our part of an adopted regular file, or NULL before its first open. */
static inline struct famfs_inode *famfs_inode_of(const struct inode *inode)
{
	return READ_ONCE(inode->i_private);
}

/*
 * A reference to the inode, or NULL if it is going or gone. Under the lock that @fi was
 * found by: inodes_lock, or that of a tree of owners.
 */
static inline struct inode *famfs_igrab(const struct famfs_inode *fi)
{
	struct inode *inode = READ_ONCE(fi->inode);

	return inode ? igrab(inode) : NULL;
}

/* The map of an adopted regular file, or NULL before its first open. */
static inline struct fmap *famfs_map(const struct inode *inode)
{
	const struct famfs_inode *fi = famfs_inode_of(inode);

	/* Pairs with famfs_map_install(): the map's contents are seen too. */
	return fi ? smp_load_acquire(&fi->map) : NULL;
}

static inline struct famfs_daxdev *famfs_map_dev(const struct fmap *map, u32 slot)
{
	return map->dev[slot];
}

/*
 * Is a file as it was when its map came? -EIO if a device was taken away, or the server has
 * made another file of this one; -ENXIO if it gave it a size that is not the map's.
 */
static inline int famfs_check(const struct famfs_inode *fi)
{
	if (unlikely(READ_ONCE(fi->dead) || compat_fuse_is_bad(fi->inode)))
		return -EIO;
	return likely(i_size_read(fi->inode) == fi->map->file_size) ? 0 : -ENXIO;
}

/* As fsdev_find(), of a device of the dax bus. */
static inline u64 famfs_dev_find(const struct famfs_daxdev *dd, u64 off, u64 *len, bool *bad)
{
	if (unlikely(!dd->linear || !xa_empty(dd->bad)))
		return fsdev_find(dd->fsdev, off, len, bad);
	*bad = false;
	return dd->phys + off;
}

/* For a map with its devices bound. */
static inline const struct famfs_data_ops *famfs_map_ops(const struct fmap *map)
{
	return famfs_map_dev(map, 0)->block ? &famfs_entries_ops : &famfs_bus_ops;
}

/* For a file that has its map. */
static inline const struct famfs_data_ops *famfs_data_ops(const struct famfs_inode *fi)
{
	return famfs_map_ops(fi->map);
}

#endif
