// SPDX-License-Identifier: GPL-2.0-only
/* The manifest's devices: their sizes, and --devices-by-fd. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fmapd.h"

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
		perror("fmapd");
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
			fprintf(stderr, "fmapd: cannot open %s: %s\n",
				m->devices[i].path, strerror(errno));
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

uint64_t device_bytes(const struct manifest *m)
{
	const struct manifest_device *dev;
	struct manifest_facts facts;
	uint64_t sum = 0;
	size_t i;

	for (i = 0; i < m->ndevices; i++) {
		dev = &m->devices[i];
		/* One of its names counts. */
		if (dev->same != dev->index)
			continue;
		manifest_device_look(dev, &facts);
		sum += facts.size;
	}
	return sum;
}
