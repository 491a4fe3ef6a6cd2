/* SPDX-License-Identifier: GPL-2.0-only */
/* What the files of hold/ share and nobody else needs. */
#ifndef FSDEV_DAX_HOLD_INTERNAL_H
#define FSDEV_DAX_HOLD_INTERNAL_H

#include "core/core.h"

/* raw.c */
extern const struct fsdev_holder_ops fsdev_raw_ops;
bool fsdev_raw_refuses(struct fsdev *fsdev);

#endif
