/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The module's tables of what goes on, each as it was read. A table that is not there has an
 * errno in @err, and no lines.
 */
#ifndef FAMFSCTL_TABLES_H
#define FAMFSCTL_TABLES_H

#include "kv.h"

struct row {
	bool has_dev;
	unsigned int major, minor;	/* of the mount */
	struct kv kv;
};

struct table {
	struct row *row;
	size_t n;
	int err;
};

void table_load(struct table *t, const char *name);
void table_parse(struct table *t, char *text);
const struct row *table_next(const struct table *t, const struct row *after, unsigned int major,
			     unsigned int minor);
uint64_t row_u64(const struct row *r, const char *key);
const char *row_str(const struct row *r, const char *key);
bool row_is(const struct row *r, const char *key, const char *value);

/* A file of a mount, by its path or as MAJ:MIN:INO. */
struct target {
	const char *name;
	unsigned int major, minor;
	uint64_t ino, size;
	int fd;		/* keeps its map in memory, or -1 */
	int err;	/* why it could not be opened, or 0 */
};

int target_open(struct target *t, const char *name);
void target_close(struct target *t);

#endif /* FAMFSCTL_TABLES_H */
