/* SPDX-License-Identifier: GPL-2.0-only */
/* Memory of a dax device as memory of the machine: kmem gives it to the kernel by blocks. */
#ifndef FAMFSCTL_MEMORY_H
#define FAMFSCTL_MEMORY_H

#include "dax.h"

struct block {
	uint64_t nr;
	bool online, movable;
};

struct blocks {
	bool known;		/* else the rest means nothing: no right to see where it is */
	struct block *block;	/* those that there are */
	size_t n, online;
};

void blocks_load(struct blocks *b, const struct daxdev *d);
void blocks_restore(const struct blocks *b, size_t n);
int blocks_offline(struct blocks *b, const char **why);
int blocks_online(struct blocks *b, const char **why);

#endif /* FAMFSCTL_MEMORY_H */
