// SPDX-License-Identifier: GPL-2.0-only
/*
 * One request to the server.
 *
 * Of the functions that send requests, FUSE exports only the one that does not
 * wait. So the waiting is here, and the request outlives a waiter who is killed:
 * it is shared by the waiter and the end callback. No FUSE_INTERRUPT is sent.
 */
#include <linux/completion.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include "famfs.h"

/*
 * struct famfs_call - a request under way
 *
 * Owner and lifetime: one reference is the waiter's (later the reply's), one the
 * request's until its end callback ran, which FUSE guarantees, also when the
 * connection is aborted.
 *
 * Lock: none. @error and @seen are written before @done is completed and read after.
 */
struct famfs_call {
	struct fuse_args args;
	refcount_t ref;
	struct completion done;
	int error;
	void *(*witness)(void);
	void *seen;
	u8 in[16];
	void *out;
};

static void famfs_call_put(struct famfs_call *call)
{
	if (!refcount_dec_and_test(&call->ref))
		return;
	kvfree(call->out);
	kfree(call->seen);
	kfree(call);
}

/* Runs in the server's write(2), or in whatever aborts the connection. May sleep. */
static void famfs_call_end(COMPAT_FUSE_END_PARAMS)
{
	struct famfs_call *call = container_of(args, struct famfs_call, args);

	/* Whatever ends a connection comes here as well, but with an error. */
	if (!error && call->witness)
		call->seen = call->witness();
	call->error = error;
	complete(&call->done);
	famfs_call_put(call);
}

static struct famfs_call *famfs_call_new(const struct famfs_request *rq)
{
	struct famfs_call *call;

	if (WARN_ON_ONCE(rq->in_len > sizeof(call->in)))
		return NULL;
	call = kzalloc(sizeof(*call), GFP_KERNEL);
	if (!call)
		return NULL;
	/* Zeroed: nothing of the kernel's own is taken for a reply. */
	call->out = kvzalloc(rq->out_cap, GFP_KERNEL);
	if (!call->out) {
		kfree(call);
		return NULL;
	}
	refcount_set(&call->ref, 1);
	init_completion(&call->done);
	if (rq->in_len)
		memcpy(call->in, rq->in, rq->in_len);

	call->witness = rq->witness;
	call->args.opcode = rq->opcode;
	call->args.nodeid = rq->nodeid;
	call->args.in_numargs = rq->in_len ? 1 : 0;
	call->args.in_args[0].size = rq->in_len;
	call->args.in_args[0].value = call->in;
	call->args.out_numargs = 1;
	call->args.out_argvar = rq->out_var;
	call->args.out_args[0].size = rq->out_cap;
	call->args.out_args[0].value = call->out;
	call->args.end = famfs_call_end;
	return call;
}

/**
 * famfs_request() - ask the server and wait for the answer
 * @fm: the mount
 * @rq: the question
 * @reply: filled in on success; give it back with famfs_reply_free(). Of an error
 *	it says whether it came as the request's end
 *
 * Context: may sleep until the server answers or the connection ends; never
 * called from eviction, reclaim or umount.
 * Return: 0; -EINTR if the caller was killed; -ENOMEM; -ENOTCONN and the like
 * if there is no server any more; else the errno of the server's answer.
 */
int famfs_request(struct fuse_mount *fm, const struct famfs_request *rq,
		  struct famfs_reply *reply)
{
	struct famfs_call *call = famfs_call_new(rq);
	int err;

	reply->ended = false;
	if (!call)
		return -ENOMEM;
	refcount_inc(&call->ref);	/* for the end callback */
	err = fuse_simple_background(fm, &call->args, GFP_KERNEL);
	if (err) {
		famfs_call_put(call);	/* it will not be called */
		goto fail;
	}
	err = -EINTR;
	if (wait_for_completion_killable(&call->done))
		goto fail;
	reply->ended = true;
	err = call->error;
	if (err)
		goto fail;
	reply->data = call->out;
	reply->len = call->args.out_args[0].size;
	reply->seen = call->seen;
	reply->call = call;
	return 0;
fail:
	famfs_call_put(call);
	return err;
}

void famfs_reply_free(struct famfs_reply *reply)
{
	famfs_call_put(reply->call);
}
