/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * As much of a kernel as fsdev_dax/hold/holder.c and core/device.c see: threads are tasks, and a task that is set
 * to sleep and takes a lock is counted. Included before these files, in place of its headers.
 */
#ifndef FSDEV_DAX_CORE_H
#define FSDEV_DAX_CORE_H
#define FSDEV_DAX_HOLD_H
#define FSDEV_DAX_HOLD_INTERNAL_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <errno.h>
#include <linux/types.h>

#define ERR_PTR(err)		((void *)(long)(err))
#define container_of(p, type, member)	((type *)((char *)(p) - offsetof(type, member)))
#define READ_ONCE(x)		(*(const volatile typeof(x) *)&(x))
#define WRITE_ONCE(x, val)	(*(volatile typeof(x) *)&(x) = (val))
#define pr_warn(...)		((void)0)

/* Is the task set to sleep? How often was it then put to another? */
extern _Thread_local bool task_sleeps;
extern atomic_int slept_twice;

struct mutex { pthread_mutex_t m; };
#define DEFINE_MUTEX(name)	struct mutex name = { PTHREAD_MUTEX_INITIALIZER }
static inline void mutex_lock(struct mutex *lock)
{
	slept_twice += task_sleeps;
	pthread_mutex_lock(&lock->m);
}

static inline void mutex_unlock(struct mutex *lock) { pthread_mutex_unlock(&lock->m); }

struct wait_queue_head { pthread_mutex_t m; pthread_cond_t c; };
#define DECLARE_WAIT_QUEUE_HEAD(name)	struct wait_queue_head name = \
	{ PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER }
#define wait_event(wq, cond) do { \
	if (cond) \
		break; \
	pthread_mutex_lock(&(wq).m); \
	for (task_sleeps = true; !(cond); ) \
		pthread_cond_wait(&(wq).c, &(wq).m); \
	task_sleeps = false; \
	pthread_mutex_unlock(&(wq).m); \
} while (0)
static inline void wake_up_all(struct wait_queue_head *wq)
{
	pthread_mutex_lock(&wq->m);
	pthread_cond_broadcast(&wq->c);
	pthread_mutex_unlock(&wq->m);
}

struct list_head { struct list_head *next, *prev; };
#define LIST_HEAD(name)		struct list_head name = { &(name), &(name) }
#define list_for_each_entry(p, head, member) \
	for (p = container_of((head)->next, typeof(*p), member); &p->member != (head); \
	     p = container_of(p->member.next, typeof(*p), member))
static inline void list_add(struct list_head *e, struct list_head *head)
{
	e->next = head->next;
	e->prev = head;
	head->next->prev = e;
	head->next = e;
}

static inline void list_del_init(struct list_head *e)
{
	e->next->prev = e->prev;
	e->prev->next = e->next;
	e->next = e->prev = e;
}

struct kref { atomic_int n; };
static inline void kref_get(struct kref *ref) { ref->n++; }
static inline void kref_put(struct kref *ref, void (*release)(struct kref *ref))
{
	if (!--ref->n)
		release(ref);
}

struct device;
struct dax_device;
struct xarray { int none; };
#define xa_destroy(xa)		((void)(xa))
#define put_dax(dax_dev)	((void)(dax_dev))
#define put_device(dev)		((void)(dev))
#define kfree(p)		free(p)

#include "../../fsdev_dax/fsdev_dax.h"

/* The members that holder.c uses. */
struct fsdev {
	struct kref ref;
	struct list_head list;
	char name[32];
	struct device *dev;
	void (*release)(struct fsdev *fsdev);
	struct dax_device *dax_dev;
	dev_t devt;
	struct xarray bad;
	void *holder;
	const struct fsdev_holder_ops *holder_ops;
	bool bound;
	bool notifying;
};

extern struct mutex fsdev_lock;
extern const struct fsdev_holder_ops fsdev_raw_ops;
bool fsdev_raw_refuses(struct fsdev *fsdev);
void fsdev_publish(struct fsdev *fsdev);
void *fsdev_withdraw(struct fsdev *fsdev, const struct fsdev_holder_ops **opsp);
int fsdev_tell_poison(struct fsdev *fsdev, u64 off, u64 len, int mf_flags);
struct fsdev *fsdev_get(dev_t devt, void *holder, const struct fsdev_holder_ops *ops);
void fsdev_put(struct fsdev *fsdev);
void fsdev_left_later(const struct fsdev_holder_ops *ops, void *cookie);
bool fsdev_is_on_bus(dev_t devt);

#endif
