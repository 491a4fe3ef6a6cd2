// SPDX-License-Identifier: GPL-2.0-only
/* What libfuse asks of a tree that never changes but for its attributes. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/statvfs.h>

#include "flock.h"
#include "fmapd.h"

/* Inode numbers come from clients too (file handles): look before use. */
static bool known(struct fmapd *d, fuse_ino_t ino)
{
	return ino >= FUSE_ROOT_ID && ino - FUSE_ROOT_ID < d->m->nnodes;
}

void node_stat(struct fmapd *d, uint32_t node, struct stat *st)
{
	const struct manifest_node *n = &d->m->nodes[node];

	memset(st, 0, sizeof(*st));
	st->st_ino = node + FUSE_ROOT_ID;
	pthread_mutex_lock(&d->attr_lock);
	st->st_mode = n->mode;
	st->st_uid = n->uid;
	st->st_gid = n->gid;
	st->st_atim = n->atime;
	st->st_mtim = n->mtime;
	st->st_ctim = n->ctime;
	pthread_mutex_unlock(&d->attr_lock);
	st->st_nlink = S_ISDIR(n->mode) ? 2 + n->nentries : 1;
	st->st_size = (off_t)n->size;
	st->st_blocks = (blkcnt_t)(n->size / 512 + !!(n->size % 512));
	st->st_blksize = MANIFEST_ALIGN;
}

void node_entry(struct fmapd *d, uint32_t node, struct fuse_entry_param *e)
{
	memset(e, 0, sizeof(*e));
	e->ino = node + FUSE_ROOT_ID;
	e->generation = 1;
	e->attr_timeout = d->opt->attr_timeout;
	e->entry_timeout = d->opt->entry_timeout;
	node_stat(d, node, &e->attr);
}

static void op_init(void *userdata, struct fuse_conn_info *conn)
{
	struct fmapd *d = userdata;

	faults_init(d->faults);
	conn->want |= conn->capable & FUSE_CAP_EXPORT_SUPPORT;
	/* Writes do not come by here: the kernel has to drop setuid itself. */
	conn->want &= ~(unsigned int)FUSE_CAP_HANDLE_KILLPRIV;
	/* Data changes without our mtime; the kernel must not draw conclusions. */
	if (!d->opt->serve_data)
		conn->want &= ~(unsigned int)FUSE_CAP_AUTO_INVAL_DATA;
}

static void op_lookup(fuse_req_t req, fuse_ino_t parent, const char *name)
{
	struct fmapd *d = fuse_req_userdata(req);
	struct fuse_entry_param e;
	uint32_t node;

	if (!known(d, parent)) {
		fuse_reply_err(req, ESTALE);
		return;
	}
	/* "." and ".." come from file handles, and "." may be a file. */
	if (!strcmp(name, "."))
		node = node_of(parent);
	else if (!strcmp(name, ".."))
		node = d->m->nodes[node_of(parent)].parent;
	else
		node = manifest_find(d->m, node_of(parent), name);
	if (node == MANIFEST_NONE) {
		fuse_reply_err(req, ENOENT);
		return;
	}
	node_entry(d, node, &e);
	fuse_reply_entry(req, &e);
}

/* Nodes live as long as the manifest: nothing is counted. */
static void op_forget(fuse_req_t req, fuse_ino_t ino, uint64_t nlookup)
{
	(void)ino;
	(void)nlookup;
	fuse_reply_none(req);
}

static void op_forget_multi(fuse_req_t req, size_t count,
			    struct fuse_forget_data *forgets)
{
	(void)count;
	(void)forgets;
	fuse_reply_none(req);
}

static void op_getattr(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
	struct fmapd *d = fuse_req_userdata(req);
	struct stat st;

	(void)fi;
	if (!known(d, ino)) {
		fuse_reply_err(req, ESTALE);
		return;
	}
	node_stat(d, node_of(ino), &st);
	fuse_reply_attr(req, &st, d->opt->attr_timeout);
}

static void op_setattr(fuse_req_t req, fuse_ino_t ino, struct stat *attr,
		       int to_set, struct fuse_file_info *fi)
{
	struct fmapd *d = fuse_req_userdata(req);
	struct manifest_node *n;
	struct timespec now;

	if (!known(d, ino)) {
		fuse_reply_err(req, ESTALE);
		return;
	}
	/* A file is where its map says, and as long. */
	if (to_set & FUSE_SET_ATTR_SIZE) {
		fuse_reply_err(req, EINVAL);
		return;
	}
	n = &d->m->nodes[node_of(ino)];
	clock_gettime(CLOCK_REALTIME, &now);
	pthread_mutex_lock(&d->attr_lock);
	if (to_set & FUSE_SET_ATTR_MODE)
		n->mode = (n->mode & S_IFMT) | (attr->st_mode & 07777);
	if (to_set & FUSE_SET_ATTR_UID)
		n->uid = attr->st_uid;
	if (to_set & FUSE_SET_ATTR_GID)
		n->gid = attr->st_gid;
	if (to_set & FUSE_SET_ATTR_ATIME)
		n->atime = to_set & FUSE_SET_ATTR_ATIME_NOW ? now : attr->st_atim;
	if (to_set & FUSE_SET_ATTR_MTIME)
		n->mtime = to_set & FUSE_SET_ATTR_MTIME_NOW ? now : attr->st_mtim;
	n->ctime = to_set & FUSE_SET_ATTR_CTIME ? attr->st_ctim : now;
	pthread_mutex_unlock(&d->attr_lock);
	op_getattr(req, ino, fi);
}

static void op_open(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
	struct fmapd *d = fuse_req_userdata(req);
	const struct manifest_node *n;

	if (!known(d, ino)) {
		fuse_reply_err(req, ESTALE);
		return;
	}
	n = &d->m->nodes[node_of(ino)];
	if (!d->opt->open)
		fuse_reply_err(req, ENOSYS);
	else if (n->ro && (fi->flags & O_ACCMODE) != O_RDONLY)
		fuse_reply_err(req, EACCES);
	else if ((fi->flags & O_TRUNC) && n->size)
		fuse_reply_err(req, EINVAL);
	else {
		/* Nobody changes data behind the kernel's back. */
		fi->keep_cache = fmap_session_state(d->fs) == FMAP_AGREED;
		/* Nothing is left to do at a close(2); or the answer is to be ENOSYS. */
		fi->noflush = d->opt->flush;
		fuse_reply_open(req, fi);
	}
}

static void op_release(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
	struct fmapd *d = fuse_req_userdata(req);

	if (fi->flock_release)
		flock_release(d->flocks, ino, fi->lock_owner);
	fuse_reply_err(req, 0);
}

static void op_flush(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
	(void)ino;
	(void)fi;
	fuse_reply_err(req, 0);
}

static void op_flock(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi,
		     int op)
{
	struct fmapd *d = fuse_req_userdata(req);

	flock_op(d->flocks, req, ino, fi->lock_owner, op);
}

static void op_opendir(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
	struct fmapd *d = fuse_req_userdata(req);

	(void)ino;
	if (d->opt->opendir)
		fuse_reply_open(req, fi);
	else
		fuse_reply_err(req, ENOSYS);
}

static void op_statfs(fuse_req_t req, fuse_ino_t ino)
{
	struct fmapd *d = fuse_req_userdata(req);
	uint64_t total = device_bytes(d->m);
	struct statvfs st = {
		.f_bsize = MANIFEST_ALIGN,
		.f_frsize = MANIFEST_ALIGN,
		.f_blocks = total / MANIFEST_ALIGN,
		.f_files = d->m->nnodes,
		.f_namemax = 255,
	};

	(void)ino;
	if (total > d->m->used)
		st.f_bfree = (total - d->m->used) / MANIFEST_ALIGN;
	st.f_bavail = st.f_bfree;
	fuse_reply_statfs(req, &st);
}

static void op_getxattr(fuse_req_t req, fuse_ino_t ino, const char *name,
			size_t size)
{
	(void)ino;
	(void)name;
	(void)size;
	fuse_reply_err(req, ENODATA);
}

static void op_listxattr(fuse_req_t req, fuse_ino_t ino, size_t size)
{
	(void)ino;
	if (size)
		fuse_reply_buf(req, NULL, 0);
	else
		fuse_reply_xattr(req, 0);
}

/* The tree is what the manifest says: refusals. */
static void op_create(fuse_req_t req, fuse_ino_t parent, const char *name,
		      mode_t mode, struct fuse_file_info *fi)
{
	(void)parent;
	(void)name;
	(void)mode;
	(void)fi;
	fuse_reply_err(req, ENOTSUP);
}

static void op_mknod(fuse_req_t req, fuse_ino_t parent, const char *name,
		     mode_t mode, dev_t rdev)
{
	(void)parent;
	(void)name;
	(void)mode;
	(void)rdev;
	fuse_reply_err(req, ENOTSUP);
}

static void op_mkdir(fuse_req_t req, fuse_ino_t parent, const char *name,
		     mode_t mode)
{
	(void)parent;
	(void)name;
	(void)mode;
	fuse_reply_err(req, EPERM);
}

static void op_unlink(fuse_req_t req, fuse_ino_t parent, const char *name)
{
	(void)parent;
	(void)name;
	fuse_reply_err(req, EPERM);
}

static void op_symlink(fuse_req_t req, const char *link, fuse_ino_t parent,
		       const char *name)
{
	(void)link;
	(void)parent;
	(void)name;
	fuse_reply_err(req, EPERM);
}

static void op_rename(fuse_req_t req, fuse_ino_t parent, const char *name,
		      fuse_ino_t newparent, const char *newname,
		      unsigned int flags)
{
	(void)parent;
	(void)name;
	(void)newparent;
	(void)newname;
	(void)flags;
	fuse_reply_err(req, EPERM);
}

static void op_link(fuse_req_t req, fuse_ino_t ino, fuse_ino_t newparent,
		    const char *newname)
{
	(void)ino;
	(void)newparent;
	(void)newname;
	fuse_reply_err(req, EPERM);
}

void ops_fill(struct fuse_lowlevel_ops *ops, const struct options *o)
{
	/* What is not here, read and write above all, libfuse answers ENOSYS. */
	*ops = (struct fuse_lowlevel_ops) {
		.init = op_init,
		.lookup = op_lookup,
		.forget = op_forget,
		.forget_multi = op_forget_multi,
		.getattr = op_getattr,
		.setattr = op_setattr,
		.open = op_open,
		.release = op_release,
		.flush = o->flush ? op_flush : NULL,
		.flock = op_flock,
		.opendir = op_opendir,
		.readdir = op_readdir,
		.readdirplus = o->readdirplus ? op_readdirplus : NULL,
		.statfs = op_statfs,
		.getxattr = op_getxattr,
		.listxattr = op_listxattr,
		.create = op_create,
		.mknod = op_mknod,
		.mkdir = op_mkdir,
		.unlink = op_unlink,
		.rmdir = op_unlink,
		.symlink = op_symlink,
		.rename = op_rename,
		.link = op_link,
		.read = o->serve_data ? op_read : NULL,
		.write = o->serve_data ? op_write : NULL,
	};
}
