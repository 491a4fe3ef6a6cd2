/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * show/: the files in debugfs, by which mounts, devices, maps and requests are looked at.
 *
 * It reads what dev/, core/, ask/, tell/ and map/ keep, changes nothing, and nobody but main.c
 * uses it.
 */
#ifndef FAMFS_SHOW_H
#define FAMFS_SHOW_H

void famfs_debugfs_init(void);
void famfs_debugfs_exit(void);

#endif
