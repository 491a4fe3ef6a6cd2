// SPDX-License-Identifier: GPL-2.0-only
/*
 * Opens /dev/fuse and mounts.  libfuse cannot do it: a session with hooks is
 * given its fd ready made.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "internal.h"

#ifndef MS_NOSYMFOLLOW
#define MS_NOSYMFOLLOW	256
#endif
#define ATIMES		(MS_NOATIME | MS_RELATIME | MS_STRICTATIME)

/* Those that the kernel wants as a flag. */
static const struct {
	const char *name;
	unsigned long set, clear;
} flag_options[] = {
	{ "ro", MS_RDONLY, 0 },			{ "rw", 0, MS_RDONLY },
	{ "nosuid", MS_NOSUID, 0 },		{ "suid", 0, MS_NOSUID },
	{ "nodev", MS_NODEV, 0 },		{ "dev", 0, MS_NODEV },
	{ "noexec", MS_NOEXEC, 0 },		{ "exec", 0, MS_NOEXEC },
	{ "nosymfollow", MS_NOSYMFOLLOW, 0 },	{ "symfollow", 0, MS_NOSYMFOLLOW },
	{ "noatime", MS_NOATIME, ATIMES },	{ "atime", 0, MS_NOATIME },
	{ "relatime", MS_RELATIME, ATIMES },	{ "norelatime", 0, MS_RELATIME },
	{ "strictatime", MS_STRICTATIME, ATIMES }, { "nostrictatime", 0, MS_STRICTATIME },
	{ "nodiratime", MS_NODIRATIME, 0 },	{ "diratime", 0, MS_NODIRATIME },
	{ "lazytime", MS_LAZYTIME, 0 },		{ "nolazytime", 0, MS_LAZYTIME },
	{ "sync", MS_SYNCHRONOUS, 0 },		{ "async", 0, MS_SYNCHRONOUS },
	{ "dirsync", MS_DIRSYNC, 0 },
	{ "silent", MS_SILENT, 0 },		{ "loud", 0, MS_SILENT },
	{ "iversion", MS_I_VERSION, 0 },	{ "noiversion", 0, MS_I_VERSION },
	/* Who may mount is for mount(8) to judge; what follows from it is not. */
	{ "user", MS_NOSUID | MS_NODEV | MS_NOEXEC, 0 },
	{ "users", MS_NOSUID | MS_NODEV | MS_NOEXEC, 0 },
	{ "owner", MS_NOSUID | MS_NODEV, 0 },
	{ "group", MS_NOSUID | MS_NODEV, 0 },
};

/* Those of fstab that are for others: whole words, and, with = or - at their end, beginnings. */
static const char * const ignored_options[] = {
	"defaults", "auto", "noauto", "nouser", "noowner", "nogroup", "nofail", "_netdev", "nomand",
	"user=", "comment=", "helper=", "uhelper=", "x-", "X-",
};

static bool ignored(const char *option, size_t len)
{
	const char *name;
	size_t i, n;

	for (i = 0; i < sizeof(ignored_options) / sizeof(*ignored_options); i++) {
		name = ignored_options[i];
		n = strlen(name);
		if (len >= n && !memcmp(option, name, n) &&
		    (len == n || name[n - 1] == '=' || name[n - 1] == '-'))
			return true;
	}
	return false;
}

static bool take_flag(const char *option, size_t len, unsigned long *flags)
{
	size_t i;

	for (i = 0; i < sizeof(flag_options) / sizeof(*flag_options); i++)
		if (strlen(flag_options[i].name) == len &&
		    !memcmp(flag_options[i].name, option, len)) {
			*flags = (*flags & ~flag_options[i].clear) | flag_options[i].set;
			return true;
		}
	return false;
}

/* Takes those out of @options that are not for the file system, and puts others into @rest. */
static unsigned long split_options(const char *options, char *rest)
{
	unsigned long flags = MS_NOSUID | MS_NODEV;
	size_t len;

	*rest = '\0';
	for (; options && *options; options += len + (options[len] == ',')) {
		len = strcspn(options, ",");
		if (!len || ignored(options, len) || take_flag(options, len, &flags))
			continue;
		strcat(rest, ",");
		strncat(rest, options, len);
	}
	return flags;
}

static int do_mount(int fd, const char *mountpoint, const struct fmap_mount *m,
		    mode_t rootmode)
{
	char *rest, *data = NULL, *type = NULL, *source = NULL;
	unsigned long flags;
	int ret = -ENOMEM;

	rest = malloc(m->options ? strlen(m->options) + 2 : 1);
	if (!rest)
		return -ENOMEM;
	flags = split_options(m->options, rest);

	if (asprintf(&data, "fd=%i,rootmode=%o,user_id=%u,group_id=%u,default_permissions%s%s",
		     fd, rootmode, getuid(), getgid(),
		     m->allow_other ? ",allow_other" : "", rest) < 0) {
		data = NULL;
		goto out;
	}
	if (asprintf(&type, "fuse.%s", m->subtype) < 0) {
		type = NULL;
		goto out;
	}
	ret = 0;
	if (mount(m->source, mountpoint, type, flags, data) == 0)
		goto out;
	ret = -errno;
	if (ret != -ENODEV)
		goto out;

	/* A kernel without subtypes shows them in the source. */
	if (asprintf(&source, "%s#%s", m->subtype, m->source) < 0) {
		source = NULL;
		ret = -ENOMEM;
		goto out;
	}
	ret = mount(source, mountpoint, "fuse", flags, data) ? -errno : 0;
out:
	free(source);
	free(type);
	free(data);
	free(rest);
	return ret;
}

int fmap_mount(const char *mountpoint, const struct fmap_mount *m)
{
	struct stat st;
	int fd, ret, low;

	if (!m->source || !m->subtype || !all_zero(m->reserved, sizeof(m->reserved)))
		return -EINVAL;
	if (stat(mountpoint, &st))
		return -errno;
	if (!S_ISDIR(st.st_mode))
		return -ENOTDIR;
	fd = open("/dev/fuse", O_RDWR | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	/* A daemon gives the numbers of its streams to others. */
	if (fd <= STDERR_FILENO) {
		low = fd;
		fd = fcntl(low, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
		ret = -errno;
		close(low);
		if (fd < 0)
			return ret;
	}
	ret = do_mount(fd, mountpoint, m, st.st_mode & S_IFMT);
	if (ret) {
		close(fd);
		return ret;
	}
	return fd;
}
