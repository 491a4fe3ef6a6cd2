// SPDX-License-Identifier: GPL-2.0-only
/*
 * nowait DAXDEV: reads and writes that must not wait, by RWF_NOWAIT and by io_uring. They
 * work where nobody holds the file, and say EAGAIN where somebody does, who waits for the
 * server, or where they would have to ask it, or at memory that failed.
 */
#include <dirent.h>
#include <linux/io_uring.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include "miniserv.h"
#include "touch.h"

#define FILE_SIZE	(64UL << 10)
#define PAGE		4096L
#define BAD		(8 * PAGE)

static struct {
	atomic_int hold;		/* do not answer FSYNC */
	atomic_ullong held;		/* its unique */
} *sv;

static struct mini *m;

static bool serve(struct mini *mini, int fd, const struct fuse_in_header *in, const void *arg)
{
	(void)mini, (void)arg;
	if (in->opcode != FUSE_FSYNC)
		return false;
	if (sv->hold)
		sv->held = in->unique;
	else
		mini_reply(fd, in->unique, 0, NULL, 0);
	return true;
}

/* ---- somebody who holds the file ---- */

static pid_t hold(int fd)
{
	pid_t pid;
	int i;

	sv->held = 0;
	sv->hold = 1;
	pid = fork();
	check(pid >= 0, "fork");
	if (!pid) {
		/* It must not keep the connection. */
		close(m->fd);
		_exit(fsync(fd));
	}
	for (i = 0; !sv->held && i < 1000; i++)
		usleep(10000);
	check(sv->held, "no FSYNC");
	return pid;
}

static void let_go(pid_t pid)
{
	int status;

	sv->hold = 0;
	mini_reply(m->fd, sv->held, 0, NULL, 0);
	check(waitpid(pid, &status, 0) == pid && !status, "fsync: %#x", status);
}

/* ---- by RWF_NOWAIT ---- */

static char buf[FILE_SIZE];

static ssize_t put_now(int fd, int value, size_t len, off_t pos, int flags)
{
	struct iovec iov = { buf, len };

	memset(buf, value, len);
	return pwritev2(fd, &iov, 1, pos, RWF_NOWAIT | flags);
}

/* What is read is in the buffer, and the rest of that is 0. */
static ssize_t get_now(int fd, size_t len, off_t pos)
{
	struct iovec iov = { buf, len };

	memset(buf, 0, len);
	return preadv2(fd, &iov, 1, pos, RWF_NOWAIT);
}

static void all_are(int value, ssize_t from, ssize_t to, const char *what)
{
	for (; from < to; from++)
		check(buf[from] == value, "%s: byte %zd is %d", what, from, buf[from]);
}

static void by_flag(int fd)
{
	pid_t pid;
	int sync;

	/* The first write asks about capabilities. */
	fails_with(put_now(fd, 'x', 100, 0, 0), EAGAIN);
	check(!m->count[FUSE_GETXATTR], "and the server was asked");
	memset(buf, 'A', FILE_SIZE);
	check(pwrite(fd, buf, FILE_SIZE, 0) == FILE_SIZE, "write");

	check(get_now(fd, FILE_SIZE, 0) == FILE_SIZE, "read");
	all_are('A', 0, FILE_SIZE, "read");
	check(put_now(fd, 'B', 5 * PAGE, 100, 0) == 5 * PAGE, "write");
	check(get_now(fd, 7 * PAGE, 0) == 7 * PAGE, "read");
	all_are('A', 0, 100, "before what was written");
	all_are('B', 100, 100 + 5 * PAGE, "what was written");
	all_are('A', 100 + 5 * PAGE, 7 * PAGE, "behind what was written");

	check(get_now(fd, PAGE, FILE_SIZE - 10) == 10, "read across the end");
	check(get_now(fd, PAGE, FILE_SIZE) == 0, "read at the end");
	check(put_now(fd, 'C', PAGE, FILE_SIZE - 10, 0) == 10, "write across the end");
	fails_with(put_now(fd, 'C', PAGE, FILE_SIZE, 0), ENOSPC);

	/* These end with the server's answer to FSYNC. */
	fails_with(put_now(fd, 'x', PAGE, 0, RWF_DSYNC), EAGAIN);
	sync = mini_file_open(m, 0, O_RDWR | O_DSYNC);
	check(sync >= 0, "open");
	fails_with(put_now(sync, 'x', PAGE, 0, 0), EAGAIN);
	check(get_now(sync, PAGE, 0) == PAGE, "read");
	all_are('A', 0, 100, "nothing was written");
	close(sync);
	check(!m->count[FUSE_FSYNC], "FSYNC was sent");

	/* Readers wait for none that does not write. */
	pid = hold(fd);
	check(get_now(fd, PAGE, 0) == PAGE, "read while it is held");
	all_are('A', 0, 100, "read while it is held");
	fails_with(put_now(fd, 'x', PAGE, 0, 0), EAGAIN);
	let_go(pid);
	check(get_now(fd, PAGE, 0) == PAGE, "read");
	all_are('A', 0, 100, "nothing was written");
}

/* ---- at a bad page ---- */

static void at_bad_page(int fd)
{
	char *map = mmap(NULL, FILE_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	check(map != MAP_FAILED, "map");
	if (sigsetjmp(touch_back, 1) == 0 && madvise(map + BAD, PAGE, MADV_HWPOISON)) {
		check(errno == EINVAL || errno == EPERM, "poison");
		printf("no memory fails on this kernel\n");
		munmap(map, FILE_SIZE);
		return;
	}
	munmap(map, FILE_SIZE);
	check(pread(fd, buf, PAGE, BAD) == -1 && errno == EIO, "the page is not bad");
	check(get_now(fd, 4 * PAGE, BAD - 2 * PAGE - 5) == 2 * PAGE + 5, "read up to it");
	fails_with(get_now(fd, PAGE, BAD), EAGAIN);
	fails_with(get_now(fd, PAGE, BAD + PAGE - 1), EAGAIN);
	check(get_now(fd, PAGE, BAD + PAGE) == PAGE, "read behind it");
	check(put_now(fd, 'E', 3 * PAGE, BAD - PAGE, 0) == PAGE, "write up to it");
	fails_with(put_now(fd, 'E', PAGE, BAD, 0), EAGAIN);
	/* Who waits mends it. */
	memset(buf, 'F', PAGE);
	check(pwrite(fd, buf, PAGE, BAD) == PAGE, "mend it");
	check(put_now(fd, 'G', 3 * PAGE, BAD - PAGE, 0) == 3 * PAGE, "write over it");
	check(get_now(fd, 3 * PAGE, BAD - PAGE) == 3 * PAGE, "read over it");
	all_are('G', 0, 3 * PAGE, "over it");
}

/* ---- by io_uring ---- */

static struct {
	int fd;
	unsigned int *sq_tail, *sq_mask, *sq_array, *cq_head, *cq_mask;
	atomic_uint *cq_tail;
	struct io_uring_sqe *sqes;
	struct io_uring_cqe *cqes;
} ring;

static bool ring_start(void)
{
	struct io_uring_params p = { 0 };
	size_t len, sq_len;
	char *at;

	ring.fd = syscall(__NR_io_uring_setup, 8, &p);
	if (ring.fd < 0) {
		check(errno == ENOSYS || errno == EPERM, "io_uring");
		return false;
	}
	check(p.features & IORING_FEAT_SINGLE_MMAP, "features %#x", p.features);
	/* Both rings in one; which of them ends later is the kernel's affair. */
	len = p.cq_off.cqes + p.cq_entries * sizeof(struct io_uring_cqe);
	sq_len = p.sq_off.array + p.sq_entries * sizeof(unsigned int);
	at = mmap(NULL, len > sq_len ? len : sq_len, PROT_READ | PROT_WRITE,
		  MAP_SHARED | MAP_POPULATE, ring.fd, IORING_OFF_SQ_RING);
	ring.sqes = mmap(NULL, p.sq_entries * sizeof(struct io_uring_sqe), PROT_READ | PROT_WRITE,
			 MAP_SHARED | MAP_POPULATE, ring.fd, IORING_OFF_SQES);
	check(at != MAP_FAILED && (void *)ring.sqes != MAP_FAILED, "rings");
	ring.sq_tail = (void *)(at + p.sq_off.tail);
	ring.sq_mask = (void *)(at + p.sq_off.ring_mask);
	ring.sq_array = (void *)(at + p.sq_off.array);
	ring.cq_head = (void *)(at + p.cq_off.head);
	ring.cq_tail = (void *)(at + p.cq_off.tail);
	ring.cq_mask = (void *)(at + p.cq_off.ring_mask);
	ring.cqes = (void *)(at + p.cq_off.cqes);
	return true;
}

static void submit(int op, int fd, size_t len, off_t pos, int flags)
{
	unsigned int slot = *ring.sq_tail & *ring.sq_mask;

	ring.sqes[slot] = (struct io_uring_sqe){
		.opcode = op, .fd = fd, .addr = (uintptr_t)buf, .len = len, .off = pos,
		.rw_flags = flags,
	};
	ring.sq_array[slot] = slot;
	__atomic_store_n(ring.sq_tail, *ring.sq_tail + 1, __ATOMIC_RELEASE);
	check(syscall(__NR_io_uring_enter, ring.fd, 1, 0, 0, NULL, 0) == 1, "submit");
}

static bool is_done(void)
{
	return *ring.cq_head != *ring.cq_tail;
}

static int result(void)
{
	int res;

	while (!is_done())
		syscall(__NR_io_uring_enter, ring.fd, 0, 1, IORING_ENTER_GETEVENTS, NULL, 0);
	res = ring.cqes[*ring.cq_head & *ring.cq_mask].res;
	__atomic_store_n(ring.cq_head, *ring.cq_head + 1, __ATOMIC_RELEASE);
	return res;
}

static int workers(void)
{
	DIR *tasks = opendir("/proc/self/task");
	char path[300], name[32] = "";
	struct dirent *e;
	int n = 0, fd;

	check(tasks, "tasks");
	while ((e = readdir(tasks))) {
		snprintf(path, sizeof(path), "/proc/self/task/%s/comm", e->d_name);
		fd = open(path, O_RDONLY);
		if (fd >= 0 && read(fd, name, sizeof(name)) > 0)
			n += !strncmp(name, "iou-wrk", 7);
		close(fd);
	}
	closedir(tasks);
	return n;
}

static void by_ring(int fd)
{
	pid_t pid;

	if (!ring_start()) {
		printf("no io_uring here\n");
		return;
	}
	memset(buf, 'H', FILE_SIZE);
	submit(IORING_OP_WRITE, fd, FILE_SIZE, 0, 0);
	check(is_done(), "the write was handed on");
	check(result() == FILE_SIZE, "write");
	memset(buf, 0, FILE_SIZE);
	submit(IORING_OP_READ, fd, FILE_SIZE, 0, 0);
	check(is_done(), "the read was handed on");
	check(result() == FILE_SIZE, "read");
	all_are('H', 0, FILE_SIZE, "by io_uring");
	submit(IORING_OP_READ, fd, PAGE, FILE_SIZE - 10, RWF_NOWAIT);
	check(result() == 10, "read across the end");
	check(!workers(), "a worker was started");
	/* io_uring tries to get more than that, elsewhere. */
	submit(IORING_OP_READ, fd, PAGE, FILE_SIZE - 10, 0);
	check(result() == 10, "read across the end");

	/* Somebody holds the file: then a worker waits, if that is allowed. */
	pid = hold(fd);
	submit(IORING_OP_WRITE, fd, PAGE, 0, RWF_NOWAIT);
	check(result() == -EAGAIN, "write without waiting");
	submit(IORING_OP_WRITE, fd, PAGE, 0, 0);
	check(!is_done(), "write while it is held");
	let_go(pid);
	check(result() == PAGE, "write");
	memset(buf, 0, FILE_SIZE);
	submit(IORING_OP_READ, fd, PAGE, 0, 0);
	check(result() == PAGE, "read");
	all_are('H', 0, PAGE, "by a worker");
	submit(IORING_OP_WRITE, fd, PAGE, 0, RWF_DSYNC);
	check(result() == PAGE, "write and sync");
	check(m->count[FUSE_FSYNC] >= 2, "no FSYNC");
	check(!m->count[FUSE_POLL], "the server was asked whether memory is ready");
	close(ring.fd);
}

int main(int argc, char **argv)
{
	pid_t server;
	int fd;

	check(argc == 2, "usage: nowait DAXDEV");
	limit_seconds(60);
	touch_setup();
	sv = mmap(NULL, sizeof(*sv), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	check(sv != MAP_FAILED, "memory");
	m = mini_shared(famfs_at("/mnt/nowait"));
	m->hook = serve;
	m->daxdev[0] = argv[1];
	m->file[0] = (struct mini_file){ .size = FILE_SIZE, .offset = SZ_2M };
	mini_mount(m);
	mini_read_init(m, m->fd);
	mini_answer_init(m, m->fd);
	server = mini_serve_apart(m);
	fd = mini_file_open(m, 0, O_RDWR);
	check(fd >= 0, "open");
	by_flag(fd);
	at_bad_page(fd);
	by_ring(fd);
	check(!m->count[FUSE_READ] && !m->count[FUSE_WRITE], "the server was asked for data");
	close(fd);
	mini_end_apart(m, server);
	return 0;
}
