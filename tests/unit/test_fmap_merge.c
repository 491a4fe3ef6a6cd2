// SPDX-License-Identifier: GPL-2.0-only
/* Device ranges of a map, with those that follow each other as one. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "map/map.h"
#include "proto/parse.h"
#include "fmap_msg.h"

#define PAGE	4096ULL

struct range {
	u32 slot;
	u64 off, len;
};

struct ranges {
	struct range at[256];
	u32 n;
	u32 stop_at;		/* when to return 77 */
};

static int add_range(void *ctx, u32 slot, u64 dev_off, u64 len)
{
	struct ranges *rs = ctx;

	ck_assert_uint_lt(rs->n, 256);
	rs->at[rs->n++] = (struct range) { slot, dev_off, len };
	return rs->n == rs->stop_at ? 77 : 0;
}

static struct fmap *parse_free(struct msg *m)
{
	struct fmap *map;

	ck_assert_int_eq(fmap_parse(m->buf, m->len, PAGE, &map), 0);
	msg_free(m);
	return map;
}

static void is(const struct range *got, u32 slot, u64 page, u64 pages)
{
	ck_assert_uint_eq(got->slot, slot);
	ck_assert_uint_eq(got->off, page * PAGE);
	ck_assert_uint_eq(got->len, pages * PAGE);
}

START_TEST(by_hand)
{
	struct ranges rs = {};
	struct fmap *map;
	struct msg m;

	/* 10-13 out of order, 20 alone; on the other device 13 and 14-15. */
	msg_start(&m, FUSE_FAMFS_EXT_SIMPLE, 1);
	msg_simple(&m, 0, 12 * PAGE, 2 * PAGE);
	msg_simple(&m, 9, 14 * PAGE, 2 * PAGE);
	msg_simple(&m, 0, 20 * PAGE, PAGE);
	msg_simple(&m, 0, 10 * PAGE, 2 * PAGE);
	msg_simple(&m, 9, 13 * PAGE, PAGE);
	map = parse_free(&m);
	ck_assert_int_eq(fmap_walk_merged(map, add_range, &rs), 0);
	ck_assert_uint_eq(rs.n, 3);
	is(&rs.at[0], 0, 10, 4);
	is(&rs.at[1], 0, 20, 1);
	is(&rs.at[2], 1, 13, 3);
	rs = (struct ranges) { .stop_at = 2 };
	ck_assert_int_eq(fmap_walk_merged(map, add_range, &rs), 77);
	ck_assert_uint_eq(rs.n, 2);
	fmap_put(map);

	msg_start(&m, FUSE_FAMFS_EXT_SIMPLE, 1);
	msg_simple(&m, 3, 7 * PAGE, 5 * PAGE);
	map = parse_free(&m);
	rs = (struct ranges) {};
	ck_assert_int_eq(fmap_walk_merged(map, add_range, &rs), 0);
	ck_assert_uint_eq(rs.n, 1);
	is(&rs.at[0], 0, 7, 5);
	fmap_put(map);
}
END_TEST

/* The last page that can be named on one device, and the first of the next. */
START_TEST(device_border)
{
	struct ranges rs = {};
	struct fmap *map;
	struct msg m;

	msg_start(&m, FUSE_FAMFS_EXT_SIMPLE, 1);
	msg_simple(&m, 0, (1ULL << 56) - PAGE, PAGE);
	msg_simple(&m, 1, 0, PAGE);
	map = parse_free(&m);
	ck_assert_int_eq(fmap_walk_merged(map, add_range, &rs), 0);
	ck_assert_uint_eq(rs.n, 2);
	is(&rs.at[0], 0, (1ULL << 44) - 1, 1);
	is(&rs.at[1], 1, 0, 1);
	fmap_put(map);
}
END_TEST

/* Is the page in one of the ranges? */
static bool in(const struct ranges *rs, u32 slot, u64 off)
{
	u32 i;

	for (i = 0; i < rs->n; i++)
		if (rs->at[i].slot == slot && off >= rs->at[i].off &&
		    off - rs->at[i].off < rs->at[i].len)
			return true;
	return false;
}

/* The same pages as one by one, ascending, and never two where one would do. */
START_TEST(random_maps)
{
	struct rng r = { .state = 11 };
	u32 i, k;
	u64 off;

	for (i = 0; i < 3000; i++) {
		struct ranges plain = {}, merged = {};
		u64 plain_bytes = 0, merged_bytes = 0;
		struct fmap *map;
		struct msg m;

		msg_random(&m, &r, PAGE);
		map = parse_free(&m);
		ck_assert_int_eq(fmap_walk_ranges(map, add_range, &plain), 0);
		ck_assert_int_eq(fmap_walk_merged(map, add_range, &merged), 0);
		for (k = 0; k < merged.n; k++) {
			const struct range *at = &merged.at[k];

			merged_bytes += at->len;
			if (k && at[-1].slot == at->slot)
				ck_assert_uint_lt(at[-1].off + at[-1].len, at->off);
			else if (k)
				ck_assert_uint_lt(at[-1].slot, at->slot);
		}
		for (k = 0; k < plain.n; k++) {
			plain_bytes += plain.at[k].len;
			for (off = 0; off < plain.at[k].len; off += PAGE)
				if (!in(&merged, plain.at[k].slot, plain.at[k].off + off))
					ck_abort_msg("map %u: page lost", i);
		}
		ck_assert_uint_eq(plain_bytes, merged_bytes);
		fmap_put(map);
	}
}
END_TEST

int main(void)
{
	Suite *s = suite_create("fmap_merge");
	TCase *tc = tcase_create("merge");
	SRunner *sr;
	int failed;

	tcase_set_timeout(tc, 120);
	tcase_add_test(tc, by_hand);
	tcase_add_test(tc, device_border);
	tcase_add_test(tc, random_maps);
	suite_add_tcase(s, tc);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
