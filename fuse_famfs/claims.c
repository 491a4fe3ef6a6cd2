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
 *
 * Claims are made one map at a time. Taking them back, which eviction does and so
 * every allocation can do, waits for nobody: a tree is locked only for moments.
 */
#include <linux/dcache.h>
#include <linux/fs.h>
#include <linux/jiffies.h>
#include <linux/maple_tree.h>
#include <linux/sched/signal.h>
#include "famfs.h"

/* Jiffies to wait for a file that nobody has open and something still holds. */
#define FAMFS_CLOSE_WAIT	HZ

/* What goes frees more than this takes: let it have of what is kept in reserve. */
#define FAMFS_GFP_DISOWN	(GFP_NOWAIT | __GFP_NOWARN | __GFP_MEMALLOC)

struct famfs_claim {
	struct famfs_mount *fmnt;
	const struct fmap *map;
	struct famfs_inode *fi;
	struct inode *other;	/* who is in the way; a reference */
	bool going;		/* who is in the way is being evicted */
};

/*
 * Who has something of the range is an inode that is in the tree: it is not freed as
 * long as the tree is locked.
 */
static bool famfs_find_owner(struct famfs_claim *claim, struct maple_tree *owners,
			     unsigned long first, unsigned long last)
{
	MA_STATE(mas, owners, first, first);
	struct famfs_inode *owner;

	mas_lock(&mas);
	owner = mas_find(&mas, last);
	if (owner) {
		claim->other = famfs_igrab(owner);
		claim->going = !claim->other;
	}
	mas_unlock(&mas);
	return owner;
}

static int famfs_claim_range(void *ctx, u32 slot, u64 dev_off, u64 len)
{
	struct famfs_claim *claim = ctx;
	struct famfs_daxdev *dd = famfs_map_dev(claim->map, slot);
	unsigned long first = PHYS_PFN(dev_off);
	unsigned long last = PHYS_PFN(dev_off + len - 1);
	int err;

	do {
		err = mtree_insert_range(&dd->owners, first, last, claim->fi,
					 GFP_KERNEL);
		if (err != -EEXIST)
			return err;
		/* Or it has gone since. */
	} while (!famfs_find_owner(claim, &dd->owners, first, last));
	return -EBUSY;
}

/*
 * Taking a range out of the tree can need memory, and mtree_erase() before Linux 7
 * leaves it in, in silence, if there is none. An inode that goes must be out. The
 * tree stays locked meanwhile: what Linux 6.1 means to take out when it has
 * unlocked it to wait for memory can be more than this range.
 */
static bool famfs_try_disown(struct maple_tree *owners, unsigned long at,
			     struct famfs_inode *fi)
{
	MA_STATE(mas, owners, at, at);
	int err = 0;

	mas_lock(&mas);
	if (mas_walk(&mas) == fi) {
		/* From the root again, with the whole range. */
		mas_set_range(&mas, mas.index, mas.last);
		err = mas_store_gfp(&mas, NULL, FAMFS_GFP_DISOWN);
	}
	mas_unlock(&mas);
	return !err;
}

/*
 * Ranges that follow each other were claimed as one: the first of them to come
 * here takes all of it away, and the others find nothing.
 */
static int famfs_unclaim_range(void *ctx, u32 slot, u64 dev_off, u64 len)
{
	struct famfs_claim *claim = ctx;

	while (!famfs_try_disown(&famfs_map_dev(claim->map, slot)->owners,
				 PHYS_PFN(dev_off), claim->fi))
		schedule_timeout_uninterruptible(1);
	cond_resched();
	return 0;
}

static int famfs_claim_once(struct famfs_claim *claim)
{
	int err;

	mutex_lock(&claim->fmnt->claims_lock);
	err = fmap_walk_merged(claim->map, famfs_claim_range, claim);
	if (err)
		fmap_walk_ranges(claim->map, famfs_unclaim_range, claim);
	mutex_unlock(&claim->fmnt->claims_lock);
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
 * famfs_unclaim_map() - give all ranges of a map back
 * @fi: the inode that has claimed them
 * @map: the map, of which nobody uses any page
 *
 * Context: may sleep, but only where there is no memory at all.
 */
void famfs_unclaim_map(struct famfs_inode *fi, const struct fmap *map)
{
	struct famfs_claim claim = { .map = map, .fi = fi };

	fmap_walk_ranges(map, famfs_unclaim_range, &claim);
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
	MA_STATE(mas, &dd->owners, pgoff, pgoff);
	struct famfs_inode *owner;
	struct inode *inode = NULL;

	mas_lock(&mas);
	owner = mas_walk(&mas);
	if (owner)
		inode = famfs_igrab(owner);
	mas_unlock(&mas);
	return inode;
}
