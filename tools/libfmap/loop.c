// SPDX-License-Identifier: GPL-2.0-only
/*
 * The session loop.
 *
 * Where libfuse takes hooks (fuse_session_custom_io), its own loops do. Some are built
 * without (3.18 of Debian 14); there the requests are read here, and all but those of the
 * protocol are given to libfuse.  The one reply that libfmap has to change is that to INIT:
 * until then libfuse's file descriptor is an end of a socket pair.  When the reply has come
 * out of the other end, it becomes the kernel's, and libfuse writes to that by itself.
 */
#define _GNU_SOURCE
#define FUSE_USE_VERSION 314
#include <fuse_lowlevel.h>

#include <errno.h>
#include <fcntl.h>
#include <semaphore.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "internal.h"

/* INIT is answered before anything long can come. */
#define INIT_ROOM	65536

static void close_at(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

void fmap_loop_forget(struct fmap_session *fs)
{
	close_at(&fs->kernel);
	close_at(&fs->replies);
}

int fmap_loop_prepare(struct fmap_session *fs)
{
	char path[32];
	int sv[2], ret;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sv))
		return -errno;
	fs->replies = sv[1];
	fs->kernel = fcntl(fs->fd, F_DUPFD_CLOEXEC, 3);
	if (fs->kernel < 0 || dup3(sv[0], fs->fd, O_CLOEXEC) < 0) {
		ret = -errno;
		close(sv[0]);
		fmap_loop_forget(fs);
		return ret;
	}
	close(sv[0]);
	/* For a session that somebody else has mounted. */
	snprintf(path, sizeof(path), "/dev/fd/%d", fs->fd);
	if (!fuse_session_mount(fs->se, path))
		return 0;
	dup3(fs->kernel, fs->fd, O_CLOEXEC);
	fmap_loop_forget(fs);
	return -EINVAL;
}

/* Return: whether libfuse had anything to say. */
static bool pass_reply(struct fmap_session *fs, unsigned char *buf)
{
	ssize_t n = recv(fs->replies, buf, INIT_ROOM, MSG_DONTWAIT);
	size_t head = sizeof(struct fuse_out_header);
	struct iovec iov[2] = { { .iov_base = buf, .iov_len = head } };

	if (n < (ssize_t)head)
		return false;
	iov[1].iov_base = buf + head;
	iov[1].iov_len = (size_t)n - head;
	/*
	 * The reply to INIT, not to an INIT of another version.  The server registers devices
	 * as soon as it is sent, so the descriptor has to be the kernel's before.
	 */
	if (atomic_load(&fs->init_unique)) {
		dup3(fs->kernel, fs->fd, O_CLOEXEC);
		close_at(&fs->replies);
		fmap_write_reply(fs, fs->fd, iov, iov[1].iov_len ? 2 : 1);
	} else if (writev(fs->kernel, iov, 2) < 0) {
		return false;
	}
	return fs->replies >= 0;
}

/* Return: 0 if INIT is through or the session has ended, or a negative errno. */
static int pass_init(struct fmap_session *fs)
{
	unsigned char *buf = malloc(INIT_ROOM);
	struct fuse_buf request = { .mem = buf };
	int ret = 0;
	ssize_t n;

	if (!buf)
		return -ENOMEM;
	while (fs->replies >= 0 && !fuse_session_exited(fs->se)) {
		n = read(fs->kernel, buf, INIT_ROOM);
		if (n < 0 && (errno == EINTR || errno == EAGAIN || errno == ENOENT))
			continue;
		if (n <= 0) {
			if (n < 0 && errno != ENODEV)
				ret = -errno;
			fuse_session_exit(fs->se);
			break;
		}
		if (fmap_see_request(fs, buf, (size_t)n))
			continue;
		request.size = (size_t)n;
		fuse_session_process_buf(fs->se, &request);
		while (pass_reply(fs, buf))
			;
	}
	free(buf);
	return ret;
}

/* Return: 0 at the end of the session, or a negative errno. */
static int serve(struct fmap_session *fs, struct fuse_buf *buf, bool cancel)
{
	int ret;

	while (!fuse_session_exited(fs->se)) {
		if (cancel)
			pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, NULL);
		ret = fuse_session_receive_buf(fs->se, buf);
		if (cancel)
			pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, NULL);
		if (ret == -EINTR)
			continue;
		if (ret <= 0)
			return ret;
		/*
		 * Only requests of more than a page are spliced, and only for servers
		 * with write_buf: few of those are anything but WRITE.
		 */
		if (buf->flags & FUSE_BUF_IS_FD)
			atomic_fetch_add(&fs->counts[FUSE_WRITE], 1);
		else if (fmap_see_request(fs, buf->mem, (size_t)ret))
			continue;
		fuse_session_process_buf(fs->se, buf);
	}
	return 0;
}

struct worker {
	pthread_t thread;
	struct fmap_session *fs;
	struct fuse_buf buf;
	sem_t *ended;
	int ret;
};

static void *work(void *arg)
{
	struct worker *w = arg;

	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, NULL);
	w->ret = serve(w->fs, &w->buf, true);
	/* One that ends is the end of all. */
	fuse_session_exit(w->fs->se);
	sem_post(w->ended);
	return NULL;
}

/* Signals are for the calling thread, which waits; the others read. */
static int serve_by_threads(struct fmap_session *fs, unsigned int count)
{
	struct worker *workers = calloc(count, sizeof(*workers));
	unsigned int i, n;
	sigset_t all, old;
	sem_t ended;
	int ret = 0;

	if (!workers)
		return -ENOMEM;
	sem_init(&ended, 0, 0);
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	for (n = 0; n < count; n++) {
		workers[n].fs = fs;
		workers[n].ended = &ended;
		ret = -pthread_create(&workers[n].thread, NULL, work, &workers[n]);
		if (ret)
			break;
	}
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	if (n)
		ret = 0;
	while (n && !fuse_session_exited(fs->se))
		sem_wait(&ended);
	for (i = 0; i < n; i++)
		pthread_cancel(workers[i].thread);
	for (i = 0; i < n; i++) {
		pthread_join(workers[i].thread, NULL);
		free(workers[i].buf.mem);
		if (workers[i].ret)
			ret = workers[i].ret;
	}
	sem_destroy(&ended);
	free(workers);
	return ret;
}

/*
 * INIT through the hooks, before there are other threads: a server can then do for all of them
 * what is done thread by thread, such as giving up privileges.
 *
 * Return: 0 if INIT is through or the session has ended, or a negative errno.
 */
static int hooks_init(struct fmap_session *fs)
{
	struct fuse_buf buf = { .mem = NULL };
	int ret = 0;

	while (atomic_load(&fs->state) == FMAP_PENDING && !fuse_session_exited(fs->se)) {
		ret = fuse_session_receive_buf(fs->se, &buf);
		if (ret == -EINTR)
			continue;
		if (ret <= 0)
			break;
		fuse_session_process_buf(fs->se, &buf);
	}
	free(buf.mem);
	return ret < 0 && ret != -EINTR ? ret : 0;
}

static int libfuse_loop(struct fmap_session *fs, unsigned int threads)
{
	struct fuse_loop_config *cfg;
	int ret;

	ret = hooks_init(fs);
	if (ret) {
		fuse_session_reset(fs->se);
		return ret;
	}
	if (threads <= 1)
		return fuse_session_loop(fs->se);
	cfg = fuse_loop_cfg_create();
	if (!cfg)
		return -ENOMEM;
	/* The hooks see only what goes through the one fd. */
	fuse_loop_cfg_set_clone_fd(cfg, 0);
	fuse_loop_cfg_set_max_threads(cfg, threads);
	ret = fuse_session_loop_mt(fs->se, cfg);
	fuse_loop_cfg_destroy(cfg);
	return ret;
}

int fmap_session_loop(struct fmap_session *fs, unsigned int threads)
{
	struct fuse_buf buf = { .mem = NULL };
	int ret;

	if (fs->fd < 0)
		return -ENOTCONN;
	if (fs->kernel < 0)
		return libfuse_loop(fs, threads);
	ret = pass_init(fs);
	if (!ret && !fuse_session_exited(fs->se)) {
		if (threads <= 1)
			ret = serve(fs, &buf, false);
		else
			ret = serve_by_threads(fs, threads);
	}
	free(buf.mem);
	fuse_session_reset(fs->se);
	return ret;
}
