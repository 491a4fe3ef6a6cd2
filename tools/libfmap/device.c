// SPDX-License-Identifier: GPL-2.0-only
/* Devices registered by file descriptor, with ioctls on the session's fd. */
#include <errno.h>
#include <sys/ioctl.h>

#include "internal.h"

/* Return: what the kernel did, or a negative errno. */
static int session_ioctl(struct fmap_session *fs, unsigned long cmd, void *arg)
{
	int ret, cancel;

	/* Without the protocol these numbers are about passthrough. */
	if (atomic_load(&fs->state) != FMAP_AGREED)
		return -ENOTCONN;
	/* The caller may be a libfuse worker: see hook_read(). */
	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &cancel);
	pthread_rwlock_rdlock(&fs->io_lock);
	if (fs->fd < 0)
		ret = -ENOTCONN;
	else
		ret = ioctl(fs->fd, cmd, arg);
	if (ret == -1)
		ret = -errno;
	pthread_rwlock_unlock(&fs->io_lock);
	pthread_setcancelstate(cancel, NULL);
	return ret;
}

int fmap_device_open(struct fmap_session *fs, int fd, uint64_t id)
{
	struct fuse_famfs_backing_map map = {
		.fd = fd,
		.flags = FUSE_BACKING_IS_DEV | FUSE_BACKING_ID_64,
		.backing_id = id,
	};

	/* No map could name it. */
	if (id > UINT32_MAX)
		return -EINVAL;
	return session_ioctl(fs, FUSE_DEV_IOC_BACKING_OPEN, &map);
}

int fmap_device_open_any(struct fmap_session *fs, int fd, uint32_t *id)
{
	struct fuse_famfs_backing_map map = {
		.fd = fd,
		.flags = FUSE_BACKING_IS_DEV,
	};
	int ret = session_ioctl(fs, FUSE_DEV_IOC_BACKING_OPEN, &map);

	if (ret < 0)
		return ret;
	*id = (uint32_t)ret;
	return 0;
}

int fmap_device_close(struct fmap_session *fs, uint32_t id)
{
	return session_ioctl(fs, FUSE_DEV_IOC_BACKING_CLOSE, &id);
}
