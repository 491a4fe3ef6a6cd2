/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * bind/: a device of the dax bus comes into famfs mode, is shown in sysfs meanwhile, has memory
 * that fails, and leaves. It uses node/, hold/, mem/ and core/.
 */
#ifndef FSDEV_DAX_BIND_H
#define FSDEV_DAX_BIND_H

#include "core/core.h"

/* probe.c */
int fsdev_probe(struct dev_dax *dev_dax);

#endif
