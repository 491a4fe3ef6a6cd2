// SPDX-License-Identifier: GPL-2.0-only
/*
 * Who holds a device, and who may call the holder.
 *
 * A device has one holder or none. All raw users together are one (raw.c). The holder keeps
 * this module loaded (by the interface it got) but not the device bound: an administrator
 * can always take the device away, and the holder is told first.
 */
#include <linux/wait.h>
#include "core/core.h"
#include "hold/hold.h"
#include "hold/internal.h"

static DECLARE_WAIT_QUEUE_HEAD(fsdev_told);

/*
 * Begins a call of the holder. One task at a time may call it: that task has @notifying set
 * until fsdev_end_notify(). Returns the holder; NULL if there is none to call.
 *
 * A task that withdraws the device waits for the task that is calling. Any other task stops
 * waiting when the device is withdrawn, and gets NULL.
 *
 * A task that is set to sleep must take no lock. So the condition of wait_event() only reads
 * what is waited for, and the loop reads it again under the lock.
 */
static void *fsdev_begin_notify(struct fsdev *fsdev, bool withdraw,
				const struct fsdev_holder_ops **opsp)
{
	void *holder = NULL;

	mutex_lock(&fsdev_lock);
	if (withdraw) {
		WRITE_ONCE(fsdev->bound, false);
		list_del_init(&fsdev->list);
	}
	while (fsdev->notifying && (withdraw || fsdev->bound)) {
		mutex_unlock(&fsdev_lock);
		wait_event(fsdev_told, !READ_ONCE(fsdev->notifying) ||
			   (!withdraw && !READ_ONCE(fsdev->bound)));
		mutex_lock(&fsdev_lock);
	}
	if (withdraw || fsdev->bound) {
		holder = fsdev->holder;
		*opsp = fsdev->holder_ops;
		WRITE_ONCE(fsdev->notifying, holder);
	}
	mutex_unlock(&fsdev_lock);
	return holder;
}

static void fsdev_end_notify(struct fsdev *fsdev)
{
	mutex_lock(&fsdev_lock);
	WRITE_ONCE(fsdev->notifying, false);
	mutex_unlock(&fsdev_lock);
	wake_up_all(&fsdev_told);
}

/**
 * fsdev_withdraw() - make the holder leave, and take no new one
 * @fsdev: the device, about to go away
 * @opsp: set to the holder's operations if something is returned
 *
 * Context: may sleep, without bound if somebody pins the memory.
 * Return: what the holder's ->left() is to be called with, or NULL.
 */
void *fsdev_withdraw(struct fsdev *fsdev, const struct fsdev_holder_ops **opsp)
{
	void *holder = fsdev_begin_notify(fsdev, true, opsp);
	void *cookie;

	if (!holder)
		return NULL;
	pr_warn("fsdev_dax: %s: taken away from %s\n", fsdev->name,
		*opsp == &fsdev_raw_ops ? "those who use it raw" :
		"the file system that holds it");
	cookie = (*opsp)->gone(holder);
	fsdev_end_notify(fsdev);
	return cookie;
}

/**
 * fsdev_tell_poison() - tell the holder, if there is one, of memory that failed
 * @fsdev: the device
 * @off: bytes from its start
 * @len: bytes
 * @mf_flags: the memory failure's
 *
 * A holder that is being told to leave is not told of this, and not waited for,
 * which may take until pins are gone: it unmaps everything anyway.
 *
 * Context: may sleep; the caller keeps the device bound.
 * Return: 0 or what the holder returned.
 */
int fsdev_tell_poison(struct fsdev *fsdev, u64 off, u64 len, int mf_flags)
{
	const struct fsdev_holder_ops *ops;
	void *holder = fsdev_begin_notify(fsdev, false, &ops);
	void *cookie = NULL;
	int err;

	if (!holder)
		return 0;
	err = ops->poison(holder, off, len, mf_flags, &cookie);
	fsdev_end_notify(fsdev);
	fsdev_left_later(ops, cookie);
	return err;
}

/**
 * fsdev_get() - become the holder of a dax device
 * @devt: device number of its character device
 * @holder: passed to @ops, not NULL
 * @ops: called when the device goes away
 *
 * Context: may sleep.
 * Return: the device, to be given back with fsdev_put(); ERR_PTR(-ENODEV) if
 * the dax device of that number is not in famfs mode, ERR_PTR(-EINVAL) if there
 * is no dax device of that number, ERR_PTR(-EBUSY) if it has a holder, or raw
 * users.
 */
struct fsdev *fsdev_get(dev_t devt, void *holder,
			const struct fsdev_holder_ops *ops)
{
	struct fsdev *fsdev;

	mutex_lock(&fsdev_lock);
	fsdev = fsdev_lookup(devt);
	if (!fsdev) {
		fsdev = ERR_PTR(fsdev_is_on_bus(devt) ? -ENODEV : -EINVAL);
	} else if (fsdev_raw_refuses(fsdev) || fsdev->holder) {
		fsdev = ERR_PTR(-EBUSY);
	} else {
		fsdev->holder = holder;
		fsdev->holder_ops = ops;
		kref_get(&fsdev->ref);
	}
	mutex_unlock(&fsdev_lock);
	return fsdev;
}

/**
 * fsdev_put() - stop being the holder
 * @fsdev: what fsdev_get() returned; not used by the caller afterwards
 *
 * Context: may sleep: waits for the end of a ->gone() or ->poison() call that is
 * under way, so it must not be called from there.
 */
void fsdev_put(struct fsdev *fsdev)
{
	mutex_lock(&fsdev_lock);
	while (fsdev->notifying) {
		mutex_unlock(&fsdev_lock);
		wait_event(fsdev_told, !READ_ONCE(fsdev->notifying));
		mutex_lock(&fsdev_lock);
	}
	fsdev->holder = NULL;
	fsdev->holder_ops = NULL;
	mutex_unlock(&fsdev_lock);
	if (fsdev->release)
		fsdev->release(fsdev);
	kref_put(&fsdev->ref, fsdev_free);
}
