// SPDX-License-Identifier: GPL-2.0-only
/*
 * libfmap against a kernel played through a socket pair: a real libfuse
 * session on one end, the test on the other.
 */
#define FUSE_USE_VERSION 314
#include <fuse_lowlevel.h>

#include <check.h>
#include <errno.h>
#include <linux/famfs_fuse.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "faults.h"
#include "fmap.h"

#define FMAP_FLAG2	(1U << 11)
#define URING_FLAG2	(1U << 9)

/* ---- the server ---- */

static struct fuse_session *se;
static struct fmap_session *fs;
static pthread_t loop;
static int kernel = -1;

static struct fmap_map *answer;		/* what GET_FMAP is answered with */
static const char *devname;		/* GET_DAXDEV likewise, NULL: ENODEV */
static struct fmap_req *held;		/* kept back if hold is set */
static bool hold;
static int told = -1;			/* what negotiated() said */
static pthread_t told_by;
static uint64_t asked_id;
static uint32_t asked_size;
static struct faults *faults;		/* in between, if set */

static void answer_fmap(struct fmap_req *req, uint64_t ino)
{
	ck_assert_uint_eq(ino, asked_id);
	fmap_reply_map(req, answer);
}

static void get_fmap(struct fmap_req *req, uint64_t ino, uint32_t size)
{
	ck_assert_ptr_eq(fmap_req_userdata(req), &told);
	asked_id = ino;
	asked_size = size;
	if (faults)
		faults_answer(faults, SEAM_FMAP, req, ino, answer_fmap);
	else if (hold)
		__atomic_store_n(&held, req, __ATOMIC_SEQ_CST);
	else if (answer)
		fmap_reply_map(req, answer);
	else
		fmap_reply_err(req, ENOSYS);
}

static void get_daxdev(struct fmap_req *req, uint64_t index)
{
	asked_id = index;
	if (devname)
		fmap_reply_daxdev(req, devname);
	else
		fmap_reply_err(req, ENODEV);
}

static void negotiated(void *userdata, bool agreed)
{
	ck_assert_ptr_eq(userdata, &told);
	ck_assert_int_eq(told, -1);
	told = agreed;
	told_by = pthread_self();
}

static const struct fmap_ops fops = {
	.get_fmap = get_fmap,
	.get_daxdev = get_daxdev,
	.negotiated = negotiated,
};

static void op_getattr(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
	struct stat st = { .st_ino = ino, .st_mode = S_IFREG | 0644 };

	(void)fi;
	fuse_reply_attr(req, &st, 1);
}

static const struct fuse_lowlevel_ops lops = { .getattr = op_getattr };

static void *run_loop(void *mt)
{
	fmap_session_loop(fs, mt ? 10 : 1);
	return NULL;
}

static void start_server(unsigned int flags, bool mt)
{
	char *argv[] = { (char *)"test", NULL };
	struct fuse_args args = FUSE_ARGS_INIT(1, argv);
	int sv[2], big = 4 << 20;

	/* Messages with borders, as on /dev/fuse. */
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sv), 0);
	kernel = sv[0];
	setsockopt(sv[1], SOL_SOCKET, SO_SNDBUFFORCE, &big, sizeof(big));
	se = fuse_session_new(&args, &lops, sizeof(lops), NULL);
	ck_assert_ptr_nonnull(se);
	fs = fmap_session_new(se, &fops, &told, flags);
	ck_assert_ptr_nonnull(fs);
	ck_assert_int_eq(fmap_session_state(fs), FMAP_PENDING);
	ck_assert_int_eq(fmap_session_attach(fs, sv[1]), 0);
	ck_assert_int_eq(fmap_session_attach(fs, sv[1]), -EBUSY);
	ck_assert_int_eq(pthread_create(&loop, NULL, run_loop, mt ? &loop : NULL), 0);
	fuse_opt_free_args(&args);
}

/* ---- the kernel ---- */

static uint64_t next_unique = 2;

static uint64_t ask(uint32_t opcode, uint64_t nodeid, const void *arg, size_t len)
{
	unsigned char buf[512];
	struct fuse_in_header in = {
		.len = (uint32_t)(sizeof(in) + len),
		.opcode = opcode,
		.unique = next_unique,
		.nodeid = nodeid,
	};

	memcpy(buf, &in, sizeof(in));
	if (len)
		memcpy(buf + sizeof(in), arg, len);
	ck_assert_int_eq(write(kernel, buf, in.len), in.len);
	next_unique += 2;
	return in.unique;
}

static unsigned char reply[1 << 20];

/* Return: errno of the reply to @unique, whose body is then in reply. */
static int get(uint64_t unique, size_t *len)
{
	static unsigned char msg[sizeof(reply) + 16];
	struct fuse_out_header out;
	ssize_t n = read(kernel, msg, sizeof(msg));

	ck_assert_int_ge(n, (ssize_t)sizeof(out));
	memcpy(&out, msg, sizeof(out));
	ck_assert_uint_eq(out.len, n);
	ck_assert_uint_eq(out.unique, unique);
	*len = (size_t)n - sizeof(out);
	memcpy(reply, msg + sizeof(out), *len);
	if (out.error)
		ck_assert_uint_eq(*len, 0);
	return -out.error;
}

static void stop_server(void)
{
	struct fuse_forget_in forget = { .nlookup = 1 };

	/* One more message, for the loop to see that it has to end. */
	fuse_session_exit(se);
	ask(FUSE_FORGET, 1, &forget, sizeof(forget));
	pthread_join(loop, NULL);
	fmap_session_destroy(fs);
	fuse_session_destroy(se);
	close(kernel);
	fmap_map_free(answer);
	answer = NULL;
}

static struct fuse_init_out init_with(uint32_t major, uint32_t minor,
				      uint32_t flags, uint32_t flags2,
				      size_t *len)
{
	struct fuse_init_in in = {
		.major = major, .minor = minor, .max_readahead = 131072,
		.flags = flags, .flags2 = flags2,
	};
	struct fuse_init_out out;
	size_t size = minor < 36 ? 16 : sizeof(in);

	ck_assert_int_eq(get(ask(FUSE_INIT, 0, &in, size), len), 0);
	memset(&out, 0, sizeof(out));
	memcpy(&out, reply, *len);
	return out;
}

static void agree(void)
{
	size_t len;
	struct fuse_init_out out = init_with(7, 38, FUSE_INIT_EXT | FUSE_ASYNC_READ,
					     FMAP_FLAG2, &len);

	ck_assert_uint_eq(out.flags2 & FMAP_FLAG2, FMAP_FLAG2);
}

/* ---- INIT ---- */

START_TEST(init_offered)
{
	struct fuse_init_out out;
	size_t len;

	start_server(0, false);
	out = init_with(7, 38, FUSE_INIT_EXT | FUSE_ASYNC_READ | FUSE_MAX_PAGES,
			FMAP_FLAG2 | URING_FLAG2, &len);
	ck_assert_uint_eq(len, sizeof(out));
	ck_assert_uint_eq(out.major, 7);
	ck_assert(out.flags & FUSE_INIT_EXT);
	ck_assert(out.flags & FUSE_ASYNC_READ);
	ck_assert_uint_gt(out.max_pages, 0);
	ck_assert_uint_eq(out.flags2, FMAP_FLAG2);
	stop_server();
	ck_assert_int_eq(told, 1);
}
END_TEST

/* Idmapped mounts: agreed to if the kernel offers them and the server said so. */
START_TEST(init_idmap)
{
	uint32_t bit = 1U << (40 - 32);
	struct fuse_init_out out;
	size_t len;

	start_server(FMAP_IDMAP, false);
	out = init_with(7, 41, FUSE_INIT_EXT, FMAP_FLAG2 | bit, &len);
	ck_assert_uint_eq(out.flags2, FMAP_FLAG2 | bit);
	stop_server();
	told = -1;
	start_server(FMAP_IDMAP, false);
	out = init_with(7, 38, FUSE_INIT_EXT, FMAP_FLAG2, &len);
	ck_assert_uint_eq(out.flags2, FMAP_FLAG2);
	stop_server();
	told = -1;
	start_server(0, false);
	out = init_with(7, 41, FUSE_INIT_EXT, FMAP_FLAG2 | bit, &len);
	ck_assert_uint_eq(out.flags2, FMAP_FLAG2);
	stop_server();
}
END_TEST

START_TEST(init_not_offered)
{
	struct fuse_init_out out;
	size_t len;

	start_server(0, false);
	out = init_with(7, 38, FUSE_INIT_EXT | FUSE_ASYNC_READ, 1, &len);
	ck_assert_uint_eq(out.flags2 & FMAP_FLAG2, 0);
	/* The callback comes after the write: wait for the next request. */
	get(ask(FUSE_GETATTR, 1, &(struct fuse_getattr_in){ 0 },
		sizeof(struct fuse_getattr_in)), &len);
	ck_assert_int_eq(fmap_session_state(fs), FMAP_NOT_OFFERED);
	ck_assert_int_eq(told, 0);
	stop_server();
}
END_TEST

/* flags2 without INIT_EXT is noise. */
START_TEST(init_without_ext)
{
	struct fuse_init_out out;
	size_t len;

	start_server(0, false);
	out = init_with(7, 38, FUSE_ASYNC_READ, FMAP_FLAG2, &len);
	ck_assert_uint_eq(out.flags2, 0);
	ck_assert_uint_eq(out.flags & FUSE_INIT_EXT, 0);
	stop_server();
	ck_assert_int_eq(told, 0);
}
END_TEST

START_TEST(init_passive)
{
	struct fuse_init_out out;
	size_t len;

	start_server(FMAP_PASSIVE, false);
	out = init_with(7, 38, FUSE_INIT_EXT, FMAP_FLAG2, &len);
	ck_assert_uint_eq(out.flags2 & FMAP_FLAG2, 0);
	/* The numbers mean nothing now; libfuse does not know them. */
	ck_assert_int_eq(get(ask(FUSE_GET_FMAP, 2, NULL, 0), &len), ENOSYS);
	ck_assert_int_eq(fmap_session_state(fs), FMAP_DECLINED);
	ck_assert_uint_eq(fmap_session_count(fs, FUSE_GET_FMAP), 1);
	stop_server();
}
END_TEST

/* Replies to old kernels end before flags2. */
START_TEST(init_old_kernel)
{
	size_t len;

	start_server(0, false);
	init_with(7, 20, FUSE_ASYNC_READ, 0, &len);
	ck_assert_uint_eq(len, 24);
	stop_server();
	ck_assert_int_eq(told, 0);
}
END_TEST

START_TEST(init_newer_major)
{
	struct fuse_init_out out;
	size_t len;

	start_server(0, false);
	out = init_with(8, 0, 0xffffffff, 0xffffffff, &len);
	ck_assert_uint_eq(out.major, 7);
	ck_assert_int_eq(fmap_session_state(fs), FMAP_PENDING);
	agree();
	stop_server();
	ck_assert_int_eq(told, 1);
}
END_TEST

/* ---- messages ---- */

START_TEST(message_simple)
{
	struct fmap_extent ext[] = { { 0, 0x200000, 0x400000 },
				     { 7, 0, 0x1000 } };
	struct fmap_map *map = fmap_map_simple(FMAP_FILE_LOG, 0x400123, ext, 2);
	static const unsigned char want[80] = {
		[0] = 2, [2] = 1, [8] = 2,
		[16] = 0x23, [17] = 0x01, [18] = 0x40,
		[42] = 0x20, [50] = 0x40,
		[56] = 7, [73] = 0x10,
	};
	size_t len;

	ck_assert_ptr_nonnull(map);
	ck_assert_mem_eq(fmap_map_data(map, &len), want, sizeof(want));
	ck_assert_uint_eq(len, sizeof(want));
	fmap_map_free(map);
}
END_TEST

START_TEST(message_striped)
{
	struct fmap_extent a[] = { { 0, 0x200000, 0x200000 },
				   { 1, 0x400000, 0x200000 } };
	struct fmap_extent b[] = { { 2, 0, 0x1000 } };
	struct fmap_stripe s[] = { { 0x100000, 0x400000, a, 2 },
				   { 0x1000, 0x1000, b, 1 } };
	struct fmap_map *map = fmap_map_striped(FMAP_FILE_REG, 0x401000, s, 2);
	static const unsigned char want[152] = {
		[2] = 1, [4] = 1, [8] = 2, [17] = 0x10, [18] = 0x40,
		[32] = 2, [38] = 0x10, [42] = 0x40,
		[66] = 0x20, [74] = 0x20,
		[80] = 1, [90] = 0x40, [98] = 0x20,
		[104] = 1, [109] = 0x10, [113] = 0x10,
		[128] = 2, [145] = 0x10,
	};
	size_t len;

	ck_assert_ptr_nonnull(map);
	ck_assert_mem_eq(fmap_map_data(map, &len), want, sizeof(want));
	ck_assert_uint_eq(len, sizeof(want));
	fmap_map_free(map);
}
END_TEST

START_TEST(message_limits)
{
	struct fmap_extent e = { 0, 0, 4096 }, *many;
	struct fmap_stripe none = { 4096, 4096, &e, 0 };
	struct fmap_stripe huge = { 4096, 4096, &e, UINT32_MAX };
	size_t most = ((16U << 20) - 32) / 24, len;
	struct fmap_map *map;

	errno = 0;
	ck_assert_ptr_null(fmap_map_simple(FMAP_FILE_REG, 0, &e, 0));
	ck_assert_int_eq(errno, EINVAL);
	ck_assert_ptr_null(fmap_map_striped(FMAP_FILE_REG, 0, &none, 1));
	ck_assert_int_eq(errno, EINVAL);
	ck_assert_ptr_null(fmap_map_striped(FMAP_FILE_REG, 0, &none, 0));
	ck_assert_int_eq(errno, EINVAL);
	ck_assert_ptr_null(fmap_map_striped(FMAP_FILE_REG, 0, &huge, 1));
	ck_assert_int_eq(errno, EFBIG);

	many = calloc(most, sizeof(*many));
	ck_assert_ptr_null(fmap_map_simple(FMAP_FILE_REG, 0, many, most + 1));
	ck_assert_int_eq(errno, EFBIG);
	map = fmap_map_simple(FMAP_FILE_REG, 0, many, most);
	ck_assert_ptr_nonnull(map);
	fmap_map_data(map, &len);
	ck_assert_uint_le(len, 16U << 20);
	fmap_map_free(map);
	free(many);
}
END_TEST

/* ---- GET_FMAP ---- */

static void answer_with(size_t n)
{
	struct fmap_extent *ext = calloc(n, sizeof(*ext));
	size_t i;

	for (i = 0; i < n; i++)
		ext[i] = (struct fmap_extent) { 0, i << 21, 1 << 21 };
	answer = fmap_map_simple(FMAP_FILE_REG, n << 21, ext, n);
	free(ext);
}

static uint64_t ask_fmap(uint64_t ino, uint32_t capacity)
{
	struct fuse_getxattr_in in = { .size = capacity };

	return ask(FUSE_GET_FMAP, ino, &in, sizeof(in));
}

static struct fuse_famfs_fmap_header header(void)
{
	struct fuse_famfs_fmap_header h;

	memcpy(&h, reply, sizeof(h));
	return h;
}

START_TEST(fmap_whole)
{
	const unsigned char *want;
	size_t len, wlen;

	start_server(0, false);
	agree();
	answer_with(3);
	want = fmap_map_data(answer, &wlen);
	ck_assert_int_eq(get(ask_fmap(42, 4096), &len), 0);
	ck_assert_uint_eq(asked_id, 42);
	ck_assert_uint_eq(asked_size, 4096);
	ck_assert_uint_eq(len, wlen);
	ck_assert_uint_eq(header().reserved0, wlen);
	ck_assert_mem_eq(reply + 32, want + 32, wlen - 32);
	/* Room for exactly this. */
	ck_assert_int_eq(get(ask_fmap(42, (uint32_t)wlen), &len), 0);
	ck_assert_uint_eq(len, wlen);
	ck_assert_uint_eq(fmap_session_count(fs, FUSE_GET_FMAP), 2);
	ck_assert_uint_eq(fmap_session_count(fs, FUSE_INIT), 1);
	ck_assert_uint_eq(fmap_session_count(fs, FUSE_READ), 0);
	stop_server();
}
END_TEST

START_TEST(fmap_ask_again)
{
	size_t len, total = 32 + 4000 * 24;

	start_server(0, false);
	agree();
	answer_with(4000);
	ck_assert_int_eq(get(ask_fmap(2, (uint32_t)total - 1), &len), 0);
	ck_assert_uint_eq(len, 32);
	ck_assert_uint_eq(header().reserved0, total);
	ck_assert_uint_eq(header().nextents, 4000);
	ck_assert_int_eq(get(ask_fmap(2, 32), &len), 0);
	ck_assert_uint_eq(len, 32);
	ck_assert_int_eq(get(ask_fmap(2, header().reserved0), &len), 0);
	ck_assert_uint_eq(len, total);
	ck_assert_uint_eq(header().reserved0, total);
	stop_server();
}
END_TEST

/* No argument: the first generation has room for 4096 and cannot ask again. */
START_TEST(fmap_gen1)
{
	size_t len;

	start_server(0, false);
	agree();
	answer_with(169);
	ck_assert_int_eq(get(ask(FUSE_GET_FMAP, 2, NULL, 0), &len), 0);
	ck_assert_uint_eq(asked_size, 4096);
	ck_assert_uint_eq(len, 32 + 169 * 24);
	ck_assert_uint_eq(header().reserved0, 0);
	/* One thread: once it answers again it is done with the map. */
	ck_assert_int_eq(get(ask(FUSE_GETATTR, 1, &(struct fuse_getattr_in){ 0 },
				 sizeof(struct fuse_getattr_in)), &len), 0);
	fmap_map_free(answer);
	answer_with(170);
	ck_assert_int_eq(get(ask(FUSE_GET_FMAP, 2, NULL, 0), &len), EFBIG);
	ck_assert_int_eq(get(ask_fmap(2, 0), &len), EFBIG);
	stop_server();
}
END_TEST

START_TEST(fmap_errors)
{
	size_t len;

	start_server(0, false);
	agree();
	ck_assert_int_eq(get(ask_fmap(2, 4096), &len), ENOSYS);
	asked_id = 0;
	ck_assert_int_eq(get(ask_fmap(2, 31), &len), EINVAL);
	ck_assert_uint_eq(asked_id, 0);
	stop_server();
}
END_TEST

/* Before INIT is agreed, the numbers are libfuse's. */
START_TEST(fmap_too_early)
{
	size_t len;

	start_server(0, false);
	/* libfuse answers anything before INIT with EIO. */
	ck_assert_int_eq(get(ask_fmap(2, 4096), &len), EIO);
	agree();
	stop_server();
}
END_TEST

/* ---- GET_DAXDEV ---- */

START_TEST(daxdev)
{
	static const char zero[22];
	char name[257];
	size_t len;

	start_server(0, false);
	agree();
	devname = "/dev/dax1.0";
	ck_assert_int_eq(get(ask(FUSE_GET_DAXDEV, 0x102, NULL, 0), &len), 0);
	ck_assert_uint_eq(asked_id, 0x102);
	ck_assert_uint_eq(len, 280);
	ck_assert_uint_eq(reply[0], 2);
	ck_assert_uint_eq(reply[1], 1);
	ck_assert_mem_eq(reply + 2, zero, 22);
	ck_assert_str_eq((char *)reply + 24, devname);

	memset(name, 'x', sizeof(name));
	name[255] = '\0';
	devname = name;
	ck_assert_int_eq(get(ask(FUSE_GET_DAXDEV, 0, NULL, 0), &len), 0);
	ck_assert_str_eq((char *)reply + 24, devname);
	name[255] = 'x';
	name[256] = '\0';
	ck_assert_int_eq(get(ask(FUSE_GET_DAXDEV, 0, NULL, 0), &len), ENAMETOOLONG);
	ck_assert_int_eq(get(ask(FUSE_GET_DAXDEV, 65536, NULL, 0), &len), ENODEV);
	devname = NULL;
	ck_assert_int_eq(get(ask(FUSE_GET_DAXDEV, 1, NULL, 0), &len), ENODEV);
	ck_assert_uint_eq(fmap_session_count(fs, FUSE_GET_DAXDEV), 5);
	stop_server();
}
END_TEST

/* ---- late answers ---- */

static struct fmap_req *wait_held(void)
{
	struct fmap_req *req;

	while (!(req = __atomic_load_n(&held, __ATOMIC_SEQ_CST)))
		usleep(1000);
	return req;
}

static void *answer_late(void *arg)
{
	(void)arg;
	ck_assert_int_eq(fmap_reply_map(wait_held(), answer), 0);
	return NULL;
}

START_TEST(late_from_thread)
{
	struct fuse_getattr_in in = { 0 };
	uint64_t slow, quick;
	pthread_t t;
	size_t len;

	start_server(0, _i);
	agree();
	answer_with(1);
	hold = true;
	slow = ask_fmap(2, 4096);
	/* Nothing else is held up. */
	quick = ask(FUSE_GETATTR, 1, &in, sizeof(in));
	ck_assert_int_eq(get(quick, &len), 0);
	wait_held();
	pthread_create(&t, NULL, answer_late, NULL);
	ck_assert_int_eq(get(slow, &len), 0);
	ck_assert_uint_eq(len, 56);
	pthread_join(t, NULL);
	stop_server();
}
END_TEST

START_TEST(late_after_the_end)
{
	struct fmap_req *req;

	start_server(0, false);
	agree();
	hold = true;
	ask_fmap(2, 4096);
	req = wait_held();
	stop_server();
	ck_assert_int_eq(fmap_reply_err(req, ENODEV), -ENOTCONN);
}
END_TEST

/* Mixed traffic through libfuse's thread pool: every request its own answer. */
START_TEST(multithreaded)
{
	struct fuse_getattr_in in = { 0 };
	static bool seen[4096];
	uint64_t first = 0, u = 0;
	int i, batch;
	ssize_t n;

	start_server(0, true);
	agree();
	answer_with(100);
	devname = "/dev/dax0.0";
	for (batch = 0; batch < 20; batch++) {
		for (i = 0; i < 48; i++) {
			u = i % 3 == 0 ? ask_fmap(2, 4096) :
			    i % 3 == 1 ? ask(FUSE_GET_DAXDEV, 0, NULL, 0) :
			    ask(FUSE_GETATTR, 1, &in, sizeof(in));
			if (!first)
				first = u;
		}
		for (i = 0; i < 48; i++) {
			struct fuse_out_header out;

			n = read(kernel, reply, sizeof(reply));
			ck_assert_int_gt(n, (ssize_t)sizeof(out));
			memcpy(&out, reply, sizeof(out));
			ck_assert_int_eq(out.error, 0);
			ck_assert_uint_ge(out.unique, first);
			ck_assert_uint_le(out.unique, u);
			ck_assert(!seen[(out.unique - first) / 2]);
			seen[(out.unique - first) / 2] = true;
		}
	}
	ck_assert_uint_eq(fmap_session_count(fs, FUSE_GET_FMAP), 320);
	ck_assert_uint_eq(fmap_session_count(fs, FUSE_GETATTR), 320);
	stop_server();
	/* What the server does there is done before others are started. */
	ck_assert_int_eq(told, 1);
	ck_assert(pthread_equal(told_by, loop));
}
END_TEST

/* ---- fmapd's deliberate failures ---- */

START_TEST(faults_in_order)
{
	struct fault_options o = { .delay_ms[SEAM_FMAP] = 50 };
	uint64_t u[3];
	size_t len;
	int i;

	ck_assert_int_eq(faults_parse_error(&o, SEAM_FMAP, "ENODEV:2"), 0);
	ck_assert_int_eq(o.err[SEAM_FMAP], ENODEV);
	faults = faults_new(&o);
	start_server(0, false);
	agree();
	answer_with(1);
	for (i = 0; i < 3; i++)
		u[i] = ask_fmap(9, 4096);
	ck_assert_int_eq(get(u[0], &len), ENODEV);
	ck_assert_int_eq(get(u[1], &len), ENODEV);
	ck_assert_int_eq(get(u[2], &len), 0);
	/* One that is never due. */
	ask_fmap(9, 4096);
	get(ask(FUSE_GETATTR, 1, &(struct fuse_getattr_in){ 0 },
		sizeof(struct fuse_getattr_in)), &len);
	faults_free(faults);
	stop_server();
}
END_TEST

START_TEST(faults_arguments)
{
	struct fault_options o;

	ck_assert_int_eq(faults_parse_error(&o, SEAM_DAXDEV, "EIO"), 0);
	ck_assert_int_eq(o.err[SEAM_DAXDEV], EIO);
	ck_assert_uint_eq(o.count[SEAM_DAXDEV], UINT64_MAX);
	ck_assert_int_eq(faults_parse_error(&o, SEAM_DAXDEV, "19:0"), 0);
	ck_assert_int_eq(o.err[SEAM_DAXDEV], ENODEV);
	ck_assert_uint_eq(o.count[SEAM_DAXDEV], 0);
	ck_assert_int_eq(faults_parse_error(&o, SEAM_DAXDEV, ""), -1);
	ck_assert_int_eq(faults_parse_error(&o, SEAM_DAXDEV, "0"), -1);
	ck_assert_int_eq(faults_parse_error(&o, SEAM_DAXDEV, "-5"), -1);
	ck_assert_int_eq(faults_parse_error(&o, SEAM_DAXDEV, "EI"), -1);
	ck_assert_int_eq(faults_parse_error(&o, SEAM_DAXDEV, "5x"), -1);
	ck_assert_int_eq(faults_parse_error(&o, SEAM_DAXDEV, "EIO:"), -1);
	ck_assert_int_eq(faults_parse_error(&o, SEAM_DAXDEV, "EIO:x"), -1);
	ck_assert_int_eq(faults_parse_error(&o, SEAM_DAXDEV, "EIO:-1"), -1);
}
END_TEST

/* ---- arguments ---- */

START_TEST(bad_arguments)
{
	struct fmap_ops half = { .get_fmap = get_fmap };
	char *argv[] = { (char *)"test", NULL };
	struct fuse_args args = FUSE_ARGS_INIT(1, argv);
	struct fmap_mount m = { .source = "x", .subtype = "y" };
	struct fmap_ops later = fops;

	ck_assert_ptr_null(fmap_session_new(NULL, &fops, NULL, 0));
	se = fuse_session_new(&args, &lops, sizeof(lops), NULL);
	ck_assert_ptr_null(fmap_session_new(se, &half, NULL, 0));
	ck_assert_int_eq(errno, EINVAL);
	ck_assert_ptr_null(fmap_session_new(se, &fops, NULL, 8));
	/* A callback that only a later version knows. */
	later.reserved[4] = (void (*)(void))abort;
	errno = 0;
	ck_assert_ptr_null(fmap_session_new(se, &later, NULL, 0));
	ck_assert_int_eq(errno, EINVAL);
	fs = fmap_session_new(se, &half, NULL, FMAP_PASSIVE);
	ck_assert_ptr_nonnull(fs);
	ck_assert_int_eq(fmap_session_attach(fs, -1), -EBADF);
	fmap_session_destroy(fs);
	fmap_session_destroy(NULL);
	fuse_session_destroy(se);
	fuse_opt_free_args(&args);

	ck_assert_int_eq(fmap_mount("/nonexistent", &m), -ENOENT);
	ck_assert_int_eq(fmap_mount("/dev/null", &m), -ENOTDIR);
	m.reserved[3] = 1;
	ck_assert_int_eq(fmap_mount("/dev/null", &m), -EINVAL);
	m.reserved[3] = 0;
	m.source = NULL;
	ck_assert_int_eq(fmap_mount("/", &m), -EINVAL);
	ck_assert_str_eq(fmap_opcode_name(FUSE_OPEN), "OPEN");
	ck_assert_str_eq(fmap_opcode_name(55), "GET_DAXDEV");
	ck_assert_ptr_null(fmap_opcode_name(63));
	ck_assert_ptr_null(fmap_opcode_name(4096));
}
END_TEST

int main(void)
{
	Suite *s = suite_create("libfmap");
	TCase *t = tcase_create("all");
	SRunner *r;
	int failed;

	tcase_set_timeout(t, 60);
	tcase_add_test(t, init_offered);
	tcase_add_test(t, init_idmap);
	tcase_add_test(t, init_not_offered);
	tcase_add_test(t, init_without_ext);
	tcase_add_test(t, init_passive);
	tcase_add_test(t, init_old_kernel);
	tcase_add_test(t, init_newer_major);
	tcase_add_test(t, message_simple);
	tcase_add_test(t, message_striped);
	tcase_add_test(t, message_limits);
	tcase_add_test(t, fmap_whole);
	tcase_add_test(t, fmap_ask_again);
	tcase_add_test(t, fmap_gen1);
	tcase_add_test(t, fmap_errors);
	tcase_add_test(t, fmap_too_early);
	tcase_add_test(t, daxdev);
	tcase_add_loop_test(t, late_from_thread, 0, 2);
	tcase_add_test(t, late_after_the_end);
	tcase_add_test(t, multithreaded);
	tcase_add_test(t, faults_in_order);
	tcase_add_test(t, faults_arguments);
	tcase_add_test(t, bad_arguments);
	suite_add_tcase(s, t);
	r = srunner_create(s);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
