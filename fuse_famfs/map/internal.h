/* SPDX-License-Identifier: GPL-2.0-only */
/* What the files of map/ share and nobody else needs. */
#ifndef FAMFS_MAP_INTERNAL_H
#define FAMFS_MAP_INTERNAL_H

#include <linux/types.h>

#include "map/map.h"

/* Pages of a device that a map has: some extent's, or some that follow each other. */
struct fmap_claim {
	u64 addr;		/* packed as in struct fmap */
	u64 pages;
};

/* Those of a map, ascending. */
struct fmap_claims {
	u32 n;
	struct fmap_claim *claim;
};

void fmap_sort_claims(struct fmap_claim *claim, u32 n);

#endif
