/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * node/: the character device of a device in famfs mode, which serves its memory raw while no
 * mount has it. It uses hold/, which decides that, mem/ and core/.
 */
#ifndef FSDEV_DAX_NODE_H
#define FSDEV_DAX_NODE_H

#include "core/core.h"

/* cdev.c */
int fsdev_cdev_add(struct fsdev *fsdev);
void fsdev_cdev_del(struct fsdev *fsdev);

#endif
