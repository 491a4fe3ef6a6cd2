/* SPDX-License-Identifier: GPL-2.0-only */
/* Dax devices, as sysfs shows them. */
#ifndef FAMFSCTL_DAX_H
#define FAMFSCTL_DAX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DAX	"/sys/bus/dax"

struct range {
	uint64_t off, len;
};

struct daxdev {
	const char *name;
	const char *place;	/* where the device is in sysfs; NULL if that cannot be told */
	uint64_t size, align;	/* bytes; 0: not known */
	bool have_resource;
	uint64_t resource;	/* root alone can see it */
	int numa_node, target_node;	/* -1: none */
	const char *region;	/* cxl, pmem, hmem or other */
	const char *driver;	/* NULL: none */
	const char *mode;	/* famfs, devdax, system-ram, none, fsdev (the kernel's), or the driver */
	unsigned int major, minor;	/* of its node; 0:0 if there is none */
	/* Of famfs mode; what an older module does not tell is NULL or not had. */
	const char *holder;
	bool have_folio, have_structs, have_bad;
	uint64_t folio_size, page_structs;
	struct range *bad;
	size_t nbad;
};

struct daxdevs {
	struct daxdev *dev;
	size_t n;
	int err;		/* why they cannot be listed, or 0 */
};

void daxdevs_load(struct daxdevs *d);
bool daxdev_load(struct daxdev *d, const char *name);
const struct daxdev *daxdevs_find(const struct daxdevs *d, const char *name);
const char *dax_name(const char *name);
const char *region_kind(const char *place);
size_t badpages_parse(struct range **bad, char *text);
bool fsdev_is_ours(void);

#endif /* FAMFSCTL_DAX_H */
