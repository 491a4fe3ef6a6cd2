/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The files in debugfs. None of it is an interface to be relied on: docs/abi.md.
 */
#ifndef FUSE_FAMFS_DEBUGFS_H
#define FUSE_FAMFS_DEBUGFS_H

struct seq_file;

/* debugfs.c */
void famfs_seq_string(struct seq_file *seq, const char *key, const char *s);

#endif
