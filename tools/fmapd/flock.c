// SPDX-License-Identifier: GPL-2.0-only
/*
 * flock(2) locks of the clients.
 *
 * One list in order of arrival holds granted locks and waiting requests.  A
 * table of this kind stays short; nothing clever is called for.
 *
 * Lock order: libfuse calls interrupted() with its lock of the request held,
 * and that takes ours.  So nothing here calls fuse_req_interrupt_func(), which
 * takes the lock of the request, with ours held.
 */
#include "flock.h"

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/file.h>

struct entry {
	struct entry *next;
	fuse_ino_t ino;
	uint64_t owner;
	bool exclusive;
	fuse_req_t req;		/* waits; NULL: granted */
};

struct flock_table {
	pthread_mutex_t lock;
	struct entry *list;
};

struct flock_table *flock_new(void)
{
	struct flock_table *t = calloc(1, sizeof(*t));

	if (t)
		pthread_mutex_init(&t->lock, NULL);
	return t;
}

void flock_free(struct flock_table *t)
{
	struct entry *e;

	if (!t)
		return;
	/* Requests still waiting end with the session. */
	while ((e = t->list)) {
		t->list = e->next;
		free(e);
	}
	pthread_mutex_destroy(&t->lock);
	free(t);
}

static bool conflicts(const struct flock_table *t, fuse_ino_t ino,
		      uint64_t owner, bool exclusive)
{
	const struct entry *e;

	for (e = t->list; e; e = e->next)
		if (!e->req && e->ino == ino && e->owner != owner &&
		    (exclusive || e->exclusive))
			return true;
	return false;
}

/* Takes the owner's granted lock out of the list. */
static void drop(struct flock_table *t, fuse_ino_t ino, uint64_t owner)
{
	struct entry **p, *e;

	for (p = &t->list; (e = *p);) {
		if (!e->req && e->ino == ino && e->owner == owner) {
			*p = e->next;
			free(e);
		} else {
			p = &e->next;
		}
	}
}

/* Grants what can be granted on @ino; unlocks the table. */
static void grant_and_unlock(struct flock_table *t, fuse_ino_t ino)
{
	fuse_req_t ready;
	struct entry *e;

	do {
		ready = NULL;
		for (e = t->list; e; e = e->next) {
			if (e->req && e->ino == ino &&
			    !conflicts(t, ino, e->owner, e->exclusive)) {
				ready = e->req;
				e->req = NULL;
				break;
			}
		}
		pthread_mutex_unlock(&t->lock);
		if (!ready)
			return;
		fuse_reply_err(ready, 0);
		pthread_mutex_lock(&t->lock);
	} while (true);
}

/* libfuse: the client's wait was interrupted. */
static void interrupted(fuse_req_t req, void *data)
{
	struct flock_table *t = data;
	struct entry **p, *e;

	pthread_mutex_lock(&t->lock);
	for (p = &t->list; (e = *p); p = &e->next)
		if (e->req == req)
			break;
	if (e)
		*p = e->next;
	pthread_mutex_unlock(&t->lock);
	/* Not in the list: granted meanwhile, or not waiting yet. */
	if (e) {
		free(e);
		fuse_reply_err(req, EINTR);
	}
}

static void add(struct flock_table *t, struct entry *e)
{
	struct entry **p;

	for (p = &t->list; *p; p = &(*p)->next)
		;
	e->next = NULL;
	*p = e;
}

void flock_op(struct flock_table *t, fuse_req_t req, fuse_ino_t ino,
	      uint64_t owner, int op)
{
	bool exclusive = (op & ~LOCK_NB) == LOCK_EX, wait = false;
	struct entry *e = NULL;
	int err = 0;

	if ((op & ~LOCK_NB) != LOCK_UN) {
		e = calloc(1, sizeof(*e));
		if (!e) {
			fuse_reply_err(req, ENOLCK);
			return;
		}
		e->ino = ino;
		e->owner = owner;
		e->exclusive = exclusive;
		if (!(op & LOCK_NB))
			fuse_req_interrupt_func(req, interrupted, t);
	}

	pthread_mutex_lock(&t->lock);
	/* A conversion gives the old lock up first, even if it then fails. */
	drop(t, ino, owner);
	if (e) {
		if (!conflicts(t, ino, owner, exclusive))
			add(t, e);
		else if (op & LOCK_NB)
			err = EWOULDBLOCK;
		else if (fuse_req_interrupted(req))
			err = EINTR;
		else
			wait = true;
	}
	if (wait) {
		e->req = req;
		add(t, e);
	}
	grant_and_unlock(t, ino);
	if (err)
		free(e);
	if (!wait)
		fuse_reply_err(req, err);
}

void flock_release(struct flock_table *t, fuse_ino_t ino, uint64_t owner)
{
	pthread_mutex_lock(&t->lock);
	drop(t, ino, owner);
	grant_and_unlock(t, ino);
}
