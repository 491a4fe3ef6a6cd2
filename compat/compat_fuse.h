/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The stock FUSE, as it differs between kernels.
 *
 * Its structs come from BTF (famfs_layout.h): only the members named in
 * layout/fuse.spec exist here, and only on kernels that have them.
 */
#ifndef COMPAT_FUSE_H
#define COMPAT_FUSE_H

#include <linux/bitops.h>
#include <linux/fs.h>
#include <linux/fs_context.h>
#include <linux/fuse.h>
#include <linux/list.h>
#include <linux/spinlock.h>
#include "famfs_layout.h"

/* Exported objects: BTF knows functions, these are data. */
extern const struct file_operations fuse_dev_operations;
#ifndef HAVE_FUSE_CONN_CHAN
extern const struct fuse_iqueue_ops fuse_dev_fiq_ops;
#endif

/* INIT flag 41, which older copies of the protocol's header lack. */
#define FAMFS_FUSE_OVER_IO_URING	(1ULL << 41)

/* The callback at the end of a request. */
#ifdef FUSE_END_TAKES_MOUNT
typedef void fuse_end_fn(struct fuse_mount *fm, struct fuse_args *args,
			 int error);
#define COMPAT_FUSE_END_PARAMS	struct fuse_mount *fm, struct fuse_args *args, \
				int error
#define COMPAT_FUSE_END_ARGS	fm, args, error
#else
typedef void fuse_end_fn(struct fuse_args *args, int error);
#define COMPAT_FUSE_END_PARAMS	struct fuse_args *args, int error
#define COMPAT_FUSE_END_ARGS	args, error
#endif

/*
 * The operation of the input queue that sends a request. The older one is told
 * only that there is a new request, with the queue's lock held: it is the last.
 */
#ifdef HAVE_FUSE_IQUEUE_OPS_SEND_REQ
#define COMPAT_FUSE_IQ_SEND		send_req
#define COMPAT_FUSE_IQ_SEND_PARAMS	struct fuse_iqueue *fiq, struct fuse_req *req
#define COMPAT_FUSE_IQ_SEND_ARGS	fiq, req

static inline struct fuse_req *compat_fuse_iq_sent(struct fuse_iqueue *fiq,
						   struct fuse_req *req)
{
	return req;
}
#else
#define COMPAT_FUSE_IQ_SEND		wake_pending_and_unlock
#define COMPAT_FUSE_IQ_SEND_PARAMS	struct fuse_iqueue *fiq
#define COMPAT_FUSE_IQ_SEND_ARGS	fiq

static inline struct fuse_req *compat_fuse_iq_sent(struct fuse_iqueue *fiq)
{
	return list_last_entry(&fiq->pending, struct fuse_req, list);
}
#endif

static inline struct fuse_iqueue *compat_fuse_iq(struct fuse_conn *fc)
{
#ifdef HAVE_FUSE_CONN_CHAN
	return &fc->chan->iq;
#else
	return &fc->iq;
#endif
}

/* Is there still a server, or at least somebody who has its session? */
static inline bool compat_fuse_is_connected(struct fuse_conn *fc)
{
	return READ_ONCE(compat_fuse_iq(fc)->connected);
}

/* What limits requests that nobody waits for: moved to the transport as a whole. */
#ifdef HAVE_FUSE_CHAN_BG_LOCK
typedef struct fuse_chan compat_fuse_bg_t;

static inline compat_fuse_bg_t *compat_fuse_bg(struct fuse_conn *fc)
{
	return fc->chan;
}
#else
typedef struct fuse_conn compat_fuse_bg_t;

static inline compat_fuse_bg_t *compat_fuse_bg(struct fuse_conn *fc)
{
	return fc;
}
#endif

/* @file is an open session of the connection; its f_op is FUSE's or a copy. */
static inline bool compat_fuse_is_session(struct file *file,
					  struct fuse_conn *fc)
{
	struct fuse_dev *fud = READ_ONCE(file->private_data);

	/* Some kernels mark one that is to have a synchronous INIT by a number there. */
	if ((unsigned long)fud < PAGE_SIZE)
		return false;
#ifdef HAVE_FUSE_DEV_CHAN
	return READ_ONCE(fud->chan) == fc->chan;
#else
	return READ_ONCE(fud->fc) == fc;
#endif
}

static inline struct fuse_inode *compat_fuse_inode(struct inode *inode)
{
	return container_of(inode, struct fuse_inode, inode);
}

/* The server has made another file of it: all that is done with this one fails. */
static inline bool compat_fuse_is_bad(struct inode *inode)
{
	return unlikely(test_bit(FUSE_I_BAD, &compat_fuse_inode(inode)->state));
}

static inline const char *compat_fuse_subtype(struct fs_context *fsc)
{
	return ((struct fuse_fs_context *)fsc->fs_private)->subtype;
}

/* End the connection: every request gets an error. May sleep. */
static inline void compat_fuse_abort(struct fuse_conn *fc)
{
#ifdef HAVE_FUSE_CONN_CHAN
	fuse_chan_abort(fc->chan, false);
#else
	fuse_abort_conn(fc);
#endif
}

/* INIT was answered with something that stock did not accept. */
static inline bool compat_fuse_conn_failed(struct fuse_conn *fc)
{
	return fc->conn_error;
}

/* The server has answered OPEN with ENOSYS: it is asked about no open any more. */
static inline bool compat_fuse_no_open(const struct fuse_conn *fc)
{
	return fc->no_open;
}

/* The server has answered FLUSH with ENOSYS: it is not told of a close any more. */
static inline bool compat_fuse_no_flush(const struct fuse_conn *fc)
{
	return fc->no_flush;
}

/* Stock's own DAX is a window of virtiofs: this mount never has one. */
static inline void compat_fuse_no_window_dax(struct fuse_conn *fc)
{
#if defined(HAVE_FUSE_CONN_DAX_MODE)
	fc->dax_mode = FUSE_DAX_NEVER;
#elif defined(HAVE_FUSE_CONN_VDAX_MODE) && defined(FUSE_VDAX_HAS_DAX_NEVER)
	fc->vdax_mode = FUSE_DAX_NEVER;
#elif defined(HAVE_FUSE_CONN_VDAX_MODE)
	fc->vdax_mode = FUSE_VDAX_NEVER;
#endif
}

/*
 * Whether INIT was to be sent synchronously; clears the wish, because the
 * synchronous path offers no place to look at the reply.
 */
static inline bool compat_fuse_take_sync_init(struct fuse_conn *fc)
{
#ifdef HAVE_FUSE_CONN_SYNC_INIT
	bool sync = fc->sync_init;

	fc->sync_init = 0;
	return sync;
#else
	return false;
#endif
}

/* The reply is of the protocol's major version, and so its fields mean something. */
static inline bool compat_fuse_same_major(const struct fuse_init_out *out)
{
	return out->major == FUSE_KERNEL_VERSION;
}

/* Return: 0 or an errno, where the kernel can tell. */
static inline int compat_fuse_send_init(struct fuse_mount *fm)
{
#ifdef FUSE_SEND_INIT_RETURNS_INT
	return fuse_send_init(fm);
#else
	fuse_send_init(fm);
	return 0;
#endif
}

bool compat_fuse_is_plain_mount(struct fs_context *fsc);
int compat_fuse_conn_new(struct fs_context *fsc, struct fuse_mount **fmp);
bool compat_fuse_owner_is_root(struct fs_context *fsc);
bool compat_fuse_takes_session(struct fs_context *fsc, struct file *file);
const struct cred *compat_fuse_opener(struct fs_context *fsc, const struct cred *seen);
void compat_fuse_grab_dev(struct fs_context *fsc);
void compat_fuse_drop_dev(struct fs_context *fsc);
int compat_fuse_fill_super(struct super_block *sb, struct fs_context *fsc);

/* A new connection's queue can be looked at here, if the kernel shows its operations. */
static inline bool compat_fuse_iq_ops_known(void)
{
#ifdef HAVE_FUSE_CONN_CHAN
	return true;
#else
	return fuse_dev_fiq_ops.COMPAT_FUSE_IQ_SEND;
#endif
}

#endif
