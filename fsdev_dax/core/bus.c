// SPDX-License-Identifier: GPL-2.0-only
/*
 * Dax devices in whatever mode.
 */
#include <linux/device.h>
#include <linux/string.h>
#include "core/core.h"

/* Filled in and registered by main.c; then its bus is where all dax devices are. */
struct dax_device_driver fsdev_driver;

/**
 * fsdev_is_on_bus() - is there a dax device of this number, in whatever mode
 * @devt: number of a character device
 *
 * Context: may sleep.
 * Return: true if there is.
 */
bool fsdev_is_on_bus(dev_t devt)
{
	struct device *dev = bus_find_device_by_devt(fsdev_driver.drv.bus, devt);

	put_device(dev);
	return dev;
}

/**
 * fsdev_mode() - what is a dax device used for
 * @devt: number of a character device
 * @mode: set on success
 *
 * Context: may sleep, not for long: a device that is being bound or unbound is not waited for.
 * Return: 0; -EINVAL if there is no dax device of that number.
 */
int fsdev_mode(dev_t devt, struct fsdev_mode *mode)
{
	struct device *dev = bus_find_device_by_devt(fsdev_driver.drv.bus, devt);

	if (!dev)
		return -EINVAL;
	memset(mode, 0, sizeof(*mode));
	strscpy(mode->name, dev_name(dev), sizeof(mode->name));
	if (device_trylock(dev)) {
		if (dev->driver)
			strscpy(mode->driver, dev->driver->name, sizeof(mode->driver));
		device_unlock(dev);
	}
	put_device(dev);
	return 0;
}
