// SPDX-License-Identifier: GPL-2.0-only
/* See notify.h. */
#include "notify.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* How long a file that waits for the kernel to forget it may be used by a path alone. */
#define AGAIN_S	1

/**
 * struct notifier - the thread, and what it has to do
 * @d:      whose
 * @lock:   for all below
 * @change: there is something to do
 * @first:  changes to tell of, in order; @last is the end of the list
 * @poke:   notifier_poke() was called
 * @stop:   it has to end
 * @joined: it has
 */
struct notifier {
	struct fmapd *d;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t change;
	struct manifest_changes *first, **last;
	bool poke, stop, joined;
};

static fuse_ino_t ino_of(uint32_t node)
{
	return (fuse_ino_t)node + FUSE_ROOT_ID;
}

/* What the kernel does not know it need not forget: errors are none. */
static void tell(struct notifier *n, const struct manifest_changes *ch)
{
	const struct manifest_change *c;

	for (c = ch->list; c < ch->list + ch->n; c++) {
		if (!c->gone)
			fuse_lowlevel_notify_inval_inode(n->d->se, ino_of(c->node), -1, 0);
		else
			fuse_lowlevel_notify_delete(n->d->se, ino_of(c->parent), ino_of(c->node),
						    c->name, strlen(c->name));
	}
}

/* Names of files that nobody has open and that the kernel still knows. */
static bool forget_idle(struct notifier *n)
{
	struct manifest_changes idle = { 0 };
	struct manifest *m = n->d->m;
	struct manifest_node *node;
	struct manifest_change *c;
	bool waiting;
	uint32_t i;

	pthread_rwlock_rdlock(&n->d->tree_lock);
	waiting = m->nlater;
	if (waiting)
		idle.list = calloc(m->nlater, sizeof(*idle.list));
	for (i = 1; idle.list && i < m->nnodes && idle.n < m->nlater; i++) {
		node = &m->nodes[i];
		if (!node->later || !node->nlookup || node->opens)
			continue;
		c = &idle.list[idle.n];
		c->parent = node->parent;
		c->name = strdup(node->name);
		idle.n += !!c->name;
	}
	pthread_rwlock_unlock(&n->d->tree_lock);

	for (c = idle.list; c < idle.list + idle.n; c++)
		fuse_lowlevel_notify_inval_entry(n->d->se, ino_of(c->parent), c->name,
						 strlen(c->name));
	manifest_changes_free(&idle);
	return waiting;
}

static void *run(void *arg)
{
	struct notifier *n = arg;
	struct timespec until;
	bool waiting = false;
	struct manifest_changes *b;

	pthread_mutex_lock(&n->lock);
	while (!n->stop) {
		b = n->first;
		if (!b && !n->poke) {
			if (!waiting) {
				pthread_cond_wait(&n->change, &n->lock);
				continue;
			}
			clock_gettime(CLOCK_MONOTONIC, &until);
			until.tv_sec += AGAIN_S;
			if (pthread_cond_timedwait(&n->change, &n->lock, &until) == ETIMEDOUT)
				n->poke = true;
			continue;
		}
		if (b) {
			n->first = b->next;
			if (!n->first)
				n->last = &n->first;
		} else {
			n->poke = false;
		}
		pthread_mutex_unlock(&n->lock);
		if (b) {
			tell(n, b);
			manifest_changes_free(b);
			free(b);
		} else {
			waiting = forget_idle(n);
		}
		pthread_mutex_lock(&n->lock);
	}
	pthread_mutex_unlock(&n->lock);
	return NULL;
}

struct notifier *notifier_new(struct fmapd *d)
{
	struct notifier *n = calloc(1, sizeof(*n));
	pthread_condattr_t attr;
	sigset_t all, old;
	int ret;

	if (!n)
		return NULL;
	n->d = d;
	n->last = &n->first;
	pthread_mutex_init(&n->lock, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&n->change, &attr);
	pthread_condattr_destroy(&attr);
	/* Signals are for the threads that expect them. */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	ret = pthread_create(&n->thread, NULL, run, n);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	if (!ret)
		return n;
	free(n);
	return NULL;
}

void notifier_changes(struct notifier *n, struct manifest_changes *ch)
{
	ch->next = NULL;
	pthread_mutex_lock(&n->lock);
	*n->last = ch;
	n->last = &ch->next;
	n->poke = true;
	pthread_cond_signal(&n->change);
	pthread_mutex_unlock(&n->lock);
}

void notifier_poke(struct notifier *n)
{
	pthread_mutex_lock(&n->lock);
	n->poke = true;
	pthread_cond_signal(&n->change);
	pthread_mutex_unlock(&n->lock);
}

void notifier_stop(struct notifier *n)
{
	pthread_mutex_lock(&n->lock);
	n->stop = true;
	pthread_cond_signal(&n->change);
	pthread_mutex_unlock(&n->lock);
	if (!n->joined)
		pthread_join(n->thread, NULL);
	n->joined = true;
}

void notifier_free(struct notifier *n)
{
	struct manifest_changes *b;

	if (!n)
		return;
	notifier_stop(n);
	while ((b = n->first)) {
		n->first = b->next;
		manifest_changes_free(b);
		free(b);
	}
	pthread_cond_destroy(&n->change);
	pthread_mutex_destroy(&n->lock);
	free(n);
}
