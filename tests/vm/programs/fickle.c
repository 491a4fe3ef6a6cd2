// SPDX-License-Identifier: GPL-2.0-only
/* lab-flags: tests/vm/programs/hostile/notify.c tests/vm/programs/hostile/rawfuse.c */
/*
 * fickle MNT DEV SEED: a server that changes its mind about files that are open and
 * mapped: their size, type, mode; and that sends every notification there is. The
 * device's first 16 MiB hold the pattern of SEED, and do so afterwards.
 */
#include <sched.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include "check.h"
#include "touch.h"
#include "hostile/notify.h"

#define NODE		10	/* nodeid of the first file */
#define NFILES		2
/* So that one can still read from its last byte on. */
#define LARGEST		(INT64_MAX - 8192)

#define EXPIRE_ONLY	1
#define ATTR_SUBMOUNT	1
#define ATTR_DAX	2

/* One extent each: large pages with a neighbour behind; some small ones. */
static const struct {
	uint64_t offset, len;
	off_t size;
} files[NFILES] = {
	{ 4UL << 20, 4UL << 20, (4L << 20) - 100 },
	{ (10UL << 20) + 4096, 10 * SZ_4K, 10 * 4096L - 5 },
};

struct shared {
	struct rawfuse_counts counts;
	struct fuse_attr attr[NFILES];
	uint32_t generation;
	uint64_t retrieved, retrieve_bytes;
	volatile int stop;
	volatile uint64_t passes;
	char device[64];
};

static struct shared *shared;
static uint64_t seed;
static const char *names[NFILES] = { "large", "small" };

/* ---- the server ------------------------------------------------------------------ */

static uint64_t lookup(const char *name)
{
	uint64_t i;

	for (i = 0; i < NFILES; i++)
		if (!strcmp(name, names[i]))
			return NODE + i;
	return 0;
}

static int attr(uint64_t nodeid, struct fuse_attr *attr)
{
	*attr = shared->attr[nodeid - NODE];
	return 0;
}

static void get_fmap(int fd, const struct fuse_in_header *in, uint32_t capacity)
{
	struct {
		struct fuse_famfs_fmap_header hdr;
		struct fuse_famfs_simple_ext ext;
	} map = {
		.hdr = { .fmap_version = 1, .nextents = 1, .reserved0 = sizeof(map) },
		.ext = { .se_offset = files[in->nodeid - NODE].offset, .se_len = files[in->nodeid - NODE].len },
	};

	(void)capacity;
	map.hdr.file_size = (uint64_t)files[in->nodeid - NODE].size;
	rawfuse_reply(fd, in->unique, 0, &map, sizeof(map));
}

static void get_daxdev(int fd, const struct fuse_in_header *in)
{
	struct fuse_daxdev_out out = { .index = (uint16_t)in->nodeid };

	strcpy(out.name, shared->device);
	rawfuse_reply(fd, in->unique, 0, &out, sizeof(out));
}

static bool other(int fd, const struct fuse_in_header *in, const void *arg)
{
	(void)fd;
	(void)arg;
	if (in->opcode != FUSE_NOTIFY_REPLY)
		return false;
	shared->retrieve_bytes += in->len - sizeof(*in) - sizeof(struct fuse_notify_retrieve_in);
	shared->retrieved++;
	return true;
}

static const struct rawfuse_ops ops = {
	.lookup = lookup,
	.attr = attr,
	.get_fmap = get_fmap,
	.get_daxdev = get_daxdev,
	.other = other,
};

/* ---- a file and its users -------------------------------------------------------- */

struct file {
	int n;
	int fd, direct;
	char *map;		/* of all its pages, the first two touched */
};

/* Make the kernel ask for the attributes. */
static void look(const struct file *f)
{
	struct stat st;

	(void)!stat(names[f->n], &st);
	(void)!fstat(f->fd, &st);
}

static size_t pages_len(int n)
{
	return ((size_t)files[n].size + SZ_4K - 1) / SZ_4K * SZ_4K;
}

static long differs(const void *buf, int n, off_t pos, size_t len)
{
	return pattern_differs(buf, seed, files[n].offset + (uint64_t)pos, len);
}

static struct file use(int n)
{
	struct file f = { .n = n, .fd = open_or_die(names[n], O_RDWR) };

	f.direct = open_or_die(names[n], O_RDWR | O_DIRECT);
	f.map = mmap(aligned_area(pages_len(n) + SZ_2M), pages_len(n), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED,
		     f.fd, 0);
	check(f.map != MAP_FAILED, "mmap");
	check(!touch_gets(f.map, 0) && !touch_gets(f.map + SZ_4K, 0), "touch");
	return f;
}

static void leave(struct file *f)
{
	munmap(f->map, pages_len(f->n));
	close(f->fd);
	close(f->direct);
}

/* Everything works, and shows what it should. */
static void intact(const struct file *f, const char *when)
{
	static char buf[64 << 10];
	size_t len = pages_len(f->n), n = 0;
	struct stat st;
	off_t pos;
	char *p;

	check(!fstat(f->fd, &st) && st.st_size == files[f->n].size, "%s: size %ld", when, (long)st.st_size);
	for (pos = 0; pos < files[f->n].size; pos += (off_t)n) {
		n = (size_t)(files[f->n].size - pos) < sizeof(buf) ? (size_t)(files[f->n].size - pos) : sizeof(buf);
		check(pread(pos & 65536 ? f->fd : f->direct, buf, n, pos) == (ssize_t)n, "%s: read at %ld", when,
		      (long)pos);
		check(differs(buf, f->n, pos, n) < 0, "%s: content at %ld", when, (long)pos);
	}
	check(pwrite(f->fd, buf, n, pos - (off_t)n) == (ssize_t)n, "%s: write", when);
	check(differs(f->map, f->n, 0, len) < 0, "%s: mapping", when);
	p = mmap(NULL, len + 2 * SZ_4K, PROT_READ, MAP_SHARED, f->fd, 0);
	check(p != MAP_FAILED, "mmap");
	check(!touch_gets(p, 0) && differs(p, f->n, 0, len) < 0, "%s: new mapping", when);
	check(touch_gets(p + len, 0) == SIGBUS, "%s: behind the end", when);
	munmap(p, len + 2 * SZ_4K);
	/* A store here, a read there. */
	f->map[1234] ^= 0x55;
	check(pread(f->fd, buf, 1, 1234) == 1 && buf[0] == f->map[1234], "%s: store", when);
	f->map[1234] ^= 0x55;
	check(!msync(f->map, len, MS_SYNC), "%s: msync", when);
}

/* ---- sizes -------------------------------------------------------------------------- */

static void nothing_moves(const struct file *f, off_t said)
{
	off_t real = files[f->n].size, end = said > real ? said : real;
	off_t at[] = { 0, real / 2, real - 1, end - 1 };
	static char buf[8192];
	unsigned int i;
	int p[2];

	memset(buf, 0xee, sizeof(buf));
	for (i = 0; i < 4; i++) {
		fails_with(pread(f->fd, buf, 100, at[i]), ENXIO);
		fails_with(pread(f->direct, buf, 4096, at[i]), ENXIO);
		/* Not the right bytes: would be seen. */
		fails_with(pwrite(f->fd, buf, 100, at[i]), ENXIO);
		fails_with(pwrite(f->direct, buf, 4096, at[i]), ENXIO);
	}
	check(!pipe(p), "pipe");
	at[0] = 0;
	fails_with(splice(f->fd, &at[0], p[1], NULL, 4096, 0), ENXIO);
	at[0] = 0;
	fails_with(sendfile(p[1], f->fd, &at[0], 4096), ENXIO);
	close(p[0]);
	close(p[1]);
}

static void no_new_page(const struct file *f, off_t said)
{
	size_t len = pages_len(f->n), i;
	char *p = mmap(NULL, len + 4 * SZ_4K, PROT_READ | PROT_WRITE, MAP_SHARED, f->fd, 0);
	char *q = mmap(NULL, SZ_4K, PROT_READ | PROT_WRITE, MAP_PRIVATE, f->fd, 0);

	check(p != MAP_FAILED && q != MAP_FAILED, "mmap");
	for (i = 0; i < 20; i++)
		check(touch_gets(p + i % 3 * (len / 3), i & 1) == SIGBUS, "size %ld: new mapping, touch %zu: signal %d",
		      (long)said, i, touch_got);
	check(touch_gets(q, 0) == SIGBUS && touch_gets(q, 1) == SIGBUS, "size %ld: private mapping", (long)said);
	/* What the server says is there now is another file's memory. */
	check(touch_gets(p + len, 0) == SIGBUS, "size %ld: behind the end", (long)said);
	munmap(p, len + 4 * SZ_4K);
	munmap(q, SZ_4K);
	/* What was mapped before shows what it did, or nothing. */
	for (i = 0; i < len; i += SZ_4K)
		if (!touch_gets(f->map + i, 0))
			check(differs(f->map + i, f->n, (off_t)i, SZ_4K) < 0, "size %ld: old mapping at %zu", (long)said, i);
}

static void sizes(int n)
{
	off_t real = files[n].size;
	off_t said[] = { real + 1, real + 4096, 2 * real, LARGEST, real - 1, real - 4096, 1, 0 };
	struct file f = use(n), late;
	unsigned int i;

	for (i = 0; i < sizeof(said) / sizeof(said[0]); i++) {
		shared->attr[n].size = (uint64_t)said[i];
		look(&f);
		nothing_moves(&f, said[i]);
		no_new_page(&f, said[i]);
		shared->attr[n].size = (uint64_t)real;
		look(&f);
		intact(&f, "right again");
	}
	/* Wrong from the start, once the map has been taken. */
	leave(&f);
	shared->attr[n].size = 12345;
	late = (struct file){ .n = n, .fd = open_or_die(names[n], O_RDWR), .direct = open_or_die(names[n], O_RDWR | O_DIRECT) };
	look(&late);
	nothing_moves(&late, 12345);
	shared->attr[n].size = (uint64_t)real;
	look(&late);
	f = use(n);
	intact(&f, "opened while it was wrong");
	leave(&f);
	close(late.fd);
	close(late.direct);
}

/* ---- notifications ---------------------------------------------------------------------- */

static void one_round(int n, unsigned int i)
{
	uint64_t node = NODE + (uint64_t)n;
	off_t size = files[n].size;

	switch (i % 16) {
	case 0:
		notify_inval_inode(node, 0, 0);
		break;
	case 1:
		notify_inval_inode(node, 0, -1);
		break;
	case 2:
		notify_inval_inode(node, -1, 0);
		break;
	case 3:
		notify_inval_inode(node, 4096, 4096);
		break;
	case 4:
		notify_inval_inode(node, 1, INT64_MAX - 1);
		break;
	case 5:
		notify_store(node, 0, 4096);
		break;
	case 6:
		notify_store(node, 100, 1);
		break;
	case 7:
		notify_store(node, 4096, 1 << 15);
		break;
	case 8:
		notify_retrieve(node, 0, 1 << 16);
		break;
	case 9:
		notify_retrieve(node, 4097, 100);
		break;
	case 10:
		notify_inval_entry(names[n], 0);
		break;
	case 11:
		notify_inval_entry(names[n], EXPIRE_ONLY);
		break;
	case 12:
		notify_delete(names[n], node);
		break;
	case 13:
		notify_delete(names[n], node + 100);
		break;
	case 14:
		notify_store(node, (uint64_t)size - 50, 50);
		break;
	case 15:
		notify_others(node);
		break;
	}
}

/* Uses the file all the while. */
static void user(int n)
{
	struct file f = use(n);
	static char buf[8192];
	off_t pos = 0;
	char *p;

	while (!shared->stop) {
		/* Not the first page, where others store. */
		pos = 4096 + (pos + 37 * 4096) % (files[n].size - 12288);
		check(pread(f.fd, buf, 8192, pos) == 8192 && differs(buf, n, pos, 8192) < 0, "read while notified");
		check(pwrite(f.fd, buf, 8192, pos) == 8192, "write while notified");
		p = mmap(NULL, SZ_4K, PROT_READ, MAP_SHARED, f.fd, pos / 4096 * 4096);
		check(p != MAP_FAILED && differs(p, n, pos / 4096 * 4096, SZ_4K) < 0, "mapping while notified");
		munmap(p, SZ_4K);
		check(differs(f.map + pos, n, pos, 8192) < 0, "old mapping while notified");
		shared->passes++;
		sched_yield();
	}
	_exit(0);
}

static void notifications(int n)
{
	uint64_t node = NODE + (uint64_t)n;
	struct file f = use(n), again;
	unsigned int i;
	int status;
	pid_t pid;

	shared->stop = 0;
	shared->passes = 0;
	pid = fork();
	check(pid >= 0, "fork");
	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		user(n);
	}
	while (!shared->passes)
		usleep(1000);
	for (i = 0; i < 128; i++) {
		one_round(n, i);
		if (i < 16) {
			look(&f);
			intact(&f, "notified");
		} else {
			sched_yield();
		}
	}
	shared->stop = 1;
	check(waitpid(pid, &status, 0) == pid && WIFEXITED(status) && !WEXITSTATUS(status), "the other user: %#x", status);
	/* Storing behind the end is a way to tell another size. */
	notify_store(node, (uint64_t)files[n].size + 5000, 100);
	nothing_moves(&f, files[n].size);
	look(&f);
	intact(&f, "stored behind the end");
	again = use(n);
	intact(&again, "opened anew");
	leave(&again);
	leave(&f);
}

/* ---- other attributes ---------------------------------------------------------------- */

/* Reads and stores show the file or fail: the file may have become a bad one. */
static void right_or_eio(const struct file *f, const char *when)
{
	size_t i, len = pages_len(f->n);
	static char buf[8192];
	ssize_t got;

	errno = 0;
	got = pread(f->fd, buf, sizeof(buf), 4000);
	check((got == (ssize_t)sizeof(buf) && differs(buf, f->n, 4000, sizeof(buf)) < 0) || (got < 0 && errno == EIO),
	      "%s: read gave %zd", when, got);
	for (i = 0; i < len; i += SZ_4K)
		if (!touch_gets(f->map + i, 0))
			check(differs(f->map + i, f->n, (off_t)i, SZ_4K) < 0, "%s: mapping at %zu", when, i);
}

static void comes_back(int n, const char *when)
{
	struct file f;
	int tries, fd = -1;

	/* The old inode goes when the server has answered RELEASE. */
	for (tries = 0; tries < 200 && fd < 0; tries++) {
		fd = open(names[n], O_RDWR);
		check(fd >= 0 || errno == EIO || errno == EBUSY || errno == ENOENT, "%s: open", when);
		if (fd < 0)
			usleep(10000);
	}
	check(fd >= 0, "%s: open for two seconds", when);
	close(fd);
	f = use(n);
	intact(&f, when);
	leave(&f);
}

#define NO_SIZE	1	/* not a type: the size cannot be one */

static void types(int n)
{
	static const uint32_t types[] = { S_IFDIR | 0755, S_IFLNK | 0777, S_IFCHR | 0666, S_IFIFO | 0644, 0, UINT32_MAX,
		NO_SIZE };
	unsigned int i;

	for (i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		struct file f = use(n);
		struct fuse_attr was = shared->attr[n];
		int fd;

		if (types[i] != NO_SIZE)
			shared->attr[n].mode = types[i];
		else
			shared->attr[n].size = UINT64_MAX;
		look(&f);
		right_or_eio(&f, "other type");
		fd = open(names[n], O_RDWR | O_NONBLOCK);
		check(fd < 0 || types[i] == (S_IFIFO | 0644), "opened as type %#o", types[i]);
		if (fd >= 0)
			close(fd);
		look(&f);
		right_or_eio(&f, "other type, opened");
		shared->attr[n] = was;
		look(&f);
		right_or_eio(&f, "old type");
		leave(&f);
		comes_back(n, "old type again");
	}
}

static void harmless(int n)
{
	static const uint32_t modes[] = { S_IFREG, S_IFREG | 06777, S_IFREG | 07777, S_IFREG | 0200 };
	static const uint32_t blksizes[] = { 1, 2, 512, 4097, 65536, 1U << 21, 1U << 31, UINT32_MAX, 0 };
	struct fuse_attr was = shared->attr[n], *now = &shared->attr[n];
	struct file f = use(n);
	unsigned int i;

	for (i = 0; i < 4; i++) {
		now->mode = modes[i];
		look(&f);
		intact(&f, "other mode");
	}
	*now = was;
	for (i = 0; i < 9; i++) {
		now->blksize = blksizes[i];
		look(&f);
		intact(&f, "other block size");
	}
	*now = was;
	now->nlink = 0;
	now->ino = 4711;
	now->blocks = UINT64_MAX;
	now->uid = now->gid = 4711;
	now->rdev = 0x103;
	now->atime = now->mtime = now->ctime = UINT64_MAX;
	now->atimensec = now->mtimensec = now->ctimensec = UINT32_MAX;
	look(&f);
	intact(&f, "other everything");
	*now = was;
	now->flags = ATTR_DAX;
	look(&f);
	intact(&f, "DAX flag");
	now->flags = ATTR_SUBMOUNT | ATTR_DAX;
	look(&f);
	intact(&f, "submount flag");
	*now = was;
	look(&f);
	leave(&f);
	comes_back(n, "all as it was");
}

int main(int argc, char **argv)
{
	static void (*const parts[])(int) = { sizes, notifications, harmless, types };
	unsigned int part;
	pid_t pid;
	int i, status;

	check(argc == 4, "usage: fickle MNT DEV SEED");
	seed = strtoull(argv[3], NULL, 0);
	touch_setup();
	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	check(shared != MAP_FAILED, "memory");
	snprintf(shared->device, sizeof(shared->device), "%s", argv[2]);
	for (i = 0; i < NFILES; i++)
		shared->attr[i] = (struct fuse_attr){ .ino = (uint64_t)(NODE + i), .size = (uint64_t)files[i].size,
			.mode = S_IFREG | 0644, .nlink = 1, .blksize = 4096 };
	notify_session = rawfuse_mount(argv[1], argv[2]);
	pid = fork();
	check(pid >= 0, "fork");
	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		rawfuse_serve(notify_session, &ops, &shared->counts);
		_exit(0);
	}
	check(!chdir(argv[1]), "chdir");
	for (part = 0; part < sizeof(parts) / sizeof(parts[0]); part++)
		for (i = 0; i < NFILES; i++)
			parts[part](i);
	check(!shared->counts.reads, "the server was asked for data");
	check(shared->retrieved, "no answer to NOTIFY_RETRIEVE");
	check(!chdir("/"), "chdir");
	/* Ours is a reference to the connection, too. */
	close(notify_session);
	check(!umount(argv[1]), "umount");
	check(waitpid(pid, &status, 0) == pid && WIFEXITED(status) && !WEXITSTATUS(status), "the server: %#x", status);
	printf("%llu retrieved, %llu bytes\n", (unsigned long long)shared->retrieved,
	       (unsigned long long)shared->retrieve_bytes);
	return 0;
}
