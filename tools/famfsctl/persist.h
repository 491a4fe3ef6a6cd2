/* SPDX-License-Identifier: GPL-2.0-only */
/* Files that say in which mode a device comes up. */
#ifndef FAMFSCTL_PERSIST_H
#define FAMFSCTL_PERSIST_H

#include <stdbool.h>

#define PERSIST_HELPER	"/usr/libexec/famfs-mode"

struct persist {
	const char *dev;	/* dax0.0 */
	const char *name;	/* of a file that is new, without .conf */
	const char *helper;	/* program */
	bool famfs;		/* else no file shall name the device */
	/* what came of it */
	const char *file;
	bool changed;
};

bool persist_name_good(const char *name);
const char *persist_text(const char *identity, const char *dev);
const char *persist_match(const char *helper, const char *dev);
const char *persist(struct persist *p);

#endif /* FAMFSCTL_PERSIST_H */
