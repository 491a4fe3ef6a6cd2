/* SPDX-License-Identifier: GPL-2.0-only */
/* What the files of end/ share and nobody else needs. */
#ifndef FAMFS_END_INTERNAL_H
#define FAMFS_END_INTERNAL_H

#include <linux/types.h>

struct famfs_inode;

/* evict.c */
void famfs_wait_idle(struct famfs_inode *fi);

/* poison.c */
int famfs_device_poison(void *holder, u64 off, u64 len, int mf_flags, void **cookie);

#endif
