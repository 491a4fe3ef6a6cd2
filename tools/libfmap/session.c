// SPDX-License-Identifier: GPL-2.0-only
/*
 * The hooks between libfuse and the session's file descriptor.
 *
 * Reading: each request is counted; INIT is noted and passed on; GET_FMAP and
 * GET_DAXDEV go to the server's callbacks and are hidden from libfuse by
 * ENOENT, which it takes as "that request was interrupted, read the next one"
 * after looking whether the session is to end.
 *
 * Writing: the one reply that carries the unique of INIT gets the flag.
 *
 * libfuse gives its hooks the server's userdata, not ours, so the session is
 * found by its fd.  There is no splice hook, and without one libfuse does not
 * splice.  Cloned fds would not be found: requests read from them would pass
 * unseen, hence clone_fd has to be off.
 */
#define FUSE_USE_VERSION 314
#include <fuse_lowlevel.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

#include "internal.h"

#define FLAGS2_FMAP	((uint32_t)(FUSE_DAX_FMAP >> 32))
#define FLAGS2_URING	((uint32_t)((1ULL << 41) >> 32))
#define FLAGS2_IDMAP	((uint32_t)((1ULL << 40) >> 32))

static pthread_rwlock_t attached_lock = PTHREAD_RWLOCK_INITIALIZER;
static struct fmap_session *attached;

static struct fmap_session *find_session(int fd)
{
	struct fmap_session *fs;

	pthread_rwlock_rdlock(&attached_lock);
	for (fs = attached; fs; fs = fs->next)
		if (fs->fd == fd)
			break;
	pthread_rwlock_unlock(&attached_lock);
	return fs;
}

static void unlink_session(struct fmap_session *fs)
{
	struct fmap_session **p;

	pthread_rwlock_wrlock(&attached_lock);
	for (p = &attached; *p; p = &(*p)->next) {
		if (*p == fs) {
			*p = fs->next;
			break;
		}
	}
	pthread_rwlock_unlock(&attached_lock);
}

/*
 * Note whether the flag is on offer.  libfuse must see neither it nor io-uring,
 * whose requests do not come through the fd.
 */
static void see_init(struct fmap_session *fs, const struct fuse_in_header *in,
		     unsigned char *arg, size_t len)
{
	struct fuse_init_in init;
	size_t used = len < sizeof(init) ? len : sizeof(init);

	memset(&init, 0, sizeof(init));
	memcpy(&init, arg, used);
	/* Another major version: libfuse answers with its own, INIT comes again. */
	if (init.major != FUSE_KERNEL_VERSION)
		return;
	atomic_store(&fs->offered, (init.flags & FUSE_INIT_EXT) &&
				   (init.flags2 & FLAGS2_FMAP));
	atomic_store(&fs->idmap_offered, (init.flags & FUSE_INIT_EXT) &&
					 (init.flags2 & FLAGS2_IDMAP));
	atomic_store(&fs->init_unique, in->unique);
	if (fs->flags & FMAP_PASSIVE)
		return;
	init.flags2 &= ~(FLAGS2_FMAP | FLAGS2_URING);
	memcpy(arg, &init, used);
}

static void see_get_fmap(struct fmap_session *fs, struct fmap_req *req,
			 const unsigned char *arg, size_t len)
{
	struct fuse_getxattr_in in = { 0 };

	req->capacity = FUSE_FAMFS_GEN1_CAPACITY;
	req->gen1 = true;
	if (len >= sizeof(in)) {
		memcpy(&in, arg, sizeof(in));
		if (in.size) {
			req->capacity = in.size;
			req->gen1 = false;
		}
	}
	if (req->capacity < sizeof(struct fuse_famfs_fmap_header)) {
		fmap_reply_err(req, EINVAL);
		return;
	}
	fs->ops.get_fmap(req, req->nodeid, req->capacity);
}

/*
 * Another thread may be answering INIT still: the kernel takes the answer and
 * sends requests before the server has been told and has done what it does then.
 */
static void wait_until_told(struct fmap_session *fs)
{
	pthread_mutex_lock(&fs->told_lock);
	while (!fs->told)
		pthread_cond_wait(&fs->told_cond, &fs->told_lock);
	pthread_mutex_unlock(&fs->told_lock);
}

bool fmap_see_request(struct fmap_session *fs, unsigned char *buf, size_t len)
{
	struct fuse_in_header in;
	struct fmap_req *req;
	unsigned char *arg;

	if (len < sizeof(in))
		return false;
	memcpy(&in, buf, sizeof(in));
	arg = buf + sizeof(in);
	len -= sizeof(in);

	atomic_fetch_add(&fs->counts[in.opcode < FMAP_OPCODES ? in.opcode :
				     FMAP_OPCODES], 1);
	if (in.opcode == FUSE_INIT) {
		see_init(fs, &in, arg, len);
		return false;
	}
	if (in.opcode != FUSE_GET_FMAP && in.opcode != FUSE_GET_DAXDEV)
		return false;
	/* These numbers may mean something else where the flag was not agreed. */
	if (atomic_load(&fs->state) != FMAP_AGREED)
		return false;

	wait_until_told(fs);
	req = calloc(1, sizeof(*req));
	if (!req) {
		fmap_send_err(fs, in.unique, ENOMEM);
		return true;
	}
	req->fs = fs;
	req->unique = in.unique;
	req->nodeid = in.nodeid;
	atomic_fetch_add(&fs->refs, 1);

	if (in.opcode == FUSE_GET_FMAP) {
		see_get_fmap(fs, req, arg, len);
	} else {
		req->capacity = sizeof(struct fuse_daxdev_out);
		fs->ops.get_daxdev(req, in.nodeid);
	}
	return true;
}

static ssize_t hook_read(int fd, void *buf, size_t len, void *userdata)
{
	struct fmap_session *fs;
	bool hide = false;
	int cancel, err;
	ssize_t n;

	(void)userdata;
	n = read(fd, buf, len);
	err = errno;
	/*
	 * A libfuse worker may be cancelled here.  That is fine in read(), but
	 * not with locks held or in the server's callback.
	 */
	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &cancel);
	if (n > 0) {
		fs = find_session(fd);
		hide = fs && fmap_see_request(fs, buf, (size_t)n);
	}
	pthread_setcancelstate(cancel, NULL);
	if (hide) {
		n = -1;
		err = ENOENT;
	}
	errno = err;
	return n;
}

static void tell(struct fmap_session *fs, bool agreed)
{
	if (fs->ops.negotiated)
		fs->ops.negotiated(fs->userdata, agreed);
	pthread_mutex_lock(&fs->told_lock);
	fs->told = true;
	pthread_cond_broadcast(&fs->told_cond);
	pthread_mutex_unlock(&fs->told_lock);
}

static void settle(struct fmap_session *fs, enum fmap_state state)
{
	int pending = FMAP_PENDING;

	if (atomic_compare_exchange_strong(&fs->state, &pending, state))
		tell(fs, state == FMAP_AGREED);
}

/*
 * Reply to INIT.  The state changes before the write, because the kernel may
 * send GET_FMAP to another thread before the write returns.
 */
static ssize_t write_init(struct fmap_session *fs, int fd, struct iovec *iov,
			  int count)
{
	bool offered = atomic_load(&fs->offered);
	struct fuse_out_header out;
	struct fuse_init_out init;
	struct iovec copy[2];
	enum fmap_state was = atomic_load(&fs->state);
	ssize_t n;
	int err;

	memcpy(&out, iov[0].iov_base, sizeof(out));
	/* A reply to an old kernel is shorter and has no place for the flag. */
	if (!offered || (fs->flags & FMAP_PASSIVE) || out.error || count != 2 ||
	    iov[1].iov_len < offsetof(struct fuse_init_out, flags2) + 4 ||
	    iov[1].iov_len > sizeof(init)) {
		n = writev(fd, iov, count);
		err = errno;
		settle(fs, offered ? FMAP_DECLINED : FMAP_NOT_OFFERED);
		errno = err;
		return n;
	}

	memset(&init, 0, sizeof(init));
	memcpy(&init, iov[1].iov_base, iov[1].iov_len);
	/* Without INIT_EXT the kernel ignores flags2, and its bytes mean nothing. */
	if (!(init.flags & FUSE_INIT_EXT))
		init.flags2 = 0;
	init.flags |= FUSE_INIT_EXT;
	init.flags2 = (init.flags2 & ~FLAGS2_URING) | FLAGS2_FMAP;
	if ((fs->flags & FMAP_IDMAP) && atomic_load(&fs->idmap_offered))
		init.flags2 |= FLAGS2_IDMAP;
	copy[0] = iov[0];
	copy[1].iov_base = &init;
	copy[1].iov_len = iov[1].iov_len;

	atomic_store(&fs->state, FMAP_AGREED);
	n = writev(fd, copy, 2);
	err = errno;
	if (n < 0) {
		atomic_store(&fs->state, was);
		settle(fs, FMAP_DECLINED);
	} else if (was == FMAP_PENDING) {
		tell(fs, true);
	}
	errno = err;
	return n;
}

ssize_t fmap_write_reply(struct fmap_session *fs, int fd, struct iovec *iov, int count)
{
	struct fuse_out_header out;
	uint64_t unique;

	if (!fs || count < 1 || iov[0].iov_len != sizeof(out))
		return writev(fd, iov, count);
	unique = atomic_load(&fs->init_unique);
	memcpy(&out, iov[0].iov_base, sizeof(out));
	if (!unique || out.unique != unique)
		return writev(fd, iov, count);
	atomic_store(&fs->init_unique, 0);
	return write_init(fs, fd, iov, count);
}

static ssize_t hook_writev(int fd, struct iovec *iov, int count, void *userdata)
{
	(void)userdata;
	return fmap_write_reply(find_session(fd), fd, iov, count);
}

static const struct fuse_custom_io hooks = {
	.writev = hook_writev,
	.read = hook_read,
};

struct fmap_session *fmap_session_new(struct fuse_session *se,
				      const struct fmap_ops *ops,
				      void *userdata, unsigned int flags)
{
	struct fmap_session *fs;

	if (!se || !ops || !all_zero(ops->reserved, sizeof(ops->reserved)) ||
	    (flags & ~(FMAP_PASSIVE | FMAP_IDMAP)) ||
	    (!(flags & FMAP_PASSIVE) && (!ops->get_fmap || !ops->get_daxdev))) {
		errno = EINVAL;
		return NULL;
	}
	fs = calloc(1, sizeof(*fs));
	if (!fs)
		return NULL;
	fs->se = se;
	fs->ops = *ops;
	fs->userdata = userdata;
	fs->flags = flags;
	fs->fd = -1;
	fs->kernel = -1;
	fs->replies = -1;
	atomic_init(&fs->refs, 1);
	pthread_rwlock_init(&fs->io_lock, NULL);
	pthread_mutex_init(&fs->told_lock, NULL);
	pthread_cond_init(&fs->told_cond, NULL);
	return fs;
}

int fmap_session_attach(struct fmap_session *fs, int fd)
{
	int ret;

	if (fd < 0)
		return -EBADF;
	if (fs->fd != -1)
		return -EBUSY;
	fs->fd = fd;
	pthread_rwlock_wrlock(&attached_lock);
	fs->next = attached;
	attached = fs;
	pthread_rwlock_unlock(&attached_lock);

	ret = fuse_session_custom_io(fs->se, &hooks, fd);
	if (ret == -EOPNOTSUPP)
		ret = fmap_loop_prepare(fs);
	if (ret) {
		unlink_session(fs);
		fs->fd = -1;
		return ret < 0 ? ret : -EINVAL;
	}
	return 0;
}

void fmap_session_destroy(struct fmap_session *fs)
{
	if (!fs)
		return;
	unlink_session(fs);
	pthread_rwlock_wrlock(&fs->io_lock);
	fs->fd = -1;
	pthread_rwlock_unlock(&fs->io_lock);
	fmap_loop_forget(fs);
	fmap_session_put(fs);
}

void fmap_session_put(struct fmap_session *fs)
{
	if (atomic_fetch_sub(&fs->refs, 1) != 1)
		return;
	pthread_cond_destroy(&fs->told_cond);
	pthread_mutex_destroy(&fs->told_lock);
	pthread_rwlock_destroy(&fs->io_lock);
	free(fs);
}

enum fmap_state fmap_session_state(const struct fmap_session *fs)
{
	return atomic_load(&fs->state);
}

uint64_t fmap_session_count(const struct fmap_session *fs, unsigned int opcode)
{
	return atomic_load(&fs->counts[opcode < FMAP_OPCODES ? opcode :
				       FMAP_OPCODES]);
}
