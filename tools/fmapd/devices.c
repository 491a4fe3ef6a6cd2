// SPDX-License-Identifier: GPL-2.0-only
/* The manifest's devices: their sizes, and --devices-by-fd. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fmapd.h"

/* The driver of a device in famfs mode. */
#define FAMFS_DRIVER	"fsdev_dax"

/**
 * struct device_fds - devices on their way to the kernel
 * @m:  the manifest, whose devices they are
 * @fd: of each, in the same order, or -1
 */
struct device_fds {
	const struct manifest *m;
	int fd[];
};

struct device_fds *device_fds_open(const struct manifest *m)
{
	struct device_fds *dfs;
	size_t i;

	dfs = malloc(sizeof(*dfs) + m->ndevices * sizeof(dfs->fd[0]));
	if (!dfs) {
		message(LOG_ERR, "%s", strerror(errno));
		return NULL;
	}
	dfs->m = m;
	for (i = 0; i < m->ndevices; i++)
		dfs->fd[i] = -1;
	for (i = 0; i < m->ndevices; i++) {
		/* Not to wait for the other end, should it be a pipe. */
		dfs->fd[i] = open(m->devices[i].path,
				  O_RDWR | O_CLOEXEC | O_NONBLOCK);
		if (dfs->fd[i] < 0) {
			message(LOG_ERR, "cannot open %s: %s", m->devices[i].path,
				strerror(errno));
			device_fds_close(dfs);
			return NULL;
		}
	}
	return dfs;
}

int device_fds_register(struct device_fds *dfs, struct fmap_session *fs,
			char *text, size_t len)
{
	const struct manifest_device *dev;
	size_t i;
	int ret;

	for (i = 0; i < dfs->m->ndevices; i++) {
		dev = &dfs->m->devices[i];
		ret = fmap_device_open(fs, dfs->fd[i], dev->index);
		if (!ret)
			continue;
		snprintf(text, len, "cannot register %s as device %" PRIu32 ": %s",
			 dev->path, dev->index, strerror(-ret));
		return -1;
	}
	return 0;
}

void device_fds_close(struct device_fds *dfs)
{
	size_t i;

	if (!dfs)
		return;
	for (i = 0; i < dfs->m->ndevices; i++)
		if (dfs->fd[i] >= 0)
			close(dfs->fd[i]);
	free(dfs);
}

/* What keeps the kernel from using a device.  Return: NULL if nothing is known to. */
static const char *fault_of(const struct manifest_facts *facts, bool by_fd, char *text, size_t len)
{
	if (!facts->type)
		return strerror(errno);
	if (S_ISBLK(facts->type))
		return by_fd ? NULL : "it is a block device, and --devices-by-fd is not given";
	if (!S_ISCHR(facts->type))
		return "it is not a device";
	if (!facts->name[0])
		/* A container may show nothing of /sys. */
		return access("/sys/dev/char", F_OK) ? NULL : "this machine has no device of its number";
	if (strcmp(facts->subsystem, "dax"))
		return "it is not a dax device";
	if (!facts->driver[0])
		return "it has no driver";
	if (!strcmp(facts->driver, FAMFS_DRIVER))
		return strcmp(facts->holder, "raw") ? NULL : "somebody has its node open for raw access";
	snprintf(text, len, "its driver is %s", facts->driver);
	return text;
}

static void tell_remedy(const struct manifest_facts *facts)
{
	const char *name = facts->name;

	if (!strcmp(facts->driver, FAMFS_DRIVER))
		return;
	if (strcmp(facts->subsystem, "dax")) {
		fputs("Correct the manifest, or see fmapd(8), FAMFS MODE, for how a dax device is made ready.\n", stderr);
		return;
	}
	fprintf(stderr, "To put it into famfs mode:\n    famfsctl mode %s famfs\nor by hand:\n", name);
	if (!strcmp(facts->driver, "kmem"))
		fprintf(stderr, "    daxctl offline-memory %s    # it is memory of this machine: see fmapd(8)\n",
			name);
	fprintf(stderr, "    modprobe -a %s famfs_fuse\n", FAMFS_DRIVER);
	if (facts->driver[0])
		fprintf(stderr, "    echo %s > /sys/bus/dax/devices/%s/driver/unbind\n", name, name);
	fprintf(stderr, "    echo %s > /sys/bus/dax/drivers/%s/new_id\n", name, FAMFS_DRIVER);
	fprintf(stderr, "    echo %s > /sys/bus/dax/drivers/%s/remove_id\n", name, FAMFS_DRIVER);
}

void devices_warn(const struct manifest *m, bool by_fd)
{
	const struct manifest_device *dev;
	struct manifest_facts facts;
	const char *fault;
	char text[96];
	size_t i;

	for (i = 0; i < m->ndevices; i++) {
		dev = &m->devices[i];
		manifest_device_look(dev, &facts);
		fault = fault_of(&facts, by_fd, text, sizeof(text));
		if (!fault)
			continue;
		fprintf(stderr, "fmapd: warning: device %" PRIu32 ", %s: %s; until that changes its files cannot be opened\n",
			dev->index, dev->path, fault);
		tell_remedy(&facts);
	}
}

size_t devices_check(const struct manifest *m, bool by_fd)
{
	const struct manifest_device *dev;
	struct manifest_facts facts;
	size_t i, bad = 0;
	const char *fault;
	char text[96];

	for (i = 0; i < m->ndevices; i++) {
		dev = &m->devices[i];
		manifest_device_look(dev, &facts);
		fault = fault_of(&facts, by_fd, text, sizeof(text));
		if (fault) {
			fprintf(stderr, "fmapd: device %" PRIu32 ", %s, is not ready: %s\n",
				dev->index, dev->path, fault);
			tell_remedy(&facts);
			bad++;
		} else if (strchr(facts.holder, ':')) {
			/* It may be the mount that is to be reloaded. */
			mount_point_of(facts.holder, text, sizeof(text));
			fprintf(stderr, "fmapd: note: device %" PRIu32 ", %s, is in use by the mount %s\n",
				dev->index, dev->path, text[0] ? text : facts.holder);
		}
	}
	return bad;
}

uint64_t device_bytes(const struct manifest *m)
{
	const struct manifest_device *dev;
	uint64_t sum = 0;
	size_t i;

	for (i = 0; i < m->ndevices; i++) {
		dev = &m->devices[i];
		/* One of its names counts. */
		if (dev->same != dev->index || dev->gone)
			continue;
		sum += manifest_device_size(dev);
	}
	return sum;
}
