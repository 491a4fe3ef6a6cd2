// SPDX-License-Identifier: GPL-2.0-only
/*
 * All of famfs_fuse where the kernel has itself what it would add, or what it needs would take
 * the place of something that the kernel needs: compat/compat.mk tells which kernels these are.
 */
#include <linux/errno.h>
#include <linux/init.h>
#include <linux/module.h>
#include <linux/printk.h>
#include <linux/string.h>

static int __init famfs_aside_init(void)
{
	if (!strcmp(KERNEL_OWN, "driver")) {
		pr_err("famfs_fuse: refusing to load: modules of this kernel need its own fsdev_dax, whose place the one that famfs_fuse needs would take\n");
		return -EOPNOTSUPP;
	}
	pr_notice("famfs_fuse: this kernel's FUSE serves famfs itself: nothing is done here\n");
	return 0;
}

static void __exit famfs_aside_exit(void)
{
}

module_init(famfs_aside_init);
module_exit(famfs_aside_exit);
MODULE_DESCRIPTION("famfs for the stock FUSE: not for this kernel");
MODULE_AUTHOR("famfs-dkms developers");
MODULE_LICENSE("GPL");
MODULE_VERSION(FAMFS_VERSION);
