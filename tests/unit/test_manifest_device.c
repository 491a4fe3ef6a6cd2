// SPDX-License-Identifier: GPL-2.0-only
/* Devices of a manifest that are there, and names of the same device. */
#define _GNU_SOURCE
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "manifest.h"
#include "manifest_priv.h"

static char err[1024];
static char dir[] = "/tmp/manifest_device.XXXXXX";
static bool devices;	/* dir/null and dir/zero are */

static const char *in_dir(const char *name)
{
	static char path[4][256];
	static unsigned int n;

	n = (n + 1) % 4;
	snprintf(path[n], sizeof(path[n]), "%s/%s", dir, name);
	return path[n];
}

/* Where there is no /dev, and none can be made, the tests that need a device say nothing. */
static bool make_device(const char *name, const char *known, dev_t dev)
{
	struct stat st;

	if (!stat(known, &st) && S_ISCHR(st.st_mode) && st.st_rdev == dev)
		return !symlink(known, in_dir(name));
	return !mknod(in_dir(name), S_IFCHR | 0600, dev) && !stat(in_dir(name), &st) &&
	       S_ISCHR(st.st_mode);
}

static void setup(void)
{
	strcpy(dir + sizeof(dir) - sizeof("XXXXXX"), "XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(dir));
	devices = make_device("null", "/dev/null", makedev(1, 3)) &&
		  make_device("zero", "/dev/zero", makedev(1, 5));
	manifest_sysfs = dir;
}

static void teardown(void)
{
	char command[128];

	snprintf(command, sizeof(command), "rm -rf '%s'", dir);
	ck_assert_int_eq(system(command), 0);
}

/* The manifest of two devices with an extent each of 2 MiB; @at: where the second one is. */
static struct manifest *two(const char *a, const char *b, const char *at, const char *more)
{
	char text[2048];
	struct manifest *m;
	FILE *f;

	snprintf(text, sizeof(text),
		 "device 0 %s\ndevice 7 %s\n%s\nfile f size=2M extent=0:2M:2M\n"
		 "file g size=2M extent=7:%s:2M\n", a, b, more, at);
	f = fmemopen(text, strlen(text), "r");
	ck_assert_ptr_nonnull(f);
	m = manifest_read(f, "M", err, sizeof(err));
	fclose(f);
	return m;
}

static void differ(const char *a, const char *b)
{
	struct manifest *m = two(a, b, "2M", "");

	ck_assert_msg(m, "%s", err);
	manifest_free(m);
}

static void same(const char *a, const char *b)
{
	struct manifest *m;

	ck_assert_msg(!two(a, b, "2M", ""), "%s and %s", a, b);
	ck_assert_str_eq(err, "M:5: 7:0x200000:0x200000 overlaps 0:0x200000:0x200000 of line 4 (both are the same device)");
	ck_assert_msg(!two(a, b, "4092K", ""), "%s and %s", a, b);
	/* Only what really overlaps. */
	m = two(a, b, "4M", "");
	ck_assert_msg(m, "%s", err);
	manifest_free(m);
	m = two(a, b, "2M", "allow-overlap");
	ck_assert_msg(m, "%s", err);
	manifest_free(m);
}

START_TEST(present)
{
	char path[300];

	if (!devices)
		return;
	ck_assert_int_eq(symlink("null", in_dir("link")), 0);
	ck_assert_int_eq(mkdir(in_dir("sub"), 0755), 0);
	snprintf(path, sizeof(path), "%s/sub/../null", dir);
	differ(in_dir("null"), in_dir("zero"));
	same(in_dir("null"), in_dir("null"));
	same(in_dir("null"), in_dir("link"));
	same(path, in_dir("null"));
	/* Another node of the same device. */
	if (!mknod(in_dir("node"), S_IFCHR | 0600, makedev(1, 3)))
		same(in_dir("node"), in_dir("null"));
}
END_TEST

START_TEST(absent)
{
	same("/nonexistent/dax0.0", "/nonexistent/dax0.0");
	same("/nonexistent/dax0.0", "//nonexistent/./dax0.0");
	same("/nonexistent/dax0.0", "/nonexistent/x/../dax0.0");
	same("/nonexistent0.0", "/../nonexistent0.0/");
	differ("/nonexistent/dax0.0", "/nonexistent/dax0.00");
	differ("/nonexistent/dax0.0", "/nonexistent/dax1.0");
	differ("/nonexistent/dax0.0", "/nonexistent/a/dax0.0");
	differ(in_dir("absent"), devices ? in_dir("null") : "/nonexistent");

	ck_assert_int_eq(mkdir(in_dir("d"), 0755), 0);
	ck_assert_int_eq(symlink("d", in_dir("dlink")), 0);
	ck_assert_int_eq(symlink("d/absent", in_dir("relative")), 0);
	ck_assert_int_eq(symlink(in_dir("relative"), in_dir("absolute")), 0);
	ck_assert_int_eq(symlink("loop", in_dir("loop")), 0);
	same(in_dir("d/absent"), in_dir("dlink/absent"));
	same(in_dir("d/absent"), in_dir("relative"));
	same(in_dir("d/absent"), in_dir("absolute"));
	differ(in_dir("absent"), in_dir("absolute"));
	differ(in_dir("loop"), in_dir("absolute"));
}
END_TEST

static void sys_says(const char *device, const char *size)
{
	FILE *f;

	mkdir(in_dir("dev"), 0755);
	mkdir(in_dir("dev/char"), 0755);
	mkdir(in_dir(device), 0755);
	f = fopen(in_dir(strcmp(device, "dev/char/1:3") ? "dev/char/1:5/size" :
			 "dev/char/1:3/size"), "w");
	ck_assert_ptr_nonnull(f);
	fputs(size, f);
	fclose(f);
}

static int ends(const char *at, const char *more)
{
	struct manifest *m = two(in_dir("null"), in_dir("zero"), at, more);
	int ret;

	ck_assert_msg(m, "%s", err);
	ret = manifest_check_ends(m, "M", err, sizeof(err));
	manifest_free(m);
	return ret;
}

START_TEST(beyond)
{
	struct manifest_device dev = { .path = (char *)in_dir("null") };
	struct manifest_facts facts;

	if (!devices)
		return;
	/* Nothing is known of its size. */
	ck_assert_int_eq(ends("1T", ""), 0);
	sys_says("dev/char/1:3", "4194304\n");
	sys_says("dev/char/1:5", "8388608\n");
	ck_assert_int_eq(ends("6M", ""), 0);
	ck_assert_int_eq(ends("6148K", ""), -1);
	ck_assert_ptr_nonnull(strstr(err, "M:5: an extent ends at 8392704, and device 7, "));
	ck_assert_ptr_nonnull(strstr(err, "zero, has 8388608 bytes"));
	ck_assert_int_eq(ends("6148K", "allow-overlap"), -1);
	ck_assert_int_eq(ends("6148K", "allow-invalid"), 0);
	sys_says("dev/char/1:3", "4194303\n");
	ck_assert_int_eq(ends("2M", ""), -1);
	ck_assert_ptr_nonnull(strstr(err, "M:4: an extent ends at 4194304, and device 0, "));

	ck_assert_int_eq(symlink("../../drivers/some_driver", in_dir("dev/char/1:3/driver")), 0);
	manifest_device_look(&dev, &facts);
	ck_assert_uint_eq(facts.type, S_IFCHR);
	ck_assert_uint_eq(facts.size, 4194303);
	ck_assert_str_eq(facts.driver, "some_driver");
	ck_assert_str_eq(facts.subsystem, "");
	dev.path = (char *)"/nonexistent/dax0.0";
	manifest_device_look(&dev, &facts);
	ck_assert_uint_eq(facts.type, 0);
	dev.path = (char *)"/";
	manifest_device_look(&dev, &facts);
	ck_assert_uint_eq(facts.type, S_IFDIR);
	ck_assert_uint_eq(facts.size, 0);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("manifest's devices");
	TCase *t = tcase_create("all");
	SRunner *r;
	int failed;

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, present);
	tcase_add_test(t, absent);
	tcase_add_test(t, beyond);
	suite_add_tcase(s, t);
	r = srunner_create(s);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
