// SPDX-License-Identifier: GPL-2.0-only
/*
 * fuse_famfs/hook/negotiate.c between a server and kernels that differ: how INIT may come by, or
 * not, and what an answer to it means. Compiled once for a FUSE as it is, and once for each way
 * in which one shows that it has extent maps of its own (compat/compat_aside.h).
 */
#include <check.h>
#include <stdlib.h>
#include "negotiate_kernel.h"
#include "../../fuse_famfs/hook/negotiate.c"

#define EXT	((u64)FUSE_INIT_EXT)
#define FMAP	FUSE_DAX_FMAP
#define PASS	(1ULL << 37)
#define URING	(1ULL << 41)
#define PASS_V2	(1ULL << 45)
/* Which flags of an answer mean the kernel's own maps. */
#ifndef OWN_MAPS
#define OWN_MAPS	0
#endif

char log_text[4096];

/* The kernel of a test, and what it has seen. */
static struct {
	bool not_queued, other_size, other_count, no_end, no_ext, gone;
	int err;
	u64 offers;		/* stock's */
	bool tables, root;
} kernel;
static struct fuse_init_in stock_in;
static struct fuse_init_out out;
static struct fuse_args args;
static int sent, ended, enabled;
static u64 stock_saw;		/* flags of the answer */

bool famfs_is_root(const struct cred *cred) { (void)cred; return kernel.root; }
void famfs_mount_enable(struct famfs_mount *fmnt) { (void)fmnt; enabled++; }
bool famfs_tables_from_root(struct super_block *sb, struct inode *root)
{
	(void)sb, (void)root;
	return kernel.tables;
}

static void stock_send(struct fuse_iqueue *fiq, struct fuse_req *req)
{
	(void)fiq, (void)req;
	sent++;
}

static void stock_end(struct fuse_args *a, int error)
{
	struct fuse_init_out *o = a->out_args[0].value;

	ended++;
	stock_saw = error ? 0 : o->flags | (u64)o->flags2 << 32;
}

int compat_fuse_send_init(struct fuse_mount *fm)
{
	struct fuse_req req = { .args = &args };

	stock_in.flags = kernel.offers | (kernel.no_ext ? 0 : EXT);
	stock_in.flags2 = kernel.offers >> 32;
	args = (struct fuse_args) {
		.opcode = FUSE_INIT, .in_numargs = kernel.other_count ? 2 : 1, .out_numargs = 1,
		.in_args = { { sizeof(stock_in) + 8 * kernel.other_size, &stock_in } },
		.out_args = { { sizeof(out), &out } },
		.end = kernel.no_end ? NULL : stock_end,
	};
	fm->fc->conn_error = kernel.gone;
	if (kernel.not_queued || kernel.gone || kernel.err)
		sent++;
	else
		fm->fc->iq.ops->send_req(&fm->fc->iq, &req);
	return kernel.err;
}

static const struct fuse_iqueue_ops stock_ops = { .send_req = stock_send }, no_ops;
static struct fuse_conn fc;
static struct fuse_mount fm = { .fc = &fc };
static struct inode root;
static struct dentry root_dentry = { .d_inode = &root };
static struct super_block sb = { .s_root = &root_dentry };
static struct famfs_mount fmnt;

static void prepare(void)
{
	fc = (struct fuse_conn) { .iq.ops = &stock_ops };
	root.i_op = &stock_dir_iops;
	fmnt = (struct famfs_mount) {
		.ref.n = 1, .sb = &sb, .fm = &fm, .fc = &fc, .named = true, .name = "x",
	};
	kernel.tables = kernel.root = true;
	kernel.offers = PASS | URING | PASS_V2;
}

static void mount_it(void)
{
	prepare();
	ck_assert_int_eq(famfs_negotiate(&fmnt), kernel.err);
	ck_assert_ptr_eq(fc.iq.ops, &stock_ops);
}

static void answer(u64 flags)
{
	out = (struct fuse_init_out) {
		.major = FUSE_KERNEL_VERSION, .minor = 39, .flags = flags, .flags2 = flags >> 32,
	};
	log_text[0] = '\0';
	enabled = ended = 0;
	args.end(&args, 0);
	ck_assert_int_eq(ended, 1);
	ck_assert_int_eq(fmnt.ref.n, 1);
	ck_assert(fmnt.init_done.done);
}

static unsigned int lines(void)
{
	unsigned int n = 0;
	const char *c;

	for (c = log_text; *c; c++)
		n += *c == '\n';
	return n;
}

START_TEST(offered)
{
	mount_it();
	ck_assert_int_eq(sent, 1);
	ck_assert(fmnt.init_seen);
	ck_assert_ptr_eq(args.in_args[0].value, &fmnt.init_in);
	ck_assert_uint_eq(fmnt.init_in.flags2, (PASS | URING | PASS_V2 | FMAP) >> 32);
	ck_assert_uint_eq(stock_in.flags2, (PASS | URING | PASS_V2) >> 32);
	ck_assert_ptr_eq(root.i_op, &famfs_dir_iops);
	ck_assert_str_eq(log_text, "");
}
END_TEST

static const struct {
	u64 flags;
	bool famfs, unnamed, other;
} answers[] = {
	{ EXT | FMAP, true, false, false },
	{ EXT, false, false, false },
	{ FMAP, false, false, false },
	{ EXT | FMAP | URING, true, false, false },
	{ EXT | FMAP | URING, false, true, false },
	{ EXT | FMAP, true, true, false },
	{ EXT | FMAP, false, false, true },
	/* With what extent maps of the kernel's own may be agreed by. */
	{ EXT | FMAP | PASS, !(OWN_MAPS & PASS), false, false },
	{ EXT | FMAP | PASS_V2, !(OWN_MAPS & PASS_V2), false, false },
	{ EXT | FMAP | PASS | PASS_V2, !OWN_MAPS, false, false },
	{ EXT | PASS | PASS_V2, false, false, false },
};

START_TEST(answered)
{
	mount_it();
	fmnt.named = !answers[_i].unnamed;
	kernel.root = !answers[_i].other;
	answer(answers[_i].flags);
	ck_assert_int_eq(enabled, answers[_i].famfs);
	ck_assert_ptr_eq(root.i_op, answers[_i].famfs ? &famfs_dir_iops : &stock_dir_iops);
	/* What the server said of the kernel's own is the kernel's to hear. */
	ck_assert_uint_eq(stock_saw & (PASS | PASS_V2), answers[_i].flags & (PASS | PASS_V2));
	if (fmnt.named) {
		ck_assert_uint_eq(lines(), 1);
		ck_assert(!!strstr(log_text, "famfs protocol agreed") == answers[_i].famfs);
	}
	if (answers[_i].famfs)
		ck_assert_uint_eq(stock_saw & FMAP, 0);
	if (answers[_i].flags & FMAP && answers[_i].flags & EXT && fmnt.named && !answers[_i].famfs) {
		ck_assert_uint_eq(stock_saw & FMAP, 0);
		ck_assert_str_eq(log_text, answers[_i].other ?
			"x: INIT was not answered by root: the famfs protocol is refused\n" :
			"x: the server agreed to the kernel's own extent maps: the famfs protocol is refused\n");
	}
}
END_TEST

/* What is taken out of an answer, and that nothing else is: docs/protocol.md, "Other INIT flags". */
START_TEST(tamed)
{
	const u64 out = FUSE_WRITEBACK_CACHE | FUSE_AUTO_INVAL_DATA | FUSE_HANDLE_KILLPRIV |
			FUSE_HANDLE_KILLPRIV_V2;
	const u64 others = FUSE_ASYNC_READ | FUSE_BIG_WRITES | FUSE_DO_READDIRPLUS | FUSE_POSIX_ACL;

	mount_it();
	answer(EXT | out | others | (_i ? FMAP : 0));
	ck_assert_int_eq(enabled, _i);
	ck_assert_uint_eq(stock_saw & out, _i ? 0 : out);
	ck_assert_uint_eq(stock_saw & FUSE_EXPLICIT_INVAL_DATA, _i ? FUSE_EXPLICIT_INVAL_DATA : 0);
	ck_assert_uint_eq(stock_saw & others, others);
}
END_TEST

/* A flag that the kernel did not offer means nothing. */
START_TEST(not_offered)
{
	prepare();
	kernel.offers = 0;
	ck_assert_int_eq(famfs_negotiate(&fmnt), 0);
	answer(EXT | FMAP | PASS | PASS_V2);
	ck_assert_int_eq(enabled, 1);
}
END_TEST

/* INIT goes by in a way that nobody knows: the mount is an ordinary one, and one line says so. */
static void not_seen(void)
{
	int i;

	for (i = 1; i <= 3; i++) {
		mount_it();
		ck_assert_int_eq(sent, i);
		ck_assert(!fmnt.init_seen);
		ck_assert_ptr_eq(root.i_op, &stock_dir_iops);
		ck_assert_int_eq(fmnt.ref.n, 1);
		ck_assert_str_eq(log_text, "unknown FUSE: INIT does not come by: mounts are ordinary ones\n");
	}
	ck_assert_ptr_eq(args.in_args[0].value, &stock_in);
}

START_TEST(not_queued) { kernel.not_queued = true; not_seen(); } END_TEST
START_TEST(other_size) { kernel.other_size = true; not_seen(); } END_TEST
START_TEST(other_count) { kernel.other_count = true; not_seen(); } END_TEST
START_TEST(no_end) { kernel.no_end = true; not_seen(); } END_TEST
START_TEST(no_ext) { kernel.no_ext = true; not_seen(); } END_TEST

/* Nor is it there where the server has gone, which is nothing to tell. */
START_TEST(server_gone)
{
	kernel.gone = true;
	mount_it();
	ck_assert(!fmnt.init_seen);
	ck_assert_ptr_eq(root.i_op, &stock_dir_iops);
	kernel.gone = false;
	kernel.err = -ENOTCONN;
	mount_it();
	ck_assert_str_eq(log_text, "");
}
END_TEST

START_TEST(no_operation)
{
	prepare();
	kernel.not_queued = true;
	fc.iq.ops = &no_ops;
	ck_assert_int_eq(famfs_negotiate(&fmnt), 0);
	ck_assert_ptr_eq(fc.iq.ops, &no_ops);
	ck_assert_int_eq(sent, 1);
	ck_assert_ptr_eq(root.i_op, &stock_dir_iops);
	ck_assert_str_eq(log_text, "unknown FUSE: its queue has no operation to send requests: mounts are ordinary ones\n");
}
END_TEST

int main(void)
{
	Suite *s = suite_create("negotiate");
	TCase *tc = tcase_create("init");
	SRunner *r;
	int failed;

	tcase_add_test(tc, offered);
	tcase_add_loop_test(tc, answered, 0, sizeof(answers) / sizeof(answers[0]));
	tcase_add_loop_test(tc, tamed, 0, 2);
	tcase_add_test(tc, not_offered);
	tcase_add_test(tc, not_queued);
	tcase_add_test(tc, other_size);
	tcase_add_test(tc, other_count);
	tcase_add_test(tc, no_end);
	tcase_add_test(tc, no_ext);
	tcase_add_test(tc, server_gone);
	tcase_add_test(tc, no_operation);
	suite_add_tcase(s, tc);
	r = srunner_create(s);
	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed ? 1 : 0;
}
