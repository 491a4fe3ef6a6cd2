// SPDX-License-Identifier: GPL-2.0-only
/* famfsctl doctor: are the modules there, are they the right ones, and what is loaded? */
#include <errno.h>
#include <string.h>

#include "doctor.h"
#include "famfsctl.h"

#define EXCHANGE	"umount what is famfs, then modprobe -r famfs_fuse fsdev_dax && modprobe -a fsdev_dax famfs_fuse, and put the devices into famfs mode again"

/* What the script of famfs-dkms says about this kernel and its headers; NULL: nothing against it. */
static const char *ask_judge(const char *judge, const char *headers)
{
	const char *const argv[] = { "sh", judge, kernel_release(), headers, NULL };
	int status;
	char *said = program_says(argv, &status);

	said[strcspn(said, "\n")] = '\0';
	return *said ? said : NULL;
}

/* The sources that DKMS has: the directory's name below /usr/src, the last one there is. */
static const char *sources(void)
{
	const char *last = NULL;
	struct names names;
	size_t i;

	sys_list(&names, "/usr/src");
	for (i = 0; i < names.n; i++)
		if (!strncmp(names.name[i], "famfs-", 6) &&
		    sys_exists("/usr/src/%s/dkms.conf", names.name[i]))
			last = names.name[i];
	return last;
}

/* Why are there no modules for this kernel? */
static void look_missing(struct doctor *d)
{
	const char *rel = kernel_release(), *src = sources(), *judge = d->judge, *why;
	const char *headers = pool_printf("/lib/modules/%s/build", rel);

	if (!src) {
		found(V_FAIL, "modules.installed", "install the package famfs-dkms",
		      "there are no famfs modules for %s, nor their sources (/usr/src/famfs-VERSION)", rel);
		return;
	}
	/* A link to the headers is valid in the tree that they are in. */
	if (!sys_exists("/lib/modules/%s/build/include", rel)) {
		found(V_FAIL, "modules.installed",
		      pool_printf("install linux-headers-%s (Debian, Ubuntu), kernel-devel-%s (Fedora, RHEL) or that flavour's kernel-*-devel (SUSE); DKMS then builds the modules",
				  rel, rel),
		      "there are no famfs modules for %s, whose headers are not installed", rel);
		return;
	}
	/* A script of somebody else's tree is not run unless it is asked for. */
	if (!judge && !*ctl.root)
		judge = pool_printf("/usr/src/%s/packaging/judge.sh", src);
	why = judge ? ask_judge(judge, sys_path("%s", headers)) : NULL;
	if (why)
		found(V_FAIL, "modules.installed",
		      "boot another kernel, or install a later version of famfs-dkms",
		      "the modules cannot be had for %s: %s", rel, why);
	else
		found(V_FAIL, "modules.installed",
		      pool_printf("dkms install famfs/%s -k %s; if that fails, /var/lib/dkms/famfs/%s/build/make.log says why",
				  src + 6, rel, src + 6),
		      "the modules have not been built for %s", rel);
}

static bool is_kernels_own(const struct kmodule *m)
{
	return m->path && strstr(m->path, "/kernel/") && !m->version;
}

/* The file that modprobe would take. */
static bool look_file(const struct kmodule *m)
{
	const char *id = pool_printf("module.%s", m->name), *rel = kernel_release();
	const char *first;

	if (m->builtin) {
		found(V_FAIL, id, "boot a kernel that has it as a module, or none",
		      "%s is built into the kernel, and cannot be exchanged", m->name);
		return false;
	}
	if (!m->path || is_kernels_own(m)) {
		if (m->stray && (m->path || !strstr(m->stray, "/kernel/")))
			found(V_FAIL, id, pool_printf("depmod -a %s", rel),
			      "%s is there, but modprobe %s", m->stray,
			      m->path ? pool_printf("takes %s, the kernel's own", m->path) :
			      "does not know it");
		else
			found(V_FAIL, id, pool_printf("dkms install --force famfs/VERSION -k %s", rel),
			      m->path ? "%s is the kernel's own alone" : "%s is not there, but the other module is",
			      m->path ? m->path : m->name);
		return false;
	}
	if (m->err) {
		found(m->err == EACCES ? V_UNSEEN : V_FAIL, id, "dpkg-reconfigure famfs-dkms, or dkms install --force",
		      "%s cannot be read: %s", m->path, strerror(m->err));
		return false;
	}
	first = m->vermagic ? pool_strndup(m->vermagic, strcspn(m->vermagic, " ")) : "";
	if (strcmp(first, rel)) {
		found(V_FAIL, id, pool_printf("dkms install --force famfs/%s -k %s",
					      m->version ? m->version : "VERSION", rel),
		      "%s is built for %s", m->path, *first ? first : "no kernel that it names");
		return false;
	}
	found(V_OK, id, NULL, "%s, version %s", m->path, m->version ? m->version : "?");
	return true;
}

static void look_loaded(const struct kmodule *m)
{
	const char *const told[] = { m->name, "refusing to load", NULL };
	const char *id = pool_printf("loaded.%s", m->name), *why;

	if (!m->loaded) {
		why = kernel_log_last(told);
		if (why)
			found(V_FAIL, id, "do what the line says (\"Troubleshooting\" in README.md has more)",
			      "it is not loaded; the kernel's log says: %s", why);
		else if (m->blacklisted)
			found(V_WARN, id, pool_printf("take \"blacklist %s\" out of modprobe's configuration, or load it by name", m->name),
			      "it is not loaded, and on the blacklist: udev does not load it");
		else
			found(V_OK, id, NULL, "not loaded; it will be when it is needed");
		return;
	}
	if (!m->loaded_version) {
		if (m->path)
			found(V_FAIL, id, "modprobe -r fsdev_dax && modprobe famfs_fuse exchanges it, then put its devices into famfs mode; if it comes again, run depmod -a and make the initramfs anew",
			      "the %s that is loaded is the kernel's own", m->name);
		else
			found(V_FAIL, id, "see the line about its file; then exchange it",
			      "the %s that is loaded is the kernel's own", m->name);
	} else if (m->version && strcmp(m->version, m->loaded_version)) {
		found(V_WARN, id, EXCHANGE, "%s %s is loaded, %s is installed", m->name, m->loaded_version,
		      m->version);
	} else if (m->srcversion && m->loaded_srcversion && strcmp(m->srcversion, m->loaded_srcversion)) {
		found(V_WARN, id, EXCHANGE, "the %s that is loaded is another build of %s than what is installed",
		      m->name, m->loaded_version);
	} else {
		found(V_OK, id, NULL, "version %s", m->loaded_version);
	}
}

static void look_parameters(void)
{
	const char *offer = sys_read("/sys/module/famfs_fuse/parameters/offer");
	uint64_t off;

	if (offer && !strcmp(offer, "none"))
		found(V_WARN, "parameter.offer", "echo auto > /sys/module/famfs_fuse/parameters/offer, and see /etc/modprobe.d",
		      "no mount is offered the famfs protocol (offer=none)");
	if (sys_u64(&off, "/proc/sys/kernel/modules_disabled") && off && !module_loaded("famfs_fuse"))
		found(V_FAIL, "kernel.modules_disabled", "reboot, and have the modules loaded before that is set",
		      "no module can be loaded any more (kernel.modules_disabled)");
}

void doctor_modules(struct doctor *d)
{
	struct kmodule *m[] = { &d->fsdev, &d->fuse };
	bool good = true, any = d->fuse.path || d->fuse.stray ||
			       (d->fsdev.path && !is_kernels_own(&d->fsdev)) ||
			       (d->fsdev.stray && !strstr(d->fsdev.stray, "/kernel/"));
	size_t i;

	if (!any)
		look_missing(d);
	for (i = 0; i < 2 && any; i++)
		good = look_file(m[i]) && good;
	if (any && good && d->fsdev.version && d->fuse.version && strcmp(d->fsdev.version, d->fuse.version))
		found(V_FAIL, "modules.pair", "install both from one package: dkms install --force",
		      "fsdev_dax %s and famfs_fuse %s do not belong together", d->fsdev.version,
		      d->fuse.version);
	if (any && good && !sys_exists("/lib/modules/%s/build/include", kernel_release()))
		found(V_WARN, "kernel.headers", "install the headers' package that follows the kernel (linux-headers-amd64 or the like)",
		      "the headers of this kernel are not installed: the modules cannot be built anew, and not for its updates either");
	if (d->fsdev.loaded && d->fuse.loaded && d->fsdev.loaded_version && d->fuse.loaded_version &&
	    strcmp(d->fsdev.loaded_version, d->fuse.loaded_version))
		found(V_FAIL, "loaded.pair", EXCHANGE, "fsdev_dax %s and famfs_fuse %s are loaded",
		      d->fsdev.loaded_version, d->fuse.loaded_version);
	for (i = 0; i < 2; i++)
		if (any || m[i]->loaded)
			look_loaded(m[i]);
	look_parameters();
}
