// SPDX-License-Identifier: GPL-2.0-only
/*
 * famfs_fuse: adds the famfs protocol to the FUSE that the kernel has.
 *
 * A server that speaks it hands out, once per file, a map from file offsets to
 * ranges of dax devices. From then on the file's data is reached without the
 * server. hook.c is where we get in; docs/architecture.md is the map of it all.
 */
#include <linux/init.h>
#include <linux/module.h>
#include "btf/btf_verify.h"
#include "compat_aside.h"
#include "famfs.h"
#include "famfs_layout_table.h"

static const char * const famfs_offer_names[] = {
	[FAMFS_OFFER_AUTO] = "auto",
	[FAMFS_OFFER_ALL] = "all",
	[FAMFS_OFFER_NONE] = "none",
};

int famfs_offer_policy = FAMFS_OFFER_AUTO;

static int famfs_offer_set(const char *val, const struct kernel_param *kp)
{
	int i = sysfs_match_string(famfs_offer_names, val);

	if (i < 0)
		return i;
	WRITE_ONCE(famfs_offer_policy, i);
	return 0;
}

static int famfs_offer_get(char *buf, const struct kernel_param *kp)
{
	return sysfs_emit(buf, "%s\n",
			  famfs_offer_names[READ_ONCE(famfs_offer_policy)]);
}

static const struct kernel_param_ops famfs_offer_ops = {
	.set = famfs_offer_set,
	.get = famfs_offer_get,
};
module_param_cb(offer, &famfs_offer_ops, NULL, 0644);
MODULE_PARM_DESC(offer, "which FUSE mounts are offered the famfs protocol: auto (source names a dax device, or subtype begins with famfs or fmap), all or none");

static int __init famfs_init(void)
{
	int err;

	err = famfs_fsdev_take();
	if (err)
		return err;
	err = famfs_fsdev->layout_check("famfs_fuse", famfs_layout_fuse,
					ARRAY_SIZE(famfs_layout_fuse));
	if (err)
		goto out_fsdev;
	err = famfs_sysfs_init();
	if (err)
		goto out_fsdev;
	err = famfs_lookup_init();
	if (err)
		goto out_sysfs;
	err = famfs_evict_init();
	if (err)
		goto out_lookup;
	err = famfs_inodes_init();
	if (err)
		goto out_evict;
	famfs_session_init();
	famfs_debugfs_init();
	err = famfs_hook();
	if (err)
		goto out_inodes;
	if (COMPAT_FUSE_OWN_MAPS)
		pr_notice("this kernel's FUSE has extent maps of its own: mounts whose servers agree to these are left to it\n");
	return 0;

out_inodes:
	famfs_debugfs_exit();
	famfs_inodes_exit();
out_evict:
	famfs_evict_exit();
out_lookup:
	famfs_lookup_exit();
out_sysfs:
	famfs_sysfs_exit();
out_fsdev:
	famfs_fsdev_give_back();
	return err;
}

static void __exit famfs_module_exit(void)
{
	famfs_unhook();
	famfs_evict_exit();
	famfs_lookup_exit();
	famfs_debugfs_exit();
	famfs_sysfs_exit();
	/* Inodes of mounts that are gone are freed by a function of ours. */
	rcu_barrier();
	famfs_inodes_exit();
	famfs_fsdev_give_back();
}

/* fsdev_dax, which is not linked to us, sees by it that we are here. */
const bool famfs_fuse_is_loaded = true;
EXPORT_SYMBOL_GPL(famfs_fuse_is_loaded);

module_init(famfs_init);
module_exit(famfs_module_exit);
MODULE_DESCRIPTION("famfs for the stock FUSE: files mapped straight from dax devices");
MODULE_AUTHOR("famfs-dkms developers");
MODULE_LICENSE("GPL");
MODULE_VERSION(FAMFS_VERSION);
MODULE_SOFTDEP("pre: fsdev_dax");
