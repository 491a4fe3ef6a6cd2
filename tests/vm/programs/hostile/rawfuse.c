// SPDX-License-Identifier: GPL-2.0-only
/* See rawfuse.h. */
#include <sys/mount.h>
#include <sys/uio.h>
#include "../check.h"
#include "rawfuse.h"

#define FLAGS2_FMAP	((uint32_t)(FUSE_DAX_FMAP >> 32))
#define REQUEST_ROOM	(1U << 18)

int rawfuse_reply_raw(int fd, struct fuse_out_header out, const void *data, size_t len)
{
	struct iovec iov[2] = { { &out, sizeof(out) }, { (void *)data, len } };

	return writev(fd, iov, len ? 2 : 1) < 0 ? errno : 0;
}

int rawfuse_reply(int fd, uint64_t unique, int err, const void *data, size_t len)
{
	struct fuse_out_header out = {
		.len = (uint32_t)(sizeof(out) + len),
		.error = -err,
		.unique = unique,
	};

	return rawfuse_reply_raw(fd, out, data, len);
}

int rawfuse_notify(int fd, int code, const void *data, size_t len, const void *more, size_t more_len)
{
	struct fuse_out_header out = {
		.len = (uint32_t)(sizeof(out) + len + more_len),
		.error = code,
	};
	struct iovec iov[3] = { { &out, sizeof(out) }, { (void *)data, len }, { (void *)more, more_len } };

	return writev(fd, iov, 3) < 0 ? errno : 0;
}

static void answer_init(int fd, const char *buf, ssize_t got)
{
	struct fuse_in_header in;
	struct fuse_init_in arg = { 0 };
	struct fuse_init_out out = {
		.major = FUSE_KERNEL_VERSION,
		.minor = 38,
		.max_readahead = 1 << 17,
		.flags = FUSE_INIT_EXT,
		.flags2 = FLAGS2_FMAP,
		.max_background = 64,
		.congestion_threshold = 48,
		.max_write = 1 << 17,
		.time_gran = 1,
	};

	memcpy(&in, buf, sizeof(in));
	check(in.opcode == FUSE_INIT, "the first request is %u", in.opcode);
	memcpy(&arg, buf + sizeof(in), (size_t)got - sizeof(in) < sizeof(arg) ? (size_t)got - sizeof(in) : sizeof(arg));
	check((arg.flags & FUSE_INIT_EXT) && (arg.flags2 & FLAGS2_FMAP), "the protocol is not offered");
	check(!rawfuse_reply(fd, in.unique, 0, &out, sizeof(out)), "reply to INIT");
}

int rawfuse_mount(const char *mountpoint, const char *source)
{
	static char buf[REQUEST_ROOM];
	char options[128];
	ssize_t got;
	int fd;

	fd = open_or_die("/dev/fuse", O_RDWR | O_CLOEXEC);
	snprintf(options, sizeof(options), "fd=%d,rootmode=40000,user_id=0,group_id=0,default_permissions,allow_other",
		 fd);
	check(!mount(source, mountpoint, "fuse.fmapraw", MS_NOSUID | MS_NODEV, options), "mount");
	got = read(fd, buf, sizeof(buf));
	check(got > (ssize_t)sizeof(struct fuse_in_header), "read INIT");
	answer_init(fd, buf, got);
	return fd;
}

static void fill_attr(uint64_t nodeid, struct fuse_attr *attr)
{
	memset(attr, 0, sizeof(*attr));
	attr->ino = nodeid;
	attr->blksize = 4096;
	attr->nlink = 1;
	if (nodeid == FUSE_ROOT_ID) {
		attr->mode = S_IFDIR | 0755;
		attr->nlink = 2;
	}
}

static void answer_lookup(int fd, const struct fuse_in_header *in, const char *name, const struct rawfuse_ops *ops)
{
	struct fuse_entry_out out = { 0 };
	int err = 0;

	out.nodeid = ops->lookup(name);
	if (!out.nodeid)
		err = ENOENT;
	fill_attr(out.nodeid, &out.attr);
	if (!err)
		err = ops->attr(out.nodeid, &out.attr);
	rawfuse_reply(fd, in->unique, err, &out, err ? 0 : sizeof(out));
}

static void answer_getattr(int fd, const struct fuse_in_header *in, const struct rawfuse_ops *ops)
{
	struct fuse_attr_out out = { 0 };
	int err = 0;

	fill_attr(in->nodeid, &out.attr);
	if (in->nodeid != FUSE_ROOT_ID)
		err = ops->attr(in->nodeid, &out.attr);
	rawfuse_reply(fd, in->unique, err, &out, err ? 0 : sizeof(out));
}

static void answer(int fd, const struct fuse_in_header *in, const void *arg, const struct rawfuse_ops *ops,
		   struct rawfuse_counts *counts)
{
	struct fuse_open_out opened = { .fh = 7 };
	struct fuse_statfs_out statfs = { .st.bsize = 4096, .st.namelen = 255, .st.frsize = 4096 };
	struct fuse_getxattr_in room;

	switch (in->opcode) {
	case FUSE_LOOKUP:
		answer_lookup(fd, in, arg, ops);
		break;
	case FUSE_GETATTR:
		answer_getattr(fd, in, ops);
		break;
	case FUSE_OPEN:
		__atomic_add_fetch(&counts->opens, 1, __ATOMIC_RELAXED);
		rawfuse_reply(fd, in->unique, 0, &opened, sizeof(opened));
		break;
	case FUSE_RELEASE:
		rawfuse_reply(fd, in->unique, 0, NULL, 0);
		/* Only now has the kernel let go of the inode. */
		if (ops->released)
			ops->released(in->nodeid);
		__atomic_add_fetch(&counts->releases, 1, __ATOMIC_RELAXED);
		break;
	case FUSE_GET_FMAP:
		memcpy(&room, arg, sizeof(room));
		ops->get_fmap(fd, in, room.size);
		break;
	case FUSE_GET_DAXDEV:
		ops->get_daxdev(fd, in);
		break;
	case FUSE_STATFS:
		rawfuse_reply(fd, in->unique, 0, &statfs, sizeof(statfs));
		break;
	case FUSE_FORGET:
	case FUSE_BATCH_FORGET:
	case FUSE_INTERRUPT:
		break;
	case FUSE_DESTROY:
		rawfuse_reply(fd, in->unique, 0, NULL, 0);
		break;
	case FUSE_READ:
	case FUSE_WRITE:
		__atomic_add_fetch(&counts->reads, 1, __ATOMIC_RELAXED);
		rawfuse_reply(fd, in->unique, EIO, NULL, 0);
		break;
	default:
		if (!ops->other || !ops->other(fd, in, arg))
			rawfuse_reply(fd, in->unique, ENOSYS, NULL, 0);
	}
}

void rawfuse_serve(int fd, const struct rawfuse_ops *ops, struct rawfuse_counts *counts)
{
	static char buf[REQUEST_ROOM];
	struct fuse_in_header in;
	ssize_t got;

	for (;;) {
		got = read(fd, buf, sizeof(buf) - 1);
		if (got < 0 && (errno == EINTR || errno == ENOENT || errno == EAGAIN))
			continue;
		if (got < 0 && errno == ENODEV)
			return;
		check(got >= (ssize_t)sizeof(in), "read a request");
		buf[got] = 0;
		memcpy(&in, buf, sizeof(in));
		answer(fd, &in, buf + sizeof(in), ops, counts);
	}
}
