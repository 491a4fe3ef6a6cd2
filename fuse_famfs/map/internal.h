/* SPDX-License-Identifier: GPL-2.0-only */
/* What the files of map/ share and nobody else needs. */
#ifndef FAMFS_MAP_INTERNAL_H
#define FAMFS_MAP_INTERNAL_H

#include <linux/types.h>

#include "map/map.h"

/* Those of a map, ascending. */
struct fmap_claims {
	u32 n;
	struct fmap_claim *claim;
};

#endif
