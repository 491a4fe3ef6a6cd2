// SPDX-License-Identifier: GPL-2.0-only
/*
 * fsdev_dax: a driver on the dax bus that makes a dax device usable by file
 * systems.
 *
 * device_dax and kmem, the two drivers that every kernel has, give the memory to
 * whoever opens the device, or to the page allocator. A file system needs it for
 * itself, and it needs to be told before it goes.
 */
#include <linux/init.h>
#include <linux/module.h>
#include <linux/utsname.h>
#include "bind/bind.h"
#include "block/block.h"
#include "btf/btf_verify.h"
#include "compat_tested.h"
#include "core/core.h"
#include "hold/hold.h"
#include "famfs_layout_table.h"

/* Once for both modules: the other one is never without this. */
static void __init fsdev_tell_new_kernel(void)
{
	if (compat_newer_than_tested(utsname()->release, FAMFS_TESTED_KERNEL))
		pr_notice("fsdev_dax: kernel %s is newer than %s, the newest that famfs-dkms " FAMFS_VERSION " was tested on: if something does not work, tell the project's issue tracker\n",
			  utsname()->release, FAMFS_TESTED_KERNEL);
}

static int __init fsdev_init(void)
{
	int err;

	err = famfs_layout_check("fsdev_dax", famfs_layout_dax,
				 ARRAY_SIZE(famfs_layout_dax));
	if (err)
		return err;
	err = fsdev_left_init();
	if (err)
		return err;
	err = fsdev_bdev_init();
	if (err)
		goto out_left;
	if (compat_no_block())
		pr_info("fsdev_dax: no files on block devices with this kernel: %s\n",
			compat_no_block());
	fsdev_driver.probe = fsdev_probe;
	compat_dax_driver_never_matches(&fsdev_driver);
	err = __dax_driver_register(&fsdev_driver, THIS_MODULE, KBUILD_MODNAME);
	if (err)
		goto out_bdev;
	fsdev_tell_new_kernel();
	return 0;

out_bdev:
	fsdev_bdev_exit();
out_left:
	fsdev_left_exit();
	return err;
}

static void __exit fsdev_exit(void)
{
	dax_driver_unregister(&fsdev_driver);
	fsdev_bdev_exit();
	fsdev_left_exit();
}

module_init(fsdev_init);
module_exit(fsdev_exit);
MODULE_DESCRIPTION("dax bus driver: dax devices for fs-dax file systems");
MODULE_AUTHOR("famfs-dkms developers");
MODULE_LICENSE("GPL");
MODULE_VERSION(FAMFS_VERSION);
MODULE_INFO(tested_kernel, FAMFS_TESTED_KERNEL);
