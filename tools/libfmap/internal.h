/* SPDX-License-Identifier: GPL-2.0-only */
/* What the files of libfmap share and its users do not see. */
#ifndef FMAP_INTERNAL_H
#define FMAP_INTERNAL_H

#include <linux/famfs_fuse.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <sys/types.h>
#include <sys/uio.h>

#include "fmap.h"

/* What is reserved for later versions has to be 0 until they come: @mem, @len bytes. */
static inline bool all_zero(const void *mem, size_t len)
{
	const char *byte = mem;

	while (len && !*byte) {
		byte++;
		len--;
	}
	return !len;
}

/**
 * struct fmap_session - see fmap.h
 * @se:          the libfuse session
 * @ops:         the server's callbacks
 * @userdata:    the server's
 * @flags:       FMAP_*
 * @state:       enum fmap_state, written by the thread that handles INIT
 * @init_unique: the INIT request now being answered, 0 for none
 * @offered:     that request had the flag
 * @idmap_offered: and the one that says that the mount can be idmapped
 * @told:        the server's @negotiated has returned, or there was none to call
 * @told_lock:   for @told
 * @told_cond:   signalled when @told is set
 * @counts:      requests by opcode, the last one for all the others
 * @refs:        one for the creator, one for each unanswered request
 * @io_lock:     held for reading while replying on @fd, for writing to set
 *               @fd to -1, so that no late reply reaches another file that
 *               was given the same number
 * @fd:          session fd, or -1
 * @kernel:      the kernel's end, if the loop is ours (loop.c), or -1
 * @replies:     what libfuse answers before INIT is through, if the loop is ours, or -1
 * @next:        in the list of attached sessions (session.c)
 */
struct fmap_session {
	struct fuse_session *se;
	struct fmap_ops ops;
	void *userdata;
	unsigned int flags;
	atomic_int state;
	_Atomic uint64_t init_unique;
	atomic_bool offered;
	atomic_bool idmap_offered;
	bool told;
	pthread_mutex_t told_lock;
	pthread_cond_t told_cond;
	_Atomic uint64_t counts[FMAP_OPCODES + 1];
	atomic_uint refs;
	pthread_rwlock_t io_lock;
	int fd;
	int kernel;
	int replies;
	struct fmap_session *next;
};

/**
 * struct fmap_req - a request the server has not answered yet
 * @fs:       its session (counted)
 * @unique:   the kernel's name for it
 * @nodeid:   inode or device index
 * @capacity: bytes of reply the kernel has room for
 * @gen1:     the kernel did not say how much, and cannot ask again
 */
struct fmap_req {
	struct fmap_session *fs;
	uint64_t unique;
	uint64_t nodeid;
	uint32_t capacity;
	bool gen1;
};

/* A map is its message. */
struct fmap_map {
	size_t len;
	_Alignas(8) unsigned char data[];
};

/**
 * fmap_session_put - drop a reference, free the session with the last one
 * @fs: the session
 */
void fmap_session_put(struct fmap_session *fs);

/**
 * fmap_see_request - look at a request from the kernel
 * @fs:  the session
 * @buf: the request; that of INIT is changed
 * @len: its length
 *
 * Return: true if libfuse must not see it.
 */
bool fmap_see_request(struct fmap_session *fs, unsigned char *buf, size_t len);

/**
 * fmap_write_reply - writev() for what libfuse answers, which changes the reply to INIT
 * @fs:    the session, or NULL if the fd is not one's
 * @fd:    where to
 * @iov:   the reply
 * @count: of @iov
 */
ssize_t fmap_write_reply(struct fmap_session *fs, int fd, struct iovec *iov, int count);

/**
 * fmap_loop_prepare - have our own loop, with a libfuse that takes no hooks
 * @fs: the session, whose fd is not libfuse's yet
 *
 * Return: 0 or a negative errno.
 */
int fmap_loop_prepare(struct fmap_session *fs);

/* fmap_loop_forget - close what the loop has opened. */
void fmap_loop_forget(struct fmap_session *fs);

/**
 * fmap_send_err - answer a request that has no struct fmap_req
 * @fs:     the session
 * @unique: the request
 * @err:    positive errno
 */
int fmap_send_err(struct fmap_session *fs, uint64_t unique, int err);

#endif /* FMAP_INTERNAL_H */
