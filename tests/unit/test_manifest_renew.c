// SPDX-License-Identifier: GPL-2.0-only
/* One manifest after the other: what becomes of files that are known, open, or neither. */
#define _GNU_SOURCE
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "manifest.h"
#include "manifest_priv.h"

static char err[1024];
static struct manifest *m;
static struct manifest_changes ch;
static struct manifest_rules rules;

static struct manifest *read_text(const char *text)
{
	FILE *f = fmemopen((void *)text, strlen(text), "r");
	struct manifest *next;

	ck_assert_ptr_nonnull(f);
	next = manifest_read(f, "M", err, sizeof(err));
	fclose(f);
	ck_assert_msg(next, "%s", err);
	return next;
}

static void setup(void)
{
	memset(&ch, 0, sizeof(ch));
	rules = (struct manifest_rules) { .name = "N" };
	m = read_text("device 0 /dev/dax0.0\n"
		      "device 1 /dev/dax1.0\n"
		      "dir d 0700\n"
		      "file d/f size=3M extent=0:0:2M extent=0:4M:2M\n"
		      "file g size=1M mode=0640 uid=5 extent=1:0:1M\n"
		      "file s size=4M\nstripe chunk=1M bytes=4M strips=0:8M:2M,1:8M:2M\n");
}

static void teardown(void)
{
	manifest_changes_free(&ch);
	manifest_free(m);
}

static int renew(const char *text)
{
	struct manifest *next = read_text(text);
	int ret;

	manifest_changes_free(&ch);
	ret = manifest_renew(m, next, &rules, &ch, err, sizeof(err));
	manifest_free(next);
	return ret;
}

static uint32_t node(const char *dir, const char *name)
{
	uint32_t d = *dir ? manifest_find(m, MANIFEST_ROOT, dir) : MANIFEST_ROOT;

	return d == MANIFEST_NONE ? d : manifest_find(m, d, name);
}

/* Names below a directory, in order, as one text. */
static const char *names(uint32_t dir)
{
	static char all[256];
	uint32_t n;

	all[0] = '\0';
	for (n = m->nodes[dir].child; n != MANIFEST_NONE; n = m->nodes[n].sibling)
		strcat(strcat(all, m->nodes[n].name), " ");
	return all;
}

/* Refused with this at the end of the message, and nothing is another. */
static void refused(const char *text, const char *why)
{
	size_t nnodes = m->nnodes, i;
	struct manifest_node *before = malloc(nnodes * sizeof(*before));

	ck_assert_ptr_nonnull(before);
	memcpy(before, m->nodes, nnodes * sizeof(*before));
	ck_assert_int_eq(renew(text), -1);
	ck_assert_str_eq(err, why);
	ck_assert_uint_eq(m->nnodes, nnodes);
	ck_assert_uint_eq(ch.n, 0);
	for (i = 0; i < nnodes; i++)
		ck_assert_mem_eq(&before[i], &m->nodes[i], sizeof(before[i]));
	free(before);
}

#define DEVICES	"device 0 /dev/dax0.0\ndevice 1 /dev/dax1.0\n"
#define DIR	"dir d 0700\n"
#define F	"file d/f size=3M extent=0:0:2M extent=0:4M:2M\n"
#define G	"file g size=1M mode=0640 uid=5 extent=1:0:1M\n"
#define S	"file s size=4M\nstripe chunk=1M bytes=4M strips=0:8M:2M,1:8M:2M\n"

START_TEST(test_same)
{
	uint32_t f = node("d", "f");

	m->nodes[f].nlookup = 3;
	m->nodes[f].opens = 1;
	/* What a client has changed stays, as does the rest. */
	m->nodes[f].mode = S_IFREG | 0400;
	ck_assert_int_eq(renew(DEVICES DIR F G S), 0);
	ck_assert_uint_eq(ch.n + ch.added + ch.removed + ch.grown + ch.changed, 0);
	ck_assert_uint_eq(node("d", "f"), f);
	ck_assert_uint_eq(m->nodes[f].mode, S_IFREG | 0400);
	ck_assert_uint_eq(m->nodes[f].nlookup, 3);
	/* In another order, with the extents otherwise cut. */
	ck_assert_int_eq(renew(S G DIR DEVICES
			       "file d/f size=3M extent=0:0:1M extent=0:1M:1M extent=0:4M:2M\n"), 0);
	ck_assert_uint_eq(node("d", "f"), f);
	ck_assert_uint_eq(ch.added + ch.removed + ch.changed, 0);
	ck_assert_uint_eq(ch.grown, 1);
}
END_TEST

START_TEST(test_add_remove)
{
	uint32_t f = node("d", "f"), g = node("", "g"), n;

	m->nodes[g].nlookup = 1;
	m->nodes[g].opens = 1;
	ck_assert_int_eq(renew(DEVICES DIR F "file d/n size=1M extent=1:0:1M\n" S), 0);
	ck_assert_uint_eq(ch.added, 1);
	ck_assert_uint_eq(ch.removed, 1);
	/* The open one has its number and its map for itself, and is told to the kernel. */
	ck_assert_uint_eq(node("", "g"), MANIFEST_NONE);
	ck_assert(m->nodes[g].gone);
	ck_assert_uint_eq(m->nodes[g].ext[0].dev, 1);
	ck_assert_uint_eq(ch.list[0].gone, true);
	ck_assert_uint_eq(ch.list[0].node, g);
	ck_assert_uint_eq(ch.list[0].parent, MANIFEST_ROOT);
	ck_assert_str_eq(ch.list[0].name, "g");
	/* The root has lost one: its attributes. */
	ck_assert_uint_eq(ch.n, 2);
	ck_assert(!ch.list[1].gone);
	ck_assert_uint_eq(ch.list[1].node, MANIFEST_ROOT);
	n = node("d", "n");
	ck_assert_uint_eq(n, m->nnodes - 1);
	ck_assert_uint_eq(m->ngone, 1);
	ck_assert_str_eq(names(node("", "d")), "f n ");
	ck_assert_str_eq(names(MANIFEST_ROOT), "d s ");

	/* The same name again is another file, as long as the first is known. */
	ck_assert_int_eq(renew(DEVICES DIR F G S), 0);
	ck_assert_uint_ne(node("", "g"), g);
	ck_assert_uint_ne(node("", "g"), MANIFEST_NONE);
	/* Nobody knew "n": its number was free at once. */
	ck_assert_uint_eq(node("", "g"), n);
	ck_assert_uint_eq(m->nodes[n].generation, 2);
	/* The number of the first is given away when that is forgotten, and closed. */
	m->nodes[g].nlookup = 0;
	ck_assert_int_eq(renew(DEVICES DIR F G S "file x size=1M extent=1:1M:1M\n"), 0);
	ck_assert_uint_ne(node("", "x"), g);
	m->nodes[g].opens = 0;
	ck_assert_int_eq(renew(DEVICES DIR F G S "file x size=1M extent=1:1M:1M\n"
			       "file y size=1M extent=1:2M:1M\n"), 0);
	ck_assert_uint_eq(node("", "y"), g);
	ck_assert_uint_eq(m->nodes[g].generation, 2);
	ck_assert_uint_eq(m->ngone, 0);
	ck_assert_uint_eq(node("d", "f"), f);
}
END_TEST

START_TEST(test_directories)
{
	uint32_t d = node("", "d"), f = node("d", "f"), i;

	m->nodes[d].nlookup = m->nodes[f].nlookup = 1;
	/* What is in a directory goes before it does. */
	ck_assert_int_eq(renew(DEVICES G S), 0);
	ck_assert_uint_eq(ch.removed, 2);
	ck_assert_uint_eq(ch.list[0].node, f);
	ck_assert_uint_eq(ch.list[0].parent, d);
	ck_assert_uint_eq(ch.list[1].node, d);
	ck_assert_uint_eq(m->nodes[MANIFEST_ROOT].nentries, 0);
	/* A file where a directory was. */
	ck_assert_int_eq(renew(DEVICES G S DIR F), 0);
	d = node("", "d");
	m->nodes[d].nlookup = 1;
	ck_assert_int_eq(renew(DEVICES G S "file d size=1M extent=0:0:1M\n"), 0);
	ck_assert_uint_ne(node("", "d"), d);
	ck_assert(S_ISREG(m->nodes[node("", "d")].mode));
	ck_assert(m->nodes[d].gone);
	/* A tree of many, so that numbers and names are found anew. */
	char *text = malloc(100000), *p = text + sprintf(text, DEVICES DIR);

	for (i = 0; i < 1000; i++)
		p += sprintf(p, "file d/%u size=4K extent=0:%u:4K\n", i, i * 4096);
	ck_assert_int_eq(renew(text), 0);
	free(text);
	ck_assert_uint_eq(ch.added, 1001);
	for (i = 0; i < 1000; i++) {
		char name[16];

		sprintf(name, "%u", i);
		f = node("d", name);
		ck_assert_uint_ne(f, MANIFEST_NONE);
		ck_assert_uint_eq(m->nodes[f].ext[0].offset, i * 4096);
		if (m->nodes[f].sibling != MANIFEST_NONE)
			ck_assert_uint_gt(m->nodes[f].sibling, f);
	}
}
END_TEST

#define LONG_F	"file d/f size=5M extent=0:0:2M extent=0:4M:3M\n"
#define LONGER_F "file d/f size=7M extent=0:0:2M extent=0:4M:3M extent=1:16M:2M\n"

START_TEST(test_grow)
{
	uint32_t f = node("d", "f");
	struct manifest_node *n = &m->nodes[f];

	/* Not known: at once. */
	ck_assert_int_eq(renew(DEVICES DIR LONG_F G S), 0);
	ck_assert_uint_eq(ch.grown, 1);
	ck_assert_uint_eq(ch.n, 0);
	ck_assert_uint_eq(node("d", "f"), f);
	n = &m->nodes[f];
	ck_assert_uint_eq(n->size, 5 << 20);
	ck_assert_uint_eq(m->nlater, 0);

	/* Known and open: later. */
	n->nlookup = 2;
	n->opens = 1;
	ck_assert_int_eq(renew(DEVICES DIR LONGER_F G S), 0);
	n = &m->nodes[f];
	ck_assert_uint_eq(ch.grown, 1);
	ck_assert_uint_eq(n->size, 5 << 20);
	ck_assert_uint_eq(n->next, 2);
	ck_assert_uint_eq(m->nlater, 1);
	/* The same again is no news. */
	ck_assert_int_eq(renew(DEVICES DIR LONGER_F G S), 0);
	n = &m->nodes[f];
	ck_assert_uint_eq(ch.grown, 0);
	ck_assert_uint_eq(m->nlater, 1);
	manifest_settle(m, f);
	ck_assert_uint_eq(n->size, 5 << 20);
	n->nlookup = n->opens = 0;
	manifest_settle(m, f);
	ck_assert_uint_eq(n->size, 7 << 20);
	ck_assert_uint_eq(n->next, 3);
	ck_assert_uint_eq(m->nlater, 0);

	/* What was to come is taken back, or goes with the file. */
	n->nlookup = 1;
	ck_assert_int_eq(renew(DEVICES DIR G S
		"file d/f size=9M extent=0:0:2M extent=0:4M:3M extent=1:16M:4M\n"), 0);
	ck_assert_uint_eq(m->nlater, 1);
	ck_assert_int_eq(renew(DEVICES DIR LONGER_F G S), 0);
	ck_assert_uint_eq(m->nlater, 0);
	ck_assert_uint_eq(m->nodes[f].size, 7 << 20);
	ck_assert_int_eq(renew(DEVICES DIR G S
		"file d/f size=9M extent=0:0:2M extent=0:4M:3M extent=1:16M:4M\n"), 0);
	ck_assert_int_eq(renew(DEVICES DIR G S), 0);
	ck_assert_uint_eq(m->nlater, 0);
	ck_assert(m->nodes[f].gone);
}
END_TEST

START_TEST(test_other_bytes)
{
	static const char * const others[] = {
		DEVICES DIR "file d/f size=2M extent=0:0:2M\n" G S,
		DEVICES DIR "file d/f size=3M extent=0:0:2M extent=0:6M:2M\n" G S,
		DEVICES DIR "file d/f size=3M extent=0:0:2M extent=1:4M:2M\n" G S,
		DEVICES DIR "file d/f size=4M extent=0:4M:2M extent=0:0:2M\n" G S,
		DEVICES DIR "file d/f size=4M\nstripe chunk=2M bytes=4M strips=0:0:2M,0:4M:2M\n" G S,
	};
	uint32_t f = node("d", "f");
	size_t i;

	m->nodes[f].nlookup = m->nodes[f].opens = 1;
	for (i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		refused(others[i], "N:4: \"f\" is open, and its bytes would be others or fewer");
	/* Nothing of a manifest is taken that is refused. */
	refused(DEVICES "dir e\nfile e/n size=4K extent=1:64M:4K\n" DIR
		"file d/f size=2M extent=0:0:2M\n",
		"N:6: \"f\" is open, and its bytes would be others or fewer");
	/* Closed, the name is another file's. */
	m->nodes[f].opens = 0;
	rules.opens_unknown = true;
	refused(others[1], "N:4: \"f\" is open, and its bytes would be others or fewer");
	rules.opens_unknown = false;
	ck_assert_int_eq(renew(others[1]), 0);
	ck_assert_uint_ne(node("d", "f"), f);
	ck_assert(m->nodes[f].gone);
	ck_assert_uint_eq(m->nodes[f].ext[1].offset, 4 << 20);
	ck_assert_uint_eq(m->nodes[node("d", "f")].ext[1].offset, 6 << 20);
	ck_assert_uint_eq(ch.list[0].node, f);
	/* The bytes behind the end of a file are nobody's. */
	f = node("", "g");
	m->nodes[f].opens = 1;
	ck_assert_int_eq(renew(DEVICES "file g size=1M mode=0640 uid=5 extent=1:0:3M\n"), 0);
	ck_assert_int_eq(renew(DEVICES G), 0);
	ck_assert_uint_eq(node("", "g"), f);
}
END_TEST

#define S_IS(more) DEVICES DIR F G "file s size=" more

START_TEST(test_stripes)
{
	static const char * const good[] = {
		S_IS("4M\nstripe chunk=1M bytes=4M strips=0:8M:4M,1:8M:4M\n"),
		S_IS("8M\nstripe chunk=1M bytes=8M strips=0:8M:4M,1:8M:4M\n"),
		S_IS("6M\nstripe chunk=1M bytes=4M strips=0:8M:2M,1:8M:2M\nstripe chunk=1M bytes=2M strips=0:32M:2M\n"),
	};
	static const char * const bad[] = {
		S_IS("4M\nstripe chunk=2M bytes=4M strips=0:8M:2M,1:8M:2M\n"),
		S_IS("4M\nstripe chunk=1M bytes=4M strips=0:8M:2M,1:9M:2M\n"),
		S_IS("4M\nstripe chunk=1M bytes=4M strips=1:8M:2M,0:8M:2M\n"),
		S_IS("6M\nstripe chunk=1M bytes=6M strips=0:8M:2M,1:8M:2M,1:16M:2M\n"),
		S_IS("4M\nstripe chunk=1M bytes=2M strips=0:8M:1M,1:8M:1M\nstripe chunk=1M bytes=2M strips=0:9M:1M,1:9M:1M\n"),
		S_IS("4M extent=0:8M:1M extent=1:8M:1M extent=0:9M:1M extent=1:9M:1M\n"),
	};
	uint32_t s = node("", "s");
	size_t i;

	m->nodes[s].nlookup = m->nodes[s].opens = 1;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		refused(bad[i], "N:6: \"s\" is open, and its bytes would be others or fewer");
	for (i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		ck_assert_msg(!renew(good[i]), "%zu: %s", i, err);
		ck_assert_uint_eq(m->nlater, 1);
	}
	ck_assert_uint_eq(m->nodes[s].nstripe, 1);
	m->nodes[s].nlookup = 0;
	manifest_settle(m, s);
	ck_assert_uint_eq(m->nodes[s].nstripe, 2);
	ck_assert_uint_eq(m->nodes[s].size, 6 << 20);
}
END_TEST

START_TEST(test_attributes)
{
	uint32_t g = node("", "g"), d = node("", "d");

	m->nodes[g].nlookup = m->nodes[d].nlookup = 1;
	m->nodes[g].mode = S_IFREG | 0600;
	/* The owner is another, and the mode that a client gave stays. */
	ck_assert_int_eq(renew(DEVICES "dir d 0755\n" F S
			       "file g size=1M mode=0640 uid=6 ro extent=1:0:1M\n"), 0);
	ck_assert_uint_eq(ch.changed, 2);
	ck_assert_uint_eq(ch.n, 2);
	ck_assert(!ch.list[0].gone && !ch.list[1].gone);
	ck_assert_uint_eq(m->nodes[g].mode, S_IFREG | 0600);
	ck_assert_uint_eq(m->nodes[g].uid, 6);
	ck_assert(m->nodes[g].ro);
	ck_assert_uint_eq(m->nodes[d].mode, S_IFDIR | 0755);
	ck_assert_int_eq(renew("dir / 0711\n" DEVICES "dir d 0755\n" F S
			       "file g size=1M mode=0600 uid=6 extent=1:0:1M\n"), 0);
	ck_assert_uint_eq(m->nodes[MANIFEST_ROOT].mode, S_IFDIR | 0711);
	ck_assert(!m->nodes[g].ro);
}
END_TEST

START_TEST(test_devices)
{
	refused("device 0 /dev/dax0.0\ndevice 1 /dev/dax2.0\n" DIR F G S,
		"N:2: device 1 is /dev/dax1.0 for as long as this is mounted");
	/* It stays so if there is no mention of it for a while. */
	ck_assert_int_eq(renew("device 0 /dev/dax0.0\n" DIR F), 0);
	ck_assert_uint_eq(m->ndevices, 2);
	ck_assert(m->devices[1].gone);
	refused("device 0 /dev/dax0.0\ndevice 1 /dev/dax2.0\n" DIR F,
		"N:2: device 1 is /dev/dax1.0 for as long as this is mounted");
	ck_assert_int_eq(renew("device 5 /dev/dax5.0\ndevice 1 /dev/dax1.0\ndevice 0 /dev/dax0.0\n"
			       "device 3 /dev/dax3.0\n" DIR F), 0);
	ck_assert_uint_eq(m->ndevices, 4);
	ck_assert_str_eq(manifest_device(m, 3)->path, "/dev/dax3.0");
	ck_assert_str_eq(manifest_device(m, 5)->path, "/dev/dax5.0");
	ck_assert(!manifest_device(m, 1)->gone);
	rules.fixed_devices = true;
	ck_assert_int_eq(renew("device 3 /dev/dax3.0\ndevice 0 /dev/dax0.0\n" DIR F), 0);
	refused("device 4 /dev/dax4.0\ndevice 0 /dev/dax0.0\n" DIR F,
		"N:1: device 4 is new, and the devices were registered when this was mounted");
}
END_TEST

int main(void)
{
	Suite *s = suite_create("manifest_renew");
	TCase *tc = tcase_create("all");
	SRunner *sr;
	int failed;

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, test_same);
	tcase_add_test(tc, test_add_remove);
	tcase_add_test(tc, test_directories);
	tcase_add_test(tc, test_grow);
	tcase_add_test(tc, test_other_bytes);
	tcase_add_test(tc, test_stripes);
	tcase_add_test(tc, test_attributes);
	tcase_add_test(tc, test_devices);
	suite_add_tcase(s, tc);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
