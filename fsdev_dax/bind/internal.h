/* SPDX-License-Identifier: GPL-2.0-only */
/* What the files of bind/ share and nobody else needs. */
#ifndef FSDEV_DAX_BIND_INTERNAL_H
#define FSDEV_DAX_BIND_INTERNAL_H

#include <linux/memremap.h>
#include "core/core.h"

/* failure.c */
extern const struct dev_pagemap_ops fsdev_pagemap_ops;

/* sysfs.c */
int fsdev_sysfs_add(struct fsdev *fsdev);
void fsdev_sysfs_del(void *data);

#endif
