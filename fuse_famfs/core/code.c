// SPDX-License-Identifier: GPL-2.0-only
/*
 * Who is in this module's code without a reference to the module, and when it can go.
 */
#include <linux/atomic.h>
#include <linux/rcupdate.h>
#include <linux/wait.h>
#include "core/core.h"

/* Tasks inside functions of ours that nothing else keeps loaded. */
static atomic_t famfs_code_pins = ATOMIC_INIT(0);
static DECLARE_WAIT_QUEUE_HEAD(famfs_code_unpinned);

/**
 * famfs_code_pin() - the calling task is in our code, and may sleep there
 *
 * For functions that can be called without a reference to the module: those
 * that stock structures lead to while a mount is not ours (yet). Paired with
 * famfs_code_unpin().
 *
 * Context: any.
 */
void famfs_code_pin(void)
{
	atomic_inc(&famfs_code_pins);
}

/**
 * famfs_code_unpin() - the calling task is about to return from it
 *
 * Context: any.
 */
void famfs_code_unpin(void)
{
	if (atomic_dec_and_test(&famfs_code_pins))
		wake_up(&famfs_code_unpinned);
}

/**
 * famfs_code_drain() - wait until nobody is left in our code
 *
 * Called from module exit, when nothing of stock's leads to us any more, and no fs_context of
 * ours and no famfs mount exists, because both pin the module. What may exist is a task that has
 * just read a pointer of ours (it has not slept since: synchronize_rcu_tasks()), a task that sleeps
 * in a stock function called from ours (famfs_code_pins), and a task that has just
 * left the count and not yet our function (synchronize_rcu_tasks() again).
 * Readers of our tables in RCU walk are the last.
 *
 * Context: may sleep.
 */
void famfs_code_drain(void)
{
	synchronize_rcu_tasks();
	wait_event(famfs_code_unpinned, !atomic_read(&famfs_code_pins));
	synchronize_rcu_tasks();
	synchronize_rcu();
	rcu_barrier();
}
