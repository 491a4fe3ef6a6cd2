// SPDX-License-Identifier: GPL-2.0-only
/* What libfuse asks of the tree. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/statvfs.h>

#include "flock.h"
#include "fmapd.h"
#include "notify.h"
#include "seam.h"

/* Inode numbers come from clients too (file handles): look before use, with the tree's lock. */
static bool known(struct fmapd *d, fuse_ino_t ino)
{
	return ino >= FUSE_ROOT_ID && ino - FUSE_ROOT_ID < d->m->nnodes;
}

static void lock_tree(struct fmapd *d)
{
	pthread_rwlock_rdlock(&d->tree_lock);
}

static void unlock_tree(struct fmapd *d)
{
	pthread_rwlock_unlock(&d->tree_lock);
}

void node_known(struct fmapd *d, uint32_t node)
{
	d->m->nodes[node].nlookup++;
}

void node_forgotten(struct fmapd *d, uint32_t node, uint64_t times)
{
	struct manifest_node *n;
	bool settle = false;

	lock_tree(d);
	if (node < d->m->nnodes) {
		n = &d->m->nodes[node];
		n->nlookup -= times;
		settle = n->later;
		/* A name was looked up just when the kernel forgot it. */
		if (n->later && n->nlookup && !n->opens)
			notifier_poke(d->notifier);
	}
	unlock_tree(d);
	if (!settle)
		return;
	pthread_rwlock_wrlock(&d->tree_lock);
	manifest_settle(d->m, node);
	pthread_rwlock_unlock(&d->tree_lock);
}

/* Nobody has it open any more: what is to come of it can be, soon. */
static void node_closed(struct fmapd *d, uint32_t node)
{
	struct manifest_node *n;

	lock_tree(d);
	n = &d->m->nodes[node];
	if (!--n->opens && n->later)
		notifier_poke(d->notifier);
	unlock_tree(d);
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
	st->st_nlink = n->gone ? 0 : S_ISDIR(n->mode) ? 2 + n->nentries : 1;
	st->st_size = (off_t)n->size;
	st->st_blocks = (blkcnt_t)(n->size / 512 + !!(n->size % 512));
	st->st_blksize = MANIFEST_ALIGN;
}

void node_entry(struct fmapd *d, uint32_t node, struct fuse_entry_param *e)
{
	memset(e, 0, sizeof(*e));
	e->ino = node + FUSE_ROOT_ID;
	e->generation = d->m->nodes[node].generation;
	e->attr_timeout = d->opt->attr_timeout;
	e->entry_timeout = d->opt->entry_timeout;
	node_stat(d, node, &e->attr);
}

static void op_init(void *userdata, struct fuse_conn_info *conn)
{
	struct fmapd *d = userdata;

	seam_init();
	conn->want |= conn->capable & FUSE_CAP_EXPORT_SUPPORT;
	/* Writes do not come by here: the kernel has to drop setuid itself. */
	conn->want &= ~(unsigned int)FUSE_CAP_HANDLE_KILLPRIV;
	/* Data changes without our mtime; the kernel must not draw conclusions. */
	if (!d->opt->serve_data)
		conn->want &= ~(unsigned int)FUSE_CAP_AUTO_INVAL_DATA;
}

/* Return: the node, MANIFEST_NONE with *@err otherwise. */
static uint32_t find(struct fmapd *d, fuse_ino_t parent, const char *name, int *err)
{
	uint32_t node;

	*err = ESTALE;
	if (!known(d, parent))
		return MANIFEST_NONE;
	node = node_of(parent);
	/* "." and ".." come from file handles, and "." may be a file. */
	if (!strcmp(name, ".") || !strcmp(name, "..")) {
		if (d->m->nodes[node].gone)
			return MANIFEST_NONE;
		return name[1] ? d->m->nodes[node].parent : node;
	}
	*err = ENOENT;
	return manifest_find(d->m, node, name);
}

static void op_lookup(fuse_req_t req, fuse_ino_t parent, const char *name)
{
	struct fmapd *d = fuse_req_userdata(req);
	struct fuse_entry_param e;
	bool told = true;
	uint32_t node;
	int err;

	lock_tree(d);
	node = find(d, parent, name, &err);
	if (node == MANIFEST_NONE) {
		fuse_reply_err(req, err);
	} else {
		node_entry(d, node, &e);
		node_known(d, node);
		told = !fuse_reply_entry(req, &e);
	}
	unlock_tree(d);
	if (!told)
		node_forgotten(d, node, 1);
}

static void op_forget(fuse_req_t req, fuse_ino_t ino, uint64_t nlookup)
{
	node_forgotten(fuse_req_userdata(req), node_of(ino), nlookup);
	fuse_reply_none(req);
}

static void op_forget_multi(fuse_req_t req, size_t count,
			    struct fuse_forget_data *forgets)
{
	size_t i;

	for (i = 0; i < count; i++)
		node_forgotten(fuse_req_userdata(req), node_of(forgets[i].ino),
			       forgets[i].nlookup);
	fuse_reply_none(req);
}

/* Return: 0 or an errno. */
static int stat_of(struct fmapd *d, fuse_ino_t ino, struct stat *st)
{
	if (!known(d, ino))
		return ESTALE;
	node_stat(d, node_of(ino), st);
	return 0;
}

static void op_getattr(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
	struct fmapd *d = fuse_req_userdata(req);
	struct stat st;
	int err;

	(void)fi;
	lock_tree(d);
	err = stat_of(d, ino, &st);
	unlock_tree(d);
	if (err)
		fuse_reply_err(req, err);
	else
		fuse_reply_attr(req, &st, d->opt->attr_timeout);
}

/* Return: 0 or an errno. */
static int set_attr(struct fmapd *d, fuse_ino_t ino, const struct stat *attr, int to_set)
{
	struct manifest_node *n;
	struct timespec now;

	if (!known(d, ino))
		return ESTALE;
	/* A file is where its map says, and as long. */
	if (to_set & FUSE_SET_ATTR_SIZE)
		return EINVAL;
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
	return 0;
}

static void op_setattr(fuse_req_t req, fuse_ino_t ino, struct stat *attr,
		       int to_set, struct fuse_file_info *fi)
{
	struct fmapd *d = fuse_req_userdata(req);
	int err;

	lock_tree(d);
	err = set_attr(d, ino, attr, to_set);
	unlock_tree(d);
	if (err)
		fuse_reply_err(req, err);
	else
		op_getattr(req, ino, fi);
}

/* Return: 0 or an errno. */
static int may_open(struct fmapd *d, fuse_ino_t ino, int flags)
{
	const struct manifest_node *n;

	if (!known(d, ino))
		return ESTALE;
	n = &d->m->nodes[node_of(ino)];
	/* Whoever came by its name looks that up once more; /proc/PID/fd leads to one that is open. */
	if (n->gone && !n->opens)
		return ESTALE;
	if (!d->opt->open)
		return ENOSYS;
	if (n->ro && (flags & O_ACCMODE) != O_RDONLY)
		return EACCES;
	return (flags & O_TRUNC) && n->size ? EINVAL : 0;
}

static void op_open(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
	struct fmapd *d = fuse_req_userdata(req);
	bool told = true;
	int err;

	lock_tree(d);
	err = may_open(d, ino, fi->flags);
	if (err) {
		fuse_reply_err(req, err);
	} else {
		/* Nobody changes data behind the kernel's back. */
		fi->keep_cache = fmap_session_state(d->fs) == FMAP_AGREED;
		/* Nothing is left to do at a close(2); or the answer is to be ENOSYS. */
		fi->noflush = d->opt->flush;
		d->m->nodes[node_of(ino)].opens++;
		told = !fuse_reply_open(req, fi);
	}
	unlock_tree(d);
	if (!told)
		node_closed(d, node_of(ino));
}

static void op_release(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
	struct fmapd *d = fuse_req_userdata(req);

	if (fi->flock_release)
		flock_release(d->flocks, ino, fi->lock_owner);
	node_closed(d, node_of(ino));
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
	struct statvfs st = {
		.f_bsize = MANIFEST_ALIGN,
		.f_frsize = MANIFEST_ALIGN,
		.f_namemax = 255,
	};
	uint64_t total;

	(void)ino;
	lock_tree(d);
	total = device_bytes(d->m);
	st.f_blocks = total / MANIFEST_ALIGN;
	st.f_files = d->m->nnodes - d->m->ngone;
	if (total > d->m->used)
		st.f_bfree = (total - d->m->used) / MANIFEST_ALIGN;
	unlock_tree(d);
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
