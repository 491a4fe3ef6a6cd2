// SPDX-License-Identifier: GPL-2.0-only
/* Answers to GET_FMAP and GET_DAXDEV, written past libfuse to the session fd. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

#include "internal.h"

static int send_reply(struct fmap_session *fs, uint64_t unique, int err,
		      const struct iovec *body, int nbody)
{
	struct fuse_out_header out = {
		.len = sizeof(out),
		.error = -err,
		.unique = unique,
	};
	struct iovec iov[3] = { { .iov_base = &out, .iov_len = sizeof(out) } };
	int i, ret = 0, cancel;

	for (i = 0; i < nbody; i++) {
		iov[i + 1] = body[i];
		out.len += (uint32_t)body[i].iov_len;
	}

	/* The caller may be a libfuse worker: see hook_read(). */
	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &cancel);
	pthread_rwlock_rdlock(&fs->io_lock);
	if (fs->fd < 0)
		ret = -ENOTCONN;
	else if (writev(fs->fd, iov, nbody + 1) < 0)
		ret = -errno;
	pthread_rwlock_unlock(&fs->io_lock);
	pthread_setcancelstate(cancel, NULL);
	return ret;
}

static int finish(struct fmap_req *req, int err, const struct iovec *body,
		  int nbody)
{
	struct fmap_session *fs = req->fs;
	int ret = send_reply(fs, req->unique, err, body, nbody);

	/* Never leave the kernel waiting because it disliked our answer. */
	if (ret && ret != -ENOENT && ret != -ENOTCONN && ret != -ENODEV && !err)
		send_reply(fs, req->unique, EIO, NULL, 0);
	free(req);
	fmap_session_put(fs);
	return ret;
}

int fmap_send_err(struct fmap_session *fs, uint64_t unique, int err)
{
	return send_reply(fs, unique, err, NULL, 0);
}

void *fmap_req_userdata(const struct fmap_req *req)
{
	return req->fs->userdata;
}

uint32_t fmap_req_room(const struct fmap_req *req)
{
	return req->capacity;
}

int fmap_reply_err(struct fmap_req *req, int err)
{
	/* 0 would be a success without a body, which no request here has. */
	return finish(req, err > 0 ? err : EIO, NULL, 0);
}

int fmap_reply_raw(struct fmap_req *req, const void *data, size_t len)
{
	struct iovec iov = { .iov_base = (void *)data, .iov_len = len };

	if (len > UINT32_MAX - sizeof(struct fuse_out_header)) {
		fmap_reply_err(req, EFBIG);
		return -EFBIG;
	}
	return finish(req, 0, &iov, 1);
}

int fmap_reply_map(struct fmap_req *req, const struct fmap_map *map)
{
	struct fuse_famfs_fmap_header hdr;
	struct iovec iov[2] = {
		{ .iov_base = &hdr, .iov_len = sizeof(hdr) },
	};
	int err = errno ? errno : EIO;

	if (!map) {
		fmap_reply_err(req, err);
		return -err;
	}
	iov[1].iov_base = (void *)(map->data + sizeof(hdr));
	iov[1].iov_len = map->len - sizeof(hdr);
	memcpy(&hdr, map->data, sizeof(hdr));
	if (req->gen1) {
		if (map->len > req->capacity) {
			fmap_reply_err(req, EFBIG);
			return -EFBIG;
		}
		return finish(req, 0, iov, 2);
	}
	hdr.reserved0 = (uint32_t)map->len;
	return finish(req, 0, iov, map->len > req->capacity ? 1 : 2);
}

int fmap_reply_daxdev(struct fmap_req *req, const char *path)
{
	struct fuse_daxdev_out dev = { .index = (uint16_t)req->nodeid };
	struct iovec iov = { .iov_base = &dev, .iov_len = sizeof(dev) };
	size_t len = strlen(path);

	if (req->nodeid > UINT16_MAX) {
		fmap_reply_err(req, ENODEV);
		return -ENODEV;
	}
	if (len >= sizeof(dev.name)) {
		fmap_reply_err(req, ENAMETOOLONG);
		return -ENAMETOOLONG;
	}
	memcpy(dev.name, path, len + 1);
	return finish(req, 0, &iov, 1);
}
