// SPDX-License-Identifier: GPL-2.0-only
/*
 * One mount from beginning to end.
 *
 * Signals are blocked everywhere and waited for by one thread.  On SIGHUP it reads
 * the manifest again.  On SIGTERM it
 * unmounts while the session is still being served, so that nothing an
 * unmount may wait for goes unanswered; the loop ends when the mount is gone.
 * A mount that is in use is detached, and the session ended under it: data
 * that is already mapped stays usable, new requests fail.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "flock.h"
#include "fmapd.h"
#include "notify.h"
#include "ready.h"
#include "seam.h"
#include "serve.h"

/* How long a session may go on after its mount is gone. */
#define LINGER_MS	1000
#define TICK_MS		20
/* How many requests are handled at the same time. */
#define THREADS		10

/**
 * struct server - fmapd and what only this file needs
 * @d:       first, because libfuse and libfmap are given its address
 * @notify:  pipe to the waiting parent, -1 once it has been told or if none
 * @mnt:     our mount
 * @main:    thread that runs the loop
 * @waiter:  thread that waits for signals
 * @done:    the loop has ended
 * @status:  exit code
 */
struct server {
	struct fmapd d;
	int notify;
	struct mount_id mnt;
	pthread_t main, waiter;
	atomic_bool done;
	atomic_int status;
};

static void tick(void)
{
	usleep(TICK_MS * 1000);
}

/* Tells the parent, which ends, or whoever looks on. */
static void announce(struct server *s, int status, const char *text)
{
	struct startup msg = { .status = status };
	int null;

	atomic_store(&s->status, status);
	if (!status)
		ready_served(text);
	if (s->notify < 0) {
		message(LOG_NOTICE, "%s", text);
		return;
	}
	snprintf(msg.text, sizeof(msg.text), "%s", text);
	/* A parent that was killed meanwhile needs no message. */
	if (write(s->notify, &msg, sizeof(msg)) < 0 && errno != EPIPE)
		message(LOG_ERR, "%s", strerror(errno));
	close(s->notify);
	s->notify = -1;

	messages_to_log();
	null = open("/dev/null", O_RDWR | O_CLOEXEC);
	if (null >= 0) {
		dup2(null, STDIN_FILENO);
		dup2(null, STDOUT_FILENO);
		dup2(null, STDERR_FILENO);
		close(null);
	}
}

/* --devices-by-fd: no map is asked for before this is done. */
static int register_devices(struct server *s)
{
	char why[512], text[1024];
	int ret;

	if (!s->d.dfs)
		return 0;
	/* The manifest may be read again at any time. */
	pthread_rwlock_rdlock(&s->d.tree_lock);
	ret = device_fds_register(s->d.dfs, s->d.fs, why, sizeof(why));
	/* The kernel has its own hold on the devices. */
	device_fds_close(s->d.dfs);
	s->d.dfs = NULL;
	pthread_rwlock_unlock(&s->d.tree_lock);
	if (!ret)
		return 0;
	snprintf(text, sizeof(text), "%s: %s: unmounting", s->d.opt->mountpoint,
		 why);
	announce(s, EXIT_FAILED, text);
	kill(getpid(), SIGTERM);
	return -1;
}

static void reduce(const struct server *s)
{
	if (privileges_reduce(s->d.opt))
		message(LOG_ERR, "cannot give up privileges: %s", strerror(errno));
}

/*
 * libfmap: INIT has been answered.  Beside this thread there is the waiter; those that serve
 * are started afterwards.
 */
static void negotiated(void *userdata, bool agreed)
{
	struct server *s = userdata;
	const struct options *o = s->d.opt;
	bool failed = agreed && register_devices(s);
	char text[256];

	reduce(s);
	if (failed)
		return;
	if (agreed) {
		snprintf(text, sizeof(text), "%s: famfs protocol agreed",
			 o->mountpoint);
		announce(s, EXIT_OK, text);
	} else if (!o->fmap) {
		snprintf(text, sizeof(text), "%s: famfs protocol not asked for",
			 o->mountpoint);
		announce(s, EXIT_OK, text);
	} else if (!o->require_fmap) {
		snprintf(text, sizeof(text),
			 "%s: kernel did not offer the famfs protocol: %s",
			 o->mountpoint, o->serve_data ? "data is served from memory" :
			 "names can be listed, files cannot be read");
		announce(s, EXIT_OK, text);
	} else {
		snprintf(text, sizeof(text),
			 "%s: kernel did not offer the famfs protocol (is famfs_fuse loaded?): unmounting",
			 o->mountpoint);
		announce(s, EXIT_NO_FMAP, text);
		kill(getpid(), SIGTERM);
	}
}

static void write_log(struct server *s)
{
	int ret;

	if (!s->d.opt->log_requests)
		return;
	ret = reqlog_write(s->d.fs, s->d.opt->log_requests);
	if (ret)
		message(LOG_ERR, "%s: %s", s->d.opt->log_requests, strerror(-ret));
}

/*
 * Once the connection has ended the mount may be gone, and all that it is known by may be
 * another one's.  If it is still there, nobody answers in it.
 */
static bool succeeded(struct server *s)
{
	struct pollfd connection = { .fd = fuse_session_fd(s->d.se) };
	struct statfs fs;

	return poll(&connection, 1, 0) == 1 && (connection.revents & POLLERR) &&
	       !(statfs(s->d.opt->mountpoint, &fs) &&
		 (errno == ENOTCONN || errno == ECONNABORTED));
}

/* Takes our mount away, but not one that somebody put on top of it or in its place. */
static void unmount(struct server *s)
{
	const char *path = s->d.opt->mountpoint;

	if (!mount_on_top(&s->mnt) || succeeded(s))
		return;
	if (umount2(path, UMOUNT_NOFOLLOW) == 0)
		return;
	if (errno == EBUSY)
		message(LOG_WARNING, "%s is in use, detaching it", path);
	if (umount2(path, UMOUNT_NOFOLLOW | MNT_DETACH))
		message(LOG_ERR, "cannot unmount %s: %s", path, strerror(errno));
}

static void nothing(int sig)
{
	(void)sig;
}

static void *wait_for_signals(void *arg)
{
	struct server *s = arg;
	sigset_t set;
	int sig, ms;

	reduce(s);
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGHUP);
	sigaddset(&set, SIGUSR1);
	while (!sigwait(&set, &sig)) {
		if (atomic_load(&s->done))
			return NULL;
		if (sig == SIGUSR1)
			write_log(s);
		else if (sig == SIGHUP)
			reload(&s->d);
		else
			break;
	}

	ready_stopping();
	/* While it is served: the kernel may be waiting for that. */
	if (s->d.notifier)
		notifier_stop(s->d.notifier);
	unmount(s);
	for (ms = 0; ms < LINGER_MS && !atomic_load(&s->done); ms += TICK_MS)
		tick();
	/* Interrupts the loop; more than once, lest it was just not listening. */
	while (!atomic_load(&s->done)) {
		fuse_session_exit(s->d.se);
		pthread_kill(s->main, SIGUSR2);
		tick();
	}
	return NULL;
}

static int start_waiter(struct server *s)
{
	struct sigaction ignore = { .sa_handler = SIG_IGN };
	struct sigaction wake = { .sa_handler = nothing };
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGHUP);
	sigaddset(&set, SIGUSR1);
	pthread_sigmask(SIG_BLOCK, &set, NULL);
	sigaction(SIGPIPE, &ignore, NULL);
	sigaction(SIGUSR2, &wake, NULL);
	s->main = pthread_self();
	return pthread_create(&s->waiter, NULL, wait_for_signals, s) ? -1 : 0;
}

static int run_loop(struct server *s)
{
	return fmap_session_loop(s->d.fs, s->d.opt->single_thread ? 1 : THREADS);
}

static int mount_it(struct server *s)
{
	const struct options *o = s->d.opt;
	const struct manifest *m = s->d.m;
	struct fmap_mount how = {
		.source = o->source ? o->source :
			  m->ndevices ? m->devices[0].path : "fmapd",
		.subtype = o->subtype,
		.options = o->mount_options,
		.allow_other = o->allow_other,
	};
	int fd, ret;

	fd = fmap_mount(o->mountpoint, &how);
	if (fd < 0) {
		message(LOG_ERR, "cannot mount on %s: %s%s", o->mountpoint, strerror(-fd),
			fd == -EPERM && geteuid() ? "; fmapd is to be started as root" : "");
		return -1;
	}
	/* A libfuse that takes no hooks says so, and libfmap does without them. */
	messages_of_libfuse(false);
	ret = fmap_session_attach(s->d.fs, fd);
	messages_of_libfuse(true);
	if (ret) {
		message(LOG_ERR, "%s", strerror(-ret));
		umount2(o->mountpoint, UMOUNT_NOFOLLOW | MNT_DETACH);
		close(fd);
		return -1;
	}
	if (mount_remember(&s->mnt, o->mountpoint))
		message(LOG_WARNING, "cannot find the mount in /proc/self/mountinfo");
	return 0;
}

static int mount_and_loop(struct server *s)
{
	int ret;
	bool mounted;

	/* Before anything can signal us, and with the masks its threads inherit. */
	if (start_waiter(s)) {
		message(LOG_ERR, "cannot start a thread");
		return EXIT_FAILED;
	}
	ret = mount_it(s);
	mounted = !ret;
	if (mounted)
		ret = run_loop(s);
	atomic_store(&s->done, true);
	pthread_kill(s->waiter, SIGTERM);
	pthread_join(s->waiter, NULL);
	if (mounted && fmap_session_state(s->d.fs) == FMAP_PENDING) {
		message(LOG_ERR, "ended before the kernel had asked anything");
		ret = -1;
	}
	/* Aborted connections leave the mount behind. */
	if (mounted)
		unmount(s);
	write_log(s);
	return ret < 0 ? EXIT_FAILED : atomic_load(&s->status);
}

static void set_times(struct manifest *m)
{
	struct timespec now;
	size_t i;

	clock_gettime(CLOCK_REALTIME, &now);
	for (i = 0; i < m->nnodes; i++) {
		m->nodes[i].atime = now;
		m->nodes[i].mtime = now;
		m->nodes[i].ctime = now;
	}
}

int serve(const struct options *o, struct manifest *m, int notify)
{
	char *argv[] = { (char *)"fmapd", o->debug ? (char *)"-d" : NULL, NULL };
	struct fuse_args args = FUSE_ARGS_INIT(o->debug ? 2 : 1, argv);
	struct fmap_ops fops = map_ops;
	struct fuse_lowlevel_ops ops;
	struct server s = {
		.d.opt = o,
		.d.m = m,
		.d.tree_lock = PTHREAD_RWLOCK_WRITER_NONRECURSIVE_INITIALIZER_NP,
		.d.attr_lock = PTHREAD_MUTEX_INITIALIZER,
		.d.data_lock = PTHREAD_MUTEX_INITIALIZER,
		.notify = notify,
	};
	int ret = EXIT_FAILED;

	privileges_seal();
	set_times(m);
	ops_fill(&ops, o);
	fops.negotiated = negotiated;
	s.d.flocks = flock_new();
	s.d.se = fuse_session_new(&args, &ops, sizeof(ops), &s.d);
	if (s.d.se)
		s.d.fs = fmap_session_new(s.d.se, &fops, &s.d,
					  (o->fmap ? 0 : FMAP_PASSIVE) |
					  (o->idmap ? FMAP_IDMAP : 0));
	if (!s.d.flocks || seam_start() || !s.d.fs) {
		message(LOG_ERR, "cannot make a session");
	} else {
		if (o->devices_by_fd && o->fmap)
			s.d.dfs = device_fds_open(m);
		if (s.d.dfs || !o->devices_by_fd || !o->fmap)
			ret = mount_and_loop(&s);
	}

	notifier_free(s.d.notifier);
	device_fds_close(s.d.dfs);
	fmap_session_destroy(s.d.fs);
	seam_stop();
	if (s.d.se)
		fuse_session_destroy(s.d.se);
	flock_free(s.d.flocks);
	data_free(&s.d);
	fuse_opt_free_args(&args);
	return ret;
}
