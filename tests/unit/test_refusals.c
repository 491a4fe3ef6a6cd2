// SPDX-License-Identifier: GPL-2.0-only
/*
 * fuse_famfs/tell/refusals.c: how many are remembered, which of them goes when there is no room, what is
 * the same once more, and what a reader sees who comes for a few at a time while others come.
 */
#include <check.h>
#include "refusals_kernel.h"
#include "../../fuse_famfs/tell/refusals.c"

ktime_t now_ms;

/* Escaping is the kernel's; here it is enough that it is asked for. */
void famfs_seq_string(struct seq_file *seq, const char *key, const char *s)
{
	seq_printf(seq, "%s<%s>", key, s);
}

static void forget(void)
{
	memset(famfs_refusals, 0, sizeof(famfs_refusals));
	now_ms = 0;
}

static void refuse(int n)
{
	char text[32];

	snprintf(text, sizeof(text), "text %d", n);
	now_ms++;
	famfs_refusal_note(FAMFS_REFUSED_OPEN, 45, "node", 5, text);
}

/*
 * Read all, @piece lines a buffer, and call @meanwhile between two buffers. The lines are put to
 * @lines; return: how many there are, each with its number of "text N" in @numbers.
 */
static int read_all(int piece, void (*meanwhile)(void), int *numbers)
{
	struct famfs_refusals_read read = { };
	struct seq_file seq = { .private = &read };
	loff_t pos = 0;
	int n = 0, i;
	void *v;

	for (;;) {
		v = famfs_refusals_ops.start(&seq, &pos);
		for (i = 0; v && i < piece; i++) {
			seq.n = 0;
			ck_assert_int_eq(famfs_refusals_ops.show(&seq, v), 0);
			ck_assert_int_lt(n, 1000);
			ck_assert_ptr_nonnull(strstr(seq.text, "text=<text "));
			numbers[n++] = atoi(strstr(seq.text, "text=<text ") + 11);
			v = famfs_refusals_ops.next(&seq, v, &pos);
		}
		famfs_refusals_ops.stop(&seq, v);
		ck_assert_int_eq(famfs_refusals_lock.held, 0);
		if (!v)
			return n;
		if (meanwhile)
			meanwhile();
	}
}

START_TEST(none)
{
	int numbers[1000];

	forget();
	ck_assert_int_eq(read_all(1, NULL, numbers), 0);
}
END_TEST

START_TEST(bounded)
{
	int numbers[1000], i, n;

	forget();
	for (i = 0; i < 300; i++)
		refuse(i);
	n = read_all(_i, NULL, numbers);
	ck_assert_int_eq(n, FAMFS_MAX_REFUSALS);
	for (i = 0; i < n; i++)
		ck_assert_int_eq(numbers[i], 300 - FAMFS_MAX_REFUSALS + i);
}
END_TEST

/* Once more is the newest, and pushes nobody out. */
START_TEST(again)
{
	struct famfs_refusals_read read = { };
	struct seq_file seq = { .private = &read };
	int numbers[1000], i;

	forget();
	for (i = 0; i < 3; i++)
		refuse(i);
	for (i = 0; i < 1000; i++)
		refuse(1);
	now_ms += 7;
	read.now = now_ms;
	ck_assert_int_eq(read_all(1, NULL, numbers), 3);
	ck_assert_int_eq(numbers[0], 0);
	ck_assert_int_eq(numbers[1], 2);
	ck_assert_int_eq(numbers[2], 1);
	famfs_refusals_show(&seq, &famfs_refusals[1]);
	ck_assert_str_eq(seq.text,
			 "ago_ms=7 kind=open dev=0:45 ended=0 about=<node> errno=5 times=1001 text=<text 1>\n");
	/* Another mount, another errno, another thing: not the same. */
	famfs_refusal_note(FAMFS_REFUSED_OPEN, 46, "node", 5, "text 1");
	famfs_refusal_note(FAMFS_REFUSED_OPEN, 45, "node", 6, "text 1");
	famfs_refusal_note(FAMFS_REFUSED_DEVICE, 45, "node", 5, "text 1");
	famfs_refusal_note(FAMFS_REFUSED_OPEN, 45, "nodes", 5, "text 1");
	ck_assert_int_eq(read_all(1, NULL, numbers), 7);
	/* Of one that was pushed out nothing is left but its place. */
	for (i = 100; i < 100 + FAMFS_MAX_REFUSALS; i++)
		refuse(i);
	for (i = 0; i < FAMFS_MAX_REFUSALS; i++)
		ck_assert_uint_eq(famfs_refusals[i].times, 1);
}
END_TEST

static void one_more(void)
{
	static int n = 1000;

	refuse(n++);
}

/* A reader comes to an end, and sees nothing twice, however much comes meanwhile. */
START_TEST(meanwhile)
{
	int numbers[1000], i, n;

	forget();
	for (i = 0; i < 200; i++)
		refuse(i);
	n = read_all(_i, one_more, numbers);
	ck_assert_int_le(n, FAMFS_MAX_REFUSALS);
	for (i = 0; i < n; i++) {
		ck_assert_int_lt(numbers[i], 1000);
		if (i)
			ck_assert_int_gt(numbers[i], numbers[i - 1]);
	}
	ck_assert_int_eq(numbers[n - 1], 199);
}
END_TEST

/* A later mount of the same number has nothing to do with what a former one was refused. */
START_TEST(mount_ends)
{
	struct famfs_refusals_read read = { };
	struct seq_file seq = { .private = &read };
	int numbers[1000], i;

	forget();
	for (i = 0; i < 2; i++) {
		refuse(1);
		refuse(1);
		famfs_refusal_note(FAMFS_REFUSED_OPEN, 46, "node", 5, "text 1");
		famfs_refusals_end(45);
	}
	refuse(1);
	ck_assert_int_eq(read_all(1, NULL, numbers), 4);
	for (i = 0; i < 4; i++) {
		seq.n = 0;
		famfs_refusals_show(&seq, &famfs_refusals[i]);
		ck_assert_msg(strstr(seq.text, (const char *[]) {
			"dev=0:45 ended=1 about=<node> errno=5 times=2 ",
			"dev=0:46 ended=0 about=<node> errno=5 times=2 ",
			"dev=0:45 ended=1 about=<node> errno=5 times=2 ",
			"dev=0:45 ended=0 about=<node> errno=5 times=1 ",
		}[i]), "%d: %s", i, seq.text);
	}
	/* One that never was a mount has no end. */
	famfs_refusal_note(FAMFS_REFUSED_MOUNT, 0, "source", 0, "text 2");
	seq.n = 0;
	famfs_refusals_show(&seq, &famfs_refusals[4]);
	ck_assert_msg(strstr(seq.text, "dev=- about=<source>"), "%s", seq.text);
}
END_TEST

START_TEST(long_texts)
{
	struct famfs_refusals_read read = { };
	struct seq_file seq = { .private = &read };
	char text[2000];

	forget();
	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	famfs_refusal_note(FAMFS_REFUSED_MOUNT, 0, text, 0, text);
	famfs_refusal_note(FAMFS_REFUSED_MOUNT, 0, text, 0, text);
	ck_assert_uint_eq(famfs_refusals[0].times, 2);
	famfs_refusals_show(&seq, &famfs_refusals[0]);
	ck_assert_ptr_nonnull(strstr(seq.text, "kind=mount dev=- about=<xxx"));
	ck_assert_uint_eq(strlen(famfs_refusals[0].about), FAMFS_REFUSED_ABOUT - 1);
	ck_assert_uint_eq(strlen(famfs_refusals[0].text), FAMFS_REFUSED_TEXT - 1);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("refusals");
	TCase *tc = tcase_create("list");
	SRunner *r;
	int failed;

	tcase_add_test(tc, none);
	tcase_add_loop_test(tc, bounded, 1, 140);
	tcase_add_test(tc, again);
	tcase_add_loop_test(tc, meanwhile, 1, 140);
	tcase_add_test(tc, mount_ends);
	tcase_add_test(tc, long_texts);
	suite_add_tcase(s, tc);
	r = srunner_create(s);
	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed ? 1 : 0;
}
