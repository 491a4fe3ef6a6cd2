/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * As much of a kernel and of famfs_fuse as fuse_famfs/show/debugfs.c and maps.c see. Included
 * before these, in place of the headers of layers.
 */
#ifndef WALK_KERNEL_H
#define WALK_KERNEL_H

#include "no_layers.h"

#include <stdint.h>
#include <linux/mutex.h>
#include "linux/famfs_fuse.h"
#include "map/map.h"
#include "seq_kernel.h"

#define U64_MAX		UINT64_MAX
#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))

/* How many locks are held. */
extern int held;
typedef struct { int unused; } spinlock_t;
#define spin_lock(lock)		((void)(lock), (void)held++)
#define spin_unlock(lock)	((void)(lock), (void)held--)
#define mutex_lock(lock)	((void)(lock), (void)held++)
#define mutex_unlock(lock)	((void)(lock), (void)held--)

struct list_head { struct list_head *next, *prev; };
#define list_for_each_entry(p, head, member) \
	for (p = (void *)((char *)(head)->next - offsetof(typeof(*p), member)); \
	     &p->member != (head); \
	     p = (void *)((char *)p->member.next - offsetof(typeof(*p), member)))

typedef struct { int n; } atomic_t;
#define atomic_read(v)	((v)->n)

#define seq_escape_mem(seq, s, len, flags, esc)	seq_printf(seq, "%.*s", (int)(len), s)

struct inode { u64 i_ino; void *i_private; };
struct fuse_inode { u64 nodeid; };
static inline struct fuse_inode *compat_fuse_inode(struct inode *inode)
{
	static struct fuse_inode fuse_inode;

	fuse_inode.nodeid = inode->i_ino;
	return &fuse_inode;
}

static inline int single_release(void) { return 0; }
#define single_open(file, show, data)	((void)(file), (void)(show), 0)
void *__seq_open_private(struct file *file, const struct seq_operations *ops, int size);
struct dentry;
#define debugfs_create_dir(name, parent)	((struct dentry *)NULL)
#define debugfs_create_file(name, mode, dir, data, fops) \
	((void)(name), (void)(dir), (void)(data), (void)(fops))
#define debugfs_remove(dir)	((void)(dir))

struct famfs_inode {
	struct inode *inode;
	struct fmap *map;
	atomic_t opens;
	bool dead;
};

#define MAX_FILES	64
struct famfs_mount {
	dev_t dev;
	u64 serial;
	struct list_head list;
	spinlock_t inodes_lock;
	struct famfs_inode *files[MAX_FILES];	/* by id, from 1 on */
};
extern struct list_head famfs_mounts;
extern struct mutex famfs_mounts_lock;
struct famfs_inode *famfs_inodes_next(struct famfs_mount *fmnt, unsigned long *at);
extern const struct file_operations famfs_waits_fops, famfs_refusals_fops;
void famfs_seq_string(struct seq_file *seq, const char *key, const char *s);
void famfs_debugfs_init(void);
void famfs_debugfs_exit(void);

#endif
