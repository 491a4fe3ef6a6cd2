// SPDX-License-Identifier: GPL-2.0-only
/*
 * Setting a FUSE mount up from outside, as it differs between kernels: the same
 * steps in the same order as the stock get_tree of a plain mount.
 */
#include <linux/cred.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/slab.h>
#include <linux/user_namespace.h>
#include "compat_fuse.h"

static struct fuse_fs_context *ctx_of(struct fs_context *fsc)
{
	return fsc->fs_private;
}

#ifdef HAVE_FUSE_FS_CONTEXT_FUD

/*
 * The context holds the session from the parameter on: nothing to take, nothing to drop.
 * It does not say which file that was, so whoever sees the parameter has to.
 */
void compat_fuse_grab_dev(struct fs_context *fsc)
{
}

void compat_fuse_drop_dev(struct fs_context *fsc)
{
}

static bool session_is_fresh(struct fuse_fs_context *ctx)
{
#ifdef HAVE_FUSE_DEV_CHAN
	return ctx->fud && !READ_ONCE(ctx->fud->chan);
#else
	return ctx->fud && !READ_ONCE(ctx->fud->fc);
#endif
}

bool compat_fuse_takes_session(struct fs_context *fsc, struct file *file)
{
	return file->f_op == &fuse_dev_operations && ctx_of(fsc)->fud &&
	       READ_ONCE(file->private_data) == ctx_of(fsc)->fud;
}

const struct cred *compat_fuse_opener(struct fs_context *fsc, const struct cred *seen)
{
	return seen;
}

static int session_attach(struct super_block *sb, struct fuse_fs_context *ctx)
{
	return 0;
}

#else

/**
 * compat_fuse_grab_dev() - take the session file for the time of get_tree
 * @fsc: a context whose parameters are parsed
 *
 * Until compat_fuse_drop_dev(), which has to come before stock's get_tree is called.
 *
 * Context: may sleep; the task that named the descriptor.
 */
void compat_fuse_grab_dev(struct fs_context *fsc)
{
	struct fuse_fs_context *ctx = ctx_of(fsc);

	ctx->file = ctx->fd_present ? fget(ctx->fd) : NULL;
}

void compat_fuse_drop_dev(struct fs_context *fsc)
{
	struct fuse_fs_context *ctx = ctx_of(fsc);

	if (ctx->file)
		fput(ctx->file);
	ctx->file = NULL;
}

/*
 * A file without a connection has nothing there; or, where a server can ask for a synchronous
 * INIT before it mounts and has done so, the number 1.
 */
static bool has_no_connection(const void *private_data)
{
#ifdef HAVE_FUSE_CONN_SYNC_INIT
	return (unsigned long)private_data <= 1;
#else
	return !private_data;
#endif
}

static bool session_is_fresh(struct fuse_fs_context *ctx)
{
	return ctx->file && ctx->file->f_op == &fuse_dev_operations &&
	       has_no_connection(READ_ONCE(ctx->file->private_data)) &&
	       ctx->file->f_cred->user_ns == &init_user_ns;
}

/**
 * compat_fuse_takes_session() - has the context taken this file as its session
 * @fsc: a context that has just read a parameter
 * @file: the file that the parameter names
 *
 * Here a context keeps the number of the descriptor, and what is behind it is looked at when
 * the mount is made.
 *
 * Return: false.
 */
bool compat_fuse_takes_session(struct fs_context *fsc, struct file *file)
{
	return false;
}

/**
 * compat_fuse_opener() - with which credentials a mount's session was opened
 * @fsc: its context, with its session grabbed
 * @seen: those of the file that compat_fuse_takes_session() was true for, or NULL
 *
 * Return: them, valid until the session is dropped; NULL: not known.
 */
const struct cred *compat_fuse_opener(struct fs_context *fsc, const struct cred *seen)
{
	return ctx_of(fsc)->file ? ctx_of(fsc)->file->f_cred : NULL;
}

static int session_attach(struct super_block *sb, struct fuse_fs_context *ctx)
{
	if (ctx->file->f_cred->user_ns != sb->s_user_ns)
		return -EINVAL;
	ctx->fudptr = &ctx->file->private_data;
	return 0;
}

#endif

/**
 * compat_fuse_is_plain_mount() - a mount of a session that is new
 * @fsc: the context of a mount that is about to be made, with its session grabbed
 *
 * Return: true if it has a session that has no connection yet, is not for a block
 * device, has the options that a mount must have, and a directory as its root. For
 * anything else stock finds the right answer itself.
 */
bool compat_fuse_is_plain_mount(struct fs_context *fsc)
{
	struct fuse_fs_context *ctx = ctx_of(fsc);

	return !ctx->is_bdev && ctx->rootmode_present && ctx->user_id_present &&
	       ctx->group_id_present && S_ISDIR(ctx->rootmode) && session_is_fresh(ctx);
}

/* The mount's owner, its option user_id, is root of the initial user namespace. */
bool compat_fuse_owner_is_root(struct fs_context *fsc)
{
	return uid_eq(ctx_of(fsc)->user_id, GLOBAL_ROOT_UID);
}

/**
 * compat_fuse_conn_new() - a connection and a mount that belong together
 * @fsc: the context
 * @fmp: set on success; freed with fuse_mount_destroy() until a superblock
 *	takes it over
 *
 * Return: 0 or -ENOMEM.
 */
int compat_fuse_conn_new(struct fs_context *fsc, struct fuse_mount **fmp)
{
	struct fuse_conn *fc = kmalloc(sizeof(*fc), GFP_KERNEL);
	struct fuse_mount *fm = kzalloc(sizeof(*fm), GFP_KERNEL);
#ifdef HAVE_FUSE_CONN_CHAN
	struct fuse_chan *chan = fuse_dev_chan_new();

	if (!fc || !fm || !chan) {
		if (chan)
			fuse_chan_free(chan);
		goto nomem;
	}
	fuse_conn_init(fc, fm, fsc->user_ns, chan);
#else
	if (!fc || !fm)
		goto nomem;
	fuse_conn_init(fc, fm, fsc->user_ns, &fuse_dev_fiq_ops, NULL);
#endif
	fc->release = fuse_free_conn;
	*fmp = fm;
	return 0;
nomem:
	kfree(fm);
	kfree(fc);
	return -ENOMEM;
}

/**
 * compat_fuse_fill_super() - everything that stock does before INIT
 * @sb: a new superblock with the fuse_mount in s_fs_info
 * @fsc: the context, with its session grabbed
 *
 * Return: 0 or what stock returned.
 */
int compat_fuse_fill_super(struct super_block *sb, struct fs_context *fsc)
{
	struct fuse_fs_context *ctx = ctx_of(fsc);
	int err;

	err = session_attach(sb, ctx);
	if (!err)
		err = fuse_fill_super_common(sb, ctx);
	/* The session's connection is visible before INIT is. */
	smp_mb();
	return err;
}
