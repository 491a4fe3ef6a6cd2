// SPDX-License-Identifier: GPL-2.0-only
/*
 * famfsctl map: extents as the kernel writes them, which byte is where and back, which large
 * pages fit (compared with a slow answer, page by page), and the pictures.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "famfsctl.h"
#include "kv.h"
#include "layout.h"
#include "mounts.h"
#include "watch.h"

#define KB	UINT64_C(1024)
#define MB	(KB << 10)
#define GB	(MB << 10)

struct ctl ctl = { .root = "" };

static struct layout layout;
static struct extent extents[64];
static struct layout_device devices[3];
static struct range bad[3][4];

static void start(void)
{
	unsigned int i;

	memset(&layout, 0, sizeof(layout));
	memset(devices, 0, sizeof(devices));
	layout.extent = extents;
	layout.device = devices;
	layout.ndevices = 3;
	layout.huge = 2 * MB;
	layout.giant = GB;
	layout.folio_only = true;
	for (i = 0; i < 3; i++)
		devices[i] = (struct layout_device){
			.index = i, .name = i ? "dax1.0" : "dax0.0", .state = "ok", .size = 8 * GB,
			.align = 2 * MB, .folio = 2 * MB, .bad = bad[i],
		};
}

static struct extent *add(uint64_t off, uint64_t len, uint64_t dev, uint64_t devoff)
{
	struct extent *e = &extents[layout.n++];

	*e = (struct extent){ .off = off, .len = len, .dev = dev, .devoff = devoff, .nstrips = 1 };
	if (off + len > layout.size)
		layout.size = off + len;
	return e;
}

static void stripe(uint64_t off, uint64_t len, uint32_t n, uint64_t chunk, const uint64_t *devoff)
{
	struct extent *e;
	uint32_t i;

	for (i = 0; i < n; i++) {
		e = add(off, len, i % 3, devoff[i]);
		e->strip = i;
		e->nstrips = n;
		e->chunk = chunk;
	}
}

static bool parse(struct extent *e, const char *line)
{
	return extent_parse(e, pool_strdup(line), 0, 44, 2);
}

START_TEST(test_parse)
{
	struct extent e;

	ck_assert(parse(&e, "0:44 ino=2 off=0 len=4096 dev=1 devoff=8192 more=x"));
	ck_assert(e.len == 4096 && e.dev == 1 && e.devoff == 8192 && e.nstrips == 1);
	ck_assert(parse(&e, "0:44 ino=2 off=0 len=4096 dev=1 devoff=8192 stripe=1/3 chunk=4096"));
	ck_assert(e.strip == 1 && e.nstrips == 3 && e.chunk == 4096);
	ck_assert(!parse(&e, "0:45 ino=2 off=0 len=4096 dev=1 devoff=8192"));
	ck_assert(!parse(&e, "0:44 ino=3 off=0 len=4096 dev=1 devoff=8192"));
	ck_assert(!parse(&e, "0:44 ino=2 off=0 len=0 dev=1 devoff=8192"));
	ck_assert(!parse(&e, "0:44 ino=2 off=0 dev=1 devoff=8192"));
	ck_assert(!parse(&e, "0:44 ino=2 off=18446744073709551615 len=2 dev=1 devoff=0"));
	ck_assert(!parse(&e, "0:44 ino=2 off=0 len=18446744073709551615 dev=1 devoff=2"));
	ck_assert(!parse(&e, "0:44 ino=2 off=0 len=4096 dev=1 devoff=0 stripe=3/3 chunk=4096"));
	ck_assert(!parse(&e, "0:44 ino=2 off=0 len=4096 dev=1 devoff=0 stripe=0/0 chunk=4096"));
	ck_assert(!parse(&e, "0:44 ino=2 off=0 len=4096 dev=1 devoff=0 stripe=0/2 chunk=0"));
	ck_assert(!parse(&e, "0:44 ino=2 off=0 len=4096 dev=1 devoff=0 stripe=0 chunk=4096"));
	ck_assert(!parse(&e, "0:44 ino=2 off=18446744073709543424 len=4096 dev=1 devoff=0 stripe=0/4 chunk=4096"));
	ck_assert(!parse(&e, "all ino=2 off=0 len=4096 dev=1 devoff=0"));
	ck_assert(!parse(&e, ""));
}
END_TEST

static uint64_t chance(uint64_t n)
{
	uint64_t r = (uint64_t)random() << 42 ^ (uint64_t)random() << 21 ^ (uint64_t)random();

	return n ? r % n : 0;
}

/* A file of some extents, each simple or striped; where each is is not checked for overlaps. */
static void any_layout(void)
{
	static const uint64_t chunks[] = { 4 * KB, 64 * KB, 2 * MB, 3 * MB, 4 * MB };
	uint64_t at = 0, len, devoff[5];
	unsigned int i, k, n;

	start();
	for (i = 0; i < 1 + chance(4); i++) {
		len = (1 + chance(16)) * MB + chance(2) * 4 * KB;
		n = 1 + (unsigned int)chance(5);
		for (k = 0; k < 5; k++)
			devoff[k] = chance(64) * MB + (chance(3) ? 0 : 4 * KB);
		if (n == 1)
			add(at, len, chance(3), devoff[0]);
		else
			stripe(at, len, n, chunks[chance(5)], devoff);
		at += len;
	}
	for (k = 0; k < 3; k++)
		for (i = 0; i < chance(4); i++) {
			bad[k][i] = (struct range){ (i * 20 + chance(18)) * MB +
						    (chance(2) ? MB - 4 * KB : chance(200) * 4 * KB),
						    (1 + chance(3)) * 4 * KB };
			devices[k].nbad = i + 1;
		}
}

START_TEST(test_there_and_back)
{
	uint64_t pos, back, bytes;
	struct piece p;
	size_t i;
	int turn;

	srandom(7);
	for (turn = 0; turn < 300; turn++) {
		any_layout();
		for (i = 0, bytes = 0; i < layout.n; i++)
			bytes += extent_bytes(&extents[i]);
		ck_assert_uint_eq(bytes, layout.size);
		for (i = 0; i < 50; i++) {
			pos = chance(layout.size);
			ck_assert(layout_resolve(&layout, pos, &p));
			ck_assert(pos >= p.off && pos - p.off < p.len);
			ck_assert(extent_whose(p.extent, p.devoff + (pos - p.off), &back));
			ck_assert_uint_eq(back, pos);
		}
		ck_assert(!layout_resolve(&layout, layout.size, &p));
	}
}
END_TEST

/* The same question, of each large page of the file by itself. */
static uint64_t slow_reach(const struct extent *e, uint64_t unit)
{
	const struct layout_device *d = &devices[e->dev];
	uint64_t at, dev, n = 0;
	struct piece p;
	bool good;
	size_t i;

	for (at = 0; at + unit <= layout.size; at += unit) {
		if (!layout_resolve(&layout, at, &p) || p.extent != e || p.off + p.len < at + unit)
			continue;
		dev = p.devoff + (at - p.off);
		good = !(dev % unit);
		for (i = 0; i < d->nbad; i++)
			good &= !(d->bad[i].off < dev + unit && d->bad[i].off + d->bad[i].len > dev);
		n += good ? unit : 0;
	}
	return n;
}

START_TEST(test_reach)
{
	uint64_t all = 0;
	size_t i;
	int turn;

	srandom(11);
	for (turn = 0; turn < 300; turn++) {
		any_layout();
		for (i = 0; i < layout.n; i++) {
			struct reach r = layout_reach(&layout, &extents[i], 2 * MB);

			ck_assert_uint_eq(r.bytes, slow_reach(&extents[i], 2 * MB));
			ck_assert((r.why == WHY_NOT_AT_ALL) == (r.bytes == extent_bytes(&extents[i])));
			all += r.bytes;
		}
	}
	/* Else nothing was tested. */
	ck_assert(all > 100 * MB);
}
END_TEST

START_TEST(test_reasons)
{
	static const uint64_t devoff[] = { 0, 64 * MB };
	struct extent *e;

	start();
	e = add(0, 64 * MB, 0, 2 * MB);
	ck_assert_int_eq(layout_reach(&layout, e, 2 * MB).why, WHY_NOT_AT_ALL);
	ck_assert_int_eq(layout_reach(&layout, e, GB).why, WHY_DEVICE);
	e->devoff = 2 * MB + 4 * KB;
	ck_assert_int_eq(layout_reach(&layout, e, 2 * MB).why, WHY_PHASE);
	e->devoff = 2 * MB;
	e->len = MB;
	ck_assert_int_eq(layout_reach(&layout, e, 2 * MB).why, WHY_SHORT);
	e->len = 64 * MB;
	bad[0][0] = (struct range){ 10 * MB, 4 * KB };
	devices[0].nbad = 1;
	ck_assert_int_eq(layout_reach(&layout, e, 2 * MB).why, WHY_BAD);
	ck_assert_uint_eq(layout_reach(&layout, e, 2 * MB).bytes, 62 * MB);
	ck_assert_uint_eq(layout_bad(&layout, e), 4 * KB);
	devices[0].nbad = 0;
	devices[0].folio = 4 * KB;
	ck_assert_int_eq(layout_reach(&layout, e, 2 * MB).why, WHY_DEVICE);
	layout.folio_only = false;
	ck_assert_int_eq(layout_reach(&layout, e, 2 * MB).why, WHY_NOT_AT_ALL);
	devices[0].folio = GB;
	ck_assert_int_eq(layout_reach(&layout, e, 2 * MB).why, WHY_NOT_AT_ALL);
	layout.folio_only = true;
	ck_assert_int_eq(layout_reach(&layout, e, 2 * MB).why, WHY_FOLIO);
	e->len = 4 * GB;
	e->devoff = GB;
	ck_assert_uint_eq(layout_reach(&layout, e, GB).bytes, 4 * GB);
	layout.giant = 0;
	ck_assert_int_eq(layout_reach(&layout, e, GB).why, WHY_KERNEL);
	devices[0].state = "gone";
	ck_assert_int_eq(layout_reach(&layout, e, 2 * MB).why, WHY_GONE);

	start();
	stripe(0, 16 * MB, 2, MB, devoff);
	ck_assert_int_eq(layout_reach(&layout, &extents[0], 2 * MB).why, WHY_CHUNK);
	/* The device's place in memory counts, where it is known. */
	start();
	e = add(0, 4 * MB, 0, 0);
	devices[0].have_resource = true;
	devices[0].resource = GB + MB;
	ck_assert_int_eq(layout_reach(&layout, e, 2 * MB).why, WHY_PHASE);
}
END_TEST

/* The row of a picture, between its bars. */
static const char *row(char *plot, int n)
{
	char *line = plot;

	while (n--)
		line = strchr(line, '\n') + 1;
	line = strchr(line, '|') + 1;
	return pool_strndup(line, strcspn(line, "|"));
}

START_TEST(test_plot)
{
	static const uint64_t devoff[] = { 0, 0 };
	char *plot;

	start();
	devices[0].size = devices[1].size = 64 * MB;
	layout.ndevices = 2;
	add(0, 32 * MB, 0, 16 * MB);
	add(32 * MB, 32 * MB, 1, 4 * KB);
	bad[0][0] = (struct range){ 16 * MB, 4 * KB };
	bad[0][1] = (struct range){ 60 * MB, 4 * KB };
	devices[0].nbad = 2;
	plot = layout_plot(&layout, 16);
	ck_assert_str_eq(row(plot, 0), "aaaaaaaabbbbbbbb");
	devices[0].nbad = 0;
	plot = layout_plot(&layout, 16);
	ck_assert_str_eq(row(plot, 0), "AAAAAAAAbbbbbbbb");
	devices[0].nbad = 2;
	plot = layout_plot(&layout, 16);
	ck_assert_str_eq(row(plot, 1), "....x#######...!");
	ck_assert_str_eq(row(plot, 2), "#########.......");

	start();
	stripe(0, 64 * MB, 2, 2 * MB, devoff);
	ck_assert_str_eq(row(layout_plot(&layout, 8), 0), "********");
	/* A device that is gone, and one whose name does things. */
	devices[0].size = 0;
	devices[1].name = "\033[2J";
	plot = layout_plot(&layout, 8);
	ck_assert_ptr_null(strchr(plot, '\033'));
}
END_TEST

/* Tags are closed in turn, and nothing is where XML has none of it. */
static void check_xml(const char *s)
{
	const char *open[8], *end;
	unsigned int depth = 0;

	for (; *s; s++) {
		ck_assert((unsigned char)*s >= 0x20 || *s == '\n');
		if (*s == '&')
			ck_assert(!strncmp(s, "&amp;", 5) || !strncmp(s, "&lt;", 4) ||
				  !strncmp(s, "&gt;", 4) || !strncmp(s, "&quot;", 6));
		if (*s != '<') {
			ck_assert(*s != '>');
			continue;
		}
		end = strchr(s, '>');
		ck_assert_ptr_nonnull(end);
		ck_assert_ptr_null(memchr(s + 1, '<', (size_t)(end - s - 1)));
		if (s[1] == '/') {
			ck_assert(depth--);
			ck_assert(!strncmp(open[depth], s + 2, (size_t)(end - s - 2)));
		} else if (s[1] != '?' && end[-1] != '/') {
			ck_assert(depth < 8);
			open[depth++] = s + 1;
		}
		s = end;
	}
	ck_assert_uint_eq(depth, 0);
}

START_TEST(test_svg)
{
	static const char title[] = "a<b>&\"c'\033]0;x\007\303\274\377";
	char *svg;
	int turn;

	srandom(13);
	for (turn = 0; turn < 20; turn++) {
		any_layout();
		devices[1].name = turn % 2 ? NULL : "<x>";
		devices[2].size = turn % 3 ? GB : 0;
		svg = layout_svg(&layout, title);
		check_xml(svg);
		ck_assert_ptr_nonnull(strstr(svg, "a&lt;b&gt;&amp;&quot;c'\\x1b]0;x\\x07\303\274\\xff"));
	}
	bad[0][0] = (struct range){ MB, 4 * KB };
	devices[0].nbad = 1;
	ck_assert_ptr_nonnull(strstr(layout_svg(&layout, "x"), "bad page at 1048576"));
}
END_TEST

START_TEST(test_rates)
{
	struct counts a = { .sent = 10, .answered = 8, .failed = 1, .ns_total = 1000000, .pte = 5 };
	struct counts b = { .sent = 30, .answered = 26, .failed = 3, .ns_total = 3000000, .pte = 5 };
	struct rates r = rates_of(&a, &b, 2);

	ck_assert(r.sent == 10 && r.answered == 9 && r.failed == 1 && r.average_us == 100 && r.pte == 0);
	ck_assert(rates_of(NULL, &b, 2).first && rates_of(&a, &b, 0).first);
	/* Set back: what has been counted since. */
	ck_assert(rates_of(&b, &a, 1).sent == 10);
	ck_assert(rates_of(&a, &a, 1).average_us == 0);
}
END_TEST

/* Text of the words that there are, and of others. */
static char *any_text(void)
{
	static const char *const words[] = {
		"0:44", " ", "\n", "ino=2", "off=", "len=", "dev=", "devoff=", "stripe=", "chunk=", "/", "0", "1",
		"4096", "2097152", "18446744073709551615", "9223372036854775808", "99999999999999999999", "-", "=",
		"\\040", "\\", "\033", "\377", "0x", ":", ",", " - ", "fuse.famfs", "off=0", "len=8388608", "dev=0",
		"devoff=0", "stripe=0/2", "chunk=2097152", " ", " ", " ",
	};
	char *text = pool_strdup("");
	unsigned int n = (unsigned int)chance(60);

	while (n--)
		text = pool_printf("%s%s", text, words[chance(sizeof(words) / sizeof(words[0]))]);
	return text;
}

START_TEST(test_anything)
{
	struct layout_device *d;
	struct mounts mounts;
	struct piece p;
	uint64_t pos;
	char *svg, *text, *line;
	int turn;
	size_t i;

	srandom(17);
	for (turn = 0; turn < 1500; turn++) {
		start();
		text = any_text();
		if (turn % 2)
			text = pool_printf("0:44 ino=2 off=%lu len=%lu dev=%lu devoff=%lu stripe=%lu/%lu chunk=%lu\n%s",
					   (unsigned long)chance(UINT64_MAX), (unsigned long)chance(UINT64_MAX),
					   (unsigned long)chance(4), (unsigned long)chance(UINT64_MAX),
					   (unsigned long)chance(3), (unsigned long)chance(4),
					   (unsigned long)chance(UINT32_MAX), text);
		mounts_parse(&mounts, pool_strdup(text));
		d = &devices[turn % 3];
		d->nbad = badpages_parse(&d->bad, any_text());
		/* What is longer than its device is refused, and would take long. */
		d->size = chance(2) ? chance(64 * GB) >> chance(36) : 8 * GB;
		while ((line = kv_next_line(&text)) && layout.n < 64)
			layout.n += extent_parse(&extents[layout.n], line, 0, 44, 2);
		layout.size = chance(UINT64_MAX) >> chance(64);
		for (i = 0; i < layout.n; i++) {
			layout_reach(&layout, &extents[i], layout.huge);
			layout_bad(&layout, &extents[i]);
			extent_whose(&extents[i], chance(UINT64_MAX), &pos);
		}
		layout_resolve(&layout, chance(UINT64_MAX), &p);
		layout_plot(&layout, 40);
		svg = layout_svg(&layout, "x");
		check_xml(svg);
		pool_empty();
	}
}
END_TEST

int main(void)
{
	Suite *s = suite_create("famfsctl: layout");
	TCase *t = tcase_create("all");
	SRunner *r;
	int failed;

	tcase_add_checked_fixture(t, NULL, pool_empty);
	tcase_set_timeout(t, 120);
	tcase_add_test(t, test_parse);
	tcase_add_test(t, test_there_and_back);
	tcase_add_test(t, test_reach);
	tcase_add_test(t, test_reasons);
	tcase_add_test(t, test_plot);
	tcase_add_test(t, test_svg);
	tcase_add_test(t, test_rates);
	tcase_add_test(t, test_anything);
	suite_add_tcase(s, t);
	r = srunner_create(s);
	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed != 0;
}
