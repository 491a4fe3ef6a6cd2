// SPDX-License-Identifier: GPL-2.0-only
/*
 * The context of a mount that is being set up, before it is known whose it will be.
 *
 * Stock's operations stay in charge. Three are wrapped: reading the parameters, to
 * learn who opened the session; making the tree, to decide whether the mount is any
 * business of ours; and freeing.
 */
#include <linux/cred.h>
#include <linux/file.h>
#include <linux/fs_context.h>
#include <linux/module.h>
#include <linux/slab.h>
#include "core/core.h"
#include "hook/internal.h"

/*
 * struct famfs_context - what we keep for a context of the type "fuse"
 *
 * Owner and lifetime: the fs_context, whose operations are part of it, until that is
 * freed. It pins this module.
 *
 * Lock: the context's own (uapi_mutex), or none where nobody else can see it.
 */
struct famfs_context {
	struct fs_context_operations ops;	/* stock's, with three wrapped */
	const struct fs_context_operations *stock;
	const struct cred *opener;		/* of the session; NULL: not known */
	struct famfs_mount *again;		/* a mount there is: a reference */
};

static struct famfs_context *famfs_context_of(struct fs_context *fsc)
{
	return container_of(fsc->ops, struct famfs_context, ops);
}

/* The file that the parameter "fd" names; a reference. */
static struct file *famfs_param_file(const struct fs_parameter *param)
{
	unsigned int fd;

	if (strcmp(param->key, "fd"))
		return NULL;
	if (param->type == fs_value_is_file)
		return param->file ? get_file(param->file) : NULL;
	if (param->type != fs_value_is_string || kstrtouint(param->string, 0, &fd))
		return NULL;
	return fget(fd);
}

/* A famfs mount's session once more. Stock would not know it, as it has operations of ours. */
static int famfs_context_again(struct famfs_context *ctx, struct fs_context *fsc,
			       struct file *session, struct famfs_mount *fmnt)
{
	if (ctx->again || session->f_cred->user_ns != fsc->user_ns) {
		famfs_mount_put(fmnt);
		return -EINVAL;
	}
	ctx->again = fmnt;
	return 0;
}

static int famfs_context_parse_param(struct fs_context *fsc, struct fs_parameter *param)
{
	struct famfs_context *ctx = famfs_context_of(fsc);
	struct file *session = famfs_param_file(param);
	struct famfs_mount *fmnt;
	int err;

	if (!session)
		return ctx->stock->parse_param(fsc, param);
	fmnt = famfs_session_mount(session);
	if (fmnt) {
		err = famfs_context_again(ctx, fsc, session, fmnt);
	} else {
		err = ctx->stock->parse_param(fsc, param);
		if (!err && compat_fuse_takes_session(fsc, session)) {
			if (ctx->opener)
				put_cred(ctx->opener);
			ctx->opener = get_cred(session->f_cred);
		}
	}
	fput(session);
	return err;
}

static int famfs_test_again(struct super_block *sb, struct fs_context *fsc)
{
	const struct famfs_mount *fmnt = fsc->sget_key;

	return READ_ONCE(fmnt->sb) == sb;
}

static int famfs_set_no_super(struct super_block *sb, struct fs_context *fsc)
{
	return -ENOTCONN;
}

/* A famfs mount's session once more: the same superblock, as stock does for its own. */
static int famfs_get_tree_again(struct fs_context *fsc, struct famfs_mount *fmnt)
{
	struct super_block *sb;

	fsc->sget_key = fmnt;
	sb = sget_fc(fsc, famfs_test_again, famfs_set_no_super);
	if (IS_ERR(sb))
		return PTR_ERR(sb);
	fsc->root = dget(sb->s_root);
	return 0;
}

static int famfs_context_get_tree(struct fs_context *fsc)
{
	struct famfs_context *ctx = famfs_context_of(fsc);
	bool offer;
	int err = 0;

	if (ctx->again)
		return famfs_get_tree_again(fsc, ctx->again);
	/* Hold the session, so that the one which is judged is the one which is mounted. */
	compat_fuse_grab_dev(fsc);
	offer = famfs_offers(fsc, compat_fuse_opener(fsc, ctx->opener));
	if (offer)
		err = famfs_get_tree(fsc);
	compat_fuse_drop_dev(fsc);
	return offer ? err : ctx->stock->get_tree(fsc);
}

static void famfs_context_free(struct fs_context *fsc)
{
	struct famfs_context *ctx = famfs_context_of(fsc);

	famfs_code_pin();
	fsc->ops = ctx->stock;
	ctx->stock->free(fsc);
	if (ctx->opener)
		put_cred(ctx->opener);
	if (ctx->again)
		famfs_mount_put(ctx->again);
	kfree(ctx);
	module_put(THIS_MODULE);
	famfs_code_unpin();
}

/**
 * famfs_context_take() - see a mount being set up
 * @fsc: its context, as stock has just made it
 *
 * Where stock's operations are not what we know, or the module is being unloaded, the
 * mount is an ordinary one. Want of memory makes mount(2) fail instead, as that is told.
 *
 * Context: may sleep; between famfs_code_pin() and famfs_code_unpin().
 * Return: 0; -ENOMEM, and what stock has made is freed.
 */
int famfs_context_take(struct fs_context *fsc)
{
	const struct fs_context_operations *stock = fsc->ops;
	struct famfs_context *ctx;

	if (!stock->get_tree || !stock->free || !stock->parse_param || stock->dup) {
		pr_err_once(FAMFS_UNKNOWN_FUSE, "mounts are set up in another way: they are ordinary ones");
		return 0;
	}
	ctx = kzalloc(sizeof(*ctx), GFP_KERNEL_ACCOUNT);
	if (!ctx) {
		/* The caller frees no context whose init_fs_context() failed. */
		stock->free(fsc);
		fsc->fs_private = NULL;
		return -ENOMEM;
	}
	if (!try_module_get(THIS_MODULE)) {
		kfree(ctx);
		return 0;
	}
	ctx->stock = stock;
	ctx->ops = *stock;
	ctx->ops.parse_param = famfs_context_parse_param;
	ctx->ops.get_tree = famfs_context_get_tree;
	ctx->ops.free = famfs_context_free;
	fsc->ops = &ctx->ops;
	return 0;
}
