/* SPDX-License-Identifier: GPL-2.0-only */
/* Mounts: what /proc/self/mountinfo and the module's debugfs tell of them. */
#ifndef FAMFSCTL_MOUNTS_H
#define FAMFSCTL_MOUNTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kv.h"

struct mount {
	unsigned int major, minor;
	char *root, *point, *type, *source;
};

struct mounts {
	struct mount *mount;
	size_t n;
};

/* A line of debugfs' "mounts". */
struct famfs_mount {
	unsigned int major, minor;
	const char *point;	/* where it is in our tree, or NULL */
	const char *source, *subtype;
	uint64_t server;	/* 0: not known */
	bool have_state, alive;
	struct kv kv;		/* all the line says */
};

struct famfs_mounts {
	struct famfs_mount *mount;
	size_t n;
	int err;	/* why they cannot be told: an errno, or 0 */
};

void mounts_parse(struct mounts *m, char *text);
int mounts_load(struct mounts *m);
const struct mount *mounts_find(const struct mounts *m, unsigned int major, unsigned int minor);
bool mount_calls_itself_famfs(const struct mount *m);
void famfs_mounts_load(struct famfs_mounts *f, const struct mounts *m);
const struct famfs_mount *famfs_mounts_find(const struct famfs_mounts *f, unsigned int major,
					    unsigned int minor);
const struct famfs_mount *famfs_mounts_named(const struct famfs_mounts *f, const char *path);
const char *process_name(uint64_t pid);

/* Reading of the module's tables. */
char *debugfs_read(const char *name, int *err);
const char *debugfs_why(const char *name, int err);

#endif /* FAMFSCTL_MOUNTS_H */
