// SPDX-License-Identifier: GPL-2.0-only
/*
 * Getting between mount(2) and the stock FUSE, and out again.
 *
 * The only thing changed while no famfs mount exists is one function pointer of
 * the "fuse" file system type. It leads here when a mount is being set up, and
 * here we decide whether the mount is any business of ours.
 */
#include <linux/fs.h>
#include <linux/fs_context.h>
#include <linux/module.h>
#include "core/core.h"
#include "hook/hook.h"
#include "hook/internal.h"

static struct file_system_type *famfs_type;
static int (*stock_init_fs_context)(struct fs_context *fsc);

static int famfs_init_fs_context(struct fs_context *fsc)
{
	int err;

	famfs_code_pin();
	err = stock_init_fs_context(fsc);
	if (!err && fsc->purpose == FS_CONTEXT_FOR_MOUNT)
		err = famfs_context_take(fsc);
	famfs_code_unpin();
	return err;
}

/* What is not as we know it in those of stock's tables that can be seen without a mount. */
static const char * __init famfs_unknown_stock(const struct file_system_type *type)
{
	if (!type->init_fs_context)
		return "its file system type has no init_fs_context";
	if (!fuse_dev_operations.unlocked_ioctl || !fuse_dev_operations.release)
		return "its sessions lack operations that they had";
	if (!compat_fuse_iq_ops_known())
		return "its queue has no operation to send requests";
	return NULL;
}

/**
 * famfs_hook() - start to see FUSE mounts being set up
 *
 * Context: may sleep; module init.
 * Return: 0; -ENODEV if the kernel has no FUSE, -EOPNOTSUPP after a line if it is not as we
 * know it.
 */
int __init famfs_hook(void)
{
	/* Takes a reference to the module that owns the type, if one does. */
	struct file_system_type *type = get_fs_type("fuse");
	const char *unknown;

	if (!type)
		return -ENODEV;
	/* Our use of FUSE's symbols pins it anyway. */
	module_put(type->owner);
	unknown = famfs_unknown_stock(type);
	if (unknown) {
		pr_err("refusing to load: " FAMFS_UNKNOWN_FUSE, unknown);
		return -EOPNOTSUPP;
	}
	famfs_type = type;
	stock_init_fs_context = type->init_fs_context;
	WRITE_ONCE(type->init_fs_context, famfs_init_fs_context);
	return 0;
}

/**
 * famfs_unhook() - leave, and be sure that nobody is left in our code
 *
 * Context: may sleep; module exit.
 */
void famfs_unhook(void)
{
	WRITE_ONCE(famfs_type->init_fs_context, stock_init_fs_context);
	famfs_code_drain();
}
