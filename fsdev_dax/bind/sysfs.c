// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a device in famfs mode tells of itself: files in its directory in sysfs.
 *
 * They are there from before anybody can hold the device until it has left famfs mode: the
 * driver core's own files of a driver are gone while unbinding waits for pages that are pinned.
 */
#include <linux/device.h>
#include <linux/kdev_t.h>
#include <linux/mm.h>
#include <linux/sysfs.h>
#include "bind/internal.h"
#include "core/core.h"
#include "hold/hold.h"

/* The longest line there can be. */
#define BADPAGES_LINE	48

/*
 * One line for each run of bad pages: offset and length in bytes. A file in sysfs has
 * a page of room; "..." at its end says that there are more.
 */
static ssize_t badpages_show(struct device *dev, struct device_attribute *attr,
			     char *buf)
{
	struct fsdev *fsdev = dev_get_drvdata(dev);
	unsigned long index, first = 0, n = 0;
	ssize_t len = 0;
	void *entry;

	xa_for_each(&fsdev->bad, index, entry) {
		if (n && index == first + n) {
			n++;
			continue;
		}
		if (n)
			len += sysfs_emit_at(buf, len, "%llu %llu\n",
					     (u64)PFN_PHYS(first), (u64)PFN_PHYS(n));
		if (len > PAGE_SIZE - 2 * BADPAGES_LINE)
			return len + sysfs_emit_at(buf, len, "...\n");
		first = index;
		n = 1;
	}
	if (n)
		len += sysfs_emit_at(buf, len, "%llu %llu\n", (u64)PFN_PHYS(first),
				     (u64)PFN_PHYS(n));
	return len;
}
static DEVICE_ATTR_RO(badpages);

/* The device number of the mount that has the device, or a word. */
static ssize_t holder_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	struct fsdev *fsdev = dev_get_drvdata(dev);
	dev_t mount = 0;
	bool held, raw;

	mutex_lock(&fsdev_lock);
	raw = fsdev_is_raw(fsdev);
	held = !raw && fsdev->holder;
	if (held)
		mount = fsdev->holder_ops->mount(fsdev->holder);
	mutex_unlock(&fsdev_lock);
	if (raw)
		return sysfs_emit(buf, "raw\n");
	if (!held)
		return sysfs_emit(buf, "none\n");
	return sysfs_emit(buf, "%u:%u\n", MAJOR(mount), MINOR(mount));
}
static DEVICE_ATTR_RO(holder);

static ssize_t folio_size_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	struct fsdev *fsdev = dev_get_drvdata(dev);

	return sysfs_emit(buf, "%lu\n", PAGE_SIZE << fsdev->pgmap->vmemmap_shift);
}
static DEVICE_ATTR_RO(folio_size);

static ssize_t page_structs_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	struct fsdev *fsdev = dev_get_drvdata(dev);

	return sysfs_emit(buf, "%llu\n", fsdev->page_structs);
}
static DEVICE_ATTR_RO(page_structs);

static struct attribute *fsdev_attrs[] = {
	&dev_attr_badpages.attr,
	&dev_attr_holder.attr,
	&dev_attr_folio_size.attr,
	&dev_attr_page_structs.attr,
	NULL,
};

ATTRIBUTE_GROUPS(fsdev);

/**
 * fsdev_sysfs_add() - files in sysfs: .../daxX.Y/badpages and others
 * @fsdev: the device, being bound
 *
 * Return: 0 or what sysfs_create_groups() returned.
 */
int fsdev_sysfs_add(struct fsdev *fsdev)
{
	/* The driver core forgets it when all that was done for the binding is undone. */
	dev_set_drvdata(fsdev->dev, fsdev);
	return sysfs_create_groups(&fsdev->dev->kobj, fsdev_groups);
}

void fsdev_sysfs_del(void *data)
{
	struct fsdev *fsdev = data;

	sysfs_remove_groups(&fsdev->dev->kobj, fsdev_groups);
}
