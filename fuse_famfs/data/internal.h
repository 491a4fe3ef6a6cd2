/* SPDX-License-Identifier: GPL-2.0-only */
/* What the files of data/ share and nobody else needs; of faults: fault.h. */
#ifndef FAMFS_DATA_INTERNAL_H
#define FAMFS_DATA_INTERNAL_H

#include <linux/fs.h>

struct famfs_inode;
struct famfs_mount;

/* entries.c */
extern const struct address_space_operations famfs_entries_aops;

/* install.c */
int famfs_mapping_make(struct famfs_mount *fmnt, struct famfs_inode *fi, struct inode *host);

/* iomap.c */
extern const struct iomap_ops famfs_fuse_iomap_ops;

/* mapped.c */
int famfs_mmap_bus(struct file *file, struct vm_area_struct *vma);

#endif
