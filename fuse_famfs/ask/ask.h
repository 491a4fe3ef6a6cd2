/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * ask/: one request to a mount's server, its waiter, and how many there were of each kind.
 *
 * What is asked, and what an answer means, is proto/'s. No other layer is used here: a server is
 * known by its struct famfs_calls.
 */
#ifndef FAMFS_ASK_H
#define FAMFS_ASK_H

#include <linux/list.h>
#include <linux/spinlock.h>
#include <linux/types.h>
#include <linux/wait.h>

struct famfs_call;
struct fuse_mount;

enum famfs_request_kind { FAMFS_REQUEST_FMAP, FAMFS_REQUEST_DAXDEV, FAMFS_NREQUESTS };

#define FAMFS_LATENCIES	24

/* What a server was asked of one kind. */
struct famfs_request_count {
	u64 sent;
	u64 answered;		/* without an error */
	u64 failed;		/* the server's errors, and the end of the connection */
	u64 ns_total, ns_max;	/* of all that ended */
	u32 lt_us[FAMFS_LATENCIES];	/* within less than 2^i us; the last: longer */
};

/* FUSE's limit of background requests, and our part in it: place.c. */
struct famfs_places {
	u32 ours;		/* requests of ours under way */
	u32 others;		/* the limit without them */
	u32 set;		/* the limit as we left it */
};

/*
 * struct famfs_calls - what a server is being asked, and was
 *
 * Owner and lifetime: a part of the mount, which outlives every request: FUSE ends them all
 * before the superblock goes.
 *
 * Locks: @lock guards all but @fm, which is constant, and @places, which FUSE's own lock of the
 * limit guards.
 */
struct famfs_calls {
	struct fuse_mount *fm;
	spinlock_t lock;		/* of what follows, but for @places */
	struct list_head left;		/* famfs_call.left: nobody waits for them any more */
	unsigned int nleft;
	struct famfs_request_count requests[FAMFS_NREQUESTS];
	u32 reply_room;			/* bytes for long replies that are not taken */
	wait_queue_head_t reply_wait;	/* for more of them */
	struct famfs_places places;
};

/* What a server is asked. Its waiter can be killed. */
struct famfs_request {
	u32 opcode;
	u64 nodeid;
	u64 subject;		/* with the opcode: what it asks for, for ever */
	const void *in;
	u32 in_len;		/* bytes */
	u32 out_cap;		/* bytes, how long a reply may be */
	bool out_var;		/* shorter replies are fine too */
	/*
	 * Called where the server writes its answer, in its task; not if it is an error, or
	 * if there is none. What it returns was allocated by kmalloc(), or is NULL.
	 */
	void *(*witness)(void);
};

/* A reply. Given back with famfs_reply_free(). */
struct famfs_reply {
	void *data;
	u32 len;		/* bytes */
	bool ended;		/* an error is the server's, or the connection's */
	const void *seen;	/* by the request's witness; the reply's */
	struct famfs_call *call;
};

void famfs_calls_init(struct famfs_calls *calls, struct fuse_mount *fm);
int famfs_request(struct famfs_calls *calls, const struct famfs_request *rq,
		  struct famfs_reply *reply);
void famfs_reply_free(struct famfs_reply *reply);

#endif
