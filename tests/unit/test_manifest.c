// SPDX-License-Identifier: GPL-2.0-only
/* The manifest parser: what it takes, and what it says to what it does not. */
#define _GNU_SOURCE
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "manifest.h"
#include "manifest_priv.h"

static char err[1024];

static struct manifest *read_text(const char *text)
{
	FILE *f = fmemopen((void *)text, strlen(text), "r");
	struct manifest *m;

	ck_assert_ptr_nonnull(f);
	m = manifest_read(f, "M", err, sizeof(err));
	fclose(f);
	return m;
}

static struct manifest *good(const char *text)
{
	struct manifest *m = read_text(text);

	ck_assert_msg(m, "%s", err);
	ck_assert_str_eq(err, "");
	return m;
}

START_TEST(example)
{
	struct manifest *m = good(
		"# a comment\n"
		"\n"
		"device 1 /dev/dax1.0\n"
		"device 0 /dev/dax0.0   # the primary\n"
		"dir / 0711 1 2\n"
		"dir data 0750 3 4\r\n"
		"file data/a mode=0600 uid=5 gid=6 size=3M ro extent=0:2M:2M extent=1:0x0:1M\n"
		"\tfile /data/b\\040c size=5000 type=log\n"
		"  extent 0:4M:4K 0:6M:4K\n"
		"file s size=3K type=superblock\n"
		"stripe chunk=4K bytes=3K strips=0:8M:4K\n"
		"file i size=15M\n"
		"stripe chunk=2M bytes=10M strips=0:16M:6M,1:16M:4M\n"
		"stripe chunk=1M bytes=5M strips=0:32M:2M,1:32M:2M,1:64M:1M");
	uint32_t data, a, b, s, i;

	ck_assert_uint_eq(m->ndevices, 2);
	ck_assert_str_eq(manifest_device(m, 0)->path, "/dev/dax0.0");
	ck_assert_str_eq(manifest_device(m, 1)->path, "/dev/dax1.0");
	ck_assert_ptr_null(manifest_device(m, 2));
	ck_assert_ptr_null(manifest_device(m, 1ULL << 32));

	ck_assert_uint_eq(m->nnodes, 6);
	ck_assert_uint_eq(m->nodes[0].mode, S_IFDIR | 0711);
	ck_assert_uint_eq(m->nodes[0].uid, 1);
	ck_assert_uint_eq(m->nodes[0].gid, 2);
	ck_assert_uint_eq(m->nodes[0].nentries, 1);

	data = manifest_find(m, MANIFEST_ROOT, "data");
	ck_assert_uint_eq(data, 1);
	ck_assert_uint_eq(m->nodes[data].mode, S_IFDIR | 0750);
	ck_assert_uint_eq(m->nodes[data].gid, 4);

	a = manifest_find(m, data, "a");
	ck_assert_uint_eq(m->nodes[data].child, a);
	ck_assert_uint_eq(m->nodes[a].mode, S_IFREG | 0600);
	ck_assert_uint_eq(m->nodes[a].uid, 5);
	ck_assert(m->nodes[a].ro);
	ck_assert_uint_eq(m->nodes[a].size, 3 << 20);
	ck_assert_uint_eq(m->nodes[a].next, 2);
	ck_assert_uint_eq(m->nodes[a].ext[0].offset, 2 << 20);
	ck_assert_uint_eq(m->nodes[a].ext[1].dev, 1);
	ck_assert_uint_eq(m->nodes[a].ext[1].len, 1 << 20);

	b = manifest_find(m, data, "b c");
	ck_assert_uint_eq(m->nodes[a].sibling, b);
	ck_assert_uint_eq(m->nodes[b].sibling, MANIFEST_NONE);
	ck_assert_uint_eq(m->nodes[b].next, 2);
	ck_assert_uint_eq(m->nodes[b].type, FMAP_FILE_LOG);
	ck_assert(!m->nodes[b].ro);

	s = manifest_find(m, MANIFEST_ROOT, "s");
	ck_assert_uint_eq(m->nodes[s].type, FMAP_FILE_SUPERBLOCK);
	i = manifest_find(m, MANIFEST_ROOT, "i");
	ck_assert_uint_eq(m->nodes[i].nstripe, 2);
	ck_assert_uint_eq(m->nodes[i].stripe[1].nstrips, 3);
	ck_assert_uint_eq(m->nodes[i].stripe[1].chunk, 1 << 20);
	ck_assert_uint_eq(m->nodes[i].stripe[1].strips[2].offset, 64 << 20);
	ck_assert_uint_eq(m->used, (3U << 20) + 3 * 4096 + (15U << 20));

	ck_assert_uint_eq(manifest_find(m, data, "b"), MANIFEST_NONE);
	ck_assert_uint_eq(manifest_find(m, a, "a"), MANIFEST_NONE);
	manifest_free(m);
}
END_TEST

START_TEST(empty)
{
	struct manifest *m = good("\n");

	ck_assert_uint_eq(m->nnodes, 1);
	ck_assert_uint_eq(manifest_find(m, 0, "x"), MANIFEST_NONE);
	manifest_free(m);
	manifest_free(NULL);
}
END_TEST

#define D	"device 0 /dev/dax0.0\n"
#define F	D "file f size=4K "

static const struct {
	const char *text, *message;
} bad[] = {
	{ "frob x", "M:1: unknown word \"frob\"" },
	{ "\n\n# c\nfrob", "M:4: unknown word" },
	{ "device", "M:1: usage: device" },
	{ "device 0", "M:1: usage: device" },
	{ "device 0 /dev/dax0.0 x", "M:1: usage: device" },
	{ "device -1 /dev/dax0.0", "M:1: bad device index \"-1\"" },
	{ "device 65536 /dev/dax0.0", "M:1: bad device index" },
	{ "device 0x /dev/dax0.0", "M:1: bad device index" },
	{ "device 0 dax0.0", "absolute path" },
	{ D "device 0 /dev/dax1.0", "M:2: device 0 is already declared in line 1" },
	{ "dir", "M:1: usage: dir" },
	{ "dir a 0755 0 0 0", "M:1: usage: dir" },
	{ "dir a 888", "M:1: bad mode \"888\"" },
	{ "dir a 10000", "M:1: bad mode" },
	{ "dir a 0755 root", "M:1: bad owner \"root\"" },
	{ "dir a 0755 0 4294967295", "M:1: bad owner" },
	{ "dir a\ndir a", "M:2: \"a\" is already declared in line 1" },
	{ "dir /\ndir .", "M:2: \"/\" is already declared in line 1" },
	{ "dir a/b", "M:1: there is no directory \"a\"" },
	{ "dir a\ndir a//b", "M:2: a path has no empty parts" },
	{ "dir a\ndir a/", "M:2: a path has no empty parts" },
	{ "dir a/../b", "no directory" },
	{ "dir ..", "M:1: a path has no" },
	{ "dir a\\", "M:1: bad escape" },
	{ "dir a\\8", "M:1: bad escape" },
	{ "dir a\\000b", "M:1: bad escape" },
	{ "dir a\\777", "M:1: bad escape" },
	{ F "extent=0:0:4K\ndir f/x", "M:3: \"f\" is not a directory" },
	{ F "extent=0:0:4K\nfile f size=1 extent=0:1M:4K", "M:3: \"f\" is already declared in line 2" },
	{ "file", "M:1: usage: file" },
	{ D "file f extent=0:0:4K", "M:2: file without size=" },
	{ D "file f size=x extent=0:0:4K", "M:2: bad size \"x\"" },
	{ D "file f size=-1 extent=0:0:4K", "M:2: bad size" },
	{ D "file f size=1KB extent=0:0:4K", "M:2: bad size" },
	{ D "file f size=9223372036854775808 extent=0:0:4K", "M:2: bad size" },
	{ D "file f size=18446744073709551616 extent=0:0:4K", "M:2: bad size" },
	{ D "file f size=16777216T extent=0:0:4K", "M:2: bad size" },
	{ F "type=dir", "M:2: bad type \"dir\"" },
	{ F "mode=0999", "M:2: bad mode" },
	{ F "color=red", "M:2: file does not know \"color=red\"" },
	{ F, "M:2: \"f\" has no extents" },
	{ F "\ndir d", "M:2: \"f\" has no extents" },
	{ F "extent=0:0", "M:2: \"0:0\": an extent is" },
	{ F "extent=", "M:2: \"\": an extent is" },
	{ F "extent=x:0:4K", "M:2: bad device index \"x\"" },
	{ F "extent=0::4K", "M:2: bad offset \"\"" },
	{ F "extent=0:0:", "M:2: bad length \"\"" },
	{ F "extent=0:0:4K:0", "M:2: bad length \"4K:0\"" },
	{ F "extent=0:0:0", "M:2: extent of length 0" },
	{ F "extent=0:100:4K", "M:2: extent is not aligned" },
	{ F "extent=0:0:5000", "M:2: extent is not aligned" },
	{ F "extent=0:0xfffffffffffff000:4K", "M:2: extent ends beyond" },
	{ F "extent=0:0x7ffffffffffff000:4K", "M:2: extent ends beyond" },
	{ F "extent=0:0:8T\nextent 0:17179869184G:4K", "M:3: bad offset" },
	{ F "extent=0:65535T:1T\nextent 0:65536T:4K", "M:3: extent ends beyond 2^56" },
	{ F "extent=1:0:4K", "M:2: device 1 is not declared" },
	{ D "file f size=8K extent=0:0:4K", "M:2: \"f\" has 8192 bytes but its extents hold only 4096" },
	{ D "file f size=8K\nextent 0:0:4K\nextent 0:2K:4K", "M:4: extent is not aligned" },
	{ F "extent=0:0:8K\nfile g size=4K\nextent 0:4K:4K", "M:4: 0:0x1000:0x1000 overlaps 0:0:0x2000 of line 2" },
	{ F "extent=0:4K:8K\nfile g size=4K extent=0:0:8K", "M:3: " },
	{ F "extent=0:0:4K extent=0:0:4K", "overlaps" },
	{ "extent 0:0:4K", "M:1: extent without a file" },
	{ F "extent=0:0:4K\ndir d\nextent 0:8K:4K", "M:4: extent without a file" },
	{ F "extent=0:0:4K\nextent", "M:3: an extent is" },
	{ "stripe chunk=4K", "M:1: stripe without a file" },
	{ F "\nstripe chunk=4K bytes=4K", "M:3: stripe without strips=" },
	{ F "\nstripe strips=0:0:4K bytes=4K", "M:3: stripe without chunk=" },
	{ F "\nstripe strips=0:0:4K chunk=4K", "M:3: stripe without bytes=" },
	{ F "\nstripe strips=0:0:4K chunk=4K bytes=0", "M:3: stripe without bytes=" },
	{ F "\nstripe strips=0:0:4K chunk=0 bytes=4K", "M:3: bad chunk size" },
	{ F "\nstripe strips=0:0:4K chunk=5000 bytes=4K", "M:3: bad chunk size" },
	{ F "\nstripe strips=0:0:4K chunk=4G bytes=4K", "M:3: bad chunk size" },
	{ F "\nstripe strips=0:0:4K strips=0:4K:4K", "M:3: strips= twice" },
	{ F "\nstripe size=3", "M:3: stripe does not know" },
	{ F "\nstripe strips= chunk=4K bytes=4K", "M:3: stripe without strips=" },
	{ F "\nstripe chunk=4K bytes=12K strips=0:0:8K,0:8K:4K\nextent 0:64K:4K", "M:4: a file has either" },
	{ F "extent=0:0:4K\nstripe chunk=4K", "M:3: a file has either" },
	{ F "\nstripe chunk=4K bytes=12K strips=0:0:4K,0:8K:4K", "M:2: \"f\": strip 0 has 4096 bytes, its share of the stripe is 8192" },
	{ F "\nstripe chunk=4K bytes=9223372036854775807 strips=0:0:4K", "M:2: \"f\": strip 0" },
	{ F "\nstripe chunk=4K bytes=9223372036854775808 strips=0:0:4K", "M:3: bad number of bytes" },
	{ D "file f size=9K\nstripe chunk=4K bytes=8K strips=0:0:4K,0:4K:4K", "M:2: \"f\" has 9216 bytes" },
	{ F "\nstripe chunk=4K bytes=8K strips=0:0:4K,0:0:4K", "M:3: 0:0:0x1000 overlaps" },
	/* Kernels want the extents of a file to meet at pages. */
	{ F "\nstripe chunk=4K bytes=5000 strips=0:0:8K\nstripe chunk=4K bytes=8K strips=0:1M:8K",
	  "M:2: \"f\": a stripe that another one follows" },
	{ "allow-overlap yes", "M:1: nothing may follow here" },
};

START_TEST(refused)
{
	struct manifest *m = read_text(bad[_i].text);

	ck_assert_msg(!m, "accepted: %s", bad[_i].text);
	ck_assert_msg(strstr(err, bad[_i].message), "\"%s\" gave \"%s\", not \"%s\"",
		      bad[_i].text, err, bad[_i].message);
	ck_assert_int_eq(strncmp(err, "M:", 2), 0);
}
END_TEST

START_TEST(long_name)
{
	char text[600];

	snprintf(text, sizeof(text), "dir %0255d", 1);
	manifest_free(good(text));
	snprintf(text, sizeof(text), "dir %0256d", 1);
	ck_assert_ptr_null(read_text(text));
	ck_assert_ptr_nonnull(strstr(err, "M:1: name longer than 255"));
	snprintf(text, sizeof(text), "device 0 /%0255d", 1);
	ck_assert_ptr_null(read_text(text));
}
END_TEST

START_TEST(binary)
{
	char text[] = "dir a\ndir b\0c\n";
	FILE *f = fmemopen(text, sizeof(text) - 1, "r");

	ck_assert_ptr_null(manifest_read(f, "M", err, sizeof(err)));
	ck_assert_str_eq(err, "M:2: not a text file");
	fclose(f);
}
END_TEST

/* As many as fit into 16 MiB, and one more. */
START_TEST(most_extents)
{
	const size_t most = ((16 << 20) - 32) / 24;
	size_t extra;

	for (extra = 0; extra < 2; extra++) {
		struct manifest *m;
		char *text = NULL;
		size_t i, len = 0;
		FILE *f = open_memstream(&text, &len);

		fputs("device 0 /dev/dax0.0\nfile f size=4K\n", f);
		for (i = 0; i < most + extra; i++)
			fprintf(f, "extent 0:%zuK:4K\n", i * 4);
		fclose(f);
		m = read_text(text);
		ck_assert_msg(!m == !!extra, "%s", err);
		if (extra)
			ck_assert_str_eq(err, "M:2: \"f\" has 699050 extents, stripes and strips, no map has more than 699049");
		else
			manifest_free(m);
		free(text);
	}
}
END_TEST

START_TEST(overlap_allowed)
{
	manifest_free(good(D "allow-overlap\n"
			   "file f size=4K extent=0:0:8K\n"
			   "file g size=4K extent=0:4K:8K\n"));
	/* The same offsets of two devices have nothing to do with each other. */
	manifest_free(good(D "device 1 /dev/dax1.0\n"
			   "file f size=4K extent=0:0:8K\n"
			   "file g size=4K extent=1:4K:8K extent=0:8K:4K\n"));
}
END_TEST

START_TEST(invalid_allowed)
{
	struct manifest *m = good("allow-invalid\n"
		"file f size=1T extent=9:1:2 extent=9:1:2\n"
		"file g size=4K extent=0:0xffffffffffffffff:0xffffffffffffffff\n"
		"file h size=4K\nstripe chunk=0 strips=0:0:0\n");

	ck_assert_uint_eq(m->nodes[3].stripe[0].chunk, 0);
	manifest_free(m);
	/* What cannot be said on the wire at all is still refused. */
	ck_assert_ptr_null(read_text("allow-invalid\nfile f size=1T"));
	ck_assert_ptr_null(read_text("allow-invalid\nfile f size=1\nstripe chunk=4K"));
}
END_TEST

/* The hash and the arrays grow. */
START_TEST(many_files)
{
	struct manifest *m;
	char *text, name[20];
	size_t size, i, n = 20000;
	uint32_t node;
	FILE *f = open_memstream(&text, &size);

	fprintf(f, D "dir d\n");
	for (i = 0; i < n; i++)
		fprintf(f, "file d/f%zu size=4K extent=0:%zuK:4K\n", i, 4 * (n - i));
	fclose(f);
	m = good(text);
	ck_assert_uint_eq(m->nnodes, n + 2);
	for (i = 0; i < n; i++) {
		snprintf(name, sizeof(name), "f%zu", i);
		ck_assert_uint_eq(manifest_find(m, 1, name), i + 2);
		ck_assert_uint_eq(manifest_find(m, 0, name), MANIFEST_NONE);
	}
	for (i = 0, node = m->nodes[1].child; node != MANIFEST_NONE; i++)
		node = m->nodes[node].sibling;
	ck_assert_uint_eq(i, n);
	ck_assert_uint_eq(m->used, n * 4096);
	manifest_free(m);
	free(text);
}
END_TEST

START_TEST(sizes)
{
	uint64_t v;

	ck_assert_int_eq(manifest_size("0", &v), 0);
	ck_assert_uint_eq(v, 0);
	ck_assert_int_eq(manifest_size("010", &v), 0);
	ck_assert_uint_eq(v, 10);
	ck_assert_int_eq(manifest_size("0x10M", &v), 0);
	ck_assert_uint_eq(v, 16 << 20);
	ck_assert_int_eq(manifest_size("16777215T", &v), 0);
	ck_assert_uint_eq(v, 16777215ULL << 40);
	ck_assert_int_eq(manifest_size("18446744073709551615", &v), 0);
	ck_assert_uint_eq(v, UINT64_MAX);
	ck_assert_int_eq(manifest_size("18446744073709551616", &v), -1);
	ck_assert_int_eq(manifest_size("16777216T", &v), -1);
	ck_assert_int_eq(manifest_size("", &v), -1);
	ck_assert_int_eq(manifest_size(" 1", &v), -1);
	ck_assert_int_eq(manifest_size("+1", &v), -1);
	ck_assert_int_eq(manifest_size("1k", &v), -1);
	ck_assert_int_eq(manifest_size("1MM", &v), -1);
	ck_assert_int_eq(manifest_size("K", &v), -1);
}
END_TEST

START_TEST(from_file)
{
	ck_assert_ptr_null(manifest_load("/nonexistent/m", err, sizeof(err)));
	ck_assert_str_eq(err, "/nonexistent/m: No such file or directory");
	ck_assert_ptr_null(manifest_load("/", err, sizeof(err)));
	ck_assert_ptr_nonnull(strstr(err, "Is a directory"));
	/* A message longer than its buffer is cut off. */
	ck_assert_ptr_null(manifest_load("/nonexistent/m", err, 8));
	ck_assert_str_eq(err, "/nonexi");
}
END_TEST

int main(void)
{
	Suite *s = suite_create("manifest");
	TCase *t = tcase_create("all");
	SRunner *r;
	int failed;

	tcase_set_timeout(t, 60);
	tcase_add_test(t, example);
	tcase_add_test(t, empty);
	tcase_add_loop_test(t, refused, 0, (int)(sizeof(bad) / sizeof(*bad)));
	tcase_add_test(t, long_name);
	tcase_add_test(t, binary);
	tcase_add_test(t, most_extents);
	tcase_add_test(t, overlap_allowed);
	tcase_add_test(t, invalid_allowed);
	tcase_add_test(t, many_files);
	tcase_add_test(t, sizes);
	tcase_add_test(t, from_file);
	suite_add_tcase(s, t);
	r = srunner_create(s);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
