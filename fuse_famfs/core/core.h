/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * core/: what everything here is about, mounts, devices and files: their structs, who owns them,
 * how long they live, which lock guards what, and the lists by which they are found.
 *
 * What is done with them is done above, so this uses no more than map/, ask/ and tell/.
 */
#ifndef FAMFS_CORE_H
#define FAMFS_CORE_H

#include <linux/completion.h>
#include <linux/cred.h>
#include <linux/fs.h>
#include <linux/mutex.h>
#include <linux/path.h>
#include <linux/rbtree.h>
#include <linux/refcount.h>
#include <linux/uidgid.h>
#include <linux/user_namespace.h>
#include <linux/workqueue.h>
#include <linux/xarray.h>
#include "ask/ask.h"
#include "compat_fuse.h"
#include "compat_vfs.h"
#include "famfs.h"
#include "linux/famfs_fuse.h"
#include "map/map.h"
#include "tell/tell.h"

struct famfs_claims;
struct famfs_marks;
struct famfs_mount;

/*
 * What has come of a server's word. One that agreed to the protocol and then
 * does not know GET_FMAP has a mount without maps, which is an ordinary one.
 */
enum famfs_mode {
	FAMFS_UNPROVEN,		/* no map was asked for yet */
	FAMFS_PROVEN,		/* at least one file has a map */
	FAMFS_PLAIN,		/* there are none */
};

/* What the layers above do for a mount: hook/mount.c. */
struct famfs_mount_ops {
	/* The superblock is going, its inodes have gone. May sleep. */
	void (*leave)(struct famfs_mount *fmnt);
	/* The last reference has gone. May sleep. */
	void (*ended)(void);
};

/* Bytes of a mount's source that are kept. */
#define FAMFS_MAX_SOURCE	255

/*
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
 * leaves FAMFS_UNPROVEN once, by cmpxchg().
 * @sb can be used without the lock by whoever keeps the superblock active, or is called
 * by it. The rest is written before the object is visible or inside the INIT reply, which
 * comes once, and is constant afterwards; @root and @cred are given back in put_super.
 */
struct famfs_mount {
	refcount_t ref;
	struct rcu_head rcu;
	const struct famfs_mount_ops *ops;
	struct super_block *sb;		/* no reference; NULL from put_super on */
	dev_t dev;			/* of @sb, whose number it is until that has gone */
	struct fuse_mount *fm;		/* of @sb, and not used after it */
	struct fuse_conn *fc;		/* likewise; also a session's name */
	bool named;			/* source or subtype says famfs */
	char name[64];			/* for the log: source and device number */
	const char *source;		/* as the mounter typed it, the beginning */

	/* INIT: hook/negotiate.c */
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
	struct famfs_tell tell;
	struct famfs_calls calls;
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
	struct fuse_file *spare;	/* for the next open, or NULL; atomic: vfs/file.c */
};

/*
 * struct famfs_daxdev - a device that a server's maps can name
 *
 * Owner and lifetime: the mount's @devs. It is made by the first map that names
 * the index, or by a registration, and stays until put_super; but one that could
 * not be had goes with its last user, and one that was registered can be closed
 * when it has none. Users are the maps that refer to it, from before their
 * devices are resolved until they are freed, and whoever is registering it.
 *
 * Locks: @users by the mount's devs_lock. @fsdev, @dax_dev, @base, @block, @folio_order,
 * @linear, @phys, @bad and @by_fd are set under @lock, once, and constant from then on;
 * readers reach them through a map, which is published after. @dead goes from false to true
 * under the mount's inodes_lock. @owners by @owners_lock, which keeps the inodes that are in it.
 */
struct famfs_daxdev {
	struct famfs_mount *fmnt;
	u64 index;			/* the server's */
	u32 users;
	struct mutex lock;		/* held by who resolves or registers it */
	struct fsdev *fsdev;		/* NULL until resolved */
	struct dax_device *dax_dev;
	u64 base;			/* byte of @dax_dev where it begins */
	bool block;			/* a block device */
	u8 folio_order;			/* log2 of the pages of its folios */
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
 * struct famfs_mapping - what the mappings of a file are linked to
 * @space: that; on a block device the file's DAX entries are there, too, and it is every open
 *	file's f_mapping. The inode's own mapping stays empty. So whatever stock FUSE does to
 *	it, because the server says that data changed or that the file is shorter, never
 *	touches memory that is in use
 * @fi: whose it is
 *
 * Owner and lifetime: the famfs_inode, from the first mmap, or with the map on a block device,
 * and freed with it.
 *
 * Locks: stock's, of an address_space. Whoever takes pages away (a device goes, a page is bad)
 * says so first, and looks for the mapping with the mount's inodes_lock held then or later:
 * if there is none yet, faults of the one to come see what was said.
 */
struct famfs_mapping {
	struct address_space space;
	struct famfs_inode *fi;
};

/* Whose mapping it is: one of a famfs_mapping. */
static inline struct famfs_inode *famfs_mapping_owner(const struct address_space *mapping)
{
	return container_of(mapping, struct famfs_mapping, space)->fi;
}

/*
 * Where a famfs_inode is, from the first open of a file to the end of its last pin. Four things
 * lead to it: the inode's i_private, the mount's @inodes, the trees of owners of its devices, and
 * the mount's @orphans.
 *
 *	state		i_private  inodes   owners   orphans   ->inode	->map
 *	opened		yes	   -	    -	     -		yes	-
 *	being claimed	yes	   -	    some     -		yes	-
 *	being installed	yes	   no map   all	     -		yes	-
 *	has its map	yes	   yes	    all	     -		yes	yes
 *	dead		yes	   yes	    all	     -		yes	yes, and @dead
 *	being evicted	-	   yes	    all	     -		yes	yes
 *	orphan		-	   yes	    all	     yes (*)	NULL	yes
 *	ended		-	   -	    -	     -		any	freed, it itself after RCU
 *
 * (*) Not while a look at the orphans has it in its own hands, which keeps it.
 *
 *	opened -> being claimed		dev/claims.c, under map_lock; back, if it fails
 *	-> being installed -> has its map	data/install.c, under map_lock and i_rwsem
 *	has its map -> dead		end/revoke.c, under inodes_lock; for ever. A map that names
 *					a device which has gone is dead from the beginning
 *	any -> being evicted		end/evict.c, which has the inode alone; what was only opened
 *					ends at once
 *	being evicted -> orphan		end/evict.c, if pages are pinned; the trees of owners are
 *					locked once after ->inode became NULL
 *	being evicted, orphan -> ended	end/evict.c: leaves the owners first, @inodes last, since a
 *					device that goes waits for those that are there
 *
 * So whoever finds it in @inodes or among the owners asks famfs_igrab(), under the lock it was
 * found by: NULL means evicted, or orphan, and that somebody else sees to its end.
 */

/*
 * struct famfs_inode - what we keep for a regular file that was opened
 *
 * Owner and lifetime: the inode's i_private, from the first open until eviction; then,
 * while pages of the file are in use that nobody can reach, the mount's @orphans. If a page
 * ever led to it, it is freed after a grace period of RCU.
 *
 * There are as many as files were opened: what few files need is behind a pointer.
 *
 * Locks:
 *	@inode		becomes NULL, once, under the mount's inodes_lock; is read under that, or
 *			under the lock of a tree of owners
 *	@mapping	is set once, under inodes_lock, after @marks: who sees it sees these
 *	@serial		is set once, under @map_lock
 *	@map		is set once, under @map_lock and i_rwsem, and read with acquire semantics;
 *			is freed at the end, when nothing leads to it
 *	@range, @on, @claims	of the task that claims the map, under @map_lock, or ends the inode
 *	@id		is set by the task that installs the map; inodes_lock guards its going
 *	@orphan, @dead	inodes_lock
 *	@writes		i_rwsem, held for writing; is read without it
 *	@opens, @revoking	atomic
 *	@revoked	is set by the task that has set @revoking
 *	@idle_to	of the task that revokes or ends the inode
 *	@marks		is set once, by the first mmap
 */
struct famfs_inode {
	struct inode *inode;			/* NULL: an orphan */
	struct address_space *mapping;	/* of a famfs_mapping; NULL: never mapped */
	struct mutex map_lock;
	u64 serial;			/* of no other; 0 before a map was asked for */
	struct fmap *map;
	struct famfs_range range;	/* the first that it claims; most have no other */
	struct famfs_daxdev *on;	/* where, or NULL: it claims nothing */
	struct famfs_claims *claims;	/* the others: dev/claims.c */
	u32 id;
	u32 writes;			/* twice how many there were; odd while there is one */
	atomic_t opens;			/* open files with the map */
	union {
		struct list_head orphan;
		struct rcu_head rcu;	/* from "ended" on */
	};
	unsigned long idle_to;		/* nothing before it is in use: a span, or an index */
	struct famfs_marks *marks;	/* NULL: never mapped, or on a block device */
	atomic_t revoking;		/* somebody waits for its pages */
	bool dead;			/* a device of the map was taken away */
	bool revoked;			/* and no page is in use any more */
};

/* code.c */
void famfs_code_pin(void);
void famfs_code_unpin(void);
void famfs_code_drain(void);

/* mount.c */
extern struct list_head famfs_mounts;
extern struct mutex famfs_mounts_lock;
struct famfs_mount *famfs_mount_new(struct super_block *sb, const struct famfs_mount_ops *ops,
				    const char *source, const char *name, bool named);
void famfs_mount_put(struct famfs_mount *fmnt);
void famfs_mounts_add(struct famfs_mount *fmnt);
void famfs_mounts_del(struct famfs_mount *fmnt);
void famfs_put_super(struct super_block *sb);
struct super_block *famfs_sb_get(struct famfs_mount *fmnt);

/* inodes.c */
int famfs_inodes_init(void);
void famfs_inodes_exit(void);
struct famfs_inode *famfs_inode_get(struct inode *inode);
void famfs_inode_free(struct famfs_inode *fi);
int famfs_inodes_add(struct famfs_mount *fmnt, struct famfs_inode *fi);
void famfs_inodes_del(struct famfs_mount *fmnt, struct famfs_inode *fi);
void famfs_inodes_publish(struct famfs_mount *fmnt, struct famfs_inode *fi, struct fmap *map);
struct famfs_inode *famfs_inodes_next(struct famfs_mount *fmnt, unsigned long *at);

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

	/* Pairs with famfs_inodes_publish(): the map's contents are seen too. */
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

/**
 * famfs_is_root() - is this root of the initial user namespace, acting for itself
 * @cred: the credentials of a task, or those that a file was opened with
 *
 * The saved id does not count: nothing is done with it.
 *
 * Context: any.
 * Return: true if it is.
 */
static inline bool famfs_is_root(const struct cred *cred)
{
	return cred->user_ns == &init_user_ns &&
	       uid_eq(cred->uid, GLOBAL_ROOT_UID) &&
	       uid_eq(cred->euid, GLOBAL_ROOT_UID) &&
	       uid_eq(cred->fsuid, GLOBAL_ROOT_UID);
}

#endif
