// SPDX-License-Identifier: GPL-2.0-only
/* lab-flags: -Itools/libfmap build/libfmap.a pkg:fuse3 */
/*
 * replacer DEV MOUNTPOINT [BLKSIZE]: a famfs server with one file, /f, of 4 MiB at 2 MiB of DEV.
 * SIGUSR1 replaces it: the name leads to a new inode, whose data is in the same place.
 * SIGUSR2 stores pages in the kernel's cache of the file, SIGHUP says that its data has
 * changed; it tells the result of each. Names are good for no time at all, and so are
 * attributes if they say a block size. Ends when it is unmounted.
 */
#define FUSE_USE_VERSION 314
#include <fuse_lowlevel.h>

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/stat.h>
#include "check.h"
#include "fmap.h"

#define FILE_SIZE (2 * SZ_2M)

static const char *device;
static int block_size;
static atomic_ulong current = FUSE_ROOT_ID + 1;

static void on_usr1(int sig)
{
	(void)sig;
	atomic_fetch_add(&current, 1);
}

/* Stores and invalidates wait for locks of files, which the loop may have to serve. */
static void *notifier(void *arg)
{
	static char data[FILE_SIZE];
	struct fuse_session *se = arg;
	sigset_t set;
	int sig, err;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR2);
	sigaddset(&set, SIGHUP);
	while (!sigwait(&set, &sig)) {
		struct fuse_bufvec buf = FUSE_BUFVEC_INIT(FILE_SIZE);

		buf.buf[0].mem = data;
		if (sig == SIGUSR2)
			err = fuse_lowlevel_notify_store(se, atomic_load(&current), 0, &buf, 0);
		else
			err = fuse_lowlevel_notify_inval_inode(se, atomic_load(&current), 0, 0);
		printf("%s: %s\n", sig == SIGUSR2 ? "store" : "inval", err ? strerror(-err) : "ok");
		fflush(stdout);
	}
	return NULL;
}

static void attributes(fuse_ino_t ino, struct stat *st)
{
	memset(st, 0, sizeof(*st));
	st->st_ino = ino;
	st->st_nlink = 1;
	st->st_mode = ino == FUSE_ROOT_ID ? S_IFDIR | 0755 : S_IFREG | 0644;
	st->st_blksize = block_size;
	st->st_size = ino == FUSE_ROOT_ID ? 0 : FILE_SIZE;
}

static void op_lookup(fuse_req_t req, fuse_ino_t parent, const char *name)
{
	struct fuse_entry_param e = { .ino = atomic_load(&current) };

	if (parent != FUSE_ROOT_ID || strcmp(name, "f")) {
		fuse_reply_err(req, ENOENT);
		return;
	}
	attributes(e.ino, &e.attr);
	fuse_reply_entry(req, &e);
}

static void op_getattr(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
	struct stat st;

	(void)fi;
	attributes(ino, &st);
	fuse_reply_attr(req, &st, block_size ? 0 : 3600);
}

static void op_open(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
	(void)ino;
	fuse_reply_open(req, fi);
}

static void get_fmap(struct fmap_req *req, uint64_t ino, uint32_t size)
{
	struct fmap_extent ext = { .offset = SZ_2M, .len = FILE_SIZE };
	struct fmap_map *map = fmap_map_simple(FMAP_FILE_REG, FILE_SIZE, &ext, 1);

	(void)ino;
	(void)size;
	check(map, "map");
	fmap_reply_map(req, map);
	fmap_map_free(map);
}

static void get_daxdev(struct fmap_req *req, uint64_t index)
{
	(void)index;
	fmap_reply_daxdev(req, device);
}

static void negotiated(void *userdata, bool agreed)
{
	(void)userdata;
	printf("famfs protocol %s\n", agreed ? "agreed" : "not agreed");
	fflush(stdout);
}

int main(int argc, char **argv)
{
	static const struct fuse_lowlevel_ops ops = {
		.lookup = op_lookup,
		.getattr = op_getattr,
		.open = op_open,
	};
	static const struct fmap_ops fmap_ops = {
		.get_fmap = get_fmap,
		.get_daxdev = get_daxdev,
		.negotiated = negotiated,
	};
	struct sigaction sa = { .sa_handler = on_usr1, .sa_flags = SA_RESTART };
	struct fuse_args args = FUSE_ARGS_INIT(1, argv);
	struct fmap_session *fs;
	struct fuse_session *se;
	pthread_t thread;
	sigset_t set;
	int fd;

	check(argc == 3 || argc == 4, "usage: replacer DEV MOUNTPOINT [BLKSIZE]");
	block_size = argc == 4 ? atoi(argv[3]) : 0;
	device = argv[1];
	check(!sigaction(SIGUSR1, &sa, NULL), "sigaction");
	se = fuse_session_new(&args, &ops, sizeof(ops), NULL);
	check(se, "session");
	sigemptyset(&set);
	sigaddset(&set, SIGUSR2);
	sigaddset(&set, SIGHUP);
	check(!pthread_sigmask(SIG_BLOCK, &set, NULL), "signals");
	check(!pthread_create(&thread, NULL, notifier, se), "thread");
	fs = fmap_session_new(se, &fmap_ops, NULL, 0);
	check(fs, "fmap session");
	fd = fmap_mount(argv[2], &(struct fmap_mount){ .source = device, .subtype = "fmap" });
	check(fd >= 0, "mount: %s", strerror(-fd));
	check(!fmap_session_attach(fs, fd), "attach");
	fmap_session_loop(fs, 1);
	fmap_session_destroy(fs);
	fuse_session_destroy(se);
	return 0;
}
