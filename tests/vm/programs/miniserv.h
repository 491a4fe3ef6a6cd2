/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A FUSE server by hand: no library between the test and the session, and each
 * step from mounting to serving a call of its own.
 *
 *	struct mini m = { .mnt = "/mnt/x", .source = "x", .subtype = "fmapx",
 *			  .agree = FUSE_DAX_FMAP };
 *	m.file[0] = (struct mini_file){ .size = SZ_2M, .dev = 5 };
 *	mini_mount(&m);			m.fd is the session
 *	mini_read_init(&m, m.fd);	m.offered is what the kernel offers
 *	mini_answer_init(&m, m.fd);
 *	mini_serve(&m, m.fd);		in a thread
 *	... open "/mnt/x/0" ...
 *	mini_umount(&m);
 *
 * File number n is named so, and has one extent. READ gives bytes 'S'.
 */
#ifndef TESTS_VM_MINISERV_H
#define TESTS_VM_MINISERV_H

#include <linux/famfs_fuse.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include "check.h"

/* Newer than some headers. */
#define MINI_PASSTHROUGH	(1ULL << 37)
#define MINI_FOPEN_PASSTHROUGH	(1U << 7)

#ifndef MINI_FILES
#define MINI_FILES	16
#endif
#define MINI_OPCODES	64

/**
 * struct mini_file - what the server says of a file
 * @size: bytes; 0: there is no such file
 * @dev: device of the extent
 * @offset: and where on it
 * @open_flags: of the answer to OPEN
 * @backing_id: likewise
 */
struct mini_file {
	uint64_t size;
	uint32_t dev;
	uint64_t offset;
	uint32_t open_flags;
	int32_t backing_id;
};

/**
 * struct mini - a mount and its server
 * @mnt, @source, @subtype: as mounted; the directory is made
 * @agree: flags for the reply to INIT, as far as they are offered
 * @offered: flags of INIT
 * @file: may be changed while they are not open
 * @daxdev: what GET_DAXDEV is answered with, or NULL: ENODEV
 * @hook: if not NULL, sees each request first, in the thread that read it; true: it has
 *	answered
 * @count: requests by opcode
 * @init_unique: of INIT
 */
struct mini {
	const char *mnt, *source, *subtype;
	uint64_t agree, offered;
	struct mini_file file[MINI_FILES];
	const char *daxdev[MINI_FILES];
	atomic_uint count[MINI_OPCODES];
	bool (*hook)(struct mini *m, int fd, const struct fuse_in_header *in, const void *arg);
	uint64_t init_unique;
	int fd;
	int nthreads;
	struct mini_thread {
		struct mini *m;
		int fd;
		pthread_t id;
	} thread[4];
};

static inline void mini_reply(int fd, uint64_t unique, int err, const void *body, size_t len)
{
	static _Thread_local unsigned char buf[1 << 17];
	struct fuse_out_header out = {
		.len = sizeof(out) + len, .error = -err, .unique = unique,
	};
	ssize_t n;

	memcpy(buf, &out, sizeof(out));
	if (len)
		memcpy(buf + sizeof(out), body, len);
	n = write(fd, buf, out.len);
	/* ENOENT: whoever asked has been killed. ENODEV: the mount has gone. */
	check(n == (ssize_t)out.len || errno == ENOENT || errno == ENODEV, "reply to %lu", (long)unique);
}

static inline void mini_attr(struct mini *m, uint64_t nodeid, struct fuse_attr *attr)
{
	memset(attr, 0, sizeof(*attr));
	attr->ino = nodeid;
	attr->nlink = 1;
	attr->blksize = 4096;
	attr->mode = S_IFDIR | 0755;
	if (nodeid == FUSE_ROOT_ID)
		return;
	attr->mode = S_IFREG | 0644;
	attr->size = m->file[nodeid - 2].size;
}

static inline void mini_lookup(struct mini *m, int fd, uint64_t unique, const char *name)
{
	struct fuse_entry_out out = { 0 };
	unsigned long n = strtoul(name, NULL, 10);

	if (n >= MINI_FILES || !m->file[n].size) {
		mini_reply(fd, unique, ENOENT, NULL, 0);
		return;
	}
	out.nodeid = n + 2;
	out.attr_valid = out.entry_valid = 3600;
	mini_attr(m, out.nodeid, &out.attr);
	mini_reply(fd, unique, 0, &out, sizeof(out));
}

static inline void mini_open(struct mini *m, int fd, uint64_t unique, uint64_t nodeid)
{
	struct fuse_open_out out = { .open_flags = m->file[nodeid - 2].open_flags };

	/* The last member, which older headers call padding. */
	memcpy((char *)&out + 12, &m->file[nodeid - 2].backing_id, 4);
	mini_reply(fd, unique, 0, &out, sizeof(out));
}

static inline void mini_fmap(struct mini *m, int fd, uint64_t unique, uint64_t nodeid)
{
	const struct mini_file *f = &m->file[nodeid - 2];
	struct {
		struct fuse_famfs_fmap_header h;
		struct fuse_famfs_simple_ext e;
	} out = {
		.h = { .fmap_version = 1, .nextents = 1, .file_size = f->size },
		.e = { .se_devindex = f->dev, .se_offset = f->offset, .se_len = f->size },
	};

	mini_reply(fd, unique, 0, &out, sizeof(out));
}

static inline void mini_daxdev(struct mini *m, int fd, uint64_t unique, uint64_t index)
{
	struct fuse_daxdev_out out = { .index = (uint16_t)index };

	if (index >= MINI_FILES || !m->daxdev[index]) {
		mini_reply(fd, unique, ENODEV, NULL, 0);
		return;
	}
	snprintf(out.name, sizeof(out.name), "%s", m->daxdev[index]);
	mini_reply(fd, unique, 0, &out, sizeof(out));
}

static inline void mini_read(int fd, uint64_t unique, const void *arg)
{
	static _Thread_local unsigned char buf[1 << 16];
	const struct fuse_read_in *in = arg;

	memset(buf, 'S', sizeof(buf));
	mini_reply(fd, unique, 0, buf, in->size < sizeof(buf) ? in->size : sizeof(buf));
}

static inline void mini_handle(struct mini *m, int fd, const struct fuse_in_header *in,
			       const void *arg)
{
	struct fuse_attr_out attr = { .attr_valid = 3600 };

	atomic_fetch_add(&m->count[in->opcode % MINI_OPCODES], 1);
	if (m->hook && m->hook(m, fd, in, arg))
		return;
	switch (in->opcode) {
	case FUSE_LOOKUP:
		mini_lookup(m, fd, in->unique, arg);
		break;
	case FUSE_GETATTR:
	case FUSE_SETATTR:
		mini_attr(m, in->nodeid, &attr.attr);
		mini_reply(fd, in->unique, 0, &attr, sizeof(attr));
		break;
	case FUSE_OPEN:
		mini_open(m, fd, in->unique, in->nodeid);
		break;
	case FUSE_GET_FMAP:
		mini_fmap(m, fd, in->unique, in->nodeid);
		break;
	case FUSE_GET_DAXDEV:
		mini_daxdev(m, fd, in->unique, in->nodeid);
		break;
	case FUSE_READ:
		mini_read(fd, in->unique, arg);
		break;
	case FUSE_RELEASE:
		mini_reply(fd, in->unique, 0, NULL, 0);
		break;
	case FUSE_FORGET:
	case FUSE_BATCH_FORGET:
		break;
	default:
		mini_reply(fd, in->unique, ENOSYS, NULL, 0);
	}
}

static inline void *mini_thread(void *arg)
{
	struct mini_thread *t = arg;
	unsigned char *buf = malloc(1 << 18);
	ssize_t n;

	check(buf, "memory");
	for (;;) {
		n = read(t->fd, buf, 1 << 18);
		if (n < 0 && (errno == EINTR || errno == EAGAIN || errno == ENOENT))
			continue;
		/* The mount has gone, or the connection was aborted. */
		if (n < 0 && (errno == ENODEV || errno == ECONNABORTED))
			break;
		check(n >= (ssize_t)sizeof(struct fuse_in_header), "request");
		mini_handle(t->m, t->fd, (void *)buf, buf + sizeof(struct fuse_in_header));
	}
	free(buf);
	return NULL;
}

static inline void mini_mount(struct mini *m)
{
	char data[128], type[64];

	mkdir(m->mnt, 0755);
	m->fd = open_or_die("/dev/fuse", O_RDWR | O_CLOEXEC);
	snprintf(type, sizeof(type), "fuse.%s", m->subtype);
	snprintf(data, sizeof(data), "fd=%d,rootmode=40000,user_id=0,group_id=0,allow_other", m->fd);
	check(!mount(m->source, m->mnt, type, 0, data), "mount %s", m->mnt);
}

static inline void mini_read_init(struct mini *m, int fd)
{
	struct {
		struct fuse_in_header h;
		struct fuse_init_in in;
		char more[1 << 17];
	} *msg = calloc(1, sizeof(*msg));

	check(msg && read(fd, msg, sizeof(*msg)) >= (ssize_t)sizeof(msg->h), "INIT");
	check(msg->h.opcode == FUSE_INIT, "opcode %u", msg->h.opcode);
	m->init_unique = msg->h.unique;
	m->offered = msg->in.flags;
	if (msg->in.flags & FUSE_INIT_EXT)
		m->offered |= (uint64_t)msg->in.flags2 << 32;
	free(msg);
}

/* By the session's file that INIT was read from. */
static inline void mini_answer_init(struct mini *m, int fd)
{
	uint64_t flags = m->agree & m->offered;
	struct fuse_init_out out = {
		.major = 7, .minor = 40, .max_readahead = 1 << 17,
		.max_background = 12, .congestion_threshold = 10,
		.max_write = 1 << 16, .time_gran = 1,
		.flags = (uint32_t)flags | (flags >> 32 ? FUSE_INIT_EXT : 0),
		.flags2 = (uint32_t)(flags >> 32),
	};
	uint32_t depth = 1;

	/* max_stack_depth, which older headers do not name. */
	memcpy((char *)&out + 36, &depth, sizeof(depth));
	mini_reply(fd, m->init_unique, 0, &out, sizeof(out));
}

static inline void mini_serve(struct mini *m, int fd)
{
	struct mini_thread *t = &m->thread[m->nthreads++];

	t->m = m;
	t->fd = fd;
	check(!pthread_create(&t->id, NULL, mini_thread, t), "thread");
}

/*
 * The same in a process of its own, which ends with this one: a test that fails in the
 * middle of something must not wait for an answer that only it could give. @m is in memory
 * that both share.
 */
static inline pid_t mini_serve_apart(struct mini *m)
{
	pid_t pid = fork();

	check(pid >= 0, "fork");
	if (pid)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	mini_serve(m, m->fd);
	pthread_join(m->thread[0].id, NULL);
	_exit(0);
}

/* For mini_serve_apart(). */
static inline struct mini *mini_shared(struct mini init)
{
	struct mini *m = mmap(NULL, sizeof(*m), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	check(m != MAP_FAILED, "memory");
	*m = init;
	return m;
}

/* All of it. */
static inline void mini_start(struct mini *m)
{
	mini_mount(m);
	mini_read_init(m, m->fd);
	mini_answer_init(m, m->fd);
	mini_serve(m, m->fd);
}

/* What io_uring had of a file it gives back a while after its own descriptor is closed. */
static inline void mini_leave(struct mini *m)
{
	int tries = 300, err;

	do {
		err = umount2(m->mnt, 0);
	} while (err && errno == EBUSY && --tries && !usleep(100000));
	check(!err, "umount %s", m->mnt);
}

/* The session stays open: mini_end() ends that as well. */
static inline void mini_umount(struct mini *m)
{
	mini_leave(m);
	while (m->nthreads)
		pthread_join(m->thread[--m->nthreads].id, NULL);
}

static inline void mini_end(struct mini *m)
{
	mini_umount(m);
	close(m->fd);
}

/* The end of one with its server apart. */
static inline void mini_end_apart(struct mini *m, pid_t pid)
{
	int status;

	mini_leave(m);
	close(m->fd);
	check(waitpid(pid, &status, 0) == pid && WIFEXITED(status) && !WEXITSTATUS(status),
	      "the server: %#x", status);
}

/* Opens file number n. */
static inline int mini_file_open(struct mini *m, int n, int flags)
{
	char path[64];

	snprintf(path, sizeof(path), "%s/%d", m->mnt, n);
	return open(path, flags);
}

/* Makes the kernel forget file number n, at once or when it is closed. */
static inline void mini_drop(struct mini *m, int n)
{
	struct {
		struct fuse_out_header h;
		struct fuse_notify_inval_entry_out e;
		char name[8];
	} msg = { .h.error = FUSE_NOTIFY_INVAL_ENTRY, .e.parent = FUSE_ROOT_ID };

	msg.e.namelen = (uint32_t)snprintf(msg.name, sizeof(msg.name), "%d", n);
	msg.h.len = (uint32_t)(sizeof(msg.h) + sizeof(msg.e) + msg.e.namelen + 1);
	check(write(m->fd, &msg, msg.h.len) == msg.h.len || errno == ENOENT, "inval entry");
}

static inline int mini_backing_open(int session, int fd, uint32_t flags, uint64_t id)
{
	struct fuse_famfs_backing_map map = { .fd = fd, .flags = flags, .backing_id = id };

	return ioctl(session, FUSE_DEV_IOC_BACKING_OPEN, &map);
}

static inline int mini_backing_close(int session, uint32_t id)
{
	return ioctl(session, FUSE_DEV_IOC_BACKING_CLOSE, &id);
}

/* ---- what tests of registered devices have in common ---- */

#define IS_DEV	(1U << 0)
#define ID_64	(1U << 30)
#define CHOSEN	(IS_DEV | ID_64)

static inline struct mini famfs_at(const char *mnt)
{
	return (struct mini) {
		.mnt = mnt, .source = "test", .subtype = "fmap-test",
		.agree = FUSE_DAX_FMAP,
	};
}

static inline struct mini plain_at(const char *mnt)
{
	return (struct mini) { .mnt = mnt, .source = "plain", .subtype = "plain" };
}

static inline void start_famfs(struct mini *m)
{
	mini_start(m);
	check(m->offered & FUSE_DAX_FMAP, "not offered");
}

#define PIECE	16384
#define AT	(SZ_2M / 2)

/* A piece of file number n, written by read and write or seen through a mapping. */
static inline void put(struct mini *m, int n, uint64_t seed)
{
	static unsigned char buf[PIECE];
	int fd = mini_file_open(m, n, O_RDWR);

	check(fd >= 0, "open file %d", n);
	pattern_fill(buf, seed, AT, PIECE);
	check(pwrite(fd, buf, PIECE, AT) == PIECE, "write file %d", n);
	close(fd);
}

static inline void look_at(int fd, uint64_t seed)
{
	static unsigned char buf[PIECE];
	unsigned char *p;

	check(pread(fd, buf, PIECE, AT) == PIECE, "read");
	check(pattern_differs(buf, seed, AT, PIECE) < 0, "data, by read");
	p = mmap(NULL, SZ_2M, PROT_READ, MAP_SHARED, fd, 0);
	check(p != MAP_FAILED, "map");
	check(pattern_differs(p + AT, seed, AT, PIECE) < 0, "data, by mapping");
	munmap(p, SZ_2M);
}

static inline void look(struct mini *m, int n, uint64_t seed)
{
	int fd = mini_file_open(m, n, O_RDWR);

	check(fd >= 0, "open file %d", n);
	look_at(fd, seed);
	close(fd);
}

#endif
