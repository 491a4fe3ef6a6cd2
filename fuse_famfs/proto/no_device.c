// SPDX-License-Identifier: GPL-2.0-only
/*
 * Why a device is not to be had, in words by which it can be mended.
 */
#include <linux/kernel.h>
#include <linux/string.h>
#include "core/core.h"
#include "dev/dev.h"
#include "proto/internal.h"
#include "tell/tell.h"

/* What to do about a dax device in another mode. */
static void famfs_mode_text(char *text, size_t size, dev_t devt)
{
	struct fsdev_mode mode = { };

	if (famfs_fsdev_mode(devt, &mode))
		snprintf(text, size, "has gone");
	else if (!mode.driver[0])
		snprintf(text, size,
			 "has no driver: echo %s >/sys/bus/dax/drivers/fsdev_dax/new_id",
			 mode.name);
	else if (!strcmp(mode.driver, "kmem"))
		snprintf(text, size,
			 "is memory of this machine (driver kmem): see README, Use, for how it becomes a famfs device");
	else
		snprintf(text, size,
			 "has the driver %s and is not in famfs mode: echo %s >/sys/bus/dax/drivers/%s/unbind, and then the same >/sys/bus/dax/drivers/fsdev_dax/new_id",
			 mode.driver, mode.name, mode.driver);
}

static void famfs_no_device_text(char *text, size_t size, enum famfs_no_device why, dev_t devt,
				 int err)
{
	switch (why) {
	case FAMFS_DEV_ERROR:
		snprintf(text, size, "the server answered with error %d", err);
		break;
	case FAMFS_DEV_NO_NODE:
		snprintf(text, size, "no such device node: error %d", err);
		break;
	case FAMFS_DEV_NO_DAX:
		snprintf(text, size, "is no dax device");
		break;
	case FAMFS_DEV_NODEV:
		snprintf(text, size, "is on a file system without device files (mount option nodev)");
		break;
	case FAMFS_DEV_MODE:
		famfs_mode_text(text, size, devt);
		break;
	case FAMFS_DEV_GROUP:
		snprintf(text, size, "the server's control group may not use the device");
		break;
	case FAMFS_DEV_NODE:
		snprintf(text, size, "whoever mounted may not read and write the node: error %d",
			 err);
		break;
	case FAMFS_DEV_HELD:
		snprintf(text, size, "another mount holds it, this one does under another index, or its node is used raw (the line before tells by whom): end that");
		break;
	default:
		snprintf(text, size, "the answer is not valid");
	}
}

/**
 * famfs_no_device_errno() - what the open that needed the device gets
 * @why: what came of asking for it
 *
 * Return: 0 for FAMFS_DEV_OK; -EBUSY, -ENOMEM, else -ENODEV.
 */
int famfs_no_device_errno(enum famfs_no_device why)
{
	switch (why) {
	case FAMFS_DEV_OK:
		return 0;
	case FAMFS_DEV_HELD:
		return -EBUSY;
	case FAMFS_DEV_NOMEM:
		return -ENOMEM;
	default:
		return -ENODEV;
	}
}

/**
 * famfs_no_device_tell() - log why a device is not to be had, and keep it with the refusals
 * @dd: the entry of its index
 * @why: the reason; not FAMFS_DEV_OK, and not FAMFS_DEV_NOMEM, which says nothing about the device
 * @name: of its node as the server has it, or empty
 * @devt: of the node, for FAMFS_DEV_MODE
 * @err: a negative errno, for FAMFS_DEV_ERROR, FAMFS_DEV_NO_NODE and FAMFS_DEV_NODE
 *
 * Context: may sleep, for the device's driver.
 */
void famfs_no_device_tell(struct famfs_daxdev *dd, enum famfs_no_device why, const char *name,
			  dev_t devt, int err)
{
	/* So that there is room for the reason. */
	unsigned int len = strnlen(name, 64);
	int code = famfs_no_device_errno(why);
	char text[256];

	famfs_no_device_text(text, sizeof(text), why, devt, err);
	if (len)
		famfs_refuse_open(&dd->fmnt->tell, FAMFS_REFUSED_DEVICE, dd->index, code,
				  "device index %llu, \"%*pE\": %s", dd->index, (int)len, name, text);
	else
		famfs_refuse_open(&dd->fmnt->tell, FAMFS_REFUSED_DEVICE, dd->index, code,
				  "device index %llu: %s", dd->index, text);
}
