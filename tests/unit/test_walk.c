// SPDX-License-Identifier: GPL-2.0-only
/*
 * fuse_famfs/show/debugfs.c and maps.c: every map and every extent has its line once, in
 * whatever pieces they are read, and what comes and goes between two pieces costs no other line.
 */
#include <check.h>
#include "fmap_msg.h"
#include "proto/parse.h"
#include "walk_kernel.h"
#include "../../fuse_famfs/show/debugfs.c"
#include "../../fuse_famfs/show/maps.c"

int held;
struct list_head famfs_mounts;
struct mutex famfs_mounts_lock;
const struct file_operations famfs_waits_fops, famfs_refusals_fops;
const struct famfs_walk_ops famfs_mounts_ops, famfs_devices_ops, famfs_requests_ops;

int famfs_faults_show(struct seq_file *seq, void *v) { return !seq + !v; }
void *__seq_open_private(struct file *file, const struct seq_operations *ops, int size)
{
	return file && ops && size ? NULL : NULL;
}

struct famfs_inode *famfs_inodes_next(struct famfs_mount *fmnt, unsigned long *at)
{
	ck_assert_int_eq(held, 2);
	while (++*at < MAX_FILES)
		if (fmnt->files[*at])
			return fmnt->files[*at];
	return NULL;
}

static struct famfs_mount mounts[3];
static struct inode inodes[MAX_FILES];
static struct famfs_inode files[MAX_FILES];

static void mount_add(struct famfs_mount *fmnt)
{
	fmnt->list.next = &famfs_mounts;
	fmnt->list.prev = famfs_mounts.prev;
	famfs_mounts.prev->next = &fmnt->list;
	famfs_mounts.prev = &fmnt->list;
}

static void mount_del(struct famfs_mount *fmnt)
{
	fmnt->list.prev->next = fmnt->list.next;
	fmnt->list.next->prev = fmnt->list.prev;
}

static struct fmap *parsed(struct msg *m)
{
	struct fmap *map = NULL;

	ck_assert_int_eq(fmap_parse(m->buf, m->len, 4096, &map), 0);
	msg_free(m);
	return map;
}

/* One file of each kind: 1, 4, 3 and 2 + 3 lines. */
static struct fmap *map_of(int kind)
{
	struct msg m = { };
	int i;

	msg_start(&m, kind == 3, 4096);
	switch (kind) {
	case 0:
		msg_simple(&m, 7, 2 * MiB, 2 * MiB);
		break;
	case 1:
		for (i = 0; i < 4; i++)
			msg_simple(&m, i % 2, (8 - i) * MiB, 4 * KiB);
		break;
	case 2:
		for (i = 0; i < 3; i++)
			msg_simple(&m, 0, (8 + i) * MiB, (i + 1) * 4 * KiB);
		break;
	default:
		msg_iext(&m, 2, 2 * MiB, 10 * MiB);
		msg_strip(&m, 0, 32 * MiB, 6 * MiB);
		msg_strip(&m, 1, 64 * MiB, 4 * MiB);
		msg_iext(&m, 3, MiB, 4 * MiB);
		msg_strip(&m, 0, 48 * MiB, 2 * MiB);
		msg_strip(&m, 0, 52 * MiB, MiB);
		msg_strip(&m, 5, 56 * MiB, MiB);
	}
	return parsed(&m);
}

/* Two mounts with files, with gaps among their ids; one without between them. */
static void set_up(void)
{
	int i;

	held = 0;
	famfs_mounts.next = famfs_mounts.prev = &famfs_mounts;
	memset(mounts, 0, sizeof(mounts));
	for (i = 0; i < 3; i++) {
		mounts[i].dev = 40 + i;
		mounts[i].serial = 3 + 2 * i;
		mount_add(&mounts[i]);
	}
	for (i = 0; i < 8; i++) {
		inodes[i].i_ino = 100 + i;
		files[i] = (struct famfs_inode){ .inode = &inodes[i], .map = map_of(i % 4) };
		mounts[i / 4 * 2].files[1 + 5 * (i % 4)] = &files[i];
	}
}

static void tear_down(void)
{
	int i;

	for (i = 0; i < 8; i++)
		fmap_free(files[i].map);
}

#define MAX_TEXT	(1 << 16)

/* Read all to @text, @piece lines a buffer; between two of them the lines may change. */
static void read_all(const struct famfs_walk_ops *ops, int piece, void (*meanwhile)(int),
		     char *text)
{
	struct famfs_walk walk = { .ops = ops };
	struct seq_file seq = { .private = &walk };
	loff_t pos = 0;
	int i, turn = 0;
	void *v;

	*text = '\0';
	for (;;) {
		v = famfs_walk_start(&seq, &pos);
		for (i = 0; v && i < piece; i++) {
			seq.n = 0;
			famfs_walk_show(&seq, v);
			ck_assert_uint_lt(strlen(text) + seq.n, MAX_TEXT);
			strcat(text, seq.text);
			v = famfs_walk_next(&seq, v, &pos);
		}
		famfs_walk_stop(&seq, v);
		ck_assert_int_eq(held, 0);
		if (!v)
			break;
		if (meanwhile)
			meanwhile(turn++);
	}
	/* At the end there is nothing more, however often it is asked. */
	ck_assert_ptr_null(famfs_walk_start(&seq, &pos));
	famfs_walk_stop(&seq, NULL);
}

static const char extents_of_one[] =
	"0:40 ino=100 off=0 len=2097152 dev=7 devoff=2097152\n"
	"0:40 ino=101 off=0 len=4096 dev=0 devoff=8388608\n"
	"0:40 ino=101 off=4096 len=4096 dev=1 devoff=7340032\n"
	"0:40 ino=101 off=8192 len=4096 dev=0 devoff=6291456\n"
	"0:40 ino=101 off=12288 len=4096 dev=1 devoff=5242880\n"
	"0:40 ino=102 off=0 len=4096 dev=0 devoff=8388608\n"
	"0:40 ino=102 off=4096 len=8192 dev=0 devoff=9437184\n"
	"0:40 ino=102 off=12288 len=12288 dev=0 devoff=10485760\n"
	"0:40 ino=103 off=0 len=10485760 dev=0 devoff=33554432 stripe=0/2 chunk=2097152\n"
	"0:40 ino=103 off=0 len=10485760 dev=1 devoff=67108864 stripe=1/2 chunk=2097152\n"
	"0:40 ino=103 off=10485760 len=4194304 dev=0 devoff=50331648 stripe=0/3 chunk=1048576\n"
	"0:40 ino=103 off=10485760 len=4194304 dev=0 devoff=54525952 stripe=1/3 chunk=1048576\n"
	"0:40 ino=103 off=10485760 len=4194304 dev=5 devoff=58720256 stripe=2/3 chunk=1048576\n";
#define LINES	26	/* of both mounts */

static int lines_of(const char *text)
{
	int n = 0;

	for (; *text; text++)
		n += *text == '\n';
	return n;
}

START_TEST(extents)
{
	static char all[MAX_TEXT], text[MAX_TEXT];

	set_up();
	read_all(&famfs_extents_ops, 1000, NULL, all);
	ck_assert_int_eq(strncmp(all, extents_of_one, strlen(extents_of_one)), 0);
	ck_assert_int_eq(lines_of(all), LINES);
	ck_assert_ptr_nonnull(strstr(all, "0:42 ino=107 off=10485760 len=4194304 dev=5 devoff=58720256 stripe=2/3 chunk=1048576\n"));
	read_all(&famfs_extents_ops, _i, NULL, text);
	ck_assert_str_eq(text, all);
	tear_down();
}
END_TEST

START_TEST(maps)
{
	static char text[MAX_TEXT];

	set_up();
	files[2].dead = true;
	files[3].opens.n = 4;
	/* What is left of a file is none. */
	files[4].inode = NULL;
	read_all(&famfs_maps_ops, _i, NULL, text);
	ck_assert_int_eq(lines_of(text), 7);
	ck_assert_ptr_nonnull(strstr(text, "0:40 node=100 ino=100 opens=0 type=regular size=4096 kind=one extents=1 devices=1 memory="));
	ck_assert_ptr_nonnull(strstr(text, "ino=101 opens=0 type=regular size=4096 kind=uniform extents=4 devices=2 "));
	ck_assert_ptr_nonnull(strstr(text, " dead\n0:40 node=103 ino=103 opens=4 type=regular size=4096 kind=striped extents=2 devices=3 "));
	ck_assert_ptr_null(strstr(text, "ino=104"));
	tear_down();
}
END_TEST

static int leaves_at;

static void file_leaves(int turn)
{
	if (turn == leaves_at)
		mounts[0].files[6] = NULL;
}

static void mount_leaves(int turn)
{
	if (turn == leaves_at)
		mount_del(&mounts[0]);
}

/* Whenever a file or a mount goes, the lines of all others are there, once. */
START_TEST(others_go)
{
	static char text[MAX_TEXT];
	int i;

	leaves_at = _i;
	set_up();
	read_all(&famfs_extents_ops, 1, file_leaves, text);
	for (i = 100; i < 108; i++) {
		char ino[24];

		snprintf(ino, sizeof(ino), " ino=%d ", i);
		ck_assert(i == 101 || strstr(text, ino));
	}
	ck_assert_int_le(lines_of(text), LINES);
	ck_assert_int_ge(lines_of(text), LINES - 4);
	tear_down();
	set_up();
	read_all(&famfs_extents_ops, 1, mount_leaves, text);
	ck_assert_ptr_nonnull(strstr(text, "0:42 "));
	ck_assert_int_eq(lines_of(strstr(text, "0:42 ")), LINES / 2);
	tear_down();
}
END_TEST

START_TEST(nothing)
{
	static char text[MAX_TEXT];

	famfs_mounts.next = famfs_mounts.prev = &famfs_mounts;
	read_all(&famfs_extents_ops, 1, NULL, text);
	ck_assert_str_eq(text, "");
}
END_TEST

int main(void)
{
	Suite *s = suite_create("walk");
	TCase *tc = tcase_create("debugfs");
	SRunner *r;
	int failed;

	tcase_add_test(tc, nothing);
	tcase_add_loop_test(tc, extents, 1, LINES + 2);
	tcase_add_loop_test(tc, maps, 1, 10);
	tcase_add_loop_test(tc, others_go, 0, LINES);
	suite_add_tcase(s, tc);
	r = srunner_create(s);
	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed ? 1 : 0;
}
