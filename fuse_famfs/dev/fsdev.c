// SPDX-License-Identifier: GPL-2.0-only
/*
 * Getting at fsdev_dax, and seeing that it is the one of our build.
 *
 * Another one can be loaded: that of an earlier version, which stays when the package is
 * upgraded, or the kernel's own, which newer kernels have under the same name and which may
 * come first at boot. Being linked to it would mean to jump to where it has something else,
 * or a dozen lines about unknown symbols that help nobody.
 */
#include <linux/kmod.h>
#include <linux/module.h>
#include "dev/dev.h"

const struct fsdev_interface *famfs_fsdev __ro_after_init;

static const char remedy[] = "\"modprobe -r fsdev_dax && modprobe famfs_fuse\" exchanges it, then bind its devices anew";

/* Reads one line of a file in /sys/module/fsdev_dax. False if it is not there. */
static bool famfs_fsdev_tells(const char *name, char *line, size_t len)
{
	struct file *file;
	loff_t pos = 0;
	char path[48];
	ssize_t got;

	snprintf(path, sizeof(path), "/sys/module/fsdev_dax/%s", name);
	file = filp_open(path, O_RDONLY, 0);
	if (IS_ERR(file))
		return false;
	got = kernel_read(file, line, len - 1, &pos);
	filp_close(file, NULL);
	line[max_t(ssize_t, got, 0)] = '\0';
	strim(line);
	return got > 0;
}

/* Tells in the log what is loaded in place of our fsdev_dax. */
static int famfs_fsdev_missing(int modprobe)
{
	char line[32];

	if (famfs_fsdev_tells("version", line, sizeof(line))) {
		pr_err("refusing to load: fsdev_dax %s is loaded, which is not made for this famfs_fuse (" FAMFS_VERSION "): %s\n",
		       line, remedy);
		return -ENOEXEC;
	}
	if (famfs_fsdev_tells("initstate", line, sizeof(line))) {
		pr_err("refusing to load: the kernel's own fsdev_dax is loaded: %s; if it comes again, run \"depmod -a\" and make the initramfs anew\n",
		       remedy);
		return -ENOEXEC;
	}
	if (modprobe == -ENOMEM)
		return modprobe;
	pr_err("refusing to load: there is no fsdev_dax that it can use, as %s\n",
	       modprobe ? "it cannot be loaded: \"modprobe fsdev_dax\" tells why" :
	       "the kernel has one built in");
	return -ENOENT;
}

/**
 * famfs_fsdev_take() - get the interface of fsdev_dax, and keep that loaded
 *
 * Context: module init; may sleep, for modprobe.
 * Return: 0; after a line in the log, -ENOEXEC if one that we do not know is loaded,
 * -ENOENT if none can be; -ENOMEM.
 */
int __init famfs_fsdev_take(void)
{
	const struct fsdev_interface *fi = symbol_get(famfs_fsdev_interface);
	int err = 0;

	/* modprobe loads it before us; insmod does not, nor wait until its init is through. */
	if (!fi) {
		err = request_module("fsdev_dax");
		fi = symbol_get(famfs_fsdev_interface);
	}
	if (!fi)
		return famfs_fsdev_missing(err);
	if (fi->abi != FSDEV_DAX_ABI || fi->size != sizeof(*fi)) {
		pr_err("refusing to load: fsdev_dax %s with interface %u (%u bytes) is loaded, this famfs_fuse (" FAMFS_VERSION ") needs %u (%zu bytes): %s\n",
		       fi->version, fi->abi, fi->size, FSDEV_DAX_ABI, sizeof(*fi), remedy);
		symbol_put(famfs_fsdev_interface);
		return -ENOEXEC;
	}
	famfs_fsdev = fi;
	return 0;
}

/**
 * famfs_fsdev_give_back() - fsdev_dax is not called any more
 */
void famfs_fsdev_give_back(void)
{
	symbol_put(famfs_fsdev_interface);
}
