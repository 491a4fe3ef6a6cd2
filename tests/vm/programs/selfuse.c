// SPDX-License-Identifier: GPL-2.0-only
/*
 * selfuse MNT DEV OTHER-MNT OTHER-DEV: a server that uses its own mount while a question
 * about a map waits for its answer: it throws the mount's inodes out of memory, uses
 * and opens its files, changes a size. And one that waits for itself in doing so.
 */
#include <poll.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include "miniserv.h"

#define NODE(n)		((n) + 2U)
#define SEED		40
#define FILES		12

static void setup(struct mini *m, const char *mnt, const char *dev)
{
	int i;

	*m = famfs_at(mnt);
	m->daxdev[0] = dev;
	for (i = 0; i < FILES; i++)
		m->file[i] = (struct mini_file){ .size = SZ_2M, .offset = (i + 1) * SZ_2M };
}

static unsigned int asked(struct mini *m, int opcode)
{
	return atomic_load(&m->count[opcode]);
}

static bool is_map_of(const struct fuse_in_header *in, int n)
{
	return in->opcode == FUSE_GET_FMAP && in->nodeid == NODE(n);
}

/* Until then the kernel has the inodes in use. */
static void wait_released(struct mini *m)
{
	int i;

	for (i = 0; asked(m, FUSE_RELEASE) < asked(m, FUSE_OPEN); i++) {
		check(i < 2000, "RELEASE is missing");
		usleep(10000);
	}
}

static void finish(struct mini *m)
{
	check(!asked(m, FUSE_READ) && !asked(m, FUSE_WRITE), "data was asked for");
	mini_end(m);
}

static void drop_caches(void)
{
	int i, fd = open_or_die("/proc/sys/vm/drop_caches", O_WRONLY);

	sync();
	/* What was used lately goes at the second time. */
	for (i = 0; i < 3; i++)
		check(write(fd, "3", 1) == 1, "drop_caches");
	close(fd);
}

/* ---- its own thread evicts the files of its mount ------------------------------- */

#define OWN	3
#define LATE	9

static int own_fd = -1;
static char *own_map;
static int evictions;

/* What is open needs no server, so it can be used by it. */
static void use_own(void)
{
	static unsigned char buf[PIECE];

	check(pread(own_fd, buf, PIECE, AT) == PIECE, "read");
	check(pattern_differs(buf, SEED + OWN, AT, PIECE) < 0, "data, by read");
	check(pwrite(own_fd, buf, PIECE, 0) == PIECE, "write");
	check(pattern_differs(own_map, SEED + OWN, AT, PIECE) < 0, "data, by mapping");
	own_map[SZ_2M - 1]++;
	check(!msync(own_map, SZ_2M, MS_SYNC), "msync");
}

static bool evict_then_answer(struct mini *m, int fd, const struct fuse_in_header *in, const void *arg)
{
	(void)m;
	(void)fd;
	(void)arg;
	if (in->opcode != FUSE_GET_DAXDEV && !is_map_of(in, LATE))
		return false;
	if (own_fd >= 0)
		use_own();
	drop_caches();
	evictions++;
	return false;
}

static void evicting_server(const char *mnt, const char *dev)
{
	static struct mini m;
	int i;

	setup(&m, mnt, dev);
	m.hook = evict_then_answer;
	start_famfs(&m);
	for (i = 0; i < 8; i++) {
		put(&m, i, SEED + i);
		look(&m, i, SEED + i);
	}
	own_fd = mini_file_open(&m, OWN, O_RDWR);
	check(own_fd >= 0, "open");
	own_map = mmap(NULL, SZ_2M, PROT_READ | PROT_WRITE, MAP_SHARED, own_fd, 0);
	check(own_map != MAP_FAILED, "map");
	own_map[0] = 1;
	/* Answered with ENOSYS: the server need not ask itself for this later. */
	check(!msync(own_map, SZ_2M, MS_SYNC) && asked(&m, FUSE_FSYNC) == 1, "msync");
	/* All but the one that is open. */
	for (i = 0; asked(&m, FUSE_RELEASE) + 1 < asked(&m, FUSE_OPEN); i++) {
		check(i < 2000, "RELEASE is missing");
		usleep(10000);
	}
	check(asked(&m, FUSE_GET_FMAP) == 8 && evictions == 1, "%d evictions", evictions);
	put(&m, LATE, SEED + LATE);
	check(evictions == 2, "%d evictions", evictions);
	look(&m, LATE, SEED + LATE);
	for (i = 0; i < 8; i++)
		look(&m, i, SEED + i);
	/* They had left, and all came back but the one in use. */
	check(asked(&m, FUSE_GET_FMAP) == 8 + 1 + 7, "%u maps", asked(&m, FUSE_GET_FMAP));
	munmap(own_map, SZ_2M);
	close(own_fd);
	finish(&m);
	puts("ok: the server's thread evicts");
}

/* ---- it opens other files of its mount before it answers ------------------------ */

static bool open_then_answer(struct mini *m, int fd, const struct fuse_in_header *in, const void *arg)
{
	(void)fd;
	(void)arg;
	if (is_map_of(in, 5)) {
		put(m, 6, SEED + 6);
		look(m, 6, SEED + 6);
	}
	return false;
}

static void opening_server(const char *mnt, const char *dev)
{
	static struct mini m;

	setup(&m, mnt, dev);
	m.hook = open_then_answer;
	start_famfs(&m);
	mini_serve(&m, m.fd);
	put(&m, 5, SEED + 5);
	look(&m, 5, SEED + 5);
	look(&m, 6, SEED + 6);
	check(asked(&m, FUSE_GET_FMAP) == 2, "%u maps", asked(&m, FUSE_GET_FMAP));
	finish(&m);
	puts("ok: the server opens its own files");
}

/* ---- another size while the map is on its way ----------------------------------- */

#define SIZED	7

static char sized_path[64];
static _Atomic uint64_t said, say_next;

static uint64_t ask_size(void)
{
	struct statx stx;

	check(!statx(AT_FDCWD, sized_path, AT_STATX_FORCE_SYNC, STATX_SIZE, &stx), "statx");
	return stx.stx_size;
}

static bool resize_then_answer(struct mini *m, int fd, const struct fuse_in_header *in, const void *arg)
{
	struct fuse_attr_out out = { .attr_valid = 3600 };

	(void)arg;
	if (in->opcode == FUSE_GETATTR && in->nodeid == NODE(SIZED)) {
		mini_attr(m, in->nodeid, &out.attr);
		out.attr.size = said;
		mini_reply(fd, in->unique, 0, &out, sizeof(out));
		return true;
	}
	if (is_map_of(in, SIZED)) {
		said = say_next;
		check(ask_size() == said, "size");
		fails_with(truncate(sized_path, 4096), EINVAL);
	}
	return false;
}

static void resizing_server(const char *mnt, const char *dev)
{
	static const uint64_t sizes[] = { 1, SZ_2M / 2, 2 * SZ_2M };
	static struct mini m;
	static unsigned char buf[PIECE];
	struct stat st;
	unsigned int i;
	int fd;

	setup(&m, mnt, dev);
	snprintf(sized_path, sizeof(sized_path), "%s/%d", mnt, SIZED);
	m.hook = resize_then_answer;
	start_famfs(&m);
	mini_serve(&m, m.fd);
	for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		said = SZ_2M;
		say_next = sizes[i];
		/* The map comes later than the attributes, and holds. */
		put(&m, SIZED, SEED + SIZED);
		fd = mini_file_open(&m, SIZED, O_RDWR);
		check(fd >= 0 && !fstat(fd, &st) && st.st_size == (off_t)SZ_2M, "size");
		look_at(fd, SEED + SIZED);
		/* These are later than the map. */
		check(ask_size() == sizes[i], "size");
		fails_with(pread(fd, buf, PIECE, AT), ENXIO);
		said = SZ_2M;
		check(ask_size() == said, "size");
		look_at(fd, SEED + SIZED);
		close(fd);
		wait_released(&m);
		mini_drop(&m, SIZED);
	}
	check(asked(&m, FUSE_GET_FMAP) == i, "%u maps", asked(&m, FUSE_GET_FMAP));
	check(!asked(&m, FUSE_SETATTR), "truncation reached the server");
	finish(&m);
	puts("ok: sizes that change while the map is asked for");
}

/* ---- it waits for itself ---------------------------------------------------------- */

enum tangle {
	ORDINARY,	/* the same on an ordinary mount, while it is asked to open one */
	SAME_THREAD,	/* opens another file in its only thread */
	SAME_FILE,	/* opens the very file whose map it is asked for */
	RING,		/* two threads, each opens the file that the other is asked for */
};

static enum tangle tangle;
static int news[2];

static void tell(char what)
{
	check(write(news[1], &what, 1) == 1, "tell");
}

static void hear(char what)
{
	struct pollfd p = { .fd = news[0], .events = POLLIN };
	char c = 0;

	check(poll(&p, 1, 20000) == 1 && read(news[0], &c, 1) == 1 && c == what, "no '%c'", what);
}

static bool wait_for_itself(struct mini *m, int fd, const struct fuse_in_header *in, const void *arg)
{
	int other;

	(void)fd;
	(void)arg;
	if (tangle == ORDINARY && in->opcode == FUSE_OPEN && in->nodeid == NODE(1))
		other = 2;
	else if (is_map_of(in, 1))
		other = tangle == SAME_FILE ? 1 : 2;
	else if (is_map_of(in, 2) && tangle == RING)
		other = 1;
	else
		return false;
	tell('t');
	/* Comes back only when the connection has ended. */
	check(mini_file_open(m, other, O_RDONLY) < 0, "the open of %d succeeded", other);
	return true;
}

/* 0 to 255, or 256 and more for a signal. */
static int end_of(pid_t pid, int seconds, const char *who)
{
	int i, status;
	pid_t got;

	for (i = 0; !(got = waitpid(pid, &status, WNOHANG)); i++) {
		check(i < seconds * 100, "%s does not end", who);
		usleep(10000);
	}
	check(got == pid, "wait for %s", who);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 256 + WTERMSIG(status);
}

static pid_t child(void)
{
	pid_t pid = fork();

	check(pid >= 0, "fork");
	if (!pid)
		prctl(PR_SET_PDEATHSIG, SIGKILL);
	return pid;
}

static pid_t start_tangled(const char *mnt, const char *dev)
{
	static struct mini m;
	pid_t pid = child();

	if (pid)
		return pid;
	setup(&m, mnt, dev);
	m.hook = wait_for_itself;
	if (tangle == ORDINARY) {
		m.source = m.subtype = "plain";
		m.agree = 0;
	}
	mini_start(&m);
	check(tangle == ORDINARY || m.offered & FUSE_DAX_FMAP, "not offered");
	if (tangle > SAME_THREAD)
		mini_serve(&m, m.fd);
	tell('m');
	for (;;)
		pause();
}

static pid_t start_opener(const char *mnt)
{
	char path[64];
	pid_t pid = child();

	if (pid)
		return pid;
	snprintf(path, sizeof(path), "%s/1", mnt);
	_exit(open(path, O_RDONLY) < 0 ? errno : 0);
}

/* Another mount, eviction and sync(2) have nothing to do with it. */
static void elsewhere(const char *mnt, const char *dev)
{
	static struct mini m;
	pid_t pid = child();

	if (pid) {
		check(!end_of(pid, 30, "what happens elsewhere"), "elsewhere");
		return;
	}
	setup(&m, mnt, dev);
	start_famfs(&m);
	put(&m, 0, SEED);
	drop_caches();
	look(&m, 0, SEED);
	finish(&m);
	_exit(0);
}

static void check_cut_off(int error)
{
	check(error == ENOTCONN || error == ECONNABORTED, "the open ended with %d", error);
}

static void tangled_server(char **arg, enum tangle how, bool by_force)
{
	const char *mnt = arg[0], *dev = arg[1];
	static struct mini m;
	pid_t server, opener;

	tangle = how;
	server = start_tangled(mnt, dev);
	hear('m');
	opener = start_opener(mnt);
	hear('t');
	if (how == RING)
		hear('t');
	elsewhere(arg[2], arg[3]);
	check(!waitpid(opener, NULL, WNOHANG) && !waitpid(server, NULL, WNOHANG), "nobody waits");
	if (by_force) {
		umount2(mnt, MNT_FORCE);
		check_cut_off(end_of(opener, 5, "the open"));
	}
	kill(server, SIGKILL);
	check(end_of(server, 5, "the server") == 256 + SIGKILL, "the server");
	if (!by_force)
		check_cut_off(end_of(opener, 5, "the open"));
	check(!umount2(mnt, 0) || errno == EINVAL, "umount");
	/* The device is free. */
	setup(&m, mnt, dev);
	start_famfs(&m);
	put(&m, 1, SEED + 1);
	look(&m, 1, SEED + 1);
	finish(&m);
}

int main(int argc, char **argv)
{
	check(argc == 5, "usage: selfuse MNT DEV OTHER-MNT OTHER-DEV");
	setvbuf(stdout, NULL, _IOLBF, 0);
	check(!pipe(news), "pipe");
	evicting_server(argv[1], argv[2]);
	opening_server(argv[1], argv[2]);
	resizing_server(argv[1], argv[2]);
	tangled_server(argv + 1, ORDINARY, false);
	puts("ok: an ordinary mount's thread that waits for itself, killed");
	tangled_server(argv + 1, SAME_THREAD, false);
	puts("ok: a thread that waits for itself, killed");
	tangled_server(argv + 1, SAME_FILE, false);
	tangled_server(argv + 1, SAME_FILE, true);
	puts("ok: it opens the file that it is asked for, killed and by force");
	tangled_server(argv + 1, RING, false);
	puts("ok: two threads that wait for each other, killed");
	return 0;
}
