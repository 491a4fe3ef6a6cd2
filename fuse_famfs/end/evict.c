// SPDX-License-Identifier: GPL-2.0-only
/*
 * The end of what we keep for an inode.
 *
 * Its pages can be in use by then, though no file and no mapping leads to them any
 * more: somebody lent them to a pipe, or direct I/O from a mapping that is gone still
 * runs. As long as that is so the page of the device may belong to no other file. But
 * eviction is done by whoever reclaims memory or unmounts, by those perhaps who have these
 * very pages, and does not wait for it: what is left becomes an orphan of the mount, which
 * a worker looks after. It needs neither inode nor superblock, and may outlive both; the
 * device is the mount's until its last orphan has ended.
 */
#include <linux/fs.h>
#include <linux/mm.h>
#include <linux/pagemap.h>
#include <linux/workqueue.h>
#include "core/core.h"
#include "data/data.h"
#include "dev/dev.h"
#include "end/end.h"
#include "end/internal.h"
#include "tell/tell.h"

/* Jiffies between two looks at the orphans. */
#define FAMFS_ORPHAN_LOOK	(HZ / 10)

static struct workqueue_struct *famfs_orphan_wq;

/**
 * famfs_wait_idle() - wait until nobody has a page of the file pinned
 * @fi: its inode's part; nobody can get at the pages any more
 *
 * Context: may sleep until the last pin is gone, of which nobody tells.
 */
void famfs_wait_idle(struct famfs_inode *fi)
{
	long nap = 1;

	while (!famfs_data_ops(fi)->is_idle(fi)) {
		schedule_timeout_uninterruptible(nap);
		nap = min(2 * nap, HZ / 10L);
	}
}

static void famfs_inode_free_rcu(struct rcu_head *rcu)
{
	struct famfs_inode *fi = container_of(rcu, struct famfs_inode, rcu);

	famfs_marks_free(fi->marks);
	famfs_inode_free(fi);
}

/* Ends an inode's part of which no page is in use; only @inodes and its claims lead to it. */
static void famfs_inode_finish(struct famfs_mount *fmnt, struct famfs_inode *fi)
{
	famfs_data_ops(fi)->flush_last(fi);
	famfs_data_ops(fi)->forget(fi);
	famfs_unclaim_map(fi);
	/* Last, as revocation waits for what is in @inodes. */
	famfs_inodes_del(fmnt, fi);
	fmap_put(fi->map);
	/*
	 * The handling of failed memory goes from a page to the mapping under RCU. Not
	 * kfree_rcu(), which keeps memory for seconds: reclaim may want it now.
	 */
	call_rcu(&fi->rcu, famfs_inode_free_rcu);
}

/* The queued look has a reference to the mount. The caller has one, or a superblock. */
static void famfs_orphans_look_later(struct famfs_mount *fmnt)
{
	refcount_inc(&fmnt->ref);
	if (!queue_delayed_work(famfs_orphan_wq, &fmnt->orphan_work, FAMFS_ORPHAN_LOOK))
		famfs_mount_put(fmnt);
}

/* Counts @more orphans, which can be negative. The inodes_lock is held. */
static void famfs_orphans_count(struct famfs_mount *fmnt, int more)
{
	fmnt->norphans += more;
	famfs_wait_set(&fmnt->orphan_wait, fmnt->sb ? FAMFS_WAIT_EVICTION : FAMFS_WAIT_UMOUNT,
		       fmnt->norphans);
}

/*
 * Parts @fi from its inode. A task that found it in @inodes or among the owners reads ->inode
 * under the lock it found it by; taking each of these locks once waits for such tasks.
 */
static void famfs_inode_orphan(struct famfs_mount *fmnt, struct famfs_inode *fi)
{
	u32 slot;

	famfs_data_ops(fi)->flush_last(fi);
	/* It has a mapping, since pinned pages were mapped before. */
	if (fi->mapping->host == fi->inode)
		fi->mapping->host = &fmnt->nobody;
	spin_lock(&fmnt->inodes_lock);
	WRITE_ONCE(fi->inode, NULL);
	spin_unlock(&fmnt->inodes_lock);
	for (slot = 0; slot < fi->map->ndevs; slot++) {
		struct famfs_daxdev *dd = famfs_map_dev(fi->map, slot);

		spin_lock(&dd->owners_lock);
		spin_unlock(&dd->owners_lock);
	}
	spin_lock(&fmnt->inodes_lock);
	list_add_tail(&fi->orphan, &fmnt->orphans);
	famfs_orphans_count(fmnt, 1);
	spin_unlock(&fmnt->inodes_lock);
	famfs_orphans_look_later(fmnt);
}

static struct famfs_inode *famfs_next_orphan(struct famfs_mount *fmnt)
{
	struct famfs_inode *fi;

	spin_lock(&fmnt->inodes_lock);
	fi = list_first_entry_or_null(&fmnt->orphans, struct famfs_inode, orphan);
	if (fi)
		list_del_init(&fi->orphan);
	spin_unlock(&fmnt->inodes_lock);
	return fi;
}

/* Ends the orphans whose pages are all back. Returns how many are left. */
static unsigned int famfs_orphans_look(struct famfs_mount *fmnt)
{
	unsigned int left = 0, ended = 0;
	struct famfs_inode *fi;
	LIST_HEAD(busy);

	while ((fi = famfs_next_orphan(fmnt))) {
		if (famfs_data_ops(fi)->is_idle(fi)) {
			famfs_inode_finish(fmnt, fi);
			ended++;
		} else {
			list_add_tail(&fi->orphan, &busy);
			left++;
		}
	}
	spin_lock(&fmnt->inodes_lock);
	list_splice(&busy, &fmnt->orphans);
	famfs_orphans_count(fmnt, -ended);
	spin_unlock(&fmnt->inodes_lock);
	return left;
}

static void famfs_orphan_work(struct work_struct *work)
{
	struct famfs_mount *fmnt = container_of(to_delayed_work(work),
						struct famfs_mount, orphan_work);

	if (famfs_orphans_look(fmnt))
		famfs_orphans_look_later(fmnt);
	/* This may be the module's last reference; unloading waits for the queue. */
	famfs_mount_put(fmnt);
}

/**
 * famfs_orphans_init() - a mount has no orphans yet
 * @fmnt: the mount, being made, with its superblock
 */
void famfs_orphans_init(struct famfs_mount *fmnt)
{
	INIT_LIST_HEAD(&fmnt->orphans);
	INIT_DELAYED_WORK(&fmnt->orphan_work, famfs_orphan_work);
	famfs_wait_init(&fmnt->orphan_wait, fmnt->dev, "-");
	/* All that the DAX core and memory failure ask of a mapping's inode. */
	inode_init_once(&fmnt->nobody);
	fmnt->nobody.i_mode = S_IFREG;
	fmnt->nobody.i_flags = S_DAX;
	fmnt->nobody.i_blkbits = PAGE_SHIFT;
	fmnt->nobody.i_sb = fmnt->sb;
}

/**
 * famfs_orphans_leave() - the superblock is going: its orphans do without it from now on
 * @fmnt: the mount, whose inodes are all gone
 *
 * Context: may sleep; waits for no pin.
 */
void famfs_orphans_leave(struct famfs_mount *fmnt)
{
	unsigned int left;

	spin_lock(&fmnt->inodes_lock);
	fmnt->sb = NULL;
	fmnt->nobody.i_sb = NULL;
	spin_unlock(&fmnt->inodes_lock);
	/* No look has orphans in its own hands after this; the queued one's reference is ours. */
	if (cancel_delayed_work_sync(&fmnt->orphan_work))
		famfs_mount_put(fmnt);
	left = famfs_orphans_look(fmnt);
	if (!left)
		return;
	pr_warn("%s: unmounted, and pages of %u files are still pinned: their devices stay in use until these are given back\n",
		fmnt->name, left);
	famfs_orphans_look_later(fmnt);
}

/* The inode is going: what we keep for it is freed, now or later. Waits for no pin. */
static void famfs_inode_end(struct famfs_mount *fmnt, struct famfs_inode *fi)
{
	if (!fi->map) {
		famfs_inode_free(fi);
		return;
	}
	if (fi->mapping)
		unmap_mapping_range(fi->mapping, 0, 0, 0);
	if (famfs_data_ops(fi)->is_idle(fi))
		famfs_inode_finish(fmnt, fi);
	else
		famfs_inode_orphan(fmnt, fi);
}

/**
 * famfs_evict_inode() - the last thing that happens to an inode
 * @inode: any inode of a famfs mount
 *
 * Runs in whatever task drops the last reference, the server's own and those that
 * reclaim memory included: it waits neither for the server nor for pages of the file that
 * somebody still has pinned.
 */
void famfs_evict_inode(struct inode *inode)
{
	struct famfs_mount *fmnt = famfs_mount_of(inode->i_sb);
	struct famfs_inode *fi = famfs_inode_of(inode);

	if (fi) {
		inode->i_private = NULL;
		/* S_DAX is still set: entries of a mapping without it are dropped unseen. */
		famfs_inode_end(fmnt, fi);
		/* Stock eviction takes it for a virtiofs window. */
		inode->i_flags &= ~S_DAX;
	}
	fmnt->stock_s_op->evict_inode(inode);
}

int __init famfs_evict_init(void)
{
	famfs_orphan_wq = alloc_workqueue("famfs_orphans", WQ_UNBOUND, 0);
	return famfs_orphan_wq ? 0 : -ENOMEM;
}

/* No mount is left; the look that gave up the last one may not have returned yet. */
void famfs_evict_exit(void)
{
	destroy_workqueue(famfs_orphan_wq);
}
