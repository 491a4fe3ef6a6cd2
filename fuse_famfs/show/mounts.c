// SPDX-License-Identifier: GPL-2.0-only
/*
 * debugfs: the mounts, their devices and what their servers were asked; and all faults.
 */
#include <linux/cred.h>
#include <linux/seq_file.h>
#include <linux/uidgid.h>
#include "core/core.h"
#include "dev/dev.h"
#include "show/internal.h"
#include "tell/tell.h"

static void famfs_devs_lock(struct famfs_mount *fmnt)
{
	mutex_lock(&fmnt->devs_lock);
}

static void famfs_devs_unlock(struct famfs_mount *fmnt)
{
	mutex_unlock(&fmnt->devs_lock);
}

static bool famfs_mounts_find(struct famfs_walk *walk)
{
	return famfs_walk_whole(walk) && !walk->at.key;
}

/* How many entries have their device. devs_lock is held. */
static unsigned int famfs_devs_count(struct famfs_mount *fmnt)
{
	struct famfs_daxdev *dd;
	unsigned long index;
	unsigned int n = 0;

	xa_for_each(&fmnt->devs, index, dd)
		n += !!READ_ONCE(dd->fsdev);
	return n;
}

static void famfs_mounts_show(struct seq_file *seq, const struct famfs_walk *walk)
{
	struct famfs_mount *fmnt = walk->fmnt;
	u64 files, bytes;

	spin_lock(&fmnt->inodes_lock);
	files = fmnt->nmaps;
	bytes = fmnt->maps_bytes;
	spin_unlock(&fmnt->inodes_lock);
	famfs_seq_mount(seq, fmnt);
	famfs_seq_string(seq, " source=", fmnt->source);
	famfs_seq_string(seq, " subtype=", fmnt->sb->s_subtype ?: "");
	seq_printf(seq, " server=%d state=%s minor=%u flags=%#llx owner=%u devices=%u files=%llu maps_bytes=%llu errors=%llu\n",
		   fmnt->server, compat_fuse_is_connected(fmnt->fc) ? "alive" : "dead",
		   fmnt->minor, fmnt->flags, from_kuid_munged(&init_user_ns, fmnt->cred->uid),
		   famfs_devs_count(fmnt), files, bytes, READ_ONCE(fmnt->tell.errors));
}

const struct famfs_walk_ops famfs_mounts_ops = {
	.lock = famfs_devs_lock,
	.unlock = famfs_devs_unlock,
	.find = famfs_mounts_find,
	.show = famfs_mounts_show,
};

static bool famfs_devices_find(struct famfs_walk *walk)
{
	if (!famfs_walk_whole(walk))
		return false;
	walk->item = xa_find(&walk->fmnt->devs, &walk->at.key, ULONG_MAX, XA_PRESENT);
	return walk->item;
}

static void famfs_devices_show(struct seq_file *seq, const struct famfs_walk *walk)
{
	const struct famfs_daxdev *dd = walk->item;
	/* Pairs with famfs_daxdev_set(): all else of the device is seen, too. */
	struct fsdev *fsdev = smp_load_acquire(&dd->fsdev);

	famfs_seq_mount(seq, walk->fmnt);
	seq_printf(seq, " index=%llu", dd->index);
	if (!fsdev) {
		/* It is just being asked for, or could not be had. */
		seq_printf(seq, " name=- state=failed size=0 align=0 users=%u\n", dd->users);
		return;
	}
	famfs_seq_string(seq, " name=", famfs_fsdev_name(fsdev));
	seq_printf(seq, " state=%s size=%llu align=%u users=%u mode=%s block=%d\n",
		   READ_ONCE(dd->dead) ? "gone" : "ok", famfs_fsdev_size(fsdev),
		   famfs_fsdev_align(fsdev), dd->users, dd->by_fd ? "fd" : "name", dd->block);
}

const struct famfs_walk_ops famfs_devices_ops = {
	.lock = famfs_devs_lock,
	.unlock = famfs_devs_unlock,
	.find = famfs_devices_find,
	.show = famfs_devices_show,
};

static void famfs_requests_lock(struct famfs_mount *fmnt)
	__acquires(&fmnt->calls.lock)
{
	spin_lock(&fmnt->calls.lock);
}

static void famfs_requests_unlock(struct famfs_mount *fmnt)
	__releases(&fmnt->calls.lock)
{
	spin_unlock(&fmnt->calls.lock);
}

static bool famfs_requests_find(struct famfs_walk *walk)
{
	return famfs_walk_whole(walk) && walk->at.key < FAMFS_NREQUESTS;
}

static void famfs_requests_show(struct seq_file *seq, const struct famfs_walk *walk)
{
	static const char * const names[] = {
		[FAMFS_REQUEST_FMAP] = "GET_FMAP",
		[FAMFS_REQUEST_DAXDEV] = "GET_DAXDEV",
	};
	const struct famfs_request_count *count = &walk->fmnt->calls.requests[walk->at.key];
	unsigned int i;

	famfs_seq_mount(seq, walk->fmnt);
	seq_printf(seq, " request=%s sent=%llu answered=%llu failed=%llu ns_total=%llu ns_max=%llu lt_us=",
		   names[walk->at.key], count->sent, count->answered, count->failed,
		   count->ns_total, count->ns_max);
	for (i = 0; i < FAMFS_LATENCIES; i++)
		seq_printf(seq, "%s%u", i ? "," : "", count->lt_us[i]);
	seq_putc(seq, '\n');
}

const struct famfs_walk_ops famfs_requests_ops = {
	.lock = famfs_requests_lock,
	.unlock = famfs_requests_unlock,
	.find = famfs_requests_find,
	.show = famfs_requests_show,
};

/* One count for all mounts, as finding a mount's own would slow faults down. */
int famfs_faults_show(struct seq_file *seq, void *v)
{
	seq_printf(seq, "all pte=%llu pmd=%llu pud=%llu failed=%llu\n", famfs_counted(FAMFS_PTE),
		   famfs_counted(FAMFS_PMD), famfs_counted(FAMFS_PUD), famfs_counted(FAMFS_FAILED));
	return 0;
}
