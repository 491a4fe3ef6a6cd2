// SPDX-License-Identifier: GPL-2.0-only
/*
 * libfmap's devices by file descriptor: what reaches the kernel, and when. The
 * kernel is the other end of a socket pair, and ioctl() is ours (--wrap).
 */
#define FUSE_USE_VERSION 314
#include <fuse_lowlevel.h>

#include <check.h>
#include <errno.h>
#include <linux/fuse.h>
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "fmap.h"

#define FMAP_FLAG2	(1U << 11)
#define GET_FMAP	54

static struct fuse_session *se;
static struct fmap_session *fs;
static pthread_t loop;
static int kernel = -1, session = -1;

/* ---- ioctl ---- */

static int ioctls;			/* calls on the session's fd */
static unsigned long cmd;		/* the last one's */
static unsigned char arg[16];
static int result;			/* what it gives: a number or -errno */

int __wrap_ioctl(int fd, unsigned long request, ...);
int __real_ioctl(int fd, unsigned long request, void *p);

int __wrap_ioctl(int fd, unsigned long request, ...)
{
	va_list ap;
	void *p;

	va_start(ap, request);
	p = va_arg(ap, void *);
	va_end(ap);
	if (fd != session)
		return __real_ioctl(fd, request, p);
	ioctls++;
	cmd = request;
	/* _IOC_SIZE */
	ck_assert_uint_le((request >> 16) & 0x3fff, sizeof(arg));
	memcpy(arg, p, (request >> 16) & 0x3fff);
	if (result >= 0)
		return result;
	errno = -result;
	return -1;
}

/* ---- the server ---- */

static sem_t in_negotiated, go_on;
static bool slow;			/* negotiated() waits for go_on */
static bool asked;			/* GET_FMAP has come */
static int told = -1, ret_told = 1;

static void negotiated(void *userdata, bool agreed)
{
	(void)userdata;
	if (slow) {
		sem_post(&in_negotiated);
		sem_wait(&go_on);
		ck_assert(!__atomic_load_n(&asked, __ATOMIC_SEQ_CST));
	}
	told = agreed;
	ret_told = fmap_device_open(fs, 10, 5);
}

static void get_fmap(struct fmap_req *req, uint64_t ino, uint32_t size)
{
	(void)ino;
	(void)size;
	__atomic_store_n(&asked, true, __ATOMIC_SEQ_CST);
	/* As if fmap_map_simple() had failed. */
	errno = ENODEV;
	ck_assert_int_eq(fmap_reply_map(req, NULL), -ENODEV);
}

static void get_daxdev(struct fmap_req *req, uint64_t index)
{
	(void)index;
	fmap_reply_err(req, ENODEV);
}

static const struct fmap_ops fops = {
	.get_fmap = get_fmap,
	.get_daxdev = get_daxdev,
	.negotiated = negotiated,
};

static const struct fuse_lowlevel_ops lops = { .lookup = NULL };

static void *run_loop(void *unused)
{
	fmap_session_loop(fs, 10);
	return unused;
}

static void start_server(void)
{
	char *argv[] = { (char *)"test", NULL };
	struct fuse_args args = FUSE_ARGS_INIT(1, argv);
	int sv[2];

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sv), 0);
	kernel = sv[0];
	session = sv[1];
	se = fuse_session_new(&args, &lops, sizeof(lops), NULL);
	ck_assert_ptr_nonnull(se);
	fs = fmap_session_new(se, &fops, NULL, 0);
	ck_assert_ptr_nonnull(fs);
	ck_assert_int_eq(fmap_session_attach(fs, session), 0);
	ck_assert_int_eq(pthread_create(&loop, NULL, run_loop, NULL), 0);
	fuse_opt_free_args(&args);
}

/* ---- the kernel ---- */

static void ask(uint32_t opcode, uint64_t unique, const void *in, size_t len)
{
	unsigned char buf[256];
	struct fuse_in_header h = {
		.len = (uint32_t)(sizeof(h) + len),
		.opcode = opcode,
		.unique = unique,
		.nodeid = 2,
	};

	memcpy(buf, &h, sizeof(h));
	if (len)
		memcpy(buf + sizeof(h), in, len);
	ck_assert_int_eq(write(kernel, buf, h.len), h.len);
}

/* Return: errno of the reply to @unique, or -1 if none comes in @ms. */
static int get(uint64_t unique, int ms)
{
	struct pollfd p = { .fd = kernel, .events = POLLIN };
	unsigned char msg[4096];
	struct fuse_out_header out;

	if (poll(&p, 1, ms) != 1)
		return -1;
	ck_assert_int_ge(read(kernel, msg, sizeof(msg)), (ssize_t)sizeof(out));
	memcpy(&out, msg, sizeof(out));
	ck_assert_uint_eq(out.unique, unique);
	return -out.error;
}

static void init(uint32_t flags2)
{
	struct fuse_init_in in = {
		.major = 7, .minor = 38, .max_readahead = 131072,
		.flags = FUSE_INIT_EXT, .flags2 = flags2,
	};

	ask(FUSE_INIT, 2, &in, sizeof(in));
	ck_assert_int_eq(get(2, 20000), 0);
}

/* A request that is answered after everything before it is through. */
static void settle(void)
{
	ask(GET_FMAP, 4, NULL, 0);
	ck_assert_int_eq(get(4, 20000), ENODEV);
}

static void stop_server(void)
{
	struct fuse_forget_in forget = { .nlookup = 1 };

	fuse_session_exit(se);
	ask(FUSE_FORGET, 6, &forget, sizeof(forget));
	pthread_join(loop, NULL);
	fmap_session_destroy(fs);
	fuse_session_destroy(se);
	close(kernel);
}

/* ---- tests ---- */

static void check_backing(int fd, uint32_t flags, uint64_t id)
{
	const struct { int32_t fd; uint32_t flags; uint64_t id; } want = {
		fd, flags, id,
	};

	/* _IOW(229, 1, 16 bytes) */
	ck_assert_uint_eq(cmd, 0x4010e501);
	ck_assert_mem_eq(arg, &want, sizeof(want));
}

START_TEST(what_is_sent)
{
	uint32_t id = 77, n;

	start_server();
	init(FMAP_FLAG2);
	settle();
	/* From within negotiated(). */
	ck_assert_int_eq(told, 1);
	ck_assert_int_eq(ret_told, 0);
	ck_assert_int_eq(ioctls, 1);
	check_backing(10, 0x40000001, 5);

	ck_assert_int_eq(fmap_device_open(fs, 11, 0), 0);
	check_backing(11, 0x40000001, 0);
	ck_assert_int_eq(fmap_device_open(fs, 12, 0xffffffff), 0);
	check_backing(12, 0x40000001, 0xffffffff);
	/* Maps have 32 bits for it. */
	ck_assert_int_eq(fmap_device_open(fs, 14, 0x100000000), -EINVAL);
	ck_assert_int_eq(fmap_device_open(fs, 14, 0x123456789abcdef0), -EINVAL);
	check_backing(12, 0x40000001, 0xffffffff);

	result = 3;
	ck_assert_int_eq(fmap_device_open_any(fs, 13, &id), 0);
	ck_assert_uint_eq(id, 3);
	check_backing(13, 1, 0);

	result = 0;
	ck_assert_int_eq(fmap_device_close(fs, 0xfffffffe), 0);
	/* _IOW(229, 2, 4 bytes) */
	ck_assert_uint_eq(cmd, 0x4004e502);
	memcpy(&n, arg, sizeof(n));
	ck_assert_uint_eq(n, 0xfffffffe);
	ck_assert_int_eq(ioctls, 5);
	stop_server();
}
END_TEST

START_TEST(errors)
{
	static const int errors[] = { EPERM, EINVAL, EBADF, EBUSY, ENODEV, EEXIST, ENOTTY };
	uint32_t id = 77;
	size_t i;

	start_server();
	init(FMAP_FLAG2);
	settle();
	for (i = 0; i < sizeof(errors) / sizeof(*errors); i++) {
		result = -errors[i];
		ck_assert_int_eq(fmap_device_open(fs, 10, 5), -errors[i]);
		ck_assert_int_eq(fmap_device_open_any(fs, 10, &id), -errors[i]);
		ck_assert_int_eq(fmap_device_close(fs, 5), -errors[i]);
	}
	ck_assert_uint_eq(id, 77);
	stop_server();
}
END_TEST

/* The ioctls mean something else where the protocol is not agreed. */
START_TEST(not_agreed)
{
	uint32_t id = 77;
	int i;

	start_server();
	for (i = 0; i < 2; i++) {
		ck_assert_int_eq(fmap_device_open(fs, 10, 5), -ENOTCONN);
		ck_assert_int_eq(fmap_device_open_any(fs, 10, &id), -ENOTCONN);
		ck_assert_int_eq(fmap_device_close(fs, 5), -ENOTCONN);
		if (!i) {
			init(0);
			ask(FUSE_STATFS, 4, NULL, 0);
			get(4, 20000);
		}
	}
	stop_server();
	ck_assert_int_eq(told, 0);
	ck_assert_int_eq(ret_told, -ENOTCONN);
	ck_assert_int_eq(ioctls, 0);
	ck_assert_uint_eq(id, 77);
}
END_TEST

/* The kernel asks for a map while the server still registers its devices. */
START_TEST(map_waits_for_devices)
{
	slow = true;
	sem_init(&in_negotiated, 0, 0);
	sem_init(&go_on, 0, 0);
	start_server();
	init(FMAP_FLAG2);
	sem_wait(&in_negotiated);
	ask(GET_FMAP, 4, NULL, 0);
	ck_assert_int_eq(get(4, 300), -1);
	ck_assert_int_eq(ioctls, 0);
	sem_post(&go_on);
	ck_assert_int_eq(get(4, 20000), ENODEV);
	ck_assert_int_eq(ioctls, 1);
	ck_assert_int_eq(ret_told, 0);
	stop_server();
}
END_TEST

int main(void)
{
	Suite *s = suite_create("libfmap devices");
	TCase *t = tcase_create("all");
	SRunner *r;
	int failed;

	tcase_set_timeout(t, 60);
	tcase_add_test(t, what_is_sent);
	tcase_add_test(t, errors);
	tcase_add_test(t, not_agreed);
	tcase_add_test(t, map_waits_for_devices);
	suite_add_tcase(s, t);
	r = srunner_create(s);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
