// SPDX-License-Identifier: GPL-2.0-only
/* What famfsctl reads from tables of the kernel, and what it makes of text that others chose. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "dax.h"
#include "famfsctl.h"
#include "kv.h"
#include "mounts.h"

struct ctl ctl = { .root = "" };

START_TEST(test_safe)
{
	static const struct { const char *in, *out; } t[] = {
		{ "plain name", "plain name" },
		{ "two\nlines", "two\\x0alines" },
		{ "\033[2Jgone", "\\x1b[2Jgone" },
		{ "tab\tdel\177", "tab\\x09del\\x7f" },
		{ "back\\x0a", "back\\\\x0a" },
		{ "M\303\274ll", "M\303\274ll" },
		{ "c1\302\233m", "c1\\xc2\\x9bm" },		/* CSI in one character */
		{ "raw\233m", "raw\\x9bm" },			/* the same as a byte */
		{ "cut\303", "cut\\xc3" },
		{ "long\300\257", "long\\xc0\\xaf" },		/* an overlong slash */
		{ "half\355\240\200", "half\\xed\\xa0\\x80" },	/* a surrogate */
		{ "rtl\342\200\256txt", "rtl\\xe2\\x80\\xaetxt" },
		{ "", "" },
	};
	size_t i;

	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++)
		ck_assert_str_eq(safe(t[i].in), t[i].out);
	ck_assert_str_eq(safe(NULL), "-");
}
END_TEST

START_TEST(test_sizes)
{
	uint64_t v;

	ck_assert_str_eq(size_text(0), "0");
	ck_assert_str_eq(size_text(1023), "1023");
	ck_assert_str_eq(size_text(4096), "4K");
	ck_assert_str_eq(size_text(UINT64_C(1536) << 20), "1.5G");
	ck_assert_str_eq(size_text(UINT64_MAX), "16E");
	ck_assert(size_parse("2M", &v) && v == 2 << 20);
	ck_assert(size_parse("0x1000", &v) && v == 4096);
	ck_assert(size_parse("7", &v) && v == 7);
	ck_assert(!size_parse("", &v) && !size_parse("-1", &v) && !size_parse("2MB", &v));
	ck_assert(!size_parse("99999999999999T", &v) && !size_parse("1X", &v) && !size_parse(" 1", &v));
}
END_TEST

START_TEST(test_unescape)
{
	static const struct { const char *in, *out; } t[] = {
		{ "a\\040b\\011c\\012d\\134e", "a b\tc\nd\\e" },
		{ "\\400", "\\400" }, { "\\04", "\\04" }, { "\\", "\\" }, { "\\089", "\\089" },
		{ "\\000x", "\\000x" }, { "\\377", "\377" },
	};
	char buf[64];
	size_t i;

	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		strcpy(buf, t[i].in);
		unescape(buf);
		ck_assert_str_eq(buf, t[i].out);
	}
}
END_TEST

START_TEST(test_kv)
{
	char line[] = "0:44 source=/dev/a\\040b server=17 new=1 empty= state=alive loose  x=y=z";
	char none[] = "", many[1024] = "f";
	struct kv kv;
	uint64_t v;
	int i;

	kv_parse(&kv, line);
	ck_assert_str_eq(kv.first, "0:44");
	ck_assert_str_eq(kv_get(&kv, "source"), "/dev/a b");
	ck_assert(kv_u64(&kv, "server", &v) && v == 17);
	ck_assert_str_eq(kv_get(&kv, "empty"), "");
	ck_assert_str_eq(kv_get(&kv, "x"), "y=z");
	ck_assert_ptr_null(kv_get(&kv, "loose"));
	ck_assert(!kv_u64(&kv, "state", &v) && !kv_u64(&kv, "absent", &v));
	kv_parse(&kv, none);
	ck_assert(!kv.first && !kv.n);
	for (i = 0; i < 100; i++)
		sprintf(many + strlen(many), " k%d=%d", i, i);
	kv_parse(&kv, many);
	ck_assert_uint_eq(kv.n, KV_MAX);
}
END_TEST

START_TEST(test_numbers)
{
	unsigned int major, minor;
	uint64_t v, n[4];

	ck_assert(number_parse("18446744073709551615", &v) && v == UINT64_MAX);
	ck_assert(number_parse("0x1f", &v) && v == 31);
	ck_assert(!number_parse("18446744073709551616", &v) && !number_parse("+1", &v));
	ck_assert(!number_parse("1 ", &v) && !number_parse("", &v) && !number_parse(NULL, &v));
	ck_assert(devno_parse("0:44", &major, &minor) && !major && minor == 44);
	ck_assert(!devno_parse("all", &major, &minor) && !devno_parse("1:", &major, &minor));
	ck_assert(!devno_parse("1:99999999999", &major, &minor) && !devno_parse(NULL, &major, &minor));
	ck_assert_uint_eq(kv_list("1,2,3", n, 4), 3);
	ck_assert(n[0] == 1 && n[2] == 3);
	ck_assert_uint_eq(kv_list("1,2,3,4,5,6", n, 4), 4);
	ck_assert_uint_eq(kv_list("1,x", n, 4), 0);
}
END_TEST

START_TEST(test_mountinfo)
{
	char text[] =
		"21 1 8:1 / / rw shared:1 - ext4 /dev/sda1 rw\n"
		"40 21 0:44 /sub /bind rw master:2 shared:3 - fuse.fmapd /dev/dax0.0 rw\n"
		"41 21 0:44 / /mnt/a\\040b\\012c rw - fuse.fmapd /dev/dax0.0 rw\n"
		"nonsense\n"
		"42 21 0:45 / /x rw - fuse\n"
		"43 21 0:46 / /y rw - fuse.sshfs host: rw\n";
	const struct mount *m;
	struct mounts all;

	mounts_parse(&all, text);
	ck_assert_uint_eq(all.n, 4);
	m = mounts_find(&all, 0, 44);
	ck_assert_str_eq(m->point, "/mnt/a b\nc");
	ck_assert(mount_calls_itself_famfs(m));
	ck_assert(!mount_calls_itself_famfs(mounts_find(&all, 0, 46)));
	ck_assert(!mount_calls_itself_famfs(mounts_find(&all, 8, 1)));
	ck_assert_ptr_null(mounts_find(&all, 9, 9));
}
END_TEST

START_TEST(test_devices)
{
	char text[] = "0 4096\n2097152 8192\nx 1\n5\n";
	struct range *bad;

	ck_assert_uint_eq(badpages_parse(&bad, text), 2);
	ck_assert(bad[1].off == 2097152 && bad[1].len == 8192);
	ck_assert_str_eq(region_kind("/sys/devices/platform/hmem.0/dax0.0"), "hmem");
	ck_assert_str_eq(region_kind("/sys/devices/platform/e820_pmem/ndbus0/region0/dax1.0/dax1.0"), "pmem");
	ck_assert_str_eq(region_kind("/sys/devices/platform/ACPI0017:00/root0/decoder0.0/region0/dax_region0/dax0.0"),
			 "cxl");
	ck_assert_str_eq(region_kind(NULL), "other");
	ck_assert_str_eq(dax_name("/dev/dax0.0"), "dax0.0");
	ck_assert_str_eq(dax_name("dax1.0"), "dax1.0");
	ck_assert(!dax_name("/dev/sda") && !dax_name("dax/../x"));
}
END_TEST

START_TEST(test_pool)
{
	unsigned int *n = NULL, i;

	for (i = 0; i < 1000; i++) {
		pool_more(n, i);
		n[i] = i;
	}
	for (i = 0; i < 1000; i++)
		ck_assert_uint_eq(n[i], i);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("famfsctl: text");
	TCase *t = tcase_create("all");
	SRunner *r;
	int failed;

	tcase_add_checked_fixture(t, NULL, pool_empty);
	tcase_add_test(t, test_safe);
	tcase_add_test(t, test_sizes);
	tcase_add_test(t, test_unescape);
	tcase_add_test(t, test_kv);
	tcase_add_test(t, test_numbers);
	tcase_add_test(t, test_mountinfo);
	tcase_add_test(t, test_devices);
	tcase_add_test(t, test_pool);
	suite_add_tcase(s, t);
	r = srunner_create(s);
	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed != 0;
}
