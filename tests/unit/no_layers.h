/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * In place of the headers of famfs_fuse's layers, but for map/'s, which is pure logic: a test that
 * has a file of the module for itself says instead what that file sees of the rest.
 */
#ifndef NO_LAYERS_H
#define NO_LAYERS_H

#define FAMFS_H
#define FAMFS_ASK_H
#define FAMFS_CORE_H
#define FAMFS_DATA_H
#define FAMFS_DEV_H
#define FAMFS_END_H
#define FAMFS_PROTO_H
#define FAMFS_SHOW_H
#define FAMFS_TELL_H
#define FAMFS_VFS_H
#define FAMFS_HOOK_H

#endif
