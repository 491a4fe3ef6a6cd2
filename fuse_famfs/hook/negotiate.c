// SPDX-License-Identifier: GPL-2.0-only
/*
 * INIT: offering the protocol and learning the answer.
 *
 * The stock fuse_send_init() queues INIT before it returns. So our operations
 * are in the input queue just while it runs: they replace the message's argument
 * with a copy that has the flag set, and wrap the request's end callback. After
 * that nothing of ours is in the path of a request.
 */
#include <linux/cred.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include "compat_aside.h"
#include "core/core.h"
#include "hook/internal.h"
#include "tell/tell.h"
#include "vfs/vfs.h"

/* The two halves of the 64 INIT flags travel apart; bit 43 is in the second. */
#define FAMFS_INIT_BIT		((u32)(FUSE_DAX_FMAP >> 32))

static void famfs_root_wrap(struct famfs_mount *fmnt)
{
	WRITE_ONCE(d_inode(fmnt->sb->s_root)->i_op, &famfs_dir_iops);
}

static void famfs_root_unwrap(struct famfs_mount *fmnt)
{
	WRITE_ONCE(d_inode(fmnt->sb->s_root)->i_op, famfs_stock_dir_iops);
}

/* The reply has the flag, and it can only mean us. */
static bool famfs_init_means_us(const struct famfs_mount *fmnt,
				struct fuse_args *args, int error)
{
	struct fuse_init_out *out = args->out_args[0].value;
	u64 flags;

	if (error || args->out_args[0].size < offsetofend(typeof(*out), flags2))
		return false;
	if (!compat_fuse_same_major(out) || !(out->flags & FUSE_INIT_EXT))
		return false;
	flags = out->flags | (u64)out->flags2 << 32;
	if (!(flags & FUSE_DAX_FMAP))
		return false;
	/*
	 * With FUSE over io_uring agreed too, a server that knows nothing of
	 * famfs may have echoed the bit for its other meaning. Only the mount's
	 * own name tells them apart.
	 */
	return fmnt->named || !(flags & FAMFS_FUSE_OVER_IO_URING);
}

/*
 * What stock would do for the server on a mount with a page cache, and is not to do on one whose
 * data it never sees: the table of "Other INIT flags" in docs/protocol.md.
 */
static void famfs_init_tame(struct fuse_init_out *out)
{
	/* Stock must never read the bit's other meaning into it. */
	out->flags2 &= ~FAMFS_INIT_BIT;
	/* There is nothing to write back; times stay the server's. */
	out->flags &= ~FUSE_WRITEBACK_CACHE;
	/* The server sees no write: it cannot clear setuid bits at one. */
	out->flags &= ~(FUSE_HANDLE_KILLPRIV | FUSE_HANDLE_KILLPRIV_V2);
	/* A new mtime has stock look for pages to throw out. There are none: mappings are ours. */
	out->flags &= ~FUSE_AUTO_INVAL_DATA;
	out->flags |= FUSE_EXPLICIT_INVAL_DATA;
}

/* Why the server must not have what it agreed to; NULL: it may. */
static const char *famfs_init_objection(const struct famfs_mount *fmnt,
					const struct fuse_init_out *out)
{
	/*
	 * Root's session may have been passed on. (A set-user-ID program that writes to it
	 * for another user has that user's real id.)
	 */
	if (!famfs_is_root(current_cred()))
		return "INIT was not answered by root";
	/* A file has one map. */
	if (compat_fuse_own_maps_agreed(fmnt->init_in.flags | (u64)fmnt->init_in.flags2 << 32,
					out->flags | (u64)out->flags2 << 32))
		return "the server agreed to the kernel's own extent maps";
	return NULL;
}

static void famfs_init_reply(struct famfs_mount *fmnt, struct fuse_args *args,
			     int error)
{
	struct fuse_init_out *out = args->out_args[0].value;
	bool agreed = famfs_init_means_us(fmnt, args, error);
	u64 flags = agreed ? out->flags | (u64)out->flags2 << 32 : 0;
	u32 minor = agreed ? out->minor : 0;
	const char *objection = agreed ? famfs_init_objection(fmnt, out) : NULL;

	if (objection) {
		famfs_refuse_mount(fmnt->name, fmnt->source, fmnt->dev,
				   "%s: the famfs protocol is refused", objection);
		out->flags2 &= ~FAMFS_INIT_BIT;
		agreed = false;
	}
	if (agreed) {
		fmnt->flags = flags;
		fmnt->minor = minor;
		fmnt->server = task_tgid_nr(current);
		famfs_init_tame(out);
		famfs_mount_enable(fmnt);
		pr_info("%s: famfs protocol agreed (server speaks FUSE 7.%u)\n",
			fmnt->name, out->minor);
	} else {
		famfs_root_unwrap(fmnt);
		if (fmnt->named && !objection)
			famfs_refuse_mount(fmnt->name, fmnt->source, fmnt->dev,
					   "server did not agree to the famfs protocol: an ordinary FUSE mount");
	}
	trace_famfs_init(fmnt->dev, agreed, flags, minor, task_tgid_nr(current));
}

/* Runs in the server's write(2), or in whatever aborts the connection. */
static void famfs_init_end(COMPAT_FUSE_END_PARAMS)
{
	struct famfs_mount *fmnt = container_of(args->in_args[0].value,
						struct famfs_mount, init_in);

	famfs_code_pin();
	famfs_init_reply(fmnt, args, error);
	fmnt->stock_end(COMPAT_FUSE_END_ARGS);
	complete_all(&fmnt->init_done);
	famfs_mount_put(fmnt);
	famfs_code_unpin();
}

/*
 * @args is the stock INIT, on its way into the queue. One of another form is left alone, and
 * famfs_negotiate() tells.
 */
static void famfs_init_edit(struct famfs_mount *fmnt, struct fuse_args *args)
{
	if (args->opcode != FUSE_INIT || args->in_numargs != 1 ||
	    args->out_numargs != 1 || !args->end ||
	    args->in_args[0].size != sizeof(fmnt->init_in))
		return;
	memcpy(&fmnt->init_in, args->in_args[0].value, sizeof(fmnt->init_in));
	if (!(fmnt->init_in.flags & FUSE_INIT_EXT))
		return;
	fmnt->init_in.flags2 |= FAMFS_INIT_BIT;
	args->in_args[0].value = &fmnt->init_in;
	fmnt->stock_end = args->end;
	args->end = famfs_init_end;
	fmnt->init_seen = true;
	refcount_inc(&fmnt->ref);
}

static void famfs_iq_send(COMPAT_FUSE_IQ_SEND_PARAMS)
{
	struct famfs_mount *fmnt = container_of(fiq->ops, struct famfs_mount,
						iq_ops);

	famfs_init_edit(fmnt, compat_fuse_iq_sent(COMPAT_FUSE_IQ_SEND_ARGS)->args);
	fmnt->stock_iq_ops->COMPAT_FUSE_IQ_SEND(COMPAT_FUSE_IQ_SEND_ARGS);
}

/**
 * famfs_negotiate() - send INIT with the offer
 * @fmnt: a mount whose superblock is filled but not visible yet
 *
 * Context: may sleep: for the answer, where the server asked for a synchronous
 * INIT, killably.
 * Return: 0 or what sending INIT returned.
 */
int famfs_negotiate(struct famfs_mount *fmnt)
{
	struct fuse_conn *fc = fmnt->fc;
	struct fuse_iqueue *fiq = compat_fuse_iq(fc);
	bool sync;
	int err;

	/* A mount that is not as we know it is left to stock: no offer, and no error. */
	if (!famfs_tables_from_root(fmnt->sb, d_inode(fmnt->sb->s_root)))
		return compat_fuse_send_init(fmnt->fm);
	if (!fiq->ops->COMPAT_FUSE_IQ_SEND) {
		pr_err_once(FAMFS_UNKNOWN_FUSE, "its queue has no operation to send requests: mounts are ordinary ones");
		return compat_fuse_send_init(fmnt->fm);
	}
	sync = compat_fuse_take_sync_init(fc);
	/* Lookups may wait in stock code for the answer: see vfs/dirops.c. */
	famfs_root_wrap(fmnt);

	fmnt->stock_iq_ops = fiq->ops;
	fmnt->iq_ops = *fiq->ops;
	fmnt->iq_ops.COMPAT_FUSE_IQ_SEND = famfs_iq_send;
	WRITE_ONCE(fiq->ops, &fmnt->iq_ops);
	err = compat_fuse_send_init(fmnt->fm);
	/* A fast server may have moved the queue to io_uring already. */
	cmpxchg(&fiq->ops, &fmnt->iq_ops, fmnt->stock_iq_ops);
	if (!fmnt->init_seen) {
		famfs_root_unwrap(fmnt);
		/* INIT is missing also if the server has gone meanwhile, which is no news. */
		if (!err && !compat_fuse_conn_failed(fc))
			pr_err_once(FAMFS_UNKNOWN_FUSE, "INIT does not come by: mounts are ordinary ones");
	}
	if (err || !sync || !fmnt->init_seen)
		return err;

	if (wait_for_completion_killable(&fmnt->init_done)) {
		compat_fuse_abort(fc);
		wait_for_completion(&fmnt->init_done);
	}
	return compat_fuse_conn_failed(fc) ? -ENOTCONN : 0;
}
