// SPDX-License-Identifier: GPL-2.0-only
/* See session.h. */
#include <signal.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <time.h>
#include "../check.h"
#include "session.h"

struct device devices[2];
struct scene scene;
struct shared *shared;

static pid_t server, watchers[2];
static int held[HONEST];
static int honest_files;

/* ---- devices and their stamps ---------------------------------------------------- */

/* The first and the last word of each page of each device is one of its own. */
static uint64_t stamp_word(int dev, uint64_t page, int last)
{
	return pattern_word(0x57a3900 + (uint64_t)dev, page * 2 + (uint64_t)last);
}

static uint64_t dev_size_of(const char *path)
{
	char file[128], text[32] = "";
	int fd;

	snprintf(file, sizeof(file), "/sys/bus/dax/devices/%s/size", strrchr(path, '/') + 1);
	fd = open_or_die(file, O_RDONLY);
	check(read(fd, text, sizeof(text) - 1) > 0, "size of %s", path);
	close(fd);
	return strtoull(text, NULL, 0);
}

void stamp(const char *path, int dev, int write)
{
	uint64_t size = dev_size_of(path), page;
	int fd = open_or_die(path, O_RDWR);
	unsigned char *mem = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	check(mem != MAP_FAILED, "mmap %s", path);
	for (page = 0; page < size / PAGE; page++) {
		uint64_t *first = (uint64_t *)(mem + page * PAGE);
		uint64_t *last = first + PAGE / sizeof(*first) - 1;

		if (write) {
			*first = stamp_word(dev, page, 0);
			*last = stamp_word(dev, page, 1);
		} else {
			check(*first == stamp_word(dev, page, 0) && *last == stamp_word(dev, page, 1),
			      "page %#llx of %s has changed", (unsigned long long)page, path);
		}
	}
	munmap(mem, size);
	close(fd);
}

void verify_page(const unsigned char *page, const void *map, uint64_t pos, uint64_t from, uint64_t to)
{
	unsigned char want[16];
	uint64_t word, off;
	uint32_t index;
	int dev = -1, half;

	where_is(map, pos, &index, &off);
	check(scene.resolve(index, &dev) & V_OK && dev >= 0, "device %u", index);
	for (half = 0; half < 2; half++) {
		uint64_t at = half ? PAGE - 8 : 0, i;

		word = stamp_word(dev, off / PAGE, half);
		memcpy(want, &word, 8);
		for (i = 0; i < 8; i++)
			if (at + i >= from && at + i < to)
				check(page[at + i] == want[i], "file byte %#llx: %02x, not that of %s at %#llx (%02x)",
				      (unsigned long long)(pos + at + i), page[at + i], devices[dev].path,
				      (unsigned long long)(off + at + i), want[i]);
	}
}

void verify_file(int fd, const void *map, uint64_t from, uint64_t to)
{
	static __thread unsigned char buf[64 << 10];
	uint64_t page = from / PAGE * PAGE, i;

	while (page < to) {
		uint64_t n = to - page < sizeof(buf) ? to - page : sizeof(buf);

		check(pread(fd, buf, n, (off_t)page) == (ssize_t)n, "read of %llu at %#llx", (unsigned long long)n,
		      (unsigned long long)page);
		for (i = 0; i < n; i += PAGE)
			verify_page(buf + i, map, page + i, 0, n - i);
		page += n;
	}
}

/* ---- the server -------------------------------------------------------------------- */

static uint64_t lookup(const char *name)
{
	if (name[0] == 'h')
		return HONEST_NODE + strtoull(name + 1, NULL, 10);
	if (name[0] == 'x')
		return HOSTILE_NODE + strtoull(name + 1, NULL, 10);
	return 0;
}

static uint64_t size_in(const struct answer *a)
{
	struct fuse_famfs_fmap_header hdr = { 0 };

	memcpy(&hdr, a->data, a->len < sizeof(hdr) ? a->len : sizeof(hdr));
	/* Stock refuses such attributes before anybody could ask for a map. */
	return hdr.file_size > INT64_MAX ? 0 : hdr.file_size;
}

static int attr(uint64_t nodeid, struct fuse_attr *attr)
{
	attr->mode = S_IFREG | 0644;
	attr->size = nodeid < HOSTILE_NODE ? size_in(&shared->honest[nodeid - HONEST_NODE]) : shared->size;
	return 0;
}

static void send_answer(int fd, uint64_t unique, const struct answer *a)
{
	int err = rawfuse_reply(fd, unique, a->err, a->data, a->err ? 0 : a->len);

	/* Too long a reply is refused, and the request has failed by it. */
	check(!err || err == EINVAL, "reply: %s", strerror(err));
}

/* A reply whose header is wrong is the server's mistake: the request still waits. */
static void try_bad_header(int fd, uint64_t unique, const struct attack *at)
{
	struct fuse_out_header out = { .len = sizeof(out) + at->first.len, .unique = unique };
	int want = EINVAL, err;

	switch (at->header) {
	case HEADER_RIGHT:
		return;
	case HEADER_POSITIVE_ERROR:
		out.error = EIO;
		break;
	case HEADER_HUGE_ERROR:
		out.error = -4096;
		break;
	case HEADER_WRONG_LEN:
		out.len++;
		break;
	case HEADER_WRONG_UNIQUE:
		out.unique += 2;
		want = ENOENT;
		break;
	}
	err = rawfuse_reply_raw(fd, out, at->first.data, at->first.len);
	check(err == want, "a reply with a wrong header (%d): %s", at->header, strerror(err));
	shared->bad_headers++;
}

static void get_fmap(int fd, const struct fuse_in_header *in, uint32_t capacity)
{
	unsigned int n;

	if (in->nodeid < HOSTILE_NODE) {
		send_answer(fd, in->unique, &shared->honest[in->nodeid - HONEST_NODE]);
		return;
	}
	n = shared->asked++;
	check(n < 4, "GET_FMAP for the fourth time");
	shared->capacity[n] = capacity;
	if (!n)
		try_bad_header(fd, in->unique, &shared->attack);
	send_answer(fd, in->unique, n ? &shared->attack.second : &shared->attack.first);
}

static void get_daxdev(int fd, const struct fuse_in_header *in)
{
	struct fuse_daxdev_out out = { .index = (uint16_t)in->nodeid };
	int dev = -1;

	if (in->nodeid == shared->odd_index) {
		shared->odd_asked++;
		send_answer(fd, in->unique, &shared->odd);
		return;
	}
	if (in->nodeid <= UINT32_MAX)
		scene.resolve((uint32_t)in->nodeid, &dev);
	if (dev < 0) {
		rawfuse_reply(fd, in->unique, ENOENT, NULL, 0);
		return;
	}
	strcpy(out.name, devices[dev].path);
	rawfuse_reply(fd, in->unique, 0, &out, sizeof(out));
}

static void released(uint64_t nodeid)
{
	if (nodeid >= HOSTILE_NODE)
		shared->released = nodeid;
}

static const struct rawfuse_ops ops = {
	.lookup = lookup,
	.attr = attr,
	.get_fmap = get_fmap,
	.get_daxdev = get_daxdev,
	.released = released,
};

/* ---- honest files ---------------------------------------------------------------------- */

static void put(struct answer *a, const void *data, size_t len)
{
	memcpy(a->data + a->len, data, len);
	a->len += len;
}

static void put_ext(struct answer *a, uint32_t index, uint64_t offset, uint64_t len)
{
	struct fuse_famfs_simple_ext ext = { .se_devindex = index, .se_offset = offset, .se_len = len };

	put(a, &ext, sizeof(ext));
}

/* One extent; pieces of odd lengths; stripes with a part of a chunk at the end. */
static void make_honest(int both)
{
	struct fuse_famfs_fmap_header hdr = { .fmap_version = 1 };
	struct fuse_famfs_iext ie = { .ie_nstrips = 3, .ie_chunk_size = 8192, .ie_nbytes = 200704 };
	struct answer *h = shared->honest;
	int i;

	for (i = 0; i < HONEST; i++)
		h[i].len = 0;
	hdr.nextents = 1;
	hdr.file_size = (2ULL << 20) - 77;
	put(&h[0], &hdr, sizeof(hdr));
	put_ext(&h[0], INDEX_A, 2ULL << 20, 2ULL << 20);

	hdr.nextents = 3;
	hdr.file_size = 20 * PAGE - 1;
	put(&h[1], &hdr, sizeof(hdr));
	put_ext(&h[1], INDEX_A, 9 * PAGE, PAGE);
	put_ext(&h[1], INDEX_A, 5 * PAGE, 3 * PAGE);
	put_ext(&h[1], INDEX_A, 6ULL << 20, 16 * PAGE);

	hdr.nextents = 1;
	hdr.ext_type = FUSE_FAMFS_EXT_INTERLEAVE;
	hdr.file_size = 200000;
	put(&h[2], &hdr, sizeof(hdr));
	put(&h[2], &ie, sizeof(ie));
	put_ext(&h[2], INDEX_A, 8ULL << 20, 18 * PAGE);
	put_ext(&h[2], INDEX_B, 8ULL << 20, 18 * PAGE);
	put_ext(&h[2], INDEX_A, 10ULL << 20, 18 * PAGE);
	honest_files = both ? 3 : 2;
	scene.nowned = 0;
	for (i = 0; i < honest_files; i++)
		add_owned(&scene, h[i].data, h[i].len);
}

static int open_honest(int i)
{
	char name[16];

	snprintf(name, sizeof(name), "h%d", i);
	return open_or_die(name, O_RDONLY);
}

/* Open each anew, so that their opens and the hostile ones mix. */
static void read_honest(void)
{
	int i, fd;

	for (i = 0; i < honest_files; i++) {
		fd = open_honest(i);
		verify_file(fd, shared->honest[i].data, 0, size_in(&shared->honest[i]));
		close(fd);
	}
}

static void map_honest(void)
{
	uint64_t size, pos;
	unsigned char *p;
	int i;

	for (i = 0; i < honest_files; i++) {
		size = size_in(&shared->honest[i]);
		p = mmap(NULL, size, PROT_READ, i & 1 ? MAP_PRIVATE : MAP_SHARED, held[i], 0);
		check(p != MAP_FAILED, "mmap an honest file");
		for (pos = 0; pos < size; pos += PAGE)
			verify_page(p + pos, shared->honest[i].data, pos, 0, PAGE);
		munmap(p, size);
	}
}

static pid_t watch(int which, void (*pass)(void))
{
	pid_t pid = fork();

	check(pid >= 0, "fork");
	if (pid)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	check(nice(10) != -1, "nice");
	while (!shared->stop) {
		clock_t before = clock();

		pass();
		shared->passes[which]++;
		/* They are to be there all the while, and need not take all the processor's time. */
		usleep(15000 + 3 * (useconds_t)(clock() - before));
	}
	_exit(0);
}

/* ---- sessions ------------------------------------------------------------------------------ */

void setup(const char *a, const char *b)
{
	const char *path[2] = { a, b };
	unsigned char *mem;
	struct stat st;
	int i;

	for (i = 0; i < 2; i++) {
		check(!stat(path[i], &st) && S_ISCHR(st.st_mode), "%s", path[i]);
		snprintf(devices[i].path, sizeof(devices[i].path), "%s", path[i]);
		devices[i].rdev = st.st_rdev;
		devices[i].size = dev_size_of(path[i]);
		scene.dev_size[i] = devices[i].size;
	}
	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	mem = mmap(NULL, FIRST_ROOM * (2 + HONEST) + SECOND_ROOM, PROT_READ | PROT_WRITE,
		   MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	check(shared != MAP_FAILED && mem != MAP_FAILED, "memory");
	shared->odd_index = UINT32_MAX;
	shared->attack.first.data = mem;
	shared->odd.data = mem + FIRST_ROOM;
	for (i = 0; i < HONEST; i++)
		shared->honest[i].data = mem + FIRST_ROOM * (size_t)(2 + i);
	shared->attack.second.data = mem + FIRST_ROOM * (2 + HONEST);
}

void session_begin(const char *mnt, int both)
{
	int fd, i;

	make_honest(both);
	memset(&shared->counts, 0, sizeof(shared->counts));
	shared->stop = 0;
	shared->passes[0] = shared->passes[1] = 0;
	fd = rawfuse_mount(mnt, devices[0].path);
	server = fork();
	check(server >= 0, "fork");
	if (!server) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		rawfuse_serve(fd, &ops, &shared->counts);
		_exit(0);
	}
	close(fd);
	check(!chdir(mnt), "chdir %s", mnt);
	for (i = 0; i < honest_files; i++)
		held[i] = open_honest(i);
	watchers[0] = watch(0, read_honest);
	watchers[1] = watch(1, map_honest);
}

static void reap(pid_t pid, const char *who)
{
	int status;

	check(waitpid(pid, &status, 0) == pid, "wait");
	check(WIFEXITED(status) && !WEXITSTATUS(status), "the %s ended with status %#x", who, status);
}

void session_end(const char *mnt)
{
	int i;

	shared->stop = 1;
	reap(watchers[0], "reader of honest files");
	reap(watchers[1], "mapper of honest files");
	check(shared->passes[0] && shared->passes[1], "nobody read or mapped");
	for (i = 0; i < honest_files; i++)
		close(held[i]);
	/* Each handle that the server gave was given back, also of opens that failed. */
	for (i = 0; i < 500 && shared->counts.releases != shared->counts.opens; i++)
		usleep(10000);
	check(shared->counts.releases == shared->counts.opens, "%llu OPEN, %llu RELEASE",
	      (unsigned long long)shared->counts.opens, (unsigned long long)shared->counts.releases);
	check(!shared->counts.reads, "the server was asked for data");
	check(!chdir("/") && !umount(mnt), "umount");
	reap(server, "server");
}
