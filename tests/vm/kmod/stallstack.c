// SPDX-License-Identifier: GPL-2.0-only
/*
 * For tests: where was the kernel when it did not let go of the processor? When a task that should
 * have given way has not done so for `ticks` ticks of the timer, its stack goes to the log, once
 * until it does. One processor, and for as long as the machine runs.
 */
#include <linux/jiffies.h>
#include <linux/kernel.h>
#include <linux/module.h>
#include <linux/sched.h>
#include <linux/stacktrace.h>
#include <linux/timer.h>

static unsigned int ticks = 5;
module_param(ticks, uint, 0400);
MODULE_PARM_DESC(ticks, "how many are too many");

static struct timer_list stallstack_timer;

static void stallstack_look(struct timer_list *timer)
{
	static unsigned long switches_before;
	static unsigned int waited;
	unsigned long switches = current->nvcsw + current->nivcsw;
	unsigned long entry[32];
	unsigned int n, i;

	mod_timer(timer, jiffies + 1);
	/* Who gave way meanwhile and is to do it again, as this very tick woke somebody, does not count. */
	if (test_tsk_need_resched(current) && switches == switches_before)
		waited++;
	else
		waited = 0;
	switches_before = switches;
	if (waited != ticks)
		return;
	n = stack_trace_save(entry, ARRAY_SIZE(entry), 0);
	pr_info("stallstack: %s\n", current->comm);
	for (i = 0; i < n; i++)
		pr_info("stallstack:   %pS\n", (void *)entry[i]);
}

static int __init stallstack_init(void)
{
	timer_setup(&stallstack_timer, stallstack_look, TIMER_PINNED);
	mod_timer(&stallstack_timer, jiffies + 1);
	return 0;
}

module_init(stallstack_init);
MODULE_DESCRIPTION("test: where the kernel holds up others");
MODULE_LICENSE("GPL");
