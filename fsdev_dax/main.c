// SPDX-License-Identifier: GPL-2.0-only
/*
 * fsdev_dax: a driver on the dax bus that makes a dax device usable by file
 * systems that map it through the DAX core.
 *
 * device_dax and kmem, the two drivers that every kernel has, set the memory's
 * pages up for one big mapping or for the page allocator. A file system needs
 * them as single pages of type FS_DAX, and it needs to be told before they go.
 */
#include <linux/init.h>
#include <linux/module.h>
#include "btf/btf_verify.h"
#include "internal.h"
#include "famfs_layout_table.h"

static struct dax_device_driver fsdev_driver = {
	.probe = fsdev_probe,
};

static int __init fsdev_init(void)
{
	int err;

	err = famfs_layout_check("fsdev_dax", famfs_layout_dax,
				 ARRAY_SIZE(famfs_layout_dax));
	if (err)
		return err;
	compat_dax_driver_never_matches(&fsdev_driver);
	return __dax_driver_register(&fsdev_driver, THIS_MODULE, KBUILD_MODNAME);
}

static void __exit fsdev_exit(void)
{
	dax_driver_unregister(&fsdev_driver);
}

module_init(fsdev_init);
module_exit(fsdev_exit);
MODULE_DESCRIPTION("dax bus driver: dax devices for fs-dax file systems");
MODULE_AUTHOR("famfs-dkms developers");
MODULE_LICENSE("GPL");
MODULE_VERSION(FAMFS_VERSION);
