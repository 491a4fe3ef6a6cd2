// SPDX-License-Identifier: GPL-2.0-only
/*
 * Who waits for pages of files that somebody has pinned: for whoever wonders why a device cannot
 * be unbound, or cannot be had. Nobody can tell who has the pages.
 */
#include <linux/fs.h>
#include <linux/kdev_t.h>
#include <linux/ktime.h>
#include <linux/list.h>
#include <linux/module.h>
#include <linux/seq_file.h>
#include <linux/spinlock.h>
#include "tell/tell.h"

static LIST_HEAD(famfs_waits);
static DEFINE_SPINLOCK(famfs_waits_lock);

static const char * const famfs_wait_names[] = {
	[FAMFS_WAIT_EVICTION] = "eviction",
	[FAMFS_WAIT_UMOUNT] = "umount",
	[FAMFS_WAIT_UNBIND] = "unbind",
};

void famfs_wait_init(struct famfs_wait *wait, dev_t dev, const char *device)
{
	*wait = (struct famfs_wait){ .dev = dev, .device = device };
	INIT_LIST_HEAD(&wait->list);
}

/**
 * famfs_wait_set() - pages are waited for, or not any more
 * @wait: the wait
 * @kind: what has to wait
 * @files: so many files at most have such pages; 0: it is over
 *
 * Context: any but interrupts; the mount's inodes_lock may be held. Of one wait by one at a time.
 */
void famfs_wait_set(struct famfs_wait *wait, enum famfs_wait_kind kind, unsigned int files)
{
	unsigned int was;

	spin_lock(&famfs_waits_lock);
	was = wait->files;
	wait->kind = kind;
	wait->files = files;
	if (files && !was) {
		wait->since = ktime_get();
		list_add_tail(&wait->list, &famfs_waits);
	} else if (!files && was) {
		list_del_init(&wait->list);
	}
	if (files != was)
		trace_famfs_pin(wait->dev, famfs_wait_names[kind], files,
				ktime_ms_delta(ktime_get(), wait->since));
	spin_unlock(&famfs_waits_lock);
}

static void *famfs_waits_start(struct seq_file *seq, loff_t *pos)
	__acquires(famfs_waits_lock)
{
	spin_lock(&famfs_waits_lock);
	return seq_list_start(&famfs_waits, *pos);
}

static void *famfs_waits_next(struct seq_file *seq, void *v, loff_t *pos)
{
	return seq_list_next(v, &famfs_waits, pos);
}

static void famfs_waits_stop(struct seq_file *seq, void *v)
	__releases(famfs_waits_lock)
{
	spin_unlock(&famfs_waits_lock);
}

static int famfs_waits_show(struct seq_file *seq, void *v)
{
	const struct famfs_wait *wait = list_entry(v, struct famfs_wait, list);

	seq_printf(seq, "%u:%u waits_for=%s files=%u since_ms=%lld", MAJOR(wait->dev),
		   MINOR(wait->dev), famfs_wait_names[wait->kind], wait->files,
		   ktime_ms_delta(ktime_get(), wait->since));
	famfs_seq_string(seq, " device=", wait->device);
	seq_putc(seq, '\n');
	return 0;
}

static const struct seq_operations famfs_waits_ops = {
	.start = famfs_waits_start,
	.next = famfs_waits_next,
	.stop = famfs_waits_stop,
	.show = famfs_waits_show,
};

static int famfs_waits_open(struct inode *inode, struct file *file)
{
	return seq_open(file, &famfs_waits_ops);
}

const struct file_operations famfs_waits_fops = {
	.owner = THIS_MODULE,
	.open = famfs_waits_open,
	.read = seq_read,
	.llseek = seq_lseek,
	.release = seq_release,
};
