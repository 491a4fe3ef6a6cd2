// SPDX-License-Identifier: GPL-2.0-only
/* famfsctl doctor: the kernel itself, its configuration and its types. */
#include <errno.h>
#include <string.h>

#include "btf_blob.h"
#include "btf_verify.h"
#include "doctor.h"
#include "famfsctl.h"
#include "kv.h"

static const char *config;	/* the kernel's configuration, with a newline before it */

static void config_load(void)
{
	const char *rel = kernel_release(), *text = NULL;
	const char *const places[] = {
		pool_printf("/boot/config-%s", rel), pool_printf("/lib/modules/%s/config", rel),
		pool_printf("/lib/modules/%s/build/.config", rel),
	};
	size_t i;

	for (i = 0; i < sizeof(places) / sizeof(places[0]) && !text; i++)
		text = sys_read("%s", places[i]);
	config = text ? pool_printf("\n%s\n", text) : NULL;
}

/**
 * kernel_option() - is CONFIG_@name set?
 * @known: whether the configuration could be read at all
 */
bool kernel_option(const char *name, bool *known)
{
	*known = config;
	return config && (strstr(config, pool_printf("\nCONFIG_%s=y\n", name)) ||
			  strstr(config, pool_printf("\nCONFIG_%s=m\n", name)));
}

/* An option of whatever name with FAMFS in it. */
static bool serves_famfs(void)
{
	const char *at = config, *end, *name;

	while (at && (at = strstr(at, "\nCONFIG_"))) {
		at++;
		end = at + strcspn(at, "=\n");
		name = strstr(at, "FAMFS");
		if (name && name < end && (!strncmp(end, "=y", 2) || !strncmp(end, "=m", 2)))
			return true;
	}
	return false;
}

static void look_config(void)
{
	static const char *const wanted[] = { "DAX", "FS_DAX", "FUSE_FS", "DEBUG_INFO_BTF", "MODULES" };
	bool known, complete = true;
	size_t i;

	config_load();
	if (!config) {
		found(V_UNSEEN, "kernel.config", NULL,
		      "there is no configuration of %s (neither /boot/config-%s nor headers)",
		      kernel_release(), kernel_release());
		return;
	}
	for (i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++) {
		if (kernel_option(wanted[i], &known))
			continue;
		complete = false;
		found(V_FAIL, "kernel.config", "boot a kernel that is configured with it: that of another flavour, or of a distribution",
		      "the kernel is configured without CONFIG_%s", wanted[i]);
	}
	if (!kernel_option("DEV_DAX", &known)) {
		complete = false;
		found(V_WARN, "kernel.config", "use another flavour of the kernel, or block devices (fmapd --devices-by-fd)",
		      "the kernel has no dax devices (CONFIG_DEV_DAX), as real-time kernels have none");
	}
	if (serves_famfs())
		found(V_WARN, "kernel.famfs", "use it, and remove famfs-dkms",
		      "this kernel's FUSE serves famfs itself: famfs_fuse does nothing with it");
	if (complete)
		found(V_OK, "kernel.config", NULL, "all options that are needed are set");
}

static void look_btf(void)
{
	static struct famfs_btf_blob blob;
	char why[256];
	size_t len;
	char *btf;

	btf = sys_read_all(&len, "/sys/kernel/btf/vmlinux");
	if (!btf && errno == ENOENT)
		found(V_FAIL, "kernel.btf", "boot a kernel with CONFIG_DEBUG_INFO_BTF; if it has that, mount /sys",
		      "there is no /sys/kernel/btf/vmlinux: the modules cannot compare this kernel with the one they were built for, and do not load");
	else if (!btf)
		found(V_UNSEEN, "kernel.btf", NULL, "/sys/kernel/btf/vmlinux: %s", strerror(errno));
	else if (famfs_btf_blob_init(&blob, btf, len, NULL, why, sizeof(why)))
		found(V_FAIL, "kernel.btf", "install a later version of famfs-dkms", "%s", why);
	else
		found(V_OK, "kernel.btf", NULL, "the kernel describes %u types", blob.nr);
}

void doctor_kernel(struct doctor *d)
{
	const char *rel = kernel_release();
	unsigned int major = 0, minor = 0;
	int n = sscanf(rel, "%u.%u", &major, &minor);

	if (n < 2)
		found(V_UNSEEN, "kernel.version", NULL, "/proc/sys/kernel/osrelease does not tell a version");
	else if (!kernel_at_least(6, 1))
		found(V_FAIL, "kernel.version", "install a kernel of version 6.1 or later",
		      "%s is older than 6.1", rel);
	else if (d->fuse.tested_kernel &&
		 sscanf(d->fuse.tested_kernel, "%u.%u", &major, &minor) == 2 &&
		 kernel_at_least(major, minor + 1))
		found(V_WARN, "kernel.version", "if something does not work, tell the project's issue tracker",
		      "%s is newer than %s, the newest that these modules were tested on", rel,
		      d->fuse.tested_kernel);
	else
		found(V_OK, "kernel.version", NULL, "%s", rel);
	look_config();
	look_btf();
}
