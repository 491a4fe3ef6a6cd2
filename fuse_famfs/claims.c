// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which file owns which range of a device.
 *
 * The DAX core keeps one file and one offset per page. Two files over the same
 * page make it warn, and on some kernels loop for ever at umount. So every range
 * of every map is claimed for its inode before the map is installed, and a map
 * that wants a range of another inode is refused.
 *
 * This is also the way back from a page of the device to the file it belongs to.
 */
#include <linux/dcache.h>
#include <linux/fs.h>
#include <linux/jiffies.h>
#include <linux/maple_tree.h>
#include <linux/sched/signal.h>
#include "famfs.h"

/* Jiffies to wait for a file that nobody has open and something still holds. */
#define FAMFS_CLOSE_WAIT	HZ

struct famfs_claim {
	struct famfs_mount *fmnt;
	const struct fmap *map;
	struct famfs_inode *fi;
	struct inode *other;	/* who is in the way; a reference */
	bool going;		/* who is in the way is being evicted */
};

static int famfs_claim_range(void *ctx, u32 slot, u64 dev_off, u64 len)
{
	struct famfs_claim *claim = ctx;
	struct famfs_daxdev *dd = famfs_map_dev(claim->map, slot);
	unsigned long first = PHYS_PFN(dev_off);
	unsigned long last = PHYS_PFN(dev_off + len - 1);
	int err;

	err = mtree_insert_range(&dd->owners, first, last, claim->fi, GFP_KERNEL);
	if (err == -EEXIST) {
		struct famfs_inode *owner = mt_find(&dd->owners, &first, last);

		if (owner) {
			claim->other = igrab(owner->inode);
			claim->going = !claim->other;
		}
		return -EBUSY;
	}
	return err;
}

/*
 * Taking a range out of the tree can need memory, and mtree_erase() before Linux 7
 * leaves it in, in silence, if there is none. An inode that goes must be out.
 */
static void famfs_disown(struct maple_tree *owners, unsigned long at,
			 struct famfs_inode *fi)
{
	MA_STATE(mas, owners, at, at);

	mas_lock(&mas);
	if (mas_walk(&mas) == fi) {
		/* From the root again, with the whole range. */
		mas_set_range(&mas, mas.index, mas.last);
		mas_store_gfp(&mas, NULL, GFP_KERNEL | __GFP_NOFAIL);
	}
	mas_unlock(&mas);
}

/*
 * Ranges that follow each other were claimed as one: the first of them to come
 * here takes all of it away, and the others find nothing.
 */
static int famfs_unclaim_range(void *ctx, u32 slot, u64 dev_off, u64 len)
{
	struct famfs_claim *claim = ctx;

	famfs_disown(&famfs_map_dev(claim->map, slot)->owners,
		     PHYS_PFN(dev_off), claim->fi);
	return 0;
}

static int famfs_claim_once(struct famfs_claim *claim)
{
	unsigned int nofs;
	int err;

	nofs = famfs_lock_evict(&claim->fmnt->claims_lock);
	err = fmap_walk_merged(claim->map, famfs_claim_range, claim);
	if (err)
		fmap_walk_ranges(claim->map, famfs_unclaim_range, claim);
	famfs_unlock_evict(&claim->fmnt->claims_lock, nofs);
	return err;
}

/* A mapping keeps its file open. */
static bool famfs_is_used(const struct inode *inode)
{
	return atomic_read(&famfs_inode_of(inode)->opens);
}

/**
 * famfs_claim_map() - take all ranges of a map for an inode
 * @fmnt: the mount
 * @fi: the inode
 * @map: a map with its devices bound, not installed yet
 *
 * Inodes that are in the way and that nobody uses any more, files that the server
 * has replaced for instance, are thrown out first. One that was closed is kept by
 * stock until the server has answered RELEASE: that is waited for, but not long.
 *
 * Context: may sleep.
 * Return: 0; -EBUSY if another inode has one of them; -ENOMEM; -EINTR. Nothing is
 * claimed on error.
 */
int famfs_claim_map(struct famfs_mount *fmnt, struct famfs_inode *fi,
		    const struct fmap *map)
{
	struct famfs_claim claim = { .fmnt = fmnt, .map = map, .fi = fi };
	unsigned long until = jiffies + FAMFS_CLOSE_WAIT;
	const struct inode *last = NULL;	/* only compared */

	for (;;) {
		struct inode *other;
		bool stays;
		int err;

		claim.other = NULL;
		claim.going = false;
		err = famfs_claim_once(&claim);
		other = claim.other;
		if (!other && !claim.going)
			return err;
		/* Each turn gets rid of an owner, at once or in a moment. */
		if (other && other != last) {
			d_prune_aliases(other);
			last = other;
			iput(other);
			continue;
		}
		stays = time_after(jiffies, until);
		if (other) {
			stays |= famfs_is_used(other);
			iput(other);
		}
		if (stays)
			return err;
		schedule_timeout_killable(1);
		if (fatal_signal_pending(current))
			return -EINTR;
	}
}

/**
 * famfs_unclaim_map() - give all ranges of an inode's map back
 * @fmnt: the mount
 * @fi: an inode with a map, being evicted
 *
 * Context: may sleep, not for the server.
 */
void famfs_unclaim_map(struct famfs_mount *fmnt, struct famfs_inode *fi)
{
	struct famfs_claim claim = { .fmnt = fmnt, .map = fi->map, .fi = fi };
	unsigned int nofs;

	nofs = famfs_lock_evict(&fmnt->claims_lock);
	fmap_walk_ranges(fi->map, famfs_unclaim_range, &claim);
	famfs_unlock_evict(&fmnt->claims_lock, nofs);
}

/**
 * famfs_owner_of() - whose page is it
 * @dd: the device
 * @pgoff: the page, from the start of the device
 *
 * Context: may sleep. The superblock is kept active by the caller.
 * Return: the inode, with a reference, or NULL if no file has the page, or only
 * one that is being evicted.
 */
struct inode *famfs_owner_of(struct famfs_daxdev *dd, unsigned long pgoff)
{
	struct famfs_inode *owner;
	struct inode *inode = NULL;
	unsigned int nofs;

	nofs = famfs_lock_evict(&dd->fmnt->claims_lock);
	owner = mtree_load(&dd->owners, pgoff);
	if (owner)
		inode = igrab(owner->inode);
	famfs_unlock_evict(&dd->fmnt->claims_lock, nofs);
	return inode;
}
