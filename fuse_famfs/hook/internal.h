/* SPDX-License-Identifier: GPL-2.0-only */
/* What the files of hook/ share and nobody else needs. */
#ifndef FAMFS_HOOK_INTERNAL_H
#define FAMFS_HOOK_INTERNAL_H

#include <linux/types.h>

struct cred;
struct famfs_mount;
struct file;
struct fs_context;

/* context.c */
int famfs_context_take(struct fs_context *fsc);

/* offer.c */
bool famfs_named(struct fs_context *fsc);
void famfs_source_name(char *name, size_t size, const struct fs_context *fsc);
bool famfs_offers(struct fs_context *fsc, const struct cred *opener);

/* mount.c */
int famfs_get_tree(struct fs_context *fsc);
void famfs_mount_enable(struct famfs_mount *fmnt);

/* negotiate.c */
int famfs_negotiate(struct famfs_mount *fmnt);

/* session.c */
struct famfs_mount *famfs_session_mount(struct file *file);
void famfs_session_begin(struct famfs_mount *fmnt);

#endif
