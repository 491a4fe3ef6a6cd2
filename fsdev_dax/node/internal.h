/* SPDX-License-Identifier: GPL-2.0-only */
/* What the files of node/ share and nobody else needs. */
#ifndef FSDEV_DAX_NODE_INTERNAL_H
#define FSDEV_DAX_NODE_INTERNAL_H

#include <linux/fs.h>

/* rw.c */
ssize_t fsdev_raw_rw(struct kiocb *iocb, struct iov_iter *iter);
int fsdev_raw_fsync(struct file *file, loff_t start, loff_t end, int datasync);

/* map.c */
int fsdev_raw_mmap(struct file *file, struct vm_area_struct *vma);

#endif
