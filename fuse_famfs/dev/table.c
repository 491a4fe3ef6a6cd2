// SPDX-License-Identifier: GPL-2.0-only
/*
 * The devices of a mount, by the server's index.
 *
 * A device comes to the table in one of two ways: the server is asked for it the
 * first time a map names its index (proto/get_daxdev.c), or the server registers it
 * by a descriptor (proto/backing.c). Maps, claims, faults and revocation know neither.
 */
#include <linux/dax.h>
#include <linux/slab.h>
#include "core/core.h"
#include "dev/dev.h"
#include "tell/tell.h"

/* A new entry with one user, not in the table yet. */
static struct famfs_daxdev *famfs_daxdev_new(struct famfs_mount *fmnt, u64 index)
{
	struct famfs_daxdev *dd = kzalloc(sizeof(*dd), GFP_KERNEL_ACCOUNT);

	if (!dd)
		return NULL;
	dd->fmnt = fmnt;
	dd->index = index;
	dd->users = 1;
	mutex_init(&dd->lock);
	spin_lock_init(&dd->owners_lock);
	dd->owners = RB_ROOT;
	return dd;
}

/* The table's entry, with one more user; NULL if there is none. devs_lock is held. */
static struct famfs_daxdev *famfs_daxdev_find(struct famfs_mount *fmnt, u64 index)
{
	struct famfs_daxdev *dd;

	if (fmnt->devs_closed)
		return ERR_PTR(-ENODEV);
	dd = xa_load(&fmnt->devs, index);
	if (dd)
		dd->users++;
	return dd;
}

/**
 * famfs_daxdev_ref() - the table's entry for an index, made if it is not there
 * @fmnt: the mount
 * @index: the server's
 * @max: an index above this is not made
 *
 * Context: may sleep.
 * Return: the entry with a reference, resolved or not; -ENODEV if there is none
 * and none may be made, or if the mount has ended; -ENOMEM.
 */
struct famfs_daxdev *famfs_daxdev_ref(struct famfs_mount *fmnt, u64 index, u64 max)
{
	struct famfs_daxdev *dd, *new = NULL;

	for (;;) {
		mutex_lock(&fmnt->devs_lock);
		dd = famfs_daxdev_find(fmnt, index);
		if (!dd && new &&
		    !xa_err(xa_store(&fmnt->devs, index, new, GFP_NOWAIT)))
			swap(dd, new);
		mutex_unlock(&fmnt->devs_lock);
		if (dd)
			break;
		dd = ERR_PTR(-ENODEV);
		if (index > max)
			break;
		/*
		 * Allocate without devs_lock: eviction takes it, and can run to make room. The
		 * reservation is lost if another user adds and drops the index meanwhile.
		 */
		dd = ERR_PTR(-ENOMEM);
		if (!new)
			new = famfs_daxdev_new(fmnt, index);
		if (!new || xa_reserve(&fmnt->devs, index, GFP_KERNEL_ACCOUNT))
			break;
	}
	kfree(new);
	return dd;
}

static void famfs_daxdev_free(struct famfs_daxdev *dd)
{
	if (dd->fsdev)
		famfs_fsdev_put(dd->fsdev);
	kfree(dd);
}

/**
 * famfs_daxdev_unref() - drop a reference
 * @dd: the entry; one that nobody could resolve leaves the table with its last
 *	user, one that was resolved stays until the mount has ended
 *
 * Context: may sleep; while the mount is there, can be called from ->gone() of the device
 * itself, which is why a resolved one is not given back here.
 */
void famfs_daxdev_unref(struct famfs_daxdev *dd)
{
	struct famfs_mount *fmnt = dd->fmnt;
	bool free;

	mutex_lock(&fmnt->devs_lock);
	free = !--dd->users && (!dd->fsdev || fmnt->devs_closed);
	if (free)
		xa_erase(&fmnt->devs, dd->index);
	mutex_unlock(&fmnt->devs_lock);
	if (free)
		famfs_daxdev_free(dd);
}

/**
 * famfs_daxdev_set() - an entry has its device
 * @dd: the entry, with its lock held
 * @fsdev: the device, of which the entry is the holder
 */
void famfs_daxdev_set(struct famfs_daxdev *dd, struct fsdev *fsdev)
{
	dd->dax_dev = famfs_fsdev_dax_device(fsdev);
	dd->base = famfs_fsdev_base(fsdev);
	dd->block = famfs_fsdev_is_block(fsdev);
	dd->folio_order = famfs_fsdev_folio_order(fsdev);
	dd->linear = famfs_fsdev_linear(fsdev, &dd->phys, &dd->bad);
	/* A reader of the table that sees @fsdev sees all of the above. */
	smp_store_release(&dd->fsdev, fsdev);
	pr_info("%s: device index %llu is %s, %llu MiB\n", dd->fmnt->name,
		dd->index, famfs_fsdev_name(fsdev), famfs_fsdev_size(fsdev) >> 20);
}

/**
 * famfs_daxdev_close() - let go of a device that no map refers to
 * @fmnt: the mount
 * @index: the server's
 *
 * Context: may sleep.
 * Return: 0; -EBUSY if a map refers to it; -ENOENT if it is not one that was
 * registered by a descriptor.
 */
int famfs_daxdev_close(struct famfs_mount *fmnt, u64 index)
{
	struct famfs_daxdev *dd;
	int err = 0;

	mutex_lock(&fmnt->devs_lock);
	dd = xa_load(&fmnt->devs, index);
	if (!dd || !dd->by_fd)
		err = -ENOENT;
	else if (dd->users)
		err = -EBUSY;
	else
		xa_erase(&fmnt->devs, index);
	mutex_unlock(&fmnt->devs_lock);
	if (!err)
		famfs_daxdev_free(dd);
	return err;
}

static struct famfs_daxdev *famfs_daxdev_take_unused(struct famfs_mount *fmnt)
{
	struct famfs_daxdev *dd;
	unsigned long index;

	mutex_lock(&fmnt->devs_lock);
	xa_for_each(&fmnt->devs, index, dd) {
		if (dd->users)
			continue;
		xa_erase(&fmnt->devs, index);
		break;
	}
	mutex_unlock(&fmnt->devs_lock);
	return dd;
}

/**
 * famfs_daxdevs_put() - give all devices back, and take no new ones
 * @fmnt: a mount without inodes. Orphans may still have maps: the devices of those go
 *	with the last map
 *
 * Context: may sleep.
 */
void famfs_daxdevs_put(struct famfs_mount *fmnt)
{
	struct famfs_daxdev *dd;

	famfs_tell_end(&fmnt->tell);
	/* A registration that is under way is waited for. */
	mutex_lock(&fmnt->reg_lock);
	mutex_lock(&fmnt->devs_lock);
	fmnt->devs_closed = true;
	mutex_unlock(&fmnt->devs_lock);
	mutex_unlock(&fmnt->reg_lock);
	while ((dd = famfs_daxdev_take_unused(fmnt)))
		famfs_daxdev_free(dd);
}
