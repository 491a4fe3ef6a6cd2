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
#include <linux/minmax.h>
#include <linux/rbtree.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include "famfs.h"

/* Jiffies to wait for a file that nobody has open and something still holds. */
#define FAMFS_CLOSE_WAIT	HZ

/* A range of a device that a file has. In the device's tree, guarded by owners_lock. */
struct famfs_range {
	struct rb_node node;
	struct famfs_inode *owner;
	unsigned long first, last;	/* pages of the device */
};

/*
 * struct famfs_claims - some ranges that a file has on one device
 *
 * Owner and lifetime: a list that belongs to the famfs_inode, from the claim of its map
 * until that is given back. Charged to whoever opened the file.
 *
 * Lock: none: only whoever claims or unclaims the map comes here. The device is kept by
 * the map.
 */
struct famfs_claims {
	struct famfs_claims *next;
	struct famfs_daxdev *dd;
	u32 n, max;
	struct famfs_range range[];
};

/* So that one allocation takes no more than a page. */
#define FAMFS_CLAIMS_MAX	((PAGE_SIZE - sizeof(struct famfs_claims)) / \
				 sizeof(struct famfs_range))

struct famfs_claim {
	struct famfs_mount *fmnt;
	const struct fmap *map;
	struct famfs_inode *fi;
	struct inode *other;	/* who is in the way; a reference */
	bool going;		/* who is in the way is being evicted */
};

/* Room for one more range on a device: at the head of the list. */
static struct famfs_range *famfs_claims_room(struct famfs_claim *claim,
					     struct famfs_daxdev *dd)
{
	struct famfs_claims *claims = claim->fi->claims;
	u32 max;

	if (!claims || claims->dd != dd || claims->n == claims->max) {
		/* Not more than can come, and twice as much each time. */
		max = claims && claims->dd == dd ? 2 * claims->max : 8;
		max = min3(max, max(claim->map->naddrs, 1U), (u32)FAMFS_CLAIMS_MAX);
		claims = kmalloc(struct_size(claims, range, max), GFP_KERNEL_ACCOUNT);
		if (!claims)
			return NULL;
		claims->next = claim->fi->claims;
		claims->dd = dd;
		claims->n = 0;
		claims->max = max;
		claim->fi->claims = claims;
	}
	return &claims->range[claims->n];
}

/*
 * Who has something of the range is an inode that is in the tree: it is not freed as
 * long as the tree is locked.
 */
static bool famfs_range_insert(struct famfs_claim *claim, struct famfs_daxdev *dd,
			       struct famfs_range *new)
{
	struct rb_node **at = &dd->owners.rb_node, *parent = NULL;
	struct famfs_range *range;
	bool free = true;

	spin_lock(&dd->owners_lock);
	while (*at && free) {
		parent = *at;
		range = rb_entry(parent, struct famfs_range, node);
		if (new->last < range->first) {
			at = &parent->rb_left;
		} else if (new->first > range->last) {
			at = &parent->rb_right;
		} else {
			free = false;
			claim->other = famfs_igrab(range->owner);
			claim->going = !claim->other;
		}
	}
	if (free) {
		rb_link_node(&new->node, parent, at);
		rb_insert_color(&new->node, &dd->owners);
	}
	spin_unlock(&dd->owners_lock);
	return free;
}

static int famfs_claim_range(void *ctx, u32 slot, u64 dev_off, u64 len)
{
	struct famfs_claim *claim = ctx;
	struct famfs_daxdev *dd = famfs_map_dev(claim->map, slot);
	struct famfs_range *range = famfs_claims_room(claim, dd);

	if (!range)
		return -ENOMEM;
	range->owner = claim->fi;
	range->first = PHYS_PFN(dev_off);
	range->last = PHYS_PFN(dev_off + len - 1);
	if (!famfs_range_insert(claim, dd, range))
		return -EBUSY;
	claim->fi->claims->n++;
	return 0;
}

/**
 * famfs_unclaim_map() - give all ranges of a map back
 * @fi: the inode that has claimed them, of which nobody uses any page
 *
 * Context: may sleep, needs no memory.
 */
void famfs_unclaim_map(struct famfs_inode *fi)
{
	struct famfs_claims *claims;
	u32 i;

	while ((claims = fi->claims)) {
		fi->claims = claims->next;
		spin_lock(&claims->dd->owners_lock);
		for (i = 0; i < claims->n; i++)
			rb_erase(&claims->range[i].node, &claims->dd->owners);
		spin_unlock(&claims->dd->owners_lock);
		kfree(claims);
		cond_resched();
	}
}

static int famfs_claim_once(struct famfs_claim *claim)
{
	int err;

	mutex_lock(&claim->fmnt->claims_lock);
	err = fmap_walk_merged(claim->map, famfs_claim_range, claim);
	if (err)
		famfs_unclaim_map(claim->fi);
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
	struct rb_node *at;
	struct inode *inode = NULL;

	spin_lock(&dd->owners_lock);
	at = dd->owners.rb_node;
	while (at) {
		struct famfs_range *range = rb_entry(at, struct famfs_range, node);

		if (pgoff < range->first) {
			at = at->rb_left;
		} else if (pgoff > range->last) {
			at = at->rb_right;
		} else {
			inode = famfs_igrab(range->owner);
			break;
		}
	}
	spin_unlock(&dd->owners_lock);
	return inode;
}
