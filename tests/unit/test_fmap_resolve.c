// SPDX-License-Identifier: GPL-2.0-only
/* Where the bytes of a file are, both ways, and which devices can serve it. */
#include <check.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "map/map.h"
#include "proto/parse.h"
#include "fmap_msg.h"

#define PAGE	4096U

static struct fmap *parse(struct msg *m, u32 page)
{
	struct fmap *map;

	ck_assert_int_eq(fmap_parse(m->buf, m->len, page, &map), 0);
	return map;
}

static struct fmap *parse_free(struct msg *m)
{
	struct fmap *map = parse(m, PAGE);

	msg_free(m);
	return map;
}

static void expect(const struct fmap *map, u64 pos, u64 dev, u64 off, u64 len)
{
	struct fmap_seg seg;

	ck_assert_int_eq(fmap_resolve(map, pos, &seg), 0);
	ck_assert_uint_eq(map->dev_index[seg.slot], dev);
	ck_assert_uint_eq(seg.dev_off, off);
	ck_assert_uint_eq(seg.len, len);
}

static void expect_end(const struct fmap *map, u64 pos)
{
	struct fmap_seg seg;

	ck_assert_int_eq(fmap_resolve(map, pos, &seg), -ENXIO);
}

START_TEST(one_extent)
{
	struct fmap *map;
	struct msg m;

	msg_start(&m, FUSE_FAMFS_EXT_SIMPLE, 3 * MiB + 5);
	msg_simple(&m, 9, 8 * MiB, 4 * MiB);
	map = parse_free(&m);
	expect(map, 0, 9, 8 * MiB, 3 * MiB + PAGE);
	expect(map, 1, 9, 8 * MiB + 1, 3 * MiB + PAGE - 1);
	expect(map, 3 * MiB + 4, 9, 11 * MiB + 4, PAGE - 4);
	/* The rest of the last page can be mapped, nothing behind it. */
	expect(map, 3 * MiB + 5, 9, 11 * MiB + 5, PAGE - 5);
	expect(map, 3 * MiB + PAGE - 1, 9, 11 * MiB + PAGE - 1, 1);
	expect_end(map, 3 * MiB + PAGE);
	expect_end(map, 4 * MiB);
	expect_end(map, 1ULL << 63);
	expect_end(map, ~0ULL);
	fmap_put(map);
}
END_TEST

/* The worked example of the protocol: 4 strips, 2 MiB chunks. */
START_TEST(fifteen_mib)
{
	struct fmap *map;
	struct msg m;
	u32 s;

	msg_start(&m, FUSE_FAMFS_EXT_INTERLEAVE, 16 * MiB);
	msg_iext(&m, 4, 2 * MiB, 16 * MiB);
	for (s = 0; s < 4; s++)
		msg_strip(&m, 10 + s, (s + 1) * 100 * MiB, 4 * MiB);
	map = parse_free(&m);
	expect(map, 15 * MiB, 13, 403 * MiB, MiB);
	expect(map, 0, 10, 100 * MiB, 2 * MiB);
	expect(map, 2 * MiB, 11, 200 * MiB, 2 * MiB);
	expect(map, 8 * MiB - 1, 13, 402 * MiB - 1, 1);
	expect(map, 8 * MiB, 10, 102 * MiB, 2 * MiB);
	expect(map, 16 * MiB - 1, 13, 404 * MiB - 1, 1);
	expect_end(map, 16 * MiB);
	fmap_put(map);
}
END_TEST

START_TEST(partial_row_and_chunk)
{
	struct fmap *map;
	struct msg m;
	u64 size = 5 * 2 * MiB + 300 * KiB + 9;

	/* 3 strips: row 0 full, row 1 has chunks 3, 4 and a part of 5. */
	msg_start(&m, FUSE_FAMFS_EXT_INTERLEAVE, size);
	msg_iext(&m, 3, 2 * MiB, size);
	msg_strip(&m, 0, 0, 4 * MiB);
	msg_strip(&m, 1, 0, 4 * MiB);
	msg_strip(&m, 2, 0, 2 * MiB + 304 * KiB);
	map = parse_free(&m);
	expect(map, 10 * MiB, 2, 2 * MiB, 304 * KiB);
	expect(map, size - 1, 2, 2 * MiB + 300 * KiB + 8, PAGE - 8);
	expect(map, size, 2, 2 * MiB + 300 * KiB + 9, PAGE - 9);
	expect_end(map, 10 * MiB + 304 * KiB);
	fmap_put(map);
}
END_TEST

START_TEST(one_strip)
{
	struct fmap *map;
	struct msg m;

	/* contiguous, though in chunks */
	msg_start(&m, FUSE_FAMFS_EXT_INTERLEAVE, 10 * PAGE);
	msg_iext(&m, 1, 4 * PAGE, 10 * PAGE);
	msg_strip(&m, 5, MiB, 10 * PAGE);
	map = parse_free(&m);
	ck_assert_int_eq(map->kind, FMAP_ONE);
	expect(map, 0, 5, MiB, 10 * PAGE);
	expect(map, 9 * PAGE, 5, MiB + 9 * PAGE, PAGE);
	expect_end(map, 10 * PAGE);
	fmap_put(map);

	msg_start(&m, FUSE_FAMFS_EXT_INTERLEAVE, 12 * PAGE + 1);
	msg_iext(&m, 1, 4 * PAGE, 10 * PAGE);
	msg_strip(&m, 5, MiB, 10 * PAGE);
	msg_iext(&m, 1, 4 * PAGE, 5 * PAGE);
	msg_strip(&m, 5, 0, 5 * PAGE);
	map = parse_free(&m);
	expect(map, PAGE, 5, MiB + PAGE, 9 * PAGE);
	expect(map, 10 * PAGE, 5, 0, 3 * PAGE);
	expect_end(map, 13 * PAGE);
	fmap_put(map);
}
END_TEST

START_TEST(thirty_three_strips)
{
	struct fmap *map;
	struct msg m;
	u32 s;

	msg_start(&m, FUSE_FAMFS_EXT_INTERLEAVE, 100 * 2 * MiB);
	msg_iext(&m, 33, 2 * MiB, 100 * 2 * MiB);
	for (s = 0; s < 33; s++)
		msg_strip(&m, s % 2 ? 4095 : 0, s * GiB, 8 * MiB);
	map = parse_free(&m);
	ck_assert_uint_eq(map->ndevs, 2);
	expect(map, 32 * 2 * MiB, 0, 32 * GiB, 2 * MiB);
	expect(map, 33 * 2 * MiB, 0, 2 * MiB, 2 * MiB);
	expect(map, 34 * 2 * MiB + 7, 4095, GiB + 2 * MiB + 7, 2 * MiB - 7);
	expect(map, 99 * 2 * MiB, 0, 6 * MiB, 2 * MiB);
	expect_end(map, 100 * 2 * MiB);
	fmap_put(map);
}
END_TEST

START_TEST(several_interleaved)
{
	struct fmap *map;
	struct msg m;

	msg_start(&m, FUSE_FAMFS_EXT_INTERLEAVE, 20 * MiB);
	msg_iext(&m, 2, 2 * MiB, 6 * MiB);
	msg_strip(&m, 0, 0, 4 * MiB);
	msg_strip(&m, 1, 0, 2 * MiB);
	msg_iext(&m, 3, 1 * MiB, 4 * MiB);
	msg_strip(&m, 1, 100 * MiB, 2 * MiB);
	msg_strip(&m, 1, 200 * MiB, 1 * MiB);
	msg_strip(&m, 1, 300 * MiB, 1 * MiB);
	msg_iext(&m, 1, 2 * MiB, 10 * MiB);
	msg_strip(&m, 7, 0, 10 * MiB);
	map = parse_free(&m);
	expect(map, 4 * MiB, 0, 2 * MiB, 2 * MiB);
	expect(map, 6 * MiB - 1, 0, 4 * MiB - 1, 1);
	expect(map, 6 * MiB, 1, 100 * MiB, MiB);
	expect(map, 8 * MiB, 1, 300 * MiB, MiB);
	expect(map, 9 * MiB, 1, 101 * MiB, MiB);
	expect(map, 10 * MiB, 7, 0, 10 * MiB);
	expect_end(map, 20 * MiB);
	fmap_put(map);
}
END_TEST

START_TEST(far_devices)
{
	struct fmap *map;
	struct msg m;

	msg_start(&m, FUSE_FAMFS_EXT_SIMPLE, 6 * MiB);
	msg_simple(&m, 4095, (1ULL << 56) - 2 * MiB, 2 * MiB);
	msg_simple(&m, 0, (1ULL << 55), 2 * MiB);
	msg_simple(&m, 4095, 0, 2 * MiB);
	map = parse_free(&m);
	expect(map, 5, 4095, (1ULL << 56) - 2 * MiB + 5, 2 * MiB - 5);
	expect(map, 2 * MiB, 0, 1ULL << 55, 2 * MiB);
	expect(map, 6 * MiB - 1, 4095, 2 * MiB - 1, 1);
	expect_end(map, 6 * MiB);
	fmap_put(map);
}
END_TEST

/* Extents that start past the end of the file are checked, never reached. */
START_TEST(extents_past_the_file)
{
	struct fmap *map;
	struct msg m;
	u32 i;

	msg_start(&m, FUSE_FAMFS_EXT_SIMPLE, 2 * PAGE + 1);
	for (i = 0; i < 8; i++)
		msg_simple(&m, 0, (20 - 2 * i) * PAGE, PAGE);
	map = parse_free(&m);
	expect(map, 2 * PAGE, 0, 16 * PAGE, PAGE);
	expect_end(map, 3 * PAGE);
	fmap_put(map);
}
END_TEST

/* Check's own assertions tell their parent each time, too slow for millions. */
#define hot_assert(expr) \
	do { if (!(expr)) ck_abort_msg("%s", #expr); } while (0)

/* The whole map against the model, in steps of @step bytes. */
static void compare(const struct msg *m, const struct fmap *map, u64 step)
{
	u64 size = ((struct fuse_famfs_fmap_header *)m->buf)->file_size;
	u64 page = 1ULL << map->page_shift;
	u64 end = (size + page - 1) / page * page, pos;
	struct place at, next;
	struct fmap_seg seg;

	for (pos = 0; pos < end; pos += step) {
		hot_assert(fmap_resolve(map, pos, &seg) == 0);
		/* Past the extents' end, the rest of the page belongs to it. */
		if (!model_locate(m->buf, pos, &at)) {
			hot_assert(model_locate(m->buf, pos - pos % page, &at));
			at.off += pos % page;
		}
		hot_assert(seg.slot < map->ndevs);
		hot_assert(map->dev_index[seg.slot] == at.dev);
		hot_assert(seg.dev_off == at.off);
		hot_assert(seg.len > 0 && seg.len <= end - pos);
		hot_assert(model_declared(m->buf, m->len, at, seg.len));
		/* The run's last page follows on from its first. */
		hot_assert(model_locate(m->buf,
					(pos + seg.len - 1) / page * page,
					&next));
		hot_assert(next.dev == at.dev);
		hot_assert(next.off ==
			   (seg.dev_off + seg.len - 1) / page * page);
	}
	for (pos = end; pos < end + 40 * page; pos += step)
		hot_assert(fmap_resolve(map, pos, &seg) == -ENXIO);
}

START_TEST(random_maps_by_byte)
{
	struct rng r = { .state = 1 };
	struct fmap *map;
	struct msg m;
	u32 i;

	for (i = 0; i < 1500; i++) {
		msg_random(&m, &r, 16);
		map = parse(&m, 16);
		compare(&m, map, 1);
		fmap_put(map);
		msg_free(&m);
	}
}
END_TEST

START_TEST(random_maps_by_page)
{
	struct rng r = { .state = 2 };
	u32 kinds[4] = {};
	struct fmap *map;
	struct msg m;
	u32 i;

	for (i = 0; i < 10000; i++) {
		msg_random(&m, &r, PAGE);
		map = parse(&m, PAGE);
		kinds[map->kind]++;
		compare(&m, map, 1365);
		fmap_put(map);
		msg_free(&m);
	}
	for (i = 0; i < 4; i++)
		ck_assert_uint_gt(kinds[i], 500);
}
END_TEST

START_TEST(check_dev)
{
	struct fmap *map;
	struct msg m;

	msg_start(&m, FUSE_FAMFS_EXT_SIMPLE, MiB);
	msg_simple(&m, 3, 8 * MiB, 4 * MiB);
	msg_simple(&m, 1, 2 * MiB, 64 * KiB);
	msg_simple(&m, 3, 2 * MiB, 2 * MiB);
	map = parse_free(&m);
	/* slot 0 is device 1, slot 1 is device 3 */
	ck_assert_int_eq(fmap_check_dev(map, 1, 12 * MiB), 0);
	ck_assert_int_eq(fmap_check_dev(map, 1, 12 * MiB - 1), -EINVAL);
	ck_assert_int_eq(fmap_check_dev(map, 1, ~0ULL), 0);
	ck_assert_int_eq(fmap_check_dev(map, 0, 2 * MiB + 64 * KiB), 0);
	ck_assert_int_eq(fmap_check_dev(map, 0, 2 * MiB + 64 * KiB - 1), -EINVAL);
	ck_assert_int_eq(fmap_check_dev(map, 2, 12 * MiB), -EINVAL);
	fmap_put(map);

	/* The declared end counts, used or not. */
	msg_start(&m, FUSE_FAMFS_EXT_INTERLEAVE, MiB);
	msg_iext(&m, 2, 64 * KiB, MiB);
	msg_strip(&m, 0, 0, 2 * MiB);
	msg_strip(&m, 1, 0, 4 * MiB);
	map = parse_free(&m);
	ck_assert_int_eq(fmap_check_dev(map, 1, 4 * MiB), 0);
	ck_assert_int_eq(fmap_check_dev(map, 1, 4 * MiB - 1), -EINVAL);
	fmap_put(map);
}
END_TEST

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

	hot_assert(rs->n < 256);
	rs->at[rs->n++] = (struct range) { slot, dev_off, len };
	return rs->n == rs->stop_at ? 77 : 0;
}

START_TEST(ranges)
{
	struct ranges rs = {};
	struct fmap *map;
	struct msg m;

	msg_start(&m, FUSE_FAMFS_EXT_INTERLEAVE, 1);
	msg_iext(&m, 3, 2 * PAGE, 5 * PAGE);	/* 2, 2 and 1 pages */
	msg_strip(&m, 0, 10 * PAGE, 4 * PAGE);
	msg_strip(&m, 1, 20 * PAGE, 4 * PAGE);
	msg_strip(&m, 0, 30 * PAGE, 4 * PAGE);
	msg_iext(&m, 2, 2 * PAGE, PAGE - 1);	/* 1 and none */
	msg_strip(&m, 1, 40 * PAGE, PAGE);
	msg_strip(&m, 1, 50 * PAGE, PAGE);
	map = parse_free(&m);
	ck_assert_int_eq(fmap_walk_ranges(map, add_range, &rs), 0);
	ck_assert_uint_eq(rs.n, 4);
	ck_assert_uint_eq(rs.at[0].off, 10 * PAGE);
	ck_assert_uint_eq(rs.at[0].len, 2 * PAGE);
	ck_assert_uint_eq(rs.at[1].slot, 1);
	ck_assert_uint_eq(rs.at[2].slot, 0);
	ck_assert_uint_eq(rs.at[2].off, 30 * PAGE);
	ck_assert_uint_eq(rs.at[2].len, PAGE);
	ck_assert_uint_eq(rs.at[3].off, 40 * PAGE);
	ck_assert_uint_eq(rs.at[3].len, PAGE);
	rs = (struct ranges) { .stop_at = 2 };
	ck_assert_int_eq(fmap_walk_ranges(map, add_range, &rs), 77);
	ck_assert_uint_eq(rs.n, 2);
	fmap_put(map);

	/* Simple extents count whole, also past the end of the file. */
	msg_start(&m, FUSE_FAMFS_EXT_SIMPLE, 1);
	msg_simple(&m, 0, 10 * PAGE, 3 * PAGE);
	msg_simple(&m, 0, 20 * PAGE, 5 * PAGE);
	map = parse_free(&m);
	rs = (struct ranges) {};
	ck_assert_int_eq(fmap_walk_ranges(map, add_range, &rs), 0);
	ck_assert_uint_eq(rs.n, 2);
	ck_assert_uint_eq(rs.at[0].len, 3 * PAGE);
	ck_assert_uint_eq(rs.at[1].off, 20 * PAGE);
	ck_assert_uint_eq(rs.at[1].len, 5 * PAGE);
	fmap_put(map);

	msg_start(&m, FUSE_FAMFS_EXT_SIMPLE, 1);
	msg_simple(&m, 6, 10 * PAGE, 3 * PAGE);
	map = parse_free(&m);
	rs = (struct ranges) {};
	ck_assert_int_eq(fmap_walk_ranges(map, add_range, &rs), 0);
	ck_assert_uint_eq(rs.n, 1);
	ck_assert_uint_eq(rs.at[0].off, 10 * PAGE);
	ck_assert_uint_eq(rs.at[0].len, 3 * PAGE);
	fmap_put(map);
}
END_TEST

/* Everything that resolves lies in a range, and no two ranges meet. */
START_TEST(random_ranges)
{
	struct rng r = { .state = 3 };
	struct fmap_seg seg;
	struct fmap *map;
	struct msg m;
	u32 i, a, b;
	u64 pos;

	for (i = 0; i < 3000; i++) {
		struct ranges rs = {};

		msg_random(&m, &r, PAGE);
		map = parse_free(&m);
		ck_assert_int_eq(fmap_walk_ranges(map, add_range, &rs), 0);
		ck_assert_uint_le(rs.n, map->nexts > map->naddrs ?
				  map->nexts : map->naddrs);
		for (a = 0; a < rs.n; a++)
			for (b = 0; b < a; b++)
				hot_assert(rs.at[a].slot != rs.at[b].slot ||
					   rs.at[a].off >= rs.at[b].off +
							   rs.at[b].len ||
					   rs.at[b].off >= rs.at[a].off +
							   rs.at[a].len);
		for (pos = 0; pos < map->mapped; pos += seg.len) {
			hot_assert(fmap_resolve(map, pos, &seg) == 0);
			for (a = 0; a < rs.n; a++)
				if (rs.at[a].slot == seg.slot &&
				    rs.at[a].off <= seg.dev_off &&
				    seg.dev_off + seg.len <=
				    rs.at[a].off + rs.at[a].len)
					break;
			hot_assert(a < rs.n);
		}
		fmap_put(map);
	}
}
END_TEST

struct found {
	u64 pos, len;		/* of the last call */
	u64 total;
	u32 calls;
	int ret;
};

static int note(void *ctx, u64 pos, u64 len)
{
	struct found *f = ctx;

	hot_assert(len > 0);
	f->pos = pos;
	f->len = len;
	f->total += len;
	f->calls++;
	return f->ret;
}

START_TEST(dev_to_file)
{
	struct found f = {};
	struct fmap *map;
	struct msg m;

	msg_start(&m, FUSE_FAMFS_EXT_INTERLEAVE, 16 * MiB);
	msg_iext(&m, 2, 2 * MiB, 16 * MiB);
	msg_strip(&m, 4, 100 * MiB, 8 * MiB);
	msg_strip(&m, 4, 200 * MiB, 8 * MiB);
	map = parse_free(&m);
	/* One page in row 1 of strip 1. */
	ck_assert_int_eq(fmap_dev_to_file(map, 0, 203 * MiB, PAGE, note, &f),
			 0);
	ck_assert_uint_eq(f.calls, 1);
	ck_assert_uint_eq(f.pos, 7 * MiB);
	ck_assert_uint_eq(f.len, PAGE);
	/* 2 MiB across two chunks. */
	f = (struct found) {};
	fmap_dev_to_file(map, 0, 101 * MiB, 2 * MiB, note, &f);
	ck_assert_uint_eq(f.calls, 2);
	ck_assert_uint_eq(f.pos, 4 * MiB);
	ck_assert_uint_eq(f.len, MiB);
	/* The whole device, however its size is given. */
	f = (struct found) {};
	fmap_dev_to_file(map, 0, 0, ~0ULL, note, &f);
	ck_assert_uint_eq(f.total, 16 * MiB);
	f = (struct found) {};
	fmap_dev_to_file(map, 0, 100 * MiB, ~0ULL, note, &f);
	ck_assert_uint_eq(f.total, 16 * MiB);
	/* Nothing there; another device; a callback that has enough. */
	f = (struct found) {};
	fmap_dev_to_file(map, 0, 108 * MiB, 92 * MiB, note, &f);
	fmap_dev_to_file(map, 0, 100 * MiB, 0, note, &f);
	fmap_dev_to_file(map, 1, 100 * MiB, MiB, note, &f);
	ck_assert_uint_eq(f.calls, 0);
	f = (struct found) { .ret = 5 };
	ck_assert_int_eq(fmap_dev_to_file(map, 0, 0, GiB, note, &f), 5);
	ck_assert_uint_eq(f.calls, 1);
	fmap_put(map);

	/* Not past the file's last page, though the extent goes on. */
	msg_start(&m, FUSE_FAMFS_EXT_SIMPLE, PAGE + 1);
	msg_simple(&m, 0, MiB, MiB);
	map = parse_free(&m);
	f = (struct found) {};
	fmap_dev_to_file(map, 0, 0, GiB, note, &f);
	ck_assert_uint_eq(f.calls, 1);
	ck_assert_uint_eq(f.total, 2 * PAGE);
	fmap_dev_to_file(map, 0, MiB + 2 * PAGE, PAGE, note, &f);
	fmap_dev_to_file(map, 1, 0, GiB, note, &f);
	ck_assert_uint_eq(f.calls, 1);
	fmap_put(map);
}
END_TEST

/* Each page of the file is found again from its place, and by no other. */
START_TEST(random_dev_to_file)
{
	struct rng r = { .state = 4 };
	struct fmap_seg seg;
	struct fmap *map;
	struct msg m;
	u32 i, slot;
	u64 pos;

	for (i = 0; i < 3000; i++) {
		struct found all = {};

		msg_random(&m, &r, PAGE);
		map = parse_free(&m);
		for (pos = 0; pos < map->mapped; pos += PAGE) {
			struct found f = {};

			hot_assert(fmap_resolve(map, pos, &seg) == 0);
			fmap_dev_to_file(map, seg.slot, seg.dev_off, PAGE,
					 note, &f);
			hot_assert(f.calls == 1);
			hot_assert(f.pos == pos);
			hot_assert(f.len == PAGE);
		}
		for (slot = 0; slot < map->ndevs; slot++)
			fmap_dev_to_file(map, slot, 0, ~0ULL, note, &all);
		ck_assert_uint_eq(all.total, map->mapped);
		fmap_put(map);
	}
}
END_TEST

int main(void)
{
	Suite *s = suite_create("fmap_resolve");
	TCase *by_hand = tcase_create("by_hand");
	TCase *model = tcase_create("model");
	TCase *device = tcase_create("device");
	SRunner *sr;
	int failed;

	tcase_add_test(by_hand, one_extent);
	tcase_add_test(by_hand, fifteen_mib);
	tcase_add_test(by_hand, partial_row_and_chunk);
	tcase_add_test(by_hand, one_strip);
	tcase_add_test(by_hand, thirty_three_strips);
	tcase_add_test(by_hand, several_interleaved);
	tcase_add_test(by_hand, far_devices);
	tcase_add_test(by_hand, extents_past_the_file);
	suite_add_tcase(s, by_hand);

	tcase_set_timeout(model, 120);
	tcase_add_test(model, random_maps_by_byte);
	tcase_add_test(model, random_maps_by_page);
	suite_add_tcase(s, model);

	tcase_set_timeout(device, 120);
	tcase_add_test(device, check_dev);
	tcase_add_test(device, ranges);
	tcase_add_test(device, random_ranges);
	tcase_add_test(device, dev_to_file);
	tcase_add_test(device, random_dev_to_file);
	suite_add_tcase(s, device);

	sr = srunner_create(s);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
