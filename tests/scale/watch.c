// SPDX-License-Identifier: GPL-2.0-only
/*
 * How long does nobody else get the processor?
 *
 * Two threads want to run every millisecond. One has the highest real-time priority: it is late
 * when the kernel does not let go, because it runs for long without a place where it may, or with
 * preemption or interrupts off. The other one is an ordinary process's: it is late when those
 * who work get more than their share, too. With a clock that counts instructions neither is late
 * because the host is busy.
 *
 * For each line of input: "MS REALTIME PLAIN", milliseconds since the line before, and by how
 * much the two were late at most meanwhile.
 */
#include <pthread.h>
#include <sched.h>
#include <time.h>
#include "scale.h"

#define PERIOD_NS	1000000L

struct watcher {
	int priority;		/* real-time, 0 for none */
	pthread_mutex_t lock;
	uint64_t due;
	uint64_t late;		/* ns, at most since it was asked for */
	unsigned long wakes;
};

static uint64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

/* With the lock. That it has not woken yet counts, too. */
static void note(struct watcher *w)
{
	uint64_t now = now_ns();

	if (now > w->due && now - w->due > w->late)
		w->late = now - w->due;
}

static void *watch(void *data)
{
	struct watcher *w = data;
	struct sched_param param = { .sched_priority = w->priority };

	check(!w->priority || !pthread_setschedparam(pthread_self(), SCHED_FIFO, &param),
	      "real-time priority");
	for (;;) {
		struct timespec t;

		t.tv_sec = (time_t)(w->due / 1000000000);
		t.tv_nsec = (long)(w->due % 1000000000);
		clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL);
		pthread_mutex_lock(&w->lock);
		note(w);
		w->due = now_ns() + PERIOD_NS;
		w->wakes++;
		pthread_mutex_unlock(&w->lock);
	}
	return NULL;
}

/* What it was late by, in ms; from here on anew. */
static double take(struct watcher *w)
{
	double late;

	pthread_mutex_lock(&w->lock);
	note(w);
	late = (double)w->late / 1e6;
	w->late = 0;
	/* It was told just now; but if it is still late that belongs to the next one as well. */
	pthread_mutex_unlock(&w->lock);
	return late;
}

void verb_watch(char **args)
{
	pthread_mutexattr_t inherit;
	struct watcher watchers[2] = { { .priority = 98 }, { .priority = 0 } };
	/* The one who answers is not held up either. */
	struct sched_param param = { .sched_priority = 97 };
	uint64_t last;
	char line[64];
	int i;

	(void)args;
	check(!mlockall(MCL_CURRENT | MCL_FUTURE), "mlockall");
	pthread_mutexattr_init(&inherit);
	pthread_mutexattr_setprotocol(&inherit, PTHREAD_PRIO_INHERIT);
	for (i = 0; i < 2; i++) {
		pthread_t thread;

		pthread_mutex_init(&watchers[i].lock, &inherit);
		watchers[i].due = now_ns() + PERIOD_NS;
		check(!pthread_create(&thread, NULL, watch, &watchers[i]), "thread");
	}
	check(!sched_setscheduler(0, SCHED_FIFO, &param), "real-time priority");
	last = now_ns();
	while (fgets(line, sizeof(line), stdin)) {
		uint64_t now = now_ns();
		double realtime = take(&watchers[0]), plain = take(&watchers[1]);

		check(watchers[0].wakes, "the watch does not run");
		printf("%.1f %.1f %.1f\n", (double)(now - last) / 1e6, realtime, plain);
		fflush(stdout);
		last = now_ns();
	}
}
