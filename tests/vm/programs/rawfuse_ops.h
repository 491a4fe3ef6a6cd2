/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the server of rawfuse.c answers to everything but INIT: a root directory
 * with one file, "f". Asked for its map it names a range of a dax device; asked
 * for its bytes it has bytes of its own, each an 'S' at first.
 */
#ifndef TESTS_VM_RAWFUSE_OPS_H
#define TESTS_VM_RAWFUSE_OPS_H

#include <limits.h>
#include <sys/stat.h>
#include <linux/famfs_fuse.h>
#include "check.h"

#define OPS		64
#define FILE_NODE	2
#define MAX_WRITE	65536
#define NO_ANSWER	INT_MIN

/* What the server is like. */
struct server {
	const char *dev;	/* the dax device */
	uint64_t offset;	/* of the file in it */
	uint64_t size;		/* of the file */
	int map_error;		/* the answer to GET_FMAP, if not 0 */
	uint32_t minor;		/* of the protocol, as agreed */
	char *bytes;		/* of the file, when they are asked for */
	unsigned int asked[OPS];	/* on the session's file */
	unsigned int asked_ring[OPS];	/* over io_uring */
};

/* A request, wherever it came from. */
struct question {
	uint32_t opcode;
	uint64_t nodeid;
	const void *op;		/* the fixed argument, where the operation has one */
	const char *data;	/* what follows it */
	size_t len;		/* of data */
};

static const char *const op_names[OPS] = {
	[FUSE_LOOKUP] = "LOOKUP", [FUSE_GETATTR] = "GETATTR", [FUSE_OPEN] = "OPEN",
	[FUSE_READ] = "READ", [FUSE_WRITE] = "WRITE", [FUSE_RELEASE] = "RELEASE",
	[FUSE_INIT] = "INIT", [FUSE_GET_FMAP] = "GET_FMAP", [FUSE_GET_DAXDEV] = "GET_DAXDEV",
};

/* Bytes of the fixed argument. */
static inline size_t op_size(uint32_t opcode)
{
	switch (opcode) {
	case FUSE_READ:
		return sizeof(struct fuse_read_in);
	case FUSE_WRITE:
		return sizeof(struct fuse_write_in);
	case FUSE_GET_FMAP:
		return sizeof(struct fuse_getxattr_in);
	default:
		/* A name, or something that is not looked at. */
		return 0;
	}
}

static inline void fill_attr(const struct server *sv, uint64_t node, struct fuse_attr *attr)
{
	attr->ino = node;
	attr->nlink = 1;
	attr->blksize = 4096;
	if (node == FILE_NODE) {
		attr->mode = S_IFREG | 0644;
		attr->size = sv->size;
		attr->blocks = sv->size / 512;
	} else {
		attr->mode = S_IFDIR | 0755;
	}
}

static inline int answer_lookup(const struct server *sv, const struct question *q, void *out)
{
	struct fuse_entry_out *entry = out;

	if (q->nodeid != FUSE_ROOT_ID || !q->len || strcmp(q->data, "f"))
		return -ENOENT;
	memset(entry, 0, sizeof(*entry));
	entry->nodeid = FILE_NODE;
	entry->entry_valid = 3600;
	entry->attr_valid = 3600;
	fill_attr(sv, FILE_NODE, &entry->attr);
	return sv->minor < 9 ? FUSE_COMPAT_ENTRY_OUT_SIZE : (int)sizeof(*entry);
}

static inline int answer_attr(const struct server *sv, const struct question *q, void *out)
{
	struct fuse_attr_out *attr = out;

	memset(attr, 0, sizeof(*attr));
	attr->attr_valid = 3600;
	fill_attr(sv, q->nodeid, &attr->attr);
	return sv->minor < 9 ? FUSE_COMPAT_ATTR_OUT_SIZE : (int)sizeof(*attr);
}

static inline int answer_read(const struct server *sv, const struct question *q, void *out)
{
	const struct fuse_read_in *in = q->op;
	uint64_t n = in->size;

	if (in->offset >= sv->size)
		return 0;
	if (n > sv->size - in->offset)
		n = sv->size - in->offset;
	memcpy(out, sv->bytes + in->offset, n);
	return n;
}

static inline int answer_write(const struct server *sv, const struct question *q, void *out)
{
	const struct fuse_write_in *in = q->op;
	struct fuse_write_out *done = out;

	if (in->size > q->len)
		return -EIO;
	if (in->offset > sv->size || in->size > sv->size - in->offset)
		return -EFBIG;
	memcpy(sv->bytes + in->offset, q->data, in->size);
	memset(done, 0, sizeof(*done));
	done->size = in->size;
	return sizeof(*done);
}

static inline int answer_map(const struct server *sv, void *out)
{
	struct fuse_famfs_fmap_header *map = out;
	struct fuse_famfs_simple_ext *ext = (void *)(map + 1);

	if (sv->map_error)
		return -sv->map_error;
	memset(out, 0, sizeof(*map) + sizeof(*ext));
	map->fmap_version = FUSE_FAMFS_FMAP_VERSION;
	map->ext_type = FUSE_FAMFS_EXT_SIMPLE;
	map->nextents = 1;
	map->file_size = sv->size;
	ext->se_offset = sv->offset;
	ext->se_len = sv->size;
	return sizeof(*map) + sizeof(*ext);
}

static inline int answer_device(const struct server *sv, const struct question *q, void *out)
{
	struct fuse_daxdev_out *dev = out;

	if (q->nodeid)
		return -ENODEV;
	memset(dev, 0, sizeof(*dev));
	snprintf(dev->name, sizeof(dev->name), "%s", sv->dev);
	return sizeof(*dev);
}

/* The answer's length in out, a negative errno, or NO_ANSWER where none is due. */
static inline int answer(const struct server *sv, const struct question *q, void *out)
{
	switch (q->opcode) {
	case FUSE_LOOKUP:
		return answer_lookup(sv, q, out);
	case FUSE_GETATTR:
	case FUSE_SETATTR:
		return answer_attr(sv, q, out);
	case FUSE_OPEN:
	case FUSE_OPENDIR:
		memset(out, 0, sizeof(struct fuse_open_out));
		return sizeof(struct fuse_open_out);
	case FUSE_READ:
		return answer_read(sv, q, out);
	case FUSE_WRITE:
		return answer_write(sv, q, out);
	case FUSE_RELEASE:
	case FUSE_RELEASEDIR:
	case FUSE_FSYNC:
	case FUSE_READDIR:
		return 0;
	case FUSE_STATFS:
		memset(out, 0, sizeof(struct fuse_statfs_out));
		return sizeof(struct fuse_statfs_out);
	case FUSE_GET_FMAP:
		return answer_map(sv, out);
	case FUSE_GET_DAXDEV:
		return answer_device(sv, q, out);
	case FUSE_FORGET:
	case FUSE_BATCH_FORGET:
	case FUSE_INTERRUPT:
		return NO_ANSWER;
	default:
		return -ENOSYS;
	}
}

/* "ok" or an errno's name. */
static inline const char *errno_name(int error)
{
	const char *name = error ? strerrorname_np(error) : "ok";

	return name ? name : "errno?";
}

#endif
