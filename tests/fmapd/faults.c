// SPDX-License-Identifier: GPL-2.0-only
/* Deliberate delays and failures: see faults.h. */
#define _GNU_SOURCE
#include "faults.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "fmap.h"

struct late {
	struct late *next;
	struct timespec due;
	struct fmap_req *req;
	uint64_t id;
	int err;
	void (*answer)(struct fmap_req *req, uint64_t id);
};

/**
 * struct faults - state
 * @opt:    what to do; the counts go down, under @lock
 * @queue:  late answers, the earliest first
 * @thread: sends them, if @started
 * @stop:   it has to end
 */
struct faults {
	struct fault_options opt;
	pthread_mutex_t lock;
	pthread_cond_t change;
	struct late *queue;
	pthread_t thread;
	bool started, stop;
};

int faults_parse_error(struct fault_options *o, enum seam_site site,
		       const char *arg)
{
	size_t len = strcspn(arg, ":");
	char *end;
	long v;
	int e;

	o->err[site] = 0;
	o->count[site] = UINT64_MAX;
	if (arg[len]) {
		errno = 0;
		v = strtol(arg + len + 1, &end, 10);
		if (errno || *end || end == arg + len + 1 || v < 0)
			return -1;
		o->count[site] = (uint64_t)v;
	}
	for (e = 1; e < 4096; e++) {
		const char *name = strerrorname_np(e);

		if (name && strlen(name) == len && !strncmp(name, arg, len)) {
			o->err[site] = e;
			return 0;
		}
	}
	v = strtol(arg, &end, 10);
	if (end != arg + len || v < 1 || v > 4095)
		return -1;
	o->err[site] = (int)v;
	return 0;
}

struct faults *faults_new(const struct fault_options *o)
{
	struct faults *f = calloc(1, sizeof(*f));
	pthread_condattr_t attr;

	if (!f)
		return NULL;
	f->opt = *o;
	pthread_mutex_init(&f->lock, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&f->change, &attr);
	pthread_condattr_destroy(&attr);
	return f;
}

static bool before(const struct timespec *a, const struct timespec *b)
{
	return a->tv_sec != b->tv_sec ? a->tv_sec < b->tv_sec :
					a->tv_nsec < b->tv_nsec;
}

static void *run(void *arg)
{
	struct faults *f = arg;
	struct timespec now;
	struct late *l;

	pthread_mutex_lock(&f->lock);
	while (!f->stop) {
		l = f->queue;
		if (!l) {
			pthread_cond_wait(&f->change, &f->lock);
			continue;
		}
		clock_gettime(CLOCK_MONOTONIC, &now);
		if (before(&now, &l->due)) {
			pthread_cond_timedwait(&f->change, &f->lock, &l->due);
			continue;
		}
		f->queue = l->next;
		pthread_mutex_unlock(&f->lock);
		if (l->err)
			fmap_reply_err(l->req, l->err);
		else
			l->answer(l->req, l->id);
		free(l);
		pthread_mutex_lock(&f->lock);
	}
	pthread_mutex_unlock(&f->lock);
	return NULL;
}

/* Called with the lock held. */
static bool start(struct faults *f)
{
	sigset_t all, old;

	if (f->started)
		return true;
	/* Signals are for the threads that expect them. */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	f->started = !pthread_create(&f->thread, NULL, run, f);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	return f->started;
}

static bool enqueue(struct faults *f, unsigned int ms, struct late *l)
{
	struct late **p;
	bool ok;

	clock_gettime(CLOCK_MONOTONIC, &l->due);
	l->due.tv_sec += ms / 1000;
	l->due.tv_nsec += ms % 1000 * 1000000L;
	if (l->due.tv_nsec >= 1000000000L) {
		l->due.tv_nsec -= 1000000000L;
		l->due.tv_sec++;
	}

	pthread_mutex_lock(&f->lock);
	ok = start(f);
	if (ok) {
		for (p = &f->queue; *p && !before(&l->due, &(*p)->due);)
			p = &(*p)->next;
		l->next = *p;
		*p = l;
		pthread_cond_signal(&f->change);
	}
	pthread_mutex_unlock(&f->lock);
	return ok;
}

static int take_error(struct faults *f, enum seam_site site)
{
	int err = 0;

	pthread_mutex_lock(&f->lock);
	if (f->opt.err[site] && f->opt.count[site]) {
		err = f->opt.err[site];
		if (f->opt.count[site] != UINT64_MAX)
			f->opt.count[site]--;
	}
	pthread_mutex_unlock(&f->lock);
	return err;
}

void faults_answer(struct faults *f, enum seam_site site, struct fmap_req *req,
		   uint64_t id,
		   void (*answer)(struct fmap_req *req, uint64_t id))
{
	int err = take_error(f, site);
	struct late *l;

	if (f->opt.delay_ms[site]) {
		l = malloc(sizeof(*l));
		if (l) {
			*l = (struct late) { .req = req, .id = id, .err = err,
					     .answer = answer };
			if (enqueue(f, f->opt.delay_ms[site], l))
				return;
			free(l);
		}
	}
	if (err)
		fmap_reply_err(req, err);
	else
		answer(req, id);
}

void faults_init(const struct faults *f)
{
	struct timespec ts = {
		.tv_sec = f->opt.delay_init_ms / 1000,
		.tv_nsec = f->opt.delay_init_ms % 1000 * 1000000L,
	};

	while (nanosleep(&ts, &ts) && errno == EINTR)
		;
}

void faults_free(struct faults *f)
{
	struct late *l;

	if (!f)
		return;
	pthread_mutex_lock(&f->lock);
	f->stop = true;
	pthread_cond_signal(&f->change);
	pthread_mutex_unlock(&f->lock);
	if (f->started)
		pthread_join(f->thread, NULL);
	while ((l = f->queue)) {
		f->queue = l->next;
		fmap_reply_err(l->req, ENODEV);
		free(l);
	}
	pthread_cond_destroy(&f->change);
	pthread_mutex_destroy(&f->lock);
	free(f);
}
