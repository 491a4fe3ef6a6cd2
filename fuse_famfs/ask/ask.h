/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Requests to a mount's server, and how many there were.
 */
#ifndef FUSE_FAMFS_REQUEST_H
#define FUSE_FAMFS_REQUEST_H

#include <linux/types.h>

struct famfs_mount;

/* What a server was asked of one kind: request.c. A part of the mount, guarded by calls_lock. */
enum famfs_request_kind { FAMFS_REQUEST_FMAP, FAMFS_REQUEST_DAXDEV, FAMFS_NREQUESTS };

#define FAMFS_LATENCIES	24

struct famfs_request_count {
	u64 sent;
	u64 answered;		/* without an error */
	u64 failed;		/* the server's errors, and the end of the connection */
	u64 ns_total, ns_max;	/* of all that ended */
	u32 lt_us[FAMFS_LATENCIES];	/* within less than 2^i us; the last: longer */
};

/* request.c: one request to the server, whose waiter can be killed. */
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

void famfs_calls_init(struct famfs_mount *fmnt);
int famfs_request(struct famfs_mount *fmnt, const struct famfs_request *rq,
		  struct famfs_reply *reply);
void famfs_reply_free(struct famfs_reply *reply);

#endif
