// SPDX-License-Identifier: GPL-2.0-only
/*
 * One request to the server.
 *
 * Of the functions that send requests, FUSE exports only the one that does not
 * wait. So the waiting is here, and the request outlives a waiter who is killed:
 * it is shared by the waiter and the end callback. No FUSE_INTERRUPT is sent.
 *
 * Openers decide how many requests there are, and the server how long each stays. So
 * what they take is limited here: in number, when nobody waits any more; in bytes, where a
 * reply can be long.
 */
#include <linux/bitops.h>
#include <linux/completion.h>
#include <linux/ktime.h>
#include <linux/math64.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/vmalloc.h>
#include <linux/wait.h>
#include "ask/internal.h"
#include "compat_fuse.h"
#include "linux/famfs_fuse.h"

/* How many requests of a mount, of about 5 KiB each, killed waiters can leave behind. */
#define FAMFS_MAX_LEFT		256

/* Replies up to this do not count, and are to be had without room in a control group. */
#define FAMFS_SMALL_REPLY	FUSE_FAMFS_GEN1_CAPACITY

/* Bytes that long replies of a mount can take at a time: two of the longest. */
#define FAMFS_REPLY_ROOM	(2 * FUSE_FAMFS_FMAP_MAX)

/*
 * struct famfs_call - a request under way
 *
 * Owner and lifetime: one reference is the waiter's (later the reply's), one the
 * request's until its end callback ran, which FUSE guarantees, also when the
 * connection is aborted. The mount waits for that when it is unmounted. A waiter who is
 * killed leaves the reference to the mount's list, until somebody else asks for the same
 * or the request ends.
 *
 * Locks: @left by famfs_calls.lock, under which @done is completed. @error and @seen
 * are written before that and read after.
 */
struct famfs_call {
	struct fuse_args args;
	struct famfs_calls *calls;
	refcount_t ref;
	struct completion done;
	struct list_head left;
	u64 subject;
	u64 sent;		/* ns */
	int error;
	void *(*witness)(void);
	void *seen;
	u8 in[16];
	u32 room;		/* bytes of the mount's */
	void *out;
};

/* ---- memory for replies ---- */

static bool famfs_room_try(struct famfs_calls *calls, u32 bytes)
{
	bool ok;

	spin_lock(&calls->lock);
	ok = bytes <= calls->reply_room;
	if (ok)
		calls->reply_room -= bytes;
	spin_unlock(&calls->lock);
	return ok;
}

static void famfs_room_give(struct famfs_calls *calls, u32 bytes)
{
	spin_lock(&calls->lock);
	calls->reply_room += bytes;
	spin_unlock(&calls->lock);
	wake_up_all(&calls->reply_wait);
}

/*
 * Zeroed: nothing of the kernel's own is taken for a reply. Charged to the opener's control
 * group, where that is full not at the price of a life. A small one is not worth a failure:
 * there are no more of them than processes that open, and FAMFS_MAX_LEFT.
 */
static void *famfs_reply_alloc(u32 len)
{
	gfp_t gfp = GFP_KERNEL_ACCOUNT | __GFP_ZERO | __GFP_RETRY_MAYFAIL | __GFP_NOWARN;
	void *out;

	if (len > FAMFS_SMALL_REPLY)
		return __vmalloc(len, gfp);
	out = kmalloc(len, gfp);
	return out ?: kzalloc(len, GFP_KERNEL);
}

static void famfs_call_put(struct famfs_call *call)
{
	if (!refcount_dec_and_test(&call->ref))
		return;
	kvfree(call->out);
	if (call->room)
		famfs_room_give(call->calls, call->room);
	kfree(call->seen);
	kfree(call);
}

static struct famfs_call *famfs_call_alloc(struct famfs_calls *calls, u32 out_cap)
{
	struct famfs_call *call = kzalloc(sizeof(*call), GFP_KERNEL);

	if (!call)
		return ERR_PTR(-ENOMEM);
	refcount_set(&call->ref, 1);
	call->calls = calls;
	if (out_cap > FAMFS_SMALL_REPLY) {
		/* A task that waits here holds nothing that others wait for. */
		if (wait_event_killable(calls->reply_wait, famfs_room_try(calls, out_cap))) {
			famfs_call_put(call);
			return ERR_PTR(-EINTR);
		}
		call->room = out_cap;
	}
	call->out = famfs_reply_alloc(out_cap);
	if (!call->out) {
		famfs_call_put(call);
		return ERR_PTR(-ENOMEM);
	}
	return call;
}

/* ---- requests whose waiter was killed ---- */

/* The waiter was killed. False if the request has ended, or if too many were left. */
static bool famfs_call_leave(struct famfs_call *call)
{
	struct famfs_calls *calls = call->calls;
	bool leave;

	spin_lock(&calls->lock);
	leave = !completion_done(&call->done) && calls->nleft < FAMFS_MAX_LEFT;
	if (leave) {
		list_add_tail(&call->left, &calls->left);
		calls->nleft++;
	}
	spin_unlock(&calls->lock);
	return leave;
}

/* famfs_calls.lock is held; the caller has the list's reference then. */
static void famfs_call_unleave(struct famfs_call *call)
{
	list_del_init(&call->left);
	call->calls->nleft--;
}

/* Finds a request for the same answer, whose waiter was killed. */
static struct famfs_call *famfs_call_take_over(struct famfs_calls *calls,
					       const struct famfs_request *rq)
{
	struct famfs_call *call, *found = NULL;

	spin_lock(&calls->lock);
	list_for_each_entry(call, &calls->left, left) {
		if (call->args.opcode == rq->opcode && call->subject == rq->subject) {
			famfs_call_unleave(call);
			found = call;
			break;
		}
	}
	spin_unlock(&calls->lock);
	return found;
}

/* ---- sending and waiting ---- */

/* famfs_calls.lock is held. */
static struct famfs_request_count *famfs_call_count(const struct famfs_call *call)
{
	return &call->calls->requests[call->args.opcode == FUSE_GET_DAXDEV ? FAMFS_REQUEST_DAXDEV :
				     FAMFS_REQUEST_FMAP];
}

static void famfs_count_sent(struct famfs_call *call, int more)
{
	spin_lock(&call->calls->lock);
	famfs_call_count(call)->sent += more;
	spin_unlock(&call->calls->lock);
}

/* famfs_calls.lock is held. */
static void famfs_count_ended(const struct famfs_call *call)
{
	struct famfs_request_count *count = famfs_call_count(call);
	u64 ns = ktime_get_ns() - call->sent;

	if (call->error)
		count->failed++;
	else
		count->answered++;
	count->ns_total += ns;
	count->ns_max = max(count->ns_max, ns);
	count->lt_us[min(fls64(div_u64(ns, NSEC_PER_USEC)), FAMFS_LATENCIES - 1)]++;
}

/* Runs in the server's write(2), or in whatever aborts the connection. May sleep. */
static void famfs_call_end(COMPAT_FUSE_END_PARAMS)
{
	struct famfs_call *call = container_of(args, struct famfs_call, args);
	struct famfs_calls *calls = call->calls;
	bool left;

	/* Without an error this is the server's task; the end of a connection brings an error. */
	if (!error && call->witness)
		call->seen = call->witness();
	call->error = error;
	famfs_place_drop(calls);
	spin_lock(&calls->lock);
	famfs_count_ended(call);
	left = !list_empty(&call->left);
	if (left)
		famfs_call_unleave(call);
	complete(&call->done);
	spin_unlock(&calls->lock);
	if (left)
		famfs_call_put(call);
	famfs_call_put(call);
}

static struct famfs_call *famfs_call_new(struct famfs_calls *calls,
					 const struct famfs_request *rq)
{
	struct famfs_call *call;

	if (WARN_ON_ONCE(rq->in_len > sizeof(call->in)))
		return ERR_PTR(-EINVAL);
	call = famfs_call_alloc(calls, rq->out_cap);
	if (IS_ERR(call))
		return call;
	init_completion(&call->done);
	INIT_LIST_HEAD(&call->left);
	if (rq->in_len)
		memcpy(call->in, rq->in, rq->in_len);

	call->subject = rq->subject;
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

static struct famfs_call *famfs_call_send(struct famfs_calls *calls,
					  const struct famfs_request *rq)
{
	struct famfs_call *call = famfs_call_new(calls, rq);
	int err;

	if (IS_ERR(call))
		return call;
	famfs_place_add(calls);
	famfs_count_sent(call, 1);
	call->sent = ktime_get_ns();
	refcount_inc(&call->ref);	/* for the end callback */
	err = fuse_simple_background(calls->fm, &call->args, GFP_KERNEL);
	if (!err)
		return call;
	/* FUSE will not call the end callback: drop its reference, too. */
	famfs_count_sent(call, -1);
	famfs_place_drop(calls);
	famfs_call_put(call);
	famfs_call_put(call);
	return ERR_PTR(err);
}

/*
 * Returns 0; or -EINTR, and the caller's reference is gone. If FAMFS_MAX_LEFT requests were left
 * already, a killed waiter stays until the answer comes, as for any FUSE request: then the number
 * of processes is the limit.
 */
static int famfs_call_wait(struct famfs_call *call)
{
	if (!wait_for_completion_killable(&call->done))
		return 0;
	if (!famfs_call_leave(call)) {
		wait_for_completion(&call->done);
		famfs_call_put(call);
	}
	return -EINTR;
}

/**
 * famfs_request() - ask the server and wait for the answer
 * @calls: whose server
 * @rq: the question
 * @reply: filled in on success; give it back with famfs_reply_free(). Of an error
 *	it says whether it came as the request's end. It can be longer than @rq->out_cap
 *	if the same was asked with more room before, by somebody who did not wait for it
 *
 * Context: may sleep until the server answers or the connection ends; never
 * called from eviction, reclaim or umount.
 * Return: 0; -EINTR if the caller was killed; -ENOMEM; -ENOTCONN and the like
 * if there is no server any more; else the errno of the server's answer.
 */
int famfs_request(struct famfs_calls *calls, const struct famfs_request *rq,
		  struct famfs_reply *reply)
{
	struct famfs_call *call = famfs_call_take_over(calls, rq);
	int err;

	reply->ended = false;
	if (!call)
		call = famfs_call_send(calls, rq);
	if (IS_ERR(call))
		return PTR_ERR(call);
	err = famfs_call_wait(call);
	if (err)
		return err;
	reply->ended = true;
	err = call->error;
	if (err) {
		famfs_call_put(call);
		return err;
	}
	reply->data = call->out;
	reply->len = call->args.out_args[0].size;
	reply->seen = call->seen;
	reply->call = call;
	return 0;
}

void famfs_reply_free(struct famfs_reply *reply)
{
	famfs_call_put(reply->call);
}

void famfs_calls_init(struct famfs_calls *calls, struct fuse_mount *fm)
{
	calls->fm = fm;
	spin_lock_init(&calls->lock);
	INIT_LIST_HEAD(&calls->left);
	init_waitqueue_head(&calls->reply_wait);
	calls->reply_room = FAMFS_REPLY_ROOM;
}
