/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Open files and what they can do, as they differ between kernels. All that this needs to
 * know is in layout/dax.spec: fsdev_dax has it without FUSE, too.
 */
#ifndef COMPAT_FILE_H
#define COMPAT_FILE_H

#include <linux/dcache.h>
#include <linux/fs.h>
#include <linux/mman.h>
#include <linux/path.h>
#include "famfs_layout.h"

/* An initializer of a struct file_operations: MAP_SYNC is fine. */
#ifdef HAVE_FILE_OPERATIONS_MMAP_SUPPORTED_FLAGS
#define COMPAT_FOPS_MMAP_SYNC	.mmap_supported_flags = MAP_SYNC
#else
#define COMPAT_FOPS_MMAP_SYNC	.fop_flags = FOP_MMAP_SYNC
#endif

/**
 * compat_open_for_mapping() - a file that a mapping of a user's file can have in its place
 * @user_file: the user's; tools go on showing its name
 * @path: what it is really a file of
 * @cred: whose rights are asked for, of @path
 *
 * Where there are no backing files yet it has the user's path in place of @path, of which
 * the caller keeps the inode as long as the file is there.
 *
 * Context: may sleep.
 * Return: the file, of the inode of @path, or an ERR_PTR.
 */
static inline struct file *compat_open_for_mapping(struct file *user_file,
						   const struct path *path,
						   const struct cred *cred)
{
	int flags = (user_file->f_flags & O_ACCMODE) | O_LARGEFILE;

#if defined(BACKING_FILE_OPEN_TAKES_PATH)
	return backing_file_open(&user_file->f_path, flags, path, cred);
#elif defined(HAVE_FUNC_BACKING_FILE_OPEN)
	return backing_file_open(user_file, flags, path, cred);
#elif defined(HAVE_FUNC_OPEN_WITH_FAKE_PATH)
	struct file *file;

	/* Who watches the user's file shall not hear of it. */
	file = open_with_fake_path(path, flags | (__force int)FMODE_NONOTIFY,
				   d_inode(path->dentry), cred);
	/* After security modules were asked, whose question is about @path. */
	if (!IS_ERR(file)) {
		file->f_path = user_file->f_path;
		path_get(&file->f_path);
		path_put(path);
	}
	return file;
#else
#error "this kernel cannot open a file under another one's name"
#endif
}

#endif
