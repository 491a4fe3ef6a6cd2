// SPDX-License-Identifier: GPL-2.0-only
/*
 * Taking mappings away when a device goes while files are in use.
 *
 * After a device was taken away, every access to a file that lies on it, wholly
 * or in part, fails: SIGBUS in a mapping, EIO in read and write. A private copy
 * that a process made by writing stays: it is that process's own memory.
 */
#include <linux/fs.h>
#include <linux/mm.h>
#include <linux/pagemap.h>
#include <linux/sched.h>
#include "core/core.h"
#include "data/data.h"
#include "dev/dev.h"
#include "end/end.h"
#include "end/internal.h"
#include "tell/tell.h"

/*
 * Unmaps all of a file. Under the lock, faults that saw the inode alive have ended, and what they
 * mapped is unmapped here; later faults fail. Pins are waited for afterwards, without the lock,
 * as faults take it.
 */
static bool famfs_inode_unmap(struct famfs_inode *fi)
{
	/* Pairs with famfs_mapping_make(). */
	struct address_space *mapping = smp_load_acquire(&fi->mapping);

	/* Faults in a mapping that is made later see that the inode is dead. */
	if (!mapping)
		return true;
	filemap_invalidate_lock(mapping);
	unmap_mapping_range(mapping, 0, 0, 0);
	filemap_invalidate_unlock(mapping);
	return true;
}

/*
 * Takes a file's pages away. If two devices of the file go at the same time, only one task does
 * this; the other gets false, and asks again. Two tasks would be wrong: one would still look at
 * struct pages when the other had finished and let its device go.
 */
static bool famfs_inode_revoke(struct famfs_inode *fi)
{
	struct address_space *mapping;
	struct famfs_marks *marks;

	/* Pairs with the store at the end. */
	if (smp_load_acquire(&fi->revoked))
		return true;
	if (atomic_xchg(&fi->revoking, 1))
		return false;
	famfs_inode_unmap(fi);
	famfs_wait_idle(fi);
	/* Pairs with famfs_mapping_make(). Without it nothing is noted anywhere. */
	mapping = smp_load_acquire(&fi->mapping);
	marks = mapping ? fi->marks : NULL;
	/* An fsync that began before puts back what it did not come to. (Eviction meets none.) */
	if (marks)
		mutex_lock(&marks->flush);
	/* Flush stores, those through pins included. */
	famfs_data_ops(fi)->flush_last(fi);
	if (marks)
		mutex_unlock(&marks->flush);
	if (mapping) {
		filemap_invalidate_lock(mapping);
		famfs_data_ops(fi)->forget(fi);
		filemap_invalidate_unlock(mapping);
	}
	/* A reader that sees this sees the entries gone. */
	smp_store_release(&fi->revoked, true);
	return true;
}

static bool famfs_map_uses(const struct fmap *map, const struct famfs_daxdev *dd)
{
	u32 slot;

	for (slot = 0; slot < map->ndevs; slot++)
		if (map->dev[slot] == dd)
			return true;
	return false;
}

/*
 * Makes every inode that uses the device dead, and calls @fn for it. Returns false if @fn did for
 * one, or if one is being evicted or an orphan: its eviction does the same work, and then takes
 * it from the list. Without @sb_active all are. *@users is set to how many there are.
 */
static bool famfs_for_users(const struct famfs_daxdev *dd, bool sb_active,
			    bool (*fn)(struct famfs_inode *fi), unsigned int *users)
{
	struct famfs_mount *fmnt = dd->fmnt;
	struct inode *inode, *last = NULL;
	struct famfs_inode *fi;
	unsigned long at = 0;
	unsigned int n = 0;
	bool all = true;

	spin_lock(&fmnt->inodes_lock);
	while ((fi = famfs_inodes_next(fmnt, &at))) {
		if (!famfs_map_uses(fi->map, dd))
			continue;
		n++;
		inode = sb_active ? famfs_igrab(fi) : NULL;
		if (!inode) {
			all = false;
			continue;
		}
		WRITE_ONCE(fi->dead, true);
		spin_unlock(&fmnt->inodes_lock);
		iput(last);
		if (!fn(fi))
			all = false;
		last = inode;
		spin_lock(&fmnt->inodes_lock);
	}
	spin_unlock(&fmnt->inodes_lock);
	iput(last);
	if (users)
		*users = n;
	return all;
}

/* Makes all files fail first, and waits for pins then. */
static void famfs_revoke_users(const struct famfs_daxdev *dd, bool sb_active)
{
	struct famfs_wait wait;
	unsigned int users;
	long nap = 1;

	famfs_for_users(dd, sb_active, famfs_inode_unmap, &users);
	famfs_wait_init(&wait, dd->fmnt->dev, famfs_fsdev_name(dd->fsdev));
	trace_famfs_revoke(wait.dev, dd->index, wait.device, users, false);
	famfs_wait_set(&wait, FAMFS_WAIT_UNBIND, users);
	while (!famfs_for_users(dd, sb_active, famfs_inode_revoke, NULL)) {
		schedule_timeout_uninterruptible(nap);
		/* A pin may last for ever. */
		nap = min(2 * nap, HZ / 10L);
	}
	famfs_wait_set(&wait, FAMFS_WAIT_UNBIND, 0);
	trace_famfs_revoke(wait.dev, dd->index, wait.device, users, true);
}

/*
 * The driver's word that the device is about to go.
 *
 * Inodes must not be held while umount looks for them, so the superblock is kept
 * active meanwhile. If it is not active any more its inodes are on their way
 * out, or what is left of them is an orphan, and famfs_revoke_users() just waits for
 * them.
 */
static void *famfs_device_gone(void *holder)
{
	struct famfs_daxdev *dd = holder;
	struct super_block *sb = famfs_sb_get(dd->fmnt);

	/*
	 * From now on maps that name the device are born dead. A fault or a
	 * read that saw its inode alive is through before the walk has the
	 * inode's invalidate lock, or the driver has waited for the DAX core.
	 */
	spin_lock(&dd->fmnt->inodes_lock);
	dd->dead = true;
	spin_unlock(&dd->fmnt->inodes_lock);
	pr_warn("%s: device index %llu is gone: its files fail with EIO from now on\n",
		dd->fmnt->name, dd->index);
	famfs_revoke_users(dd, sb);
	return sb;
}

static dev_t famfs_device_mount(void *holder)
{
	struct famfs_daxdev *dd = holder;

	return dd->fmnt->dev;
}

static void famfs_device_left(void *cookie)
{
	/* The superblock may have the last reference to this module. */
	famfs_code_pin();
	deactivate_super(cookie);
	famfs_code_unpin();
}

const struct fsdev_holder_ops famfs_holder_ops = {
	.gone = famfs_device_gone,
	.poison = famfs_device_poison,
	.mount = famfs_device_mount,
	.left = famfs_device_left,
};
