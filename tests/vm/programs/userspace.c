// SPDX-License-Identifier: GPL-2.0-only
/* lab-flags: -Itools/libfmap build/libfmap.a pkg:fuse3 */
/*
 * userspace: what a famfs user space does with a device and a mount, and expects of them.
 *
 *	userspace mkfs DEV SEED		makes a file system on the raw device: looks for one first,
 *					maps superblock (2 MiB) and log (8 MiB) and fills them
 *	userspace fsck DEV SEED		maps both to be read, and looks
 *	userspace serve DEV MOUNTPOINT	a server as its is: superblock, log and data are files, the
 *					mount's source is the device and its subtype the device's
 *					name; it has neither READ nor WRITE
 *	userspace mounted DEV MOUNTPOINT SEED	what the mount has to do
 *	userspace refused MOUNTPOINT	what it has to refuse, with the server's errno
 */
#define FUSE_USE_VERSION 314
#include <errno.h>
#include <fmap.h>
#include <fuse_lowlevel.h>
#include <stdbool.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/vfs.h>
#include <sys/xattr.h>
#include "check.h"

#define SB_SIZE		SZ_2M
#define LOG_SIZE	(8UL << 20)
#define DATA_AT		(16UL << 20)
#define DATA_SIZE	(4UL << 20)
#define FUSE_MAGIC	0x65735546
#define BLOCKS		12345

enum { ROOT = 1, META, SB, LOG, DATA };

static const struct node {
	fuse_ino_t dir;
	const char *name;
	mode_t mode;
	uint64_t at, size;
	enum fmap_file_type type;
} nodes[] = {
	[META] = { ROOT, ".meta", S_IFDIR | 0755, 0, 0, 0 },
	[SB] = { META, ".superblock", S_IFREG | 0444, 0, SB_SIZE, FMAP_FILE_SUPERBLOCK },
	[LOG] = { META, ".log", S_IFREG | 0644, SB_SIZE, LOG_SIZE, FMAP_FILE_LOG },
	[DATA] = { ROOT, "data", S_IFREG | 0644, DATA_AT, DATA_SIZE, FMAP_FILE_REG },
};

/* ---- the server ------------------------------------------------------------------ */

static int locks;

static void fill(fuse_ino_t ino, struct stat *st)
{
	*st = (struct stat){ .st_ino = ino, .st_mode = S_IFDIR | 0755, .st_nlink = 1 };
	if (ino == ROOT)
		return;
	st->st_mode = nodes[ino].mode;
	st->st_size = (off_t)nodes[ino].size;
}

static void srv_lookup(fuse_req_t req, fuse_ino_t dir, const char *name)
{
	struct fuse_entry_param e = { .attr_timeout = 3600, .entry_timeout = 3600 };

	for (e.ino = META; e.ino <= DATA; e.ino++)
		if (nodes[e.ino].dir == dir && !strcmp(nodes[e.ino].name, name))
			break;
	if (e.ino > DATA) {
		fuse_reply_err(req, ENOENT);
		return;
	}
	fill(e.ino, &e.attr);
	fuse_reply_entry(req, &e);
}

static void srv_getattr(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
	struct stat st;

	(void)fi;
	fill(ino, &st);
	fuse_reply_attr(req, &st, 3600);
}

static void srv_setattr(fuse_req_t req, fuse_ino_t ino, struct stat *st, int what,
			struct fuse_file_info *fi)
{
	(void)st;
	if (what & FUSE_SET_ATTR_SIZE)
		fuse_reply_err(req, EINVAL);
	else
		srv_getattr(req, ino, fi);
}

static void srv_create(fuse_req_t req, fuse_ino_t dir, const char *name, mode_t mode,
		       struct fuse_file_info *fi)
{
	(void)dir, (void)name, (void)mode, (void)fi;
	fuse_reply_err(req, ENOTSUP);
}

/* Of each its own, so that it is seen whose answer comes out. */
static void srv_mkdir(fuse_req_t req, fuse_ino_t dir, const char *name, mode_t mode)
{
	(void)dir, (void)name, (void)mode;
	fuse_reply_err(req, EDQUOT);
}

static void srv_mknod(fuse_req_t req, fuse_ino_t dir, const char *name, mode_t mode, dev_t rdev)
{
	(void)dir, (void)name, (void)mode, (void)rdev;
	fuse_reply_err(req, ENOMEDIUM);
}

static void srv_symlink(fuse_req_t req, const char *to, fuse_ino_t dir, const char *name)
{
	(void)to, (void)dir, (void)name;
	fuse_reply_err(req, EREMOTE);
}

static void srv_link(fuse_req_t req, fuse_ino_t ino, fuse_ino_t dir, const char *name)
{
	(void)ino, (void)dir, (void)name;
	fuse_reply_err(req, EMLINK);
}

static void srv_unlink(fuse_req_t req, fuse_ino_t dir, const char *name)
{
	(void)dir, (void)name;
	fuse_reply_err(req, EBADSLT);
}

static void srv_rename(fuse_req_t req, fuse_ino_t dir, const char *name, fuse_ino_t to,
		       const char *new, unsigned int flags)
{
	(void)dir, (void)name, (void)to, (void)new, (void)flags;
	fuse_reply_err(req, EXDEV);
}

static void srv_getxattr(fuse_req_t req, fuse_ino_t ino, const char *name, size_t size)
{
	static const char shadow[] = "/shadow/of/it";

	(void)ino;
	if (strcmp(name, "user.famfs.shadow"))
		fuse_reply_err(req, ENODATA);
	else if (!size)
		fuse_reply_xattr(req, sizeof(shadow));
	else
		fuse_reply_buf(req, shadow, sizeof(shadow));
}

static void srv_statfs(fuse_req_t req, fuse_ino_t ino)
{
	struct statvfs st = { .f_bsize = 4096, .f_frsize = 4096, .f_blocks = BLOCKS, .f_bfree = 345 };

	(void)ino;
	fuse_reply_statfs(req, &st);
}

static void srv_flock(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi, int op)
{
	(void)ino, (void)fi;
	/* A word by which the client sees that it was asked. */
	locks += (op & ~LOCK_NB) == LOCK_EX;
	fuse_reply_err(req, (op & ~LOCK_NB) == LOCK_SH ? ENOLCK : 0);
}

static void srv_readdir(fuse_req_t req, fuse_ino_t dir, size_t size, off_t off,
			struct fuse_file_info *fi)
{
	char buf[1024];
	size_t n = 0;
	fuse_ino_t i;

	(void)fi;
	for (i = META; i <= DATA; i++) {
		struct stat st;

		if (nodes[i].dir != dir || (off_t)i <= off)
			continue;
		fill(i, &st);
		n += fuse_add_direntry(req, buf + n, sizeof(buf) - n, nodes[i].name, &st, (off_t)i);
	}
	fuse_reply_buf(req, buf, n < size ? n : size);
}

static void srv_init(void *userdata, struct fuse_conn_info *conn)
{
	(void)userdata;
	conn->want |= conn->capable & FUSE_CAP_FLOCK_LOCKS;
	conn->want &= ~(unsigned int)(FUSE_CAP_READDIRPLUS | FUSE_CAP_READDIRPLUS_AUTO);
}

static void srv_fmap(struct fmap_req *req, uint64_t ino, uint32_t room)
{
	struct fmap_extent e = { .dev = 0, .offset = nodes[ino].at, .len = nodes[ino].size };
	struct fmap_map *map = fmap_map_simple(nodes[ino].type, nodes[ino].size, &e, 1);

	(void)room;
	fmap_reply_map(req, map);
	fmap_map_free(map);
}

static void srv_daxdev(struct fmap_req *req, uint64_t index)
{
	(void)index;
	fmap_reply_daxdev(req, fmap_req_userdata(req));
}

static int serve(char *name, char *dev, const char *mnt)
{
	const struct fuse_lowlevel_ops ops = {
		.init = srv_init, .lookup = srv_lookup, .getattr = srv_getattr, .setattr = srv_setattr,
		.create = srv_create, .mkdir = srv_mkdir, .mknod = srv_mknod, .symlink = srv_symlink,
		.link = srv_link, .unlink = srv_unlink, .rename = srv_rename, .getxattr = srv_getxattr,
		.statfs = srv_statfs, .flock = srv_flock, .readdir = srv_readdir,
	};
	const struct fmap_ops fops = { .get_fmap = srv_fmap, .get_daxdev = srv_daxdev };
	struct fmap_mount how = { .source = dev, .subtype = strrchr(dev, '/') + 1 };
	struct fuse_args args = FUSE_ARGS_INIT(1, &name);
	struct fuse_session *se = fuse_session_new(&args, &ops, sizeof(ops), NULL);
	struct fmap_session *fs = fmap_session_new(se, &fops, dev, 0);
	int fd = fs ? fmap_mount(mnt, &how) : -EINVAL;

	check(fd >= 0 && !fmap_session_attach(fs, fd), "mount");
	return fmap_session_loop(fs, 2);
}

/* ---- the device, with no mount ----------------------------------------------------- */

/* As its tools do: mapped, then looked at; the descriptor is closed while it is mapped. */
static void map_raw(const char *dev, bool write, char **sb, char **log)
{
	int fd = open_or_die(dev, write ? O_RDWR : O_RDONLY);
	int prot = write ? PROT_READ | PROT_WRITE : PROT_READ;

	*sb = mmap(NULL, SB_SIZE, prot, MAP_SHARED, fd, 0);
	check(*sb != MAP_FAILED, "map the superblock of %s", dev);
	*log = mmap(NULL, LOG_SIZE, prot, MAP_SHARED, fd, SB_SIZE);
	check(*log != MAP_FAILED, "map the log of %s", dev);
	close(fd);
}

static void unmap_raw(char *sb, char *log)
{
	check(!munmap(sb, SB_SIZE) && !munmap(log, LOG_SIZE), "munmap");
}

/* Not by msync, which the node has in this mode alone. */
static void flush(const void *p, size_t len)
{
	const char *at;

#ifdef __x86_64__
	for (at = p; at < (const char *)p + len; at += 64)
		__builtin_ia32_clflush(at);
#else
	(void)at;
	check(!msync((void *)p, len, MS_SYNC), "msync");
#endif
	__sync_synchronize();
}

static void compare(const char *p, uint64_t seed, size_t len, const char *what)
{
	long at = pattern_differs(p, seed, 0, len);

	check(at < 0, "%s differs at %ld", what, at);
}

static int mkfs(const char *dev, uint64_t seed)
{
	char *sb, *log;
	char role;

	map_raw(dev, false, &sb, &log);
	role = *(volatile char *)sb;
	unmap_raw(sb, log);
	(void)role;
	map_raw(dev, true, &sb, &log);
	pattern_fill(sb, seed, 0, SB_SIZE);
	flush(sb, SB_SIZE);
	pattern_fill(log, seed + 1, 0, LOG_SIZE);
	flush(log, LOG_SIZE);
	unmap_raw(sb, log);
	return 0;
}

static int fsck(const char *dev, uint64_t seed)
{
	char *sb, *log;

	map_raw(dev, false, &sb, &log);
	flush(sb, SB_SIZE);
	compare(sb, seed, SB_SIZE, "superblock");
	compare(log, seed + 1, LOG_SIZE, "log");
	unmap_raw(sb, log);
	return 0;
}

/* ---- a mount ------------------------------------------------------------------------- */

static char path[4096];
static const char *in(const char *mnt, const char *name)
{
	snprintf(path, sizeof(path), "%s/%s", mnt, name);
	return path;
}

/* Type and source, as tools look for a mount of a device. */
static void in_proc_mounts(const char *dev, const char *mnt)
{
	char line[1024], want[512];
	FILE *f = fopen("/proc/mounts", "r");
	bool found = false;

	snprintf(want, sizeof(want), "%s %s fuse.%s ", dev, mnt, strrchr(dev, '/') + 1);
	while (fgets(line, sizeof(line), f))
		found |= !strncmp(line, want, strlen(want));
	fclose(f);
	check(found, "'%s' in /proc/mounts", want);
}

static void meta(const char *mnt, const char *name, size_t size, int prot, uint64_t seed)
{
	int fd = open_or_die(in(mnt, name), prot & PROT_WRITE ? O_RDWR : O_RDONLY);
	struct stat st;
	char *p;

	check(!fstat(fd, &st) && st.st_size == (off_t)size, "size of %s", name);
	p = mmap(NULL, size, prot, MAP_SHARED, fd, 0);
	check(p != MAP_FAILED, "map %s", name);
	compare(p, seed, size, name);
	check(!munmap(p, size), "munmap");
	close(fd);
}

static int mounted(const char *dev, const char *mnt, uint64_t seed)
{
	struct statfs st;
	char buf[64], *p;
	int fd, other;

	in_proc_mounts(dev, mnt);
	check(!statfs(mnt, &st) && st.f_type == FUSE_MAGIC, "the magic number");
	check(st.f_blocks == BLOCKS && st.f_bfree == 345 && st.f_bsize == 4096, "the server's statfs");
	meta(mnt, ".meta/.superblock", SB_SIZE, PROT_READ, seed);
	meta(mnt, ".meta/.log", LOG_SIZE, PROT_READ | PROT_WRITE, seed + 1);
	check(getxattr(in(mnt, "data"), "user.famfs.shadow", buf, sizeof(buf)) == 14 &&
	      !strcmp(buf, "/shadow/of/it"), "the server's attribute");
	fails_with(getxattr(path, "user.other", buf, sizeof(buf)), ENODATA);

	fd = open_or_die(path, O_RDWR);
	other = open_or_die(path, O_RDONLY);
	/* What the server says to a shared lock is by its errno that of the server. */
	check(!flock(fd, LOCK_EX) && !flock(fd, LOCK_UN), "flock");
	fails_with(flock(other, LOCK_SH), ENOLCK);
	p = mmap(NULL, DATA_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	check(p != MAP_FAILED, "map data");
	pattern_fill(p, seed + 2, 0, DATA_SIZE);
	check(pread(other, buf, sizeof(buf), 0) == sizeof(buf), "read");
	compare(buf, seed + 2, sizeof(buf), "what read gives");
	check(!msync(p, DATA_SIZE, MS_SYNC) && !fsync(fd), "flush");
	close(other);
	return 0;
}

static int refused(const char *mnt)
{
	int fd = open_or_die(in(mnt, "data"), O_RDWR);
	char *p = mmap(NULL, DATA_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0), c;
	char to[4096];
	struct stat st;

	check(p != MAP_FAILED, "map");
	pattern_fill(p, 77, 0, DATA_SIZE);
	fails_with(ftruncate(fd, 4096), EINVAL);
	fails_with(ftruncate(fd, DATA_SIZE * 2), EINVAL);
	fails_with(truncate(path, 0), EINVAL);
	fails_with(open(path, O_RDWR | O_TRUNC), EINVAL);
	fails_with(unlink(path), EBADSLT);
	strcpy(to, path);
	fails_with(link(to, in(mnt, "new")), EMLINK);
	fails_with(rename(to, path), EXDEV);
	fails_with(open(path, O_RDWR | O_CREAT, 0644), ENOTSUP);
	fails_with(mkdir(path, 0755), EDQUOT);
	fails_with(mknod(path, S_IFIFO | 0644, 0), ENOMEDIUM);
	fails_with(symlink("x", path), EREMOTE);
	fails_with(open(in(mnt, ".meta/none"), O_RDONLY), ENOENT);
	/* Nothing of it has done anything to the file. */
	check(!fstat(fd, &st) && st.st_size == DATA_SIZE, "its size");
	compare(p, 77, DATA_SIZE, "the mapping");
	check(pread(fd, &c, 1, DATA_SIZE - 1) == 1 && c == p[DATA_SIZE - 1], "read");
	fails_with(pwrite(fd, &c, 1, DATA_SIZE), ENOSPC);
	return 0;
}

int main(int argc, char **argv)
{
	check(argc >= 3, "usage: userspace mkfs|fsck|serve|mounted|refused ...");
	if (!strcmp(argv[1], "serve") && argc == 4)
		return serve(argv[0], argv[2], argv[3]);
	limit_seconds(120);
	if (!strcmp(argv[1], "mkfs") && argc == 4)
		return mkfs(argv[2], strtoull(argv[3], NULL, 0));
	if (!strcmp(argv[1], "fsck") && argc == 4)
		return fsck(argv[2], strtoull(argv[3], NULL, 0));
	if (!strcmp(argv[1], "mounted") && argc == 5)
		return mounted(argv[2], argv[3], strtoull(argv[4], NULL, 0));
	if (!strcmp(argv[1], "refused") && argc == 3)
		return refused(argv[2]);
	check(0, "usage");
}
