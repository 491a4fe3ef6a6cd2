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

static const struct {
	const char *name;
	unsigned long set, clear;
} generic[] = {
	{ "ro", MS_RDONLY, 0 },		{ "rw", 0, MS_RDONLY },
	{ "nosuid", MS_NOSUID, 0 },	{ "suid", 0, MS_NOSUID },
	{ "nodev", MS_NODEV, 0 },	{ "dev", 0, MS_NODEV },
	{ "noexec", MS_NOEXEC, 0 },	{ "exec", 0, MS_NOEXEC },
	{ "noatime", MS_NOATIME, 0 },	{ "atime", 0, MS_NOATIME },
};

/* Takes the generic ones out of @options, and puts the others into @rest. */
static unsigned long split_options(const char *options, char *rest)
{
	unsigned long flags = MS_NOSUID | MS_NODEV;
	size_t i, len;

	*rest = '\0';
	for (; options && *options; options += len + (options[len] == ',')) {
		len = strcspn(options, ",");
		for (i = 0; i < sizeof(generic) / sizeof(*generic); i++)
			if (strlen(generic[i].name) == len &&
			    !strncmp(generic[i].name, options, len))
				break;
		if (i < sizeof(generic) / sizeof(*generic)) {
			flags = (flags | generic[i].set) & ~generic[i].clear;
		} else if (len) {
			strcat(rest, ",");
			strncat(rest, options, len);
		}
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
