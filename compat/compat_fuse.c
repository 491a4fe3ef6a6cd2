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

/* The context holds the session: nothing to take, nothing to drop. */
static bool session_is_fresh(struct fuse_fs_context *ctx)
{
	return ctx->fud && !READ_ONCE(ctx->fud->chan);
}

int compat_fuse_grab_dev(struct fs_context *fsc)
{
	return session_is_fresh(ctx_of(fsc)) ? 0 : -EINVAL;
}

void compat_fuse_drop_dev(struct fs_context *fsc)
{
}

static int session_attach(struct super_block *sb, struct fuse_fs_context *ctx)
{
	return 0;
}

#else

static bool file_is_fresh_session(struct file *file)
{
	return file->f_op == &fuse_dev_operations &&
	       !READ_ONCE(file->private_data) &&
	       file->f_cred->user_ns == &init_user_ns;
}

static bool session_is_fresh(struct fuse_fs_context *ctx)
{
	struct file *file = ctx->fd_present ? fget(ctx->fd) : NULL;
	bool fresh = file && file_is_fresh_session(file);

	if (file)
		fput(file);
	return fresh;
}

/**
 * compat_fuse_grab_dev() - take the session file for the time of get_tree
 * @fsc: a context that compat_fuse_is_plain_mount() accepted
 *
 * Return: 0, or -EINVAL if the descriptor has become something else meanwhile.
 */
int compat_fuse_grab_dev(struct fs_context *fsc)
{
	struct fuse_fs_context *ctx = ctx_of(fsc);

	ctx->file = fget(ctx->fd);
	return ctx->file && file_is_fresh_session(ctx->file) ? 0 : -EINVAL;
}

void compat_fuse_drop_dev(struct fs_context *fsc)
{
	struct fuse_fs_context *ctx = ctx_of(fsc);

	if (ctx->file)
		fput(ctx->file);
	ctx->file = NULL;
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
 * @fsc: the context of a mount that is about to be made
 *
 * Return: true if it names a session file that has no connection yet, is not
 * for a block device and has the options that a mount must have. For anything
 * else stock finds the right answer itself.
 */
bool compat_fuse_is_plain_mount(struct fs_context *fsc)
{
	struct fuse_fs_context *ctx = ctx_of(fsc);

	return !ctx->is_bdev && ctx->rootmode_present && ctx->user_id_present &&
	       ctx->group_id_present && session_is_fresh(ctx);
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
