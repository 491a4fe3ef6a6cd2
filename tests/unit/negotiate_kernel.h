/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * As much of a kernel, its FUSE and the rest of famfs_fuse as fuse_famfs/hook/negotiate.c sees.
 * Included before that file, in place of the headers of layers.
 */
#ifndef NEGOTIATE_KERNEL_H
#define NEGOTIATE_KERNEL_H

#include "no_layers.h"

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <linux/types.h>
#include "linux/famfs_fuse.h"

#define container_of(p, type, member)	((type *)((char *)(p) - offsetof(type, member)))
#define offsetofend(type, member)	(offsetof(type, member) + sizeof(((type *)0)->member))
#define WRITE_ONCE(x, val)	(*(volatile typeof(x) *)&(x) = (val))
#define cmpxchg(p, old, new)	((void)__sync_val_compare_and_swap(p, old, new))

/* The kernel's log: the lines since the test began. */
extern char log_text[4096];
#define pr_info(...)	snprintf(log_text + strlen(log_text), \
				 sizeof(log_text) - strlen(log_text), __VA_ARGS__)
#define famfs_refuse_mount(name, source, dev, fmt, ...) \
	pr_info("%s: " fmt "\n", name, ##__VA_ARGS__)
#define pr_err_once(...) do { \
	static bool told; \
	if (!told) \
		pr_info(__VA_ARGS__); \
	told = true; \
} while (0)
#define FAMFS_UNKNOWN_FUSE	"unknown FUSE: %s\n"

typedef struct { int n; } refcount_t;
static inline void refcount_inc(refcount_t *ref) { ref->n++; }
struct completion { bool done; };
static inline void complete_all(struct completion *c) { c->done = true; }
static inline void wait_for_completion(struct completion *c) { (void)c; }
static inline int wait_for_completion_killable(struct completion *c) { (void)c; return 0; }

struct fuse_args;
typedef void fuse_end_fn(struct fuse_args *args, int error);
#define COMPAT_FUSE_END_PARAMS	struct fuse_args *args, int error
#define COMPAT_FUSE_END_ARGS	args, error
struct fuse_args {
	u32 opcode;
	unsigned short in_numargs, out_numargs;
	struct { unsigned int size; const void *value; } in_args[3];
	struct { unsigned int size; void *value; } out_args[2];
	fuse_end_fn *end;
};
struct fuse_req { struct fuse_args *args; };
struct fuse_iqueue;
struct fuse_iqueue_ops { void (*send_req)(struct fuse_iqueue *fiq, struct fuse_req *req); };
struct fuse_iqueue { const struct fuse_iqueue_ops *ops; };
#define COMPAT_FUSE_IQ_SEND		send_req
#define COMPAT_FUSE_IQ_SEND_PARAMS	struct fuse_iqueue *fiq, struct fuse_req *req
#define COMPAT_FUSE_IQ_SEND_ARGS	fiq, req
static inline struct fuse_req *compat_fuse_iq_sent(struct fuse_iqueue *fiq, struct fuse_req *req)
{
	(void)fiq;
	return req;
}

struct fuse_conn { struct fuse_iqueue iq; bool conn_error, sync_init; };
struct fuse_mount { struct fuse_conn *fc; };
#define compat_fuse_iq(fc)		(&(fc)->iq)
#define compat_fuse_same_major(out)	((out)->major == FUSE_KERNEL_VERSION)
#define compat_fuse_conn_failed(fc)	((fc)->conn_error)
static inline bool compat_fuse_take_sync_init(struct fuse_conn *fc) { return fc->sync_init; }
static inline void compat_fuse_abort(struct fuse_conn *fc) { fc->conn_error = true; }
int compat_fuse_send_init(struct fuse_mount *fm);
#define FAMFS_FUSE_OVER_IO_URING	(1ULL << 41)

struct inode_operations { int some; };
struct inode { const struct inode_operations *i_op; };
struct dentry { struct inode *d_inode; };
struct super_block { struct dentry *s_root; };
#define d_inode(dentry)	((dentry)->d_inode)

struct famfs_mount {
	refcount_t ref;
	struct super_block *sb;
	struct fuse_mount *fm;
	struct fuse_conn *fc;
	u32 dev;
	bool named;
	const char *name;
	struct fuse_init_in init_in;
	fuse_end_fn *stock_end;
	struct fuse_iqueue_ops iq_ops;
	const struct fuse_iqueue_ops *stock_iq_ops;
	bool init_seen;
	struct completion init_done;
	u64 flags;
	u32 minor;
	int server;
};
#define current	NULL
#define task_tgid_nr(task)	((void)(task), 1)
#define trace_famfs_init(dev, ...)	((void)(dev))
struct cred;
#define current_cred()	((const struct cred *)NULL)
bool famfs_is_root(const struct cred *cred);
static inline void famfs_code_pin(void) { }
static inline void famfs_code_unpin(void) { }
static inline void famfs_mount_put(struct famfs_mount *fmnt) { fmnt->ref.n--; }
void famfs_mount_enable(struct famfs_mount *fmnt);
bool famfs_tables_from_root(struct super_block *sb, struct inode *root);
static const struct inode_operations famfs_dir_iops, stock_dir_iops;
static const struct inode_operations * const famfs_stock_dir_iops = &stock_dir_iops;
int famfs_negotiate(struct famfs_mount *fmnt);

#endif
