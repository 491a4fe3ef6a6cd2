// SPDX-License-Identifier: GPL-2.0-only
/*
 * newnames DAXDEV: inodes come to light in every way there is, and the files among them
 * are in memory at once; and what O_TRUNC does to names that are new, or that only the
 * server has.
 */
#include <dirent.h>
#include "miniserv.h"

#define DIR_NODE	100	/* and those that follow */
#define FILE_SIZE	(64UL << 10)

static const char *mnt;

static struct {
	atomic_int renamed;		/* "old" is called "new" */
	atomic_int hidden[MINI_FILES];	/* the file has no name until it is made */
	atomic_int no_create, no_maps;
	atomic_uint told;		/* flags of the last OPEN or CREATE */
} *sv;

/* ---- the server ---- */

static void entry_of(struct mini *m, uint64_t nodeid, struct fuse_entry_out *out)
{
	memset(out, 0, sizeof(*out));
	out->nodeid = nodeid;
	out->attr_valid = out->entry_valid = 3600;
	if (nodeid < DIR_NODE) {
		mini_attr(m, nodeid, &out->attr);
		return;
	}
	out->attr = (struct fuse_attr){ .ino = nodeid, .nlink = 2, .mode = S_IFDIR | 0755,
					.blksize = 4096 };
}

static void reply_entry(struct mini *m, int fd, uint64_t unique, uint64_t nodeid)
{
	struct fuse_entry_out out;

	entry_of(m, nodeid, &out);
	mini_reply(fd, unique, 0, &out, sizeof(out));
}

/* One name, "old", in the root. */
static void reply_names(struct mini *m, int fd, uint64_t unique, const struct fuse_read_in *in)
{
	struct {
		struct fuse_entry_out entry;
		struct fuse_dirent dirent;
		char name[8];
	} one = { .dirent = { .ino = DIR_NODE, .off = 1, .namelen = 3, .type = DT_DIR },
		  .name = "old" };

	entry_of(m, DIR_NODE, &one.entry);
	mini_reply(fd, unique, 0, &one, in->offset ? 0 : sizeof(one));
}

static bool lookup(struct mini *m, int fd, const struct fuse_in_header *in, const char *name)
{
	if (!strcmp(name, sv->renamed ? "new" : "old"))
		reply_entry(m, fd, in->unique, DIR_NODE);
	else if (name[0] < '0' || name[0] > '9' || sv->hidden[atoi(name)])
		mini_reply(fd, in->unique, ENOENT, NULL, 0);
	else
		return false;
	return true;
}

static void create(struct mini *m, int fd, const struct fuse_in_header *in,
		   const struct fuse_create_in *arg)
{
	struct {
		struct fuse_entry_out entry;
		struct fuse_open_out open;
	} out = { 0 };
	int n = atoi((const char *)(arg + 1));

	sv->told = arg->flags;
	entry_of(m, n + 2, &out.entry);
	mini_reply(fd, in->unique, 0, &out, sizeof(out));
}

static bool serve(struct mini *m, int fd, const struct fuse_in_header *in, const void *arg)
{
	static atomic_int made = DIR_NODE;
	struct fuse_attr_out attr = { .attr_valid = 3600 };
	struct fuse_entry_out entry;

	switch (in->opcode) {
	case FUSE_LOOKUP:
		return lookup(m, fd, in, arg);
	case FUSE_GETATTR:
		if (in->nodeid < DIR_NODE)
			return false;
		entry_of(m, in->nodeid, &entry);
		attr.attr = entry.attr;
		mini_reply(fd, in->unique, 0, &attr, sizeof(attr));
		return true;
	case FUSE_READDIRPLUS:
		reply_names(m, fd, in->unique, arg);
		return true;
	case FUSE_MKDIR:
		reply_entry(m, fd, in->unique, ++made);
		return true;
	case FUSE_MKNOD:
		reply_entry(m, fd, in->unique,
			    atoi((const char *)((const struct fuse_mknod_in *)arg + 1)) + 2);
		return true;
	case FUSE_LINK:
		reply_entry(m, fd, in->unique,
			    atoi((const char *)((const struct fuse_link_in *)arg + 1)) + 2);
		return true;
	case FUSE_CREATE:
		if (sv->no_create)
			return false;
		create(m, fd, in, arg);
		return true;
	case FUSE_OPEN:
		sv->told = ((const struct fuse_open_in *)arg)->flags;
		return false;
	case FUSE_GET_FMAP:
		if (!sv->no_maps)
			return false;
		mini_reply(fd, in->unique, ENOSYS, NULL, 0);
		return true;
	default:
		return false;
	}
}

/* ---- its users ---- */

static int at(const char *name, int flags)
{
	char path[64];

	snprintf(path, sizeof(path), "%s/%s", mnt, name);
	return open(path, flags, 0644);
}

/* An open file is in memory: it can be used, and the server does not hear of it. */
static void in_memory(struct mini *m, int fd, const char *what)
{
	struct stat st;
	char buf[3];

	check(fd >= 0, "open: %s", what);
	check(!fstat(fd, &st) && st.st_size == FILE_SIZE, "%s: size %ld", what, (long)st.st_size);
	check(pwrite(fd, "DAX", 3, 5000) == 3 && pread(fd, buf, 3, 5000) == 3 && !memcmp(buf, "DAX", 3),
	      "%s: bytes", what);
	close(fd);
	check(!m->count[FUSE_READ] && !m->count[FUSE_WRITE], "%s: %u READ, %u WRITE", what,
	      m->count[FUSE_READ], m->count[FUSE_WRITE]);
}

/* Known by readdirplus as "old", renamed by the server, and opened by its new name. */
static void renamed_dir(struct mini *m)
{
	DIR *dir = opendir(mnt);
	int fd;

	check(dir && readdir(dir), "list");
	closedir(dir);
	check(m->count[FUSE_READDIRPLUS], "no READDIRPLUS");
	sv->renamed = 1;
	fd = at("new", O_RDONLY);
	check(fd >= 0, "open the directory");
	in_memory(m, openat(fd, "0", O_RDWR), "below a renamed directory");
	close(fd);
}

static void made(struct mini *m)
{
	char path[64], other[64];
	int fd;

	snprintf(path, sizeof(path), "%s/dir", mnt);
	check(!mkdir(path, 0755), "mkdir");
	sv->hidden[1] = sv->hidden[2] = sv->hidden[3] = 1;
	snprintf(path, sizeof(path), "%s/1", mnt);
	check(!mknod(path, S_IFREG | 0644, 0), "mknod");
	in_memory(m, at("1", O_RDWR), "made by mknod");
	snprintf(other, sizeof(other), "%s/2", mnt);
	check(!link(path, other), "link");
	in_memory(m, at("2", O_RDWR), "made by link");
	in_memory(m, at("3", O_RDWR | O_CREAT), "made by open");
	/* The server's ENOENT is not remembered. */
	sv->hidden[1] = 0;
	fd = at("old", O_RDONLY);
	in_memory(m, openat(fd, "1", O_RDWR), "another way to it");
	close(fd);
}

static void truncation(struct mini *m)
{
	unsigned int opens;

	in_memory(m, at("4", O_RDWR), "to begin with");
	opens = m->count[FUSE_OPEN];
	fails_with(at("4", O_RDWR | O_TRUNC), EINVAL);
	fails_with(at("4", O_RDWR | O_TRUNC | O_CREAT), EINVAL);
	check(m->count[FUSE_OPEN] == opens, "the server was asked to cut a file");

	/* Only the server has it. */
	sv->hidden[5] = sv->hidden[6] = sv->hidden[7] = sv->hidden[8] = 1;
	fails_with(at("5", O_RDWR | O_TRUNC | O_CREAT), EINVAL);
	check(!(sv->told & O_TRUNC), "the server was told to cut a file");
	in_memory(m, at("5", O_RDWR), "and was not cut");
	/* It is new, and the server says how long. */
	in_memory(m, at("6", O_RDWR | O_TRUNC | O_CREAT | O_EXCL), "new");
	in_memory(m, at("7", O_RDWR | O_CREAT), "not to be cut");
	/* A server that makes and opens in two steps. */
	sv->no_create = 1;
	in_memory(m, at("8", O_RDWR | O_TRUNC | O_CREAT), "new, in two steps");
	check(m->count[FUSE_MKNOD] == 1 && !(sv->told & O_TRUNC), "the server was told to cut a new file");
	fails_with(at("8", O_RDWR | O_TRUNC | O_CREAT), EINVAL);
	sv->no_create = 0;
}

/*
 * Whoever makes a file has its directory locked meanwhile; here the server names a device in
 * that directory. It is hard to say what such an open shall give, but it can be killed, and
 * then all is as before.
 */
static void named_in_own_dir(struct mini *m)
{
	int i, status;
	pid_t opener;

	m->file[3].dev = 1;
	sv->hidden[3] = 1;
	opener = fork();
	check(opener >= 0, "fork");
	if (!opener)
		_exit(at("3", O_RDWR | O_CREAT) < 0 ? errno : 0);
	for (i = 0; i < 100 && !m->count[FUSE_GET_DAXDEV]; i++)
		usleep(100000);
	check(m->count[FUSE_GET_DAXDEV] == 1, "no GET_DAXDEV");
	usleep(500000);
	check(!kill(opener, SIGKILL), "kill");
	for (i = 0; i < 100 && !waitpid(opener, &status, WNOHANG); i++)
		usleep(100000);
	check(i < 100, "the opener does not end");
	in_memory(m, at("4", O_RDWR), "afterwards");
}

/* A mount that turns out to be an ordinary one cuts files as any does. */
static void plain(struct mini *m)
{
	int fd;

	sv->no_maps = 1;
	sv->hidden[5] = 1;
	fd = at("4", O_RDWR);
	check(fd >= 0, "open");
	close(fd);
	fd = at("4", O_RDWR | O_TRUNC);
	check(fd >= 0 && sv->told & O_TRUNC, "cut");
	close(fd);
	fd = at("5", O_RDWR | O_TRUNC | O_CREAT);
	check(fd >= 0 && sv->told & O_TRUNC && m->count[FUSE_CREATE], "make or cut");
	close(fd);
}

static void run(const char *dev, const char *at, uint64_t flags, void (*look)(struct mini *m))
{
	struct mini *m = mini_shared(famfs_at(at));
	pid_t server;
	int i;

	memset(sv, 0, sizeof(*sv));
	mnt = at;
	m->agree |= flags | FUSE_ATOMIC_O_TRUNC;
	m->hook = serve;
	m->daxdev[0] = dev;
	m->daxdev[1] = "/mnt/names/none";
	for (i = 0; i < 10; i++)
		m->file[i] = (struct mini_file){ .size = FILE_SIZE, .offset = (uint64_t)(i + 1) * SZ_2M };
	mini_mount(m);
	mini_read_init(m, m->fd);
	mini_answer_init(m, m->fd);
	server = mini_serve_apart(m);
	look(m);
	mini_end_apart(m, server);
}

int main(int argc, char **argv)
{
	check(argc == 2, "usage: newnames DAXDEV");
	limit_seconds(60);
	sv = mmap(NULL, sizeof(*sv), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	check(sv != MAP_FAILED, "memory");
	run(argv[1], "/mnt/names", FUSE_DO_READDIRPLUS, renamed_dir);
	run(argv[1], "/mnt/names", 0, made);
	run(argv[1], "/mnt/names", 0, truncation);
	run(argv[1], "/mnt/names", 0, named_in_own_dir);
	run(argv[1], "/mnt/names", 0, plain);
	return 0;
}
