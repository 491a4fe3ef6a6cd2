/* SPDX-License-Identifier: GPL-2.0-only */
/* flock(2) locks of the clients. */
#ifndef FMAPD_FLOCK_H
#define FMAPD_FLOCK_H

#define FUSE_USE_VERSION 314
#include <fuse_lowlevel.h>

struct flock_table;

struct flock_table *flock_new(void);
void flock_free(struct flock_table *t);

/**
 * flock_op - do what flock(2) does, and reply
 * @t:     the table
 * @req:   answered at once, or when the lock is granted or the wait interrupted
 * @ino:   file
 * @owner: the open file that asks
 * @op:    LOCK_SH, LOCK_EX or LOCK_UN, perhaps with LOCK_NB
 */
void flock_op(struct flock_table *t, fuse_req_t req, fuse_ino_t ino,
	      uint64_t owner, int op);

/* flock_release - the open file is gone, and its lock with it. */
void flock_release(struct flock_table *t, fuse_ino_t ino, uint64_t owner);

#endif /* FMAPD_FLOCK_H */
