/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The server of races.c, in a process of its own with two threads, and a third that
 * takes names and attributes back. File number n has the name "aN" or "bN" and can be
 * renamed to the other; unlinked, it is there again as another node with the same map.
 */
#ifndef TESTS_VM_RACES_H
#define TESTS_VM_RACES_H

#include <signal.h>
#include <sys/prctl.h>
#include "miniserv.h"

#define RACES_FILES	256
#define RACES_EXTENTS	160
#define RACES_FIRST	2	/* nodeid of the first file's first node */

/**
 * struct races - shared by all processes
 * @files, @extents, @extent_len: the shape, constant
 * @file: renamed: it is "bN"; gone: it was unlinked; node: how many before it were
 * @asked: requests by opcode
 * @told: names that were taken back
 * @opened, @failed: by the workers
 */
struct races {
	unsigned int files, extents;
	size_t extent_len;
	uint64_t seed;
	struct {
		atomic_uint renamed, gone, node;
	} file[RACES_FILES];
	atomic_uint asked[MINI_OPCODES];
	atomic_uint told, opened, failed;
	atomic_int stop;
};

static struct races *races_shared;	/* in the server's process */

static inline void races_shape(struct races *r, unsigned int files, unsigned int extents, size_t len)
{
	check(files <= RACES_FILES && extents <= RACES_EXTENTS, "shape");
	r->files = files;
	r->extents = extents;
	r->extent_len = len;
}

static inline uint64_t file_size(const struct races *r)
{
	return r->extents * r->extent_len;
}

static inline unsigned int races_number(uint64_t nodeid)
{
	return (nodeid - RACES_FIRST) % RACES_FILES;
}

static inline uint64_t races_node(const struct races *r, unsigned int n)
{
	return RACES_FIRST + n + (uint64_t)r->file[n].node * RACES_FILES;
}

/* The number of the file that has this name now, or -1. */
static inline int races_find(const struct races *r, const char *name)
{
	unsigned long n = strtoul(name + 1, NULL, 10);

	if ((name[0] != 'a' && name[0] != 'b') || n >= r->files)
		return -1;
	if (r->file[n].gone || r->file[n].renamed != (name[0] == 'b'))
		return -1;
	return n;
}

static inline void races_attr(const struct races *r, uint64_t nodeid, struct fuse_attr *attr)
{
	memset(attr, 0, sizeof(*attr));
	attr->ino = nodeid;
	attr->nlink = 1;
	attr->blksize = 4096;
	attr->mode = nodeid == FUSE_ROOT_ID ? S_IFDIR | 0755 : S_IFREG | 0644;
	if (nodeid != FUSE_ROOT_ID)
		attr->size = file_size(r);
}

static inline void races_entry(const struct races *r, unsigned int n, struct fuse_entry_out *out)
{
	memset(out, 0, sizeof(*out));
	out->nodeid = races_node(r, n);
	out->attr_valid = out->entry_valid = 3600;
	races_attr(r, out->nodeid, &out->attr);
}

static inline void races_lookup(const struct races *r, int fd, uint64_t unique, const char *name)
{
	struct fuse_entry_out out;
	int n = races_find(r, name);

	if (n < 0) {
		mini_reply(fd, unique, ENOENT, NULL, 0);
		return;
	}
	races_entry(r, n, &out);
	mini_reply(fd, unique, 0, &out, sizeof(out));
}

static inline void races_list(const struct races *r, int fd, uint64_t unique, const struct fuse_read_in *in)
{
	static _Thread_local char buf[1 << 16];
	size_t len = 0, room = in->size < sizeof(buf) ? in->size : sizeof(buf);
	unsigned int n;

	for (n = in->offset; n < r->files; n++) {
		struct fuse_direntplus *d = (void *)(buf + len);
		char name[16];
		int namelen = snprintf(name, sizeof(name), "%c%u", r->file[n].renamed ? 'b' : 'a', n);
		size_t size = FUSE_DIRENT_ALIGN(FUSE_NAME_OFFSET_DIRENTPLUS + namelen);

		if (len + size > room)
			break;
		if (r->file[n].gone)
			continue;
		memset(d, 0, size);
		races_entry(r, n, &d->entry_out);
		d->dirent = (struct fuse_dirent){
			.ino = d->entry_out.nodeid, .off = n + 1, .namelen = namelen, .type = S_IFREG >> 12,
		};
		memcpy((char *)d + FUSE_NAME_OFFSET_DIRENTPLUS, name, namelen);
		len += size;
	}
	mini_reply(fd, unique, 0, buf, len);
}

static inline void races_map(const struct races *r, int fd, uint64_t unique, unsigned int n)
{
	struct {
		struct fuse_famfs_fmap_header h;
		struct fuse_famfs_simple_ext e[RACES_EXTENTS];
	} out = {
		.h = { .fmap_version = 1, .nextents = r->extents, .file_size = file_size(r) },
	};
	unsigned int i;

	/* One extent's room between any two of them: none can be taken with the next. */
	for (i = 0; i < r->extents; i++) {
		out.e[i].se_offset = SZ_2M + 2ULL * (n * r->extents + i) * r->extent_len;
		out.e[i].se_len = r->extent_len;
	}
	mini_reply(fd, unique, 0, &out, sizeof(out.h) + r->extents * sizeof(out.e[0]));
}

static inline void races_rename(struct races *r, int fd, uint64_t unique, const char *from)
{
	const char *to = from + strlen(from) + 1;
	int n = races_find(r, from);

	if (n >= 0)
		r->file[n].renamed = to[0] == 'b';
	mini_reply(fd, unique, n < 0 ? ENOENT : 0, NULL, 0);
}

static inline void races_unlink(struct races *r, int fd, uint64_t unique, const char *name)
{
	int n = races_find(r, name);

	if (n >= 0) {
		r->file[n].gone = 1;
		r->file[n].node++;
	}
	mini_reply(fd, unique, n < 0 ? ENOENT : 0, NULL, 0);
}

static inline bool races_answer(struct mini *m, int fd, const struct fuse_in_header *in, const void *arg)
{
	struct fuse_attr_out attr = { .attr_valid = 3600 };
	struct fuse_open_out opened = { 0 };
	struct races *r = races_shared;

	(void)m;
	r->asked[in->opcode % MINI_OPCODES]++;
	switch (in->opcode) {
	case FUSE_LOOKUP:
		races_lookup(r, fd, in->unique, arg);
		return true;
	case FUSE_GETATTR:
	case FUSE_SETATTR:
		races_attr(r, in->nodeid, &attr.attr);
		mini_reply(fd, in->unique, 0, &attr, sizeof(attr));
		return true;
	case FUSE_OPEN:
		mini_reply(fd, in->unique, 0, &opened, sizeof(opened));
		return true;
	case FUSE_GET_FMAP:
		races_map(r, fd, in->unique, races_number(in->nodeid));
		return true;
	case FUSE_READDIRPLUS:
		races_list(r, fd, in->unique, arg);
		return true;
	case FUSE_RENAME:
		races_rename(r, fd, in->unique, (const char *)arg + sizeof(struct fuse_rename_in));
		return true;
	case FUSE_UNLINK:
		races_unlink(r, fd, in->unique, arg);
		return true;
	default:
		return false;
	}
}

static inline void races_notify(int fd, int code, const void *body, size_t len)
{
	struct {
		struct fuse_out_header h;
		char body[64];
	} msg = { .h = { .len = sizeof(msg.h) + len, .error = code } };

	memcpy(msg.body, body, len);
	/* ENOENT: not known to the kernel at this moment. */
	check(write(fd, &msg, msg.h.len) == (ssize_t)msg.h.len || errno == ENOENT, "notification");
}

/*
 * Not in a thread that answers: the kernel takes the directory's lock, which whoever
 * waits for an answer may have.
 */
static inline void races_take_back(struct races *r, int fd, unsigned int n)
{
	struct {
		struct fuse_notify_inval_entry_out e;
		char name[16];
	} entry = { .e.parent = FUSE_ROOT_ID };
	struct fuse_notify_inval_inode_out inode = { .ino = races_node(r, n) };

	entry.e.namelen = snprintf(entry.name, sizeof(entry.name), "%c%u", r->file[n].renamed ? 'b' : 'a', n);
	races_notify(fd, FUSE_NOTIFY_INVAL_INODE, &inode, sizeof(inode));
	races_notify(fd, FUSE_NOTIFY_INVAL_ENTRY, &entry, sizeof(entry.e) + entry.e.namelen + 1);
	r->told++;
}

/**
 * races_serve() - mount, and serve in another process until unmounted
 * @r: shared, with its shape
 * @mnt: mount point
 * @dev: the dax device
 *
 * Return: the process.
 */
static inline pid_t races_serve(struct races *r, const char *mnt, const char *dev)
{
	static struct mini m;
	unsigned int n;
	int ready[2];
	char c;
	pid_t pid;

	check(!pipe(ready), "pipe");
	pid = fork();
	check(pid >= 0, "fork");
	if (pid) {
		close(ready[1]);
		check(read(ready[0], &c, 1) == 1, "no server");
		close(ready[0]);
		return pid;
	}
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	races_shared = r;
	m = famfs_at(mnt);
	m.agree |= FUSE_DO_READDIRPLUS;
	m.daxdev[0] = dev;
	m.hook = races_answer;
	start_famfs(&m);
	mini_serve(&m, m.fd);
	check(write(ready[1], "r", 1) == 1, "ready");
	for (n = 0; !r->stop; n = (n + 7) % r->files) {
		races_take_back(r, m.fd, n);
		usleep(3000);
	}
	while (m.nthreads)
		pthread_join(m.thread[--m.nthreads].id, NULL);
	_exit(0);
}

#endif
