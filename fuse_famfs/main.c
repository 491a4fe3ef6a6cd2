// SPDX-License-Identifier: GPL-2.0-only
/*
 * famfs_fuse: adds the famfs protocol to the FUSE that the kernel has.
 *
 * A server that speaks it hands out, once per file, a map from file offsets to
 * ranges of dax devices. From then on the file's data is reached without the
 * server. hook/ is where we get in; docs/architecture.md is the map of it all.
 */
#include <linux/init.h>
#include <linux/module.h>
#include "btf/btf_verify.h"
#include "compat_aside.h"
#include "core/core.h"
#include "dev/dev.h"
#include "end/end.h"
#include "hook/hook.h"
#include "proto/proto.h"
#include "show/show.h"
#include "tell/tell.h"
#include "famfs_layout_table.h"

static int __init famfs_init(void)
{
	int err;

	err = famfs_fsdev_take();
	if (err)
		return err;
	err = famfs_layout_check("famfs_fuse", famfs_layout_fuse,
				 ARRAY_SIZE(famfs_layout_fuse));
	if (err)
		goto out_fsdev;
	err = famfs_counts_init();
	if (err)
		goto out_fsdev;
	err = famfs_lookup_init();
	if (err)
		goto out_counts;
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
out_counts:
	famfs_counts_exit();
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
	famfs_counts_exit();
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
