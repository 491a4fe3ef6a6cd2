// SPDX-License-Identifier: GPL-2.0-only
/*
 * From the device indexes of a new map to devices: those of the mount's table, or asked for.
 */
#include <linux/mutex.h>
#include "core/core.h"
#include "dev/dev.h"
#include "map/map.h"
#include "proto/internal.h"
#include "tell/tell.h"

static int famfs_daxdev_ready(struct famfs_daxdev *dd)
{
	int err = 0;

	if (mutex_lock_killable(&dd->lock))
		return -EINTR;
	if (!dd->fsdev) {
		err = famfs_daxdev_ask(dd);
		trace_famfs_daxdev(dd->fmnt->dev, dd->index,
				   err ? "-" : famfs_fsdev_name(dd->fsdev), err);
	} else if (READ_ONCE(dd->dead)) {
		err = -EIO;
	}
	mutex_unlock(&dd->lock);
	return err;
}

/* Tells why a device was not asked for. Failures of asking are told in get_daxdev.c. */
static void famfs_daxdev_tell(struct famfs_mount *fmnt, u64 index, int err)
{
	const char *what;

	if (err == -ENODEV && index > FAMFS_MAX_DEVINDEX)
		what = "was not registered, and is too large to be asked for";
	else if (err == -EIO)
		what = "has been taken away; unmount, and mount anew when it is back";
	else
		return;
	famfs_refuse_open(&fmnt->tell, FAMFS_REFUSED_DEVICE, index, err, "device index %llu %s", index,
			  what);
}

static int famfs_map_bind_dev(struct famfs_mount *fmnt, struct fmap *map, u32 slot)
{
	struct famfs_daxdev *dd;
	int err;

	dd = famfs_daxdev_ref(fmnt, map->dev_index[slot], FAMFS_MAX_DEVINDEX);
	if (IS_ERR(dd)) {
		famfs_daxdev_tell(fmnt, map->dev_index[slot], PTR_ERR(dd));
		return PTR_ERR(dd);
	}
	/* famfs_map_release() drops the reference from here on. */
	map->dev[slot] = dd;
	err = famfs_daxdev_ready(dd);
	if (err) {
		famfs_daxdev_tell(fmnt, dd->index, err);
		return err;
	}
	famfs_tell_works(&fmnt->tell, FAMFS_ABOUT_DEVICE, dd->index);
	return fmap_check_dev(map, slot, famfs_fsdev_size(dd->fsdev));
}

static void famfs_map_release(struct fmap *map)
{
	u32 slot;

	for (slot = 0; slot < map->ndevs && map->dev[slot]; slot++)
		famfs_daxdev_unref(map->dev[slot]);
}

/**
 * famfs_map_bind_devs() - resolve every device that a new map names
 * @fmnt: the mount
 * @map: the map, not published yet; refers to the devices until it is freed, also
 *	after an error
 * @why: for -EINVAL, set to why the map is no good
 *
 * Context: may sleep, for the server, killably.
 * Return: 0; -ENODEV or -EBUSY if a device cannot be had; -EIO if one was had and
 * has been taken away; -EINVAL if an extent passes the end of its device, or if some
 * are block devices and others not; -EINTR; -ENOMEM.
 */
int famfs_map_bind_devs(struct famfs_mount *fmnt, struct fmap *map, const char **why)
{
	int err = 0;
	u32 slot;

	map->release = famfs_map_release;
	for (slot = 0; slot < map->ndevs && !err; slot++) {
		err = famfs_map_bind_dev(fmnt, map, slot);
		if (err == -EINVAL)
			*why = "an extent passes the end of its device";
		if (!err && famfs_map_dev(map, slot)->block != famfs_map_dev(map, 0)->block) {
			famfs_refuse_open(&fmnt->tell, FAMFS_REFUSED_DEVICE, map->dev_index[slot],
					  -EINVAL,
					  "a file lies on device indexes %llu and %llu, one of which is a block device, the other one not: no map",
					  map->dev_index[0], map->dev_index[slot]);
			*why = "one of its devices is a block device, another one is not";
			err = -EINVAL;
		}
	}
	return err;
}
