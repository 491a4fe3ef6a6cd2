/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The list of what was refused lately: a part of tell.h.
 */
#ifndef FAMFS_TELL_REFUSALS_H
#define FAMFS_TELL_REFUSALS_H

#include <linux/types.h>

enum famfs_refused { FAMFS_REFUSED_MOUNT, FAMFS_REFUSED_OPEN, FAMFS_REFUSED_DEVICE };

/* What is longer is cut off, in the log as well. */
#define FAMFS_REFUSED_ABOUT	64
#define FAMFS_REFUSED_TEXT	352

extern const struct file_operations famfs_refusals_fops;
void famfs_refusal_note(enum famfs_refused kind, dev_t dev, const char *about, int err,
			const char *text);
void famfs_refusals_end(dev_t dev);

#endif
