// SPDX-License-Identifier: GPL-2.0-only
/*
 * Dropping what kept a holder alive while it was told something.
 *
 * That can be a whole umount, which gives the device back and waits for pages that
 * are pinned. It must not happen under the DAX core's read lock, nor in the middle of
 * the handling of a memory failure, which all others in the system wait for.
 */
#include <linux/slab.h>
#include <linux/workqueue.h>
#include "hold/hold.h"

struct fsdev_left {
	struct work_struct work;
	const struct fsdev_holder_ops *ops;
	void *cookie;
};

static struct workqueue_struct *fsdev_left_wq;

static void fsdev_left_work(struct work_struct *work)
{
	struct fsdev_left *left = container_of(work, struct fsdev_left, work);

	left->ops->left(left->cookie);
	kfree(left);
}

/**
 * fsdev_left_later() - call ->left() from a worker
 * @ops: the holder's operations; the cookie keeps the holder, and so them
 * @cookie: what the holder returned, or NULL: then nothing is done
 *
 * Context: may sleep.
 */
void fsdev_left_later(const struct fsdev_holder_ops *ops, void *cookie)
{
	struct fsdev_left *left;

	if (!cookie)
		return;
	left = kmalloc(sizeof(*left), GFP_KERNEL | __GFP_NOFAIL);
	INIT_WORK(&left->work, fsdev_left_work);
	left->ops = ops;
	left->cookie = cookie;
	queue_work(fsdev_left_wq, &left->work);
}

int __init fsdev_left_init(void)
{
	fsdev_left_wq = alloc_workqueue("fsdev_left", WQ_UNBOUND, 0);
	return fsdev_left_wq ? 0 : -ENOMEM;
}

/* Nobody can be told anything any more; what was queued is done. */
void fsdev_left_exit(void)
{
	destroy_workqueue(fsdev_left_wq);
}
