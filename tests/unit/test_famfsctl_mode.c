// SPDX-License-Identifier: GPL-2.0-only
/* famfsctl mode: the steps of a switch, on a bus that does what each test wants. */
#include <check.h>
#include <errno.h>
#include <string.h>

#include "famfsctl.h"
#include "mode.h"
#include "persist.h"

struct ctl ctl = { .root = "" };

struct bus {
	const char *driver;	/* of the device */
	const char *ids[4];	/* drivers that were told of the device, and not untold */
	const char *refuses[2];	/* drivers that do not take it, silently */
	const char *breaks;	/* whose new_id fails */
	int unbind_err;
	bool sticky;		/* unbind says that it went well, and nothing happened */
	char log[256];
};

static const char *driver(void *arg)
{
	return ((struct bus *)arg)->driver;
}

static void note(struct bus *b, const char *what, const char *driver)
{
	sprintf(b->log + strlen(b->log), "%s%s %s", *b->log ? ", " : "", what, driver);
}

static int unbind(void *arg, const char *driver)
{
	struct bus *b = arg;

	note(b, "unbind", driver);
	ck_assert_str_eq(b->driver, driver);
	if (b->unbind_err)
		return b->unbind_err;
	if (!b->sticky)
		b->driver = NULL;
	return 0;
}

static int new_id(void *arg, const char *driver)
{
	struct bus *b = arg;
	int i;

	note(b, "new", driver);
	if (b->breaks && !strcmp(b->breaks, driver))
		return ENOMEM;
	for (i = 0; i < 4 && b->ids[i]; i++)
		;
	b->ids[i] = driver;
	for (i = 0; i < 2; i++)
		if (b->refuses[i] && !strcmp(b->refuses[i], driver))
			return 0;
	if (!b->driver)
		b->driver = driver;
	return 0;
}

static int remove_id(void *arg, const char *driver)
{
	struct bus *b = arg;
	int i;

	note(b, "remove", driver);
	for (i = 0; i < 4; i++)
		if (b->ids[i] && !strcmp(b->ids[i], driver))
			b->ids[i] = NULL;
	return 0;
}

static const struct mode_ops ops = { driver, unbind, new_id, remove_id };
static struct mode_result r;

static int run(struct bus *b, const char *to)
{
	int err = mode_switch(&ops, b, to, &r), i;

	/* No driver may go on claiming the device. */
	for (i = 0; i < 4; i++)
		ck_assert_ptr_null(b->ids[i]);
	ck_assert(r.now == b->driver);
	ck_assert(!err == !r.why);
	return err;
}

START_TEST(test_forth)
{
	struct bus b = { .driver = "device_dax" };

	ck_assert_int_eq(run(&b, "fsdev_dax"), 0);
	ck_assert_str_eq(b.log, "unbind device_dax, new fsdev_dax, remove fsdev_dax");
	ck_assert_str_eq(r.was, "device_dax");
	ck_assert_str_eq(r.now, "fsdev_dax");
	ck_assert(r.changed);
}
END_TEST

START_TEST(test_from_none)
{
	struct bus b = { .driver = NULL };

	ck_assert_int_eq(run(&b, "fsdev_dax"), 0);
	ck_assert_str_eq(b.log, "new fsdev_dax, remove fsdev_dax");
	ck_assert(r.changed && !r.was);
}
END_TEST

START_TEST(test_already)
{
	struct bus b = { .driver = "kmem" };

	ck_assert_int_eq(run(&b, "kmem"), 0);
	ck_assert_str_eq(b.log, "");
	ck_assert(!r.changed);
}
END_TEST

START_TEST(test_refused)
{
	struct bus b = { .driver = "device_dax", .refuses = { "fsdev_dax" } };

	ck_assert_int_eq(run(&b, "fsdev_dax"), ENODEV);
	ck_assert_str_eq(b.log, "unbind device_dax, new fsdev_dax, remove fsdev_dax, new device_dax, remove device_dax");
	ck_assert_str_eq(r.now, "device_dax");
	ck_assert(strstr(r.why, "fsdev_dax does not take it"));
}
END_TEST

START_TEST(test_no_memory)
{
	struct bus b = { .driver = "device_dax", .breaks = "fsdev_dax" };

	ck_assert_int_eq(run(&b, "fsdev_dax"), ENOMEM);
	ck_assert_str_eq(r.now, "device_dax");
}
END_TEST

START_TEST(test_nowhere)
{
	struct bus b = { .driver = "device_dax", .refuses = { "fsdev_dax", "device_dax" } };

	ck_assert_int_eq(run(&b, "fsdev_dax"), ENODEV);
	ck_assert_ptr_null(r.now);
	ck_assert(strstr(r.why, "it has no driver"));
	ck_assert(r.changed);
}
END_TEST

START_TEST(test_refused_from_none)
{
	struct bus b = { .driver = NULL, .refuses = { "fsdev_dax" } };

	ck_assert_int_eq(run(&b, "fsdev_dax"), ENODEV);
	ck_assert_ptr_null(r.now);
	ck_assert(!r.changed);
}
END_TEST

START_TEST(test_keeps)
{
	struct bus b = { .driver = "kmem", .unbind_err = EBUSY }, c = { .driver = "kmem", .sticky = true };

	ck_assert_int_eq(run(&b, "fsdev_dax"), EBUSY);
	ck_assert_str_eq(b.log, "unbind kmem");
	ck_assert(!r.changed && strstr(r.why, "kmem does not let go"));
	ck_assert_int_eq(run(&c, "fsdev_dax"), EBUSY);
	ck_assert_str_eq(c.log, "unbind kmem");
}
END_TEST

START_TEST(test_persist)
{
	ck_assert_str_eq(persist_text("uuid=ab\nserial=0x1\nstart=0x10\nsize=5\n", "dax0.0"),
			 "# dax0.0, by famfsctl\nuuid=ab\nsize=5\nmode=famfs\n");
	ck_assert_str_eq(persist_text("serial=0x1,0x2\nstart=0x10\nsize=5\n", "dax0.0"),
			 "# dax0.0, by famfsctl\nserial=0x1,0x2\nstart=0x10\nsize=5\nmode=famfs\n");
	ck_assert_ptr_null(persist_text("size=5\n", "dax0.0"));
	ck_assert(persist_name_good("pool_1") && persist_name_good("7"));
	ck_assert(!persist_name_good("") && !persist_name_good("_a") && !persist_name_good("a/b"));
	ck_assert(!persist_name_good("..") && !persist_name_good("a b") && !persist_name_good("\303\244"));
}
END_TEST

int main(void)
{
	Suite *s = suite_create("famfsctl: mode");
	TCase *t = tcase_create("all");
	SRunner *sr;
	int failed;

	tcase_add_checked_fixture(t, NULL, pool_empty);
	tcase_add_test(t, test_forth);
	tcase_add_test(t, test_from_none);
	tcase_add_test(t, test_already);
	tcase_add_test(t, test_refused);
	tcase_add_test(t, test_no_memory);
	tcase_add_test(t, test_nowhere);
	tcase_add_test(t, test_refused_from_none);
	tcase_add_test(t, test_keeps);
	tcase_add_test(t, test_persist);
	suite_add_tcase(s, t);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed != 0;
}
