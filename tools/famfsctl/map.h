/* SPDX-License-Identifier: GPL-2.0-only */
/* A file, and where it lies. */
#ifndef FAMFSCTL_MAP_H
#define FAMFSCTL_MAP_H

#include "layout.h"
#include "tables.h"

struct map {
	struct target target;
	struct layout layout;
	const char *kind;	/* as the module calls it, or NULL */
};

int map_load(struct map *m, const char *name, const char **why);
void layout_kernel(struct layout *l);
const char *map_device_name(const struct layout *l, uint64_t index);

#endif /* FAMFSCTL_MAP_H */
