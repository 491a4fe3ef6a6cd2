// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which file owns which range of a device.
 *
 * Two files over the same page would have each other's bytes, the next file those that somebody
 * still has pinned from the last one. On block devices the DAX core, which keeps one file and
 * one offset per page, warns of two, and on some kernels loops for ever at umount. So every
 * range of every map is claimed for its inode before the map is installed, and a map
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
#include "core/core.h"
#include "dev/dev.h"
#include "map/map.h"

/* How long, in jiffies, to wait for a file that is not open and may be held for ever. */
#define FAMFS_HELD_WAIT		HZ

/*
 * How long to wait for a file without a name: mostly until the server has answered RELEASE.
 * But an inode can be held without a name, as by Landlock for its rules.
 */
#define FAMFS_ASKED_WAIT	(60 * HZ)

/* The longest nap between two looks at the file that is in the way, in jiffies. */
#define FAMFS_LOOK		(HZ / 10L)

/*
 * struct famfs_claims - some ranges that a file has on one device, but its first
 *
 * Owner and lifetime: a list that belongs to the famfs_inode, from the claim of its map
 * until that is given back. Charged to whoever opened the file.
 *
 * Lock: none: only the task that claims or unclaims the map comes here. The map keeps the
 * device.
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

/*
 * A claim being made, and where it failed: the pages that another file has. The claim's map
 * keeps the device.
 */
struct famfs_claim {
	struct famfs_mount *fmnt;
	const struct fmap *map;
	struct famfs_inode *fi;
	struct famfs_daxdev *dd;	/* where the last range was claimed, or NULL */
	struct famfs_range *prev;	/* the last one there, or NULL */
	struct famfs_daxdev *taken;	/* NULL: nowhere */
	unsigned long first, last;
};

/* What the file that is in the way waits for, or is. */
enum famfs_way {
	FAMFS_NOBODY,
	FAMFS_OPEN,		/* open or mapped */
	FAMFS_GOING,		/* being evicted */
	FAMFS_ASKED,		/* a request to the server is about it: RELEASE */
	FAMFS_NAMED,		/* a name of it is in use, or it is watched */
	FAMFS_ORPHAN,		/* pages are pinned */
};

/* Room for one more range on a device: in the inode's part, or at the head of the list. */
static struct famfs_range *famfs_claims_room(struct famfs_claim *claim,
					     struct famfs_daxdev *dd)
{
	struct famfs_claims *claims = claim->fi->claims;
	u32 max;

	if (!claim->fi->on)
		return &claim->fi->range;
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

/* A range of the device that has a page of these; NULL: they are free. owners_lock is held. */
static struct famfs_range *famfs_range_find(const struct famfs_daxdev *dd, unsigned long first,
					    unsigned long last)
{
	struct rb_node *at = dd->owners.rb_node;

	while (at) {
		struct famfs_range *range = rb_entry(at, struct famfs_range, node);

		if (last < range->first)
			at = at->rb_left;
		else if (first > range->last)
			at = at->rb_right;
		else
			return range;
	}
	return NULL;
}

/*
 * Where in the tree there is room for a range; NULL: a page of it is somebody's. @prev is
 * a range before it, or NULL: mostly there is nothing between the two.
 */
static struct rb_node **famfs_range_place(struct famfs_daxdev *dd, struct famfs_range *prev,
					  const struct famfs_range *new, struct rb_node **parent)
{
	struct rb_node *next = prev ? rb_next(&prev->node) : NULL;
	struct rb_node **at = &dd->owners.rb_node;

	if (prev && (!next || new->last < rb_entry(next, struct famfs_range, node)->first)) {
		*parent = prev->node.rb_right ? next : &prev->node;
		return prev->node.rb_right ? &next->rb_left : &prev->node.rb_right;
	}
	*parent = NULL;
	while (*at) {
		struct famfs_range *range = rb_entry(*at, struct famfs_range, node);

		*parent = *at;
		if (new->last < range->first)
			at = &range->node.rb_left;
		else if (new->first > range->last)
			at = &range->node.rb_right;
		else
			return NULL;
	}
	return at;
}

/* False if another file has a page of the range. */
static bool famfs_range_insert(struct famfs_daxdev *dd, struct famfs_range *prev,
			       struct famfs_range *new)
{
	struct rb_node **at, *parent;

	spin_lock(&dd->owners_lock);
	at = famfs_range_place(dd, prev, new, &parent);
	if (at) {
		rb_link_node(&new->node, parent, at);
		rb_insert_color(&new->node, &dd->owners);
	}
	spin_unlock(&dd->owners_lock);
	return at;
}

/* Called with ranges that ascend on each device. */
static int famfs_claim_range(void *ctx, u32 slot, u64 dev_off, u64 len)
{
	struct famfs_claim *claim = ctx;
	struct famfs_daxdev *dd = famfs_map_dev(claim->map, slot);
	struct famfs_range *range = famfs_claims_room(claim, dd);

	if (!range)
		return -ENOMEM;
	if (claim->dd != dd)
		claim->prev = NULL;
	claim->dd = dd;
	range->owner = claim->fi;
	range->first = PHYS_PFN(dev_off);
	range->last = PHYS_PFN(dev_off + len - 1);
	if (!famfs_range_insert(dd, claim->prev, range)) {
		claim->taken = dd;
		claim->first = range->first;
		claim->last = range->last;
		return -EBUSY;
	}
	if (range == &claim->fi->range)
		claim->fi->on = dd;
	else
		claim->fi->claims->n++;
	claim->prev = range;
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

	if (fi->on) {
		spin_lock(&fi->on->owners_lock);
		rb_erase(&fi->range.node, &fi->on->owners);
		spin_unlock(&fi->on->owners_lock);
		fi->on = NULL;
	}
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

/*
 * The owner of a part of the range is in the tree, so it is not freed while the tree is locked.
 * *@inode is set to its inode, with a reference, or to NULL if that is going or gone.
 */
static enum famfs_way famfs_find_owner(const struct famfs_claim *claim, struct inode **inode)
{
	enum famfs_way way = FAMFS_NOBODY;
	struct famfs_range *range;

	*inode = NULL;
	spin_lock(&claim->taken->owners_lock);
	range = famfs_range_find(claim->taken, claim->first, claim->last);
	if (range) {
		struct famfs_inode *owner = range->owner;

		*inode = famfs_igrab(owner);
		/* A mapping keeps its file open. */
		if (*inode)
			way = atomic_read(&owner->opens) ? FAMFS_OPEN : FAMFS_ASKED;
		else
			way = READ_ONCE(owner->inode) ? FAMFS_GOING : FAMFS_ORPHAN;
	}
	spin_unlock(&claim->taken->owners_lock);
	return way;
}

static bool famfs_has_names(struct inode *inode)
{
	bool has;

	spin_lock(&inode->i_lock);
	has = !hlist_empty(&inode->i_dentry);
	spin_unlock(&inode->i_lock);
	return has;
}

/*
 * One look at the owner. It drops an unused inode, such as that of a file that the server has
 * replaced.
 */
static enum famfs_way famfs_look_who(const struct famfs_claim *claim)
{
	struct inode *inode;
	enum famfs_way way = famfs_find_owner(claim, &inode);

	if (!inode)
		return way;
	if (way == FAMFS_ASKED) {
		d_prune_aliases(inode);
		/* A name that is still there is in use. */
		if (famfs_has_names(inode) || compat_inode_is_watched(inode))
			way = FAMFS_NAMED;
	}
	iput(inode);
	return way;
}

/*
 * Shall the claim go on waiting? Eviction always ends. A name may be in use for just a moment, by
 * stat() for instance, and pinned pages may come back at any time, or never.
 */
static bool famfs_is_borne(enum famfs_way way, unsigned long since, unsigned long began)
{
	switch (way) {
	case FAMFS_OPEN:
		return false;
	case FAMFS_GOING:
		return true;
	case FAMFS_ASKED:
		return time_before(jiffies, began + FAMFS_ASKED_WAIT);
	default:
		return time_before(jiffies, since + FAMFS_HELD_WAIT) &&
		       time_before(jiffies, began + FAMFS_ASKED_WAIT);
	}
}

/* Waits until the range is free, or another file has it. -EBUSY after too long; -EINTR. */
static int famfs_wait_free(const struct famfs_claim *claim)
{
	enum famfs_way way, last = FAMFS_NOBODY;
	unsigned long began = jiffies, since = began;
	long nap = 0;

	while ((way = famfs_look_who(claim)) != FAMFS_NOBODY) {
		if (way != last)
			since = jiffies;
		last = way;
		if (!famfs_is_borne(way, since, began))
			return -EBUSY;
		/* The first look may have been all it took. */
		if (nap)
			schedule_timeout_killable(nap);
		if (fatal_signal_pending(current))
			return -EINTR;
		nap = clamp(2 * nap, 1L, FAMFS_LOOK);
	}
	return 0;
}

/**
 * famfs_claim_map() - take all ranges of a map for an inode
 * @fmnt: the mount
 * @fi: the inode
 * @map: a map with its devices bound, not installed yet
 *
 * Context: may sleep, killably, for the server, which has to answer RELEASE of a file
 * that was closed before stock lets go of it.
 * Return: 0; -EBUSY if another inode has one of them; -ENOMEM; -EINTR. Nothing is
 * claimed on error.
 */
int famfs_claim_map(struct famfs_mount *fmnt, struct famfs_inode *fi,
		    const struct fmap *map)
{
	int err;

	do {
		struct famfs_claim claim = { .fmnt = fmnt, .map = map, .fi = fi };

		err = famfs_claim_once(&claim);
		if (!claim.taken)
			return err;
		err = famfs_wait_free(&claim);
	} while (!err);
	return err;
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
	struct famfs_range *range;
	struct inode *inode = NULL;

	spin_lock(&dd->owners_lock);
	range = famfs_range_find(dd, pgoff, pgoff);
	if (range)
		inode = famfs_igrab(range->owner);
	spin_unlock(&dd->owners_lock);
	return inode;
}
