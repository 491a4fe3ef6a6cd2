/* SPDX-License-Identifier: GPL-2.0-only */
/* What the parts of famfsctl doctor share. Each looks at one thing and says what it found. */
#ifndef FAMFSCTL_DOCTOR_H
#define FAMFSCTL_DOCTOR_H

#include "dax.h"
#include "kmods.h"
#include "mounts.h"

enum verdict {
	V_OK,
	V_WARN,		/* works, but not as well as it could, or not for long */
	V_FAIL,		/* does not work */
	V_UNSEEN,	/* cannot be told from here */
};

struct doctor {
	struct kmodule fsdev, fuse;
	struct daxdevs devs;
	struct mounts mounts;
	struct famfs_mounts famfs;
	const char *helper;	/* program that knows which mode a device is to have, or NULL */
	const char *judge;	/* script that says whether modules can be built, or NULL */
	bool root;		/* can see all, or looks at a prepared tree */
};

/*
 * found() - say one thing
 * @id: what was looked at, for programs; the same from version to version
 * @remedy: what to do, or NULL
 */
void found(enum verdict v, const char *id, const char *remedy, const char *format, ...)
	__attribute__((format(printf, 4, 5)));

bool kernel_option(const char *name, bool *known);
void doctor_kernel(struct doctor *d);
void doctor_modules(struct doctor *d);
void doctor_signatures(struct doctor *d);
void doctor_symbols(struct doctor *d);
void doctor_devices(struct doctor *d);
void doctor_mounts(struct doctor *d);
void doctor_programs(void);

#endif /* FAMFSCTL_DOCTOR_H */
