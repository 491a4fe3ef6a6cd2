/* SPDX-License-Identifier: GPL-2.0-only */
/* What the files of mem/ share and nobody else needs. */
#ifndef FSDEV_DAX_MEM_INTERNAL_H
#define FSDEV_DAX_MEM_INTERNAL_H

#include "core/core.h"

/* bad.c */
long fsdev_good_pages(const struct fsdev *fsdev, pgoff_t pgoff, long nr_pages);

#endif
