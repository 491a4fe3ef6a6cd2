// SPDX-License-Identifier: GPL-2.0-only
/* What makes a GET_FMAP message a map, and what makes it invalid. */
#include <check.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <linux/slab.h>

#include "map/map.h"
#include "proto/parse.h"
#include "fmap_msg.h"

#define PAGE	4096U

/* Parses a copy that ends where the message ends, for ASan to watch. */
static int parse_len(const struct msg *m, size_t len, u32 page,
		     struct fmap **out)
{
	u8 *copy = malloc(len ? len : 1);
	int err;

	memcpy(copy, m->buf, len < m->len ? len : m->len);
	if (len > m->len)
		memset(copy + m->len, 0, len - m->len);
	*out = NULL;
	err = fmap_parse(copy, len, page, out);
	free(copy);
	if (err)
		ck_assert_ptr_null(*out);
	return err;
}

static struct fmap *parse_ok(struct msg *m)
{
	struct fmap *map;

	ck_assert_int_eq(parse_len(m, m->len, PAGE, &map), 0);
	msg_free(m);
	return map;
}

/* The message is refused, and before anything was allocated for it. */
static void refused(struct msg *m, int want)
{
	unsigned long before = shim_allocs;
	struct fmap *map;

	ck_assert_int_eq(parse_len(m, m->len, PAGE, &map), want);
	ck_assert_uint_eq(shim_allocs, before);
	msg_free(m);
}

static void refused_overlap(struct msg *m)
{
	struct fmap *map;

	ck_assert_int_eq(parse_len(m, m->len, PAGE, &map), -EINVAL);
	msg_free(m);
}

/* Valid: one extent of 4 MiB for a file of 3 MiB and 5 bytes. */
static void one(struct msg *m)
{
	msg_start(m, FUSE_FAMFS_EXT_SIMPLE, 3 * MiB + 5);
	msg_simple(m, 0, 8 * MiB, 4 * MiB);
}

/* Valid: 4 strips of 4 MiB in chunks of 2 MiB for a file of 16 MiB. */
static void four_strips(struct msg *m)
{
	u32 s;

	msg_start(m, FUSE_FAMFS_EXT_INTERLEAVE, 16 * MiB);
	msg_iext(m, 4, 2 * MiB, 16 * MiB);
	for (s = 0; s < 4; s++)
		msg_strip(m, s, 64 * MiB, 4 * MiB);
}

#define EXT(m, i)	((struct fuse_famfs_simple_ext *)msg_at(m, i))
#define IEXT(m, i)	((struct fuse_famfs_iext *)msg_at(m, i))

START_TEST(one_extent)
{
	struct msg m;
	struct fmap *map;

	one(&m);
	msg_hdr(&m)->file_type = 2;
	map = parse_ok(&m);
	ck_assert_int_eq(map->kind, FMAP_ONE);
	ck_assert_int_eq(map->file_type, 2);
	ck_assert_uint_eq(map->file_size, 3 * MiB + 5);
	ck_assert_uint_eq(map->mapped, 3 * MiB + PAGE);
	ck_assert_uint_eq(map->ndevs, 1);
	ck_assert_uint_eq(map->dev_index[0], 0);
	ck_assert_ptr_null(map->dev[0]);
	fmap_put(map);
}
END_TEST

START_TEST(file_size_zero)
{
	struct fmap_seg seg;
	struct fmap *map;
	struct msg m;

	one(&m);
	msg_hdr(&m)->file_size = 0;
	map = parse_ok(&m);
	ck_assert_int_eq(fmap_resolve(map, 0, &seg), -ENXIO);
	fmap_put(map);
}
END_TEST

START_TEST(kinds_and_bytes)
{
	struct fmap *map;
	struct msg m;
	u32 i, s;

	one(&m);
	map = parse_ok(&m);
	ck_assert_uint_eq(fmap_bytes(map), sizeof(*map) + 24);
	ck_assert_uint_le(fmap_bytes(map), 128);
	fmap_put(map);

	msg_start(&m, FUSE_FAMFS_EXT_SIMPLE, 1);
	for (i = 0; i < 1000; i++)
		msg_simple(&m, 3, (2000 - 2 * i) * MiB, MiB);
	map = parse_ok(&m);
	ck_assert_int_eq(map->kind, FMAP_UNIFORM);
	ck_assert_uint_eq(fmap_bytes(map), sizeof(*map) + 24 + 8 * 1000);
	fmap_put(map);

	msg_start(&m, FUSE_FAMFS_EXT_SIMPLE, 1);
	for (i = 0; i < 1000; i++)
		msg_simple(&m, i & 1, 4 * i * MiB, (1 + i % 3) * MiB);
	map = parse_ok(&m);
	ck_assert_int_eq(map->kind, FMAP_LIST);
	ck_assert_uint_eq(fmap_bytes(map), sizeof(*map) + 2 * 24 + 16 * 1000);
	fmap_put(map);

	msg_start(&m, FUSE_FAMFS_EXT_INTERLEAVE, 1);
	for (i = 0; i < 100; i++) {
		msg_iext(&m, 10, PAGE, 10 * PAGE);
		for (s = 0; s < 10; s++)
			msg_strip(&m, 0, (i * 10 + s) * PAGE, PAGE);
	}
	map = parse_ok(&m);
	ck_assert_int_eq(map->kind, FMAP_STRIPED);
	ck_assert_uint_eq(fmap_bytes(map), sizeof(*map) + 24 + 100 * (24 + 10 * 8));
	fmap_put(map);
}
END_TEST

/* A last extent of another length keeps a map uniform; any other does not. */
START_TEST(uniform_last_extent)
{
	static const struct {
		u64 a, b, c;
		int kind;
	} cases[] = {
		{ 2, 2, 1, FMAP_UNIFORM }, { 2, 2, 5, FMAP_UNIFORM },
		{ 1, 2, 2, FMAP_LIST }, { 2, 1, 2, FMAP_LIST },
		{ 3, 3, 3, FMAP_LIST },
	};
	struct fmap *map;
	struct msg m;
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		msg_start(&m, FUSE_FAMFS_EXT_SIMPLE, 1);
		msg_simple(&m, 0, 16 * MiB, cases[i].a * MiB);
		msg_simple(&m, 0, 32 * MiB, cases[i].b * MiB);
		msg_simple(&m, 0, 48 * MiB, cases[i].c * MiB);
		map = parse_ok(&m);
		ck_assert_int_eq(map->kind, cases[i].kind);
		fmap_put(map);
	}
}
END_TEST

START_TEST(devices)
{
	struct fmap *map;
	struct msg m;

	msg_start(&m, FUSE_FAMFS_EXT_SIMPLE, 5 * MiB);
	msg_simple(&m, 4095, 0, MiB);
	msg_simple(&m, 0, 0, MiB);
	msg_simple(&m, 4095, 4 * MiB, MiB);
	msg_simple(&m, 0xffffffff, 0, MiB);
	msg_simple(&m, 0, 9 * MiB, MiB);
	map = parse_ok(&m);
	ck_assert_uint_eq(map->ndevs, 3);
	ck_assert_uint_eq(map->dev_index[0], 0);
	ck_assert_uint_eq(map->dev_index[1], 4095);
	ck_assert_uint_eq(map->dev_index[2], 0xffffffff);
	ck_assert_ptr_null(map->dev[2]);
	fmap_put(map);
}
END_TEST

START_TEST(header_fields)
{
	struct msg m;

	one(&m); msg_hdr(&m)->fmap_version = 0; refused(&m, -EINVAL);
	one(&m); msg_hdr(&m)->fmap_version = 2; refused(&m, -EINVAL);
	one(&m); msg_hdr(&m)->fmap_version = 0x100; refused(&m, -EINVAL);
	one(&m); msg_hdr(&m)->ext_type = 2; refused(&m, -EINVAL);
	one(&m); msg_hdr(&m)->ext_type = 0xffffffff; refused(&m, -EINVAL);
	one(&m); msg_hdr(&m)->nextents = 0; refused(&m, -EINVAL);
	one(&m); msg_hdr(&m)->nextents = 2; refused(&m, -EINVAL);
	one(&m); msg_hdr(&m)->nextents = 0xffffffff; refused(&m, -EINVAL);
	four_strips(&m); msg_hdr(&m)->nextents = 0; refused(&m, -EINVAL);
	four_strips(&m); msg_hdr(&m)->nextents = 2; refused(&m, -EINVAL);
	four_strips(&m); msg_hdr(&m)->nextents = 0xffffffff;
	refused(&m, -EINVAL);
	/* Read as the other type, both become nonsense. */
	one(&m); msg_hdr(&m)->ext_type = 1; refused(&m, -EINVAL);
	four_strips(&m); msg_hdr(&m)->ext_type = 0; refused(&m, -EINVAL);
	/* No extents at all. */
	msg_start(&m, FUSE_FAMFS_EXT_SIMPLE, 0); refused(&m, -EINVAL);
	msg_start(&m, FUSE_FAMFS_EXT_INTERLEAVE, 0); refused(&m, -EINVAL);
}
END_TEST

START_TEST(reserved_is_ignored)
{
	struct msg m;

	one(&m);
	msg_hdr(&m)->reserved = 0xff;
	msg_hdr(&m)->reserved1 = ~0ULL;
	EXT(&m, 0)->reserved = ~0U;
	fmap_put(parse_ok(&m));
	four_strips(&m);
	IEXT(&m, 0)->reserved = ~0ULL;
	fmap_put(parse_ok(&m));
	one(&m);
	msg_hdr(&m)->file_type = 0xff;
	fmap_put(parse_ok(&m));
}
END_TEST

START_TEST(message_size_field)
{
	struct msg m;

	one(&m); msg_hdr(&m)->reserved0 = m.len;
	fmap_put(parse_ok(&m));
	one(&m); msg_hdr(&m)->reserved0 = m.len - 1; refused(&m, -EINVAL);
	one(&m); msg_hdr(&m)->reserved0 = m.len + 1; refused(&m, -EINVAL);
	one(&m); msg_hdr(&m)->reserved0 = FMAP_MSG_MAX; refused(&m, -EINVAL);
	one(&m); msg_hdr(&m)->reserved0 = FMAP_MSG_MAX + 1;
	refused(&m, -EFBIG);
	one(&m); msg_hdr(&m)->reserved0 = 0xffffffff; refused(&m, -EFBIG);
}
END_TEST

START_TEST(zero_lengths)
{
	struct msg m;

	one(&m); EXT(&m, 0)->se_len = 0; refused(&m, -EINVAL);
	one(&m); EXT(&m, 0)->se_len = 0; msg_hdr(&m)->file_size = 0;
	refused(&m, -EINVAL);
	one(&m); msg_simple(&m, 0, 0, 0); refused(&m, -EINVAL);
	four_strips(&m); IEXT(&m, 0)->ie_nstrips = 0; refused(&m, -EINVAL);
	four_strips(&m); IEXT(&m, 0)->ie_chunk_size = 0; refused(&m, -EINVAL);
	four_strips(&m); IEXT(&m, 0)->ie_nbytes = 0; refused(&m, -EINVAL);
	four_strips(&m); EXT(&m, 2)->se_len = 0; refused(&m, -EINVAL);
	/* A strip that no byte falls on must have a length all the same. */
	msg_start(&m, FUSE_FAMFS_EXT_INTERLEAVE, PAGE);
	msg_iext(&m, 2, PAGE, PAGE);
	msg_strip(&m, 0, 0, PAGE);
	msg_strip(&m, 0, MiB, 0);
	refused(&m, -EINVAL);
	/* No strips and nothing behind. */
	msg_start(&m, FUSE_FAMFS_EXT_INTERLEAVE, 0);
	msg_iext(&m, 0, PAGE, PAGE);
	refused(&m, -EINVAL);
}
END_TEST

START_TEST(alignment)
{
	struct msg m;

	one(&m); EXT(&m, 0)->se_offset += 512; refused(&m, -EINVAL);
	one(&m); EXT(&m, 0)->se_offset += 1; refused(&m, -EINVAL);
	one(&m); EXT(&m, 0)->se_len -= 1; refused(&m, -EINVAL);
	one(&m); EXT(&m, 0)->se_len += 2048; refused(&m, -EINVAL);
	four_strips(&m); EXT(&m, 3)->se_offset += 64; refused(&m, -EINVAL);
	four_strips(&m); EXT(&m, 4)->se_len += 2048; refused(&m, -EINVAL);
	four_strips(&m); IEXT(&m, 0)->ie_chunk_size = 2048;
	refused(&m, -EINVAL);
	four_strips(&m); IEXT(&m, 0)->ie_chunk_size = PAGE + 1;
	refused(&m, -EINVAL);

	/* A chunk size need not be a power of two. */
	msg_start(&m, FUSE_FAMFS_EXT_INTERLEAVE, 6 * PAGE);
	msg_iext(&m, 2, 3 * PAGE, 6 * PAGE);
	msg_strip(&m, 0, 0, 3 * PAGE);
	msg_strip(&m, 1, 0, 3 * PAGE);
	fmap_put(parse_ok(&m));

	/* The file's last bytes may end anywhere, other extents may not. */
	four_strips(&m);
	IEXT(&m, 0)->ie_nbytes -= 77;
	msg_hdr(&m)->file_size -= 77;
	fmap_put(parse_ok(&m));
	four_strips(&m);
	IEXT(&m, 0)->ie_nbytes -= 77;
	msg_hdr(&m)->file_size = 1;
	msg_iext(&m, 1, PAGE, PAGE);
	msg_strip(&m, 0, 0, PAGE);
	refused(&m, -EINVAL);
}
END_TEST

START_TEST(bigger_pages)
{
	struct fmap *map;
	struct msg m;

	one(&m);
	ck_assert_int_eq(parse_len(&m, m.len, 2 * MiB, &map), 0);
	ck_assert_uint_eq(map->mapped, 4 * MiB);
	fmap_put(map);
	ck_assert_int_eq(parse_len(&m, m.len, 8 * MiB, &map), -EINVAL);
	/* Not a page size. */
	ck_assert_int_eq(parse_len(&m, m.len, 0, &map), -EINVAL);
	ck_assert_int_eq(parse_len(&m, m.len, 12288, &map), -EINVAL);
	ck_assert_int_eq(parse_len(&m, m.len, 1U << 31, &map), -EINVAL);
	EXT(&m, 0)->se_offset = (1ULL << 56) - 4 * MiB;
	ck_assert_int_eq(parse_len(&m, m.len, 2 * MiB, &map), 0);
	fmap_put(map);
	EXT(&m, 0)->se_offset = (1ULL << 56) - 2 * MiB;
	ck_assert_int_eq(parse_len(&m, m.len, 2 * MiB, &map), -EINVAL);
	EXT(&m, 0)->se_offset = 64 * KiB;
	ck_assert_int_eq(parse_len(&m, m.len, 64 * KiB, &map), 0);
	fmap_put(map);
	EXT(&m, 0)->se_offset = 4 * KiB;
	ck_assert_int_eq(parse_len(&m, m.len, 64 * KiB, &map), -EINVAL);
	msg_free(&m);
}
END_TEST

START_TEST(sum_below_file_size)
{
	struct msg m;

	one(&m); msg_hdr(&m)->file_size = 4 * MiB;
	fmap_put(parse_ok(&m));
	one(&m); msg_hdr(&m)->file_size = 4 * MiB + 1; refused(&m, -EINVAL);
	one(&m); msg_hdr(&m)->file_size = ~0ULL; refused(&m, -EINVAL);
	one(&m); msg_hdr(&m)->file_size = 1ULL << 63; refused(&m, -EINVAL);
	four_strips(&m); msg_hdr(&m)->file_size = 16 * MiB + 1;
	refused(&m, -EINVAL);
	/* Inside the last page is not inside the extent. */
	four_strips(&m); IEXT(&m, 0)->ie_nbytes -= 77; refused(&m, -EINVAL);
}
END_TEST

START_TEST(strip_too_short)
{
	struct msg m;
	u32 s;

	for (s = 0; s < 4; s++) {
		four_strips(&m);
		EXT(&m, 1 + s)->se_len -= PAGE;
		refused(&m, -EINVAL);
	}
	/* One byte more than two full rows: strip 0 alone needs a page more. */
	four_strips(&m); IEXT(&m, 0)->ie_nbytes += 1; refused(&m, -EINVAL);
	four_strips(&m);
	IEXT(&m, 0)->ie_nbytes += 1;
	EXT(&m, 1)->se_len += PAGE;
	fmap_put(parse_ok(&m));
	four_strips(&m);
	IEXT(&m, 0)->ie_nbytes += PAGE + 1;
	EXT(&m, 1)->se_len += PAGE;
	refused(&m, -EINVAL);
	/* A full chunk for strip 0 and a page for strip 1. */
	four_strips(&m);
	IEXT(&m, 0)->ie_nbytes += 2 * MiB + 1;
	EXT(&m, 1)->se_len += 2 * MiB;
	refused(&m, -EINVAL);
	four_strips(&m);
	IEXT(&m, 0)->ie_nbytes += 2 * MiB + 1;
	EXT(&m, 1)->se_len += 2 * MiB;
	EXT(&m, 2)->se_len += PAGE;
	fmap_put(parse_ok(&m));
	/* Fewer bytes than strips: the others need not be as long. */
	msg_start(&m, FUSE_FAMFS_EXT_INTERLEAVE, PAGE);
	msg_iext(&m, 3, 2 * MiB, PAGE);
	for (s = 0; s < 3; s++)
		msg_strip(&m, 0, s * MiB, PAGE);
	fmap_put(parse_ok(&m));
}
END_TEST

START_TEST(overflow)
{
	struct fmap *map;
	struct msg m;
	u32 i;

	/* offset + len: 2^64 exactly, past it, and huge lengths */
	one(&m); EXT(&m, 0)->se_offset = -4 * MiB; refused(&m, -EINVAL);
	one(&m); EXT(&m, 0)->se_offset = -(u64)PAGE;
	refused(&m, -EINVAL);
	one(&m); EXT(&m, 0)->se_len = ~0xfffULL; refused(&m, -EINVAL);
	one(&m); EXT(&m, 0)->se_len = 1ULL << 63; refused(&m, -EINVAL);
	one(&m); EXT(&m, 0)->se_len = ~0xfffULL; EXT(&m, 0)->se_offset = 0;
	refused(&m, -EINVAL);

	/* Past what a CPU can address, though not past 2^64. */
	one(&m);
	EXT(&m, 0)->se_offset = (1ULL << 56) - 4 * MiB;
	map = parse_ok(&m);
	ck_assert_uint_eq(map->dev_end[0], 1ULL << 56);
	fmap_put(map);
	one(&m); EXT(&m, 0)->se_offset = (1ULL << 56) - 4 * MiB + PAGE;
	refused(&m, -EINVAL);

	/* Lengths that add up past 2^64, and past 2^63. */
	msg_start(&m, FUSE_FAMFS_EXT_SIMPLE, 1);
	for (i = 0; i < 300; i++)
		msg_simple(&m, i, 0, 1ULL << 56);
	refused(&m, -EINVAL);
	msg_start(&m, FUSE_FAMFS_EXT_SIMPLE, 1);
	for (i = 0; i < 128; i++)
		msg_simple(&m, i, 0, 1ULL << 56);
	refused(&m, -EINVAL);
	msg_start(&m, FUSE_FAMFS_EXT_SIMPLE, 127ULL << 56);
	for (i = 0; i < 127; i++)
		msg_simple(&m, i, 0, 1ULL << 56);
	fmap_put(parse_ok(&m));

	/* The strip arithmetic. */
	four_strips(&m); IEXT(&m, 0)->ie_nbytes = ~0ULL; refused(&m, -EINVAL);
	four_strips(&m); IEXT(&m, 0)->ie_nbytes = 1ULL << 63;
	refused(&m, -EINVAL);
	four_strips(&m); IEXT(&m, 0)->ie_nbytes = ~0ULL;
	IEXT(&m, 0)->ie_chunk_size = ~0xfffU;
	refused(&m, -EINVAL);
	four_strips(&m); IEXT(&m, 0)->ie_nbytes = (1ULL << 62) + 1;
	refused(&m, -EINVAL);
	four_strips(&m); IEXT(&m, 0)->ie_nstrips = ~0U; refused(&m, -EINVAL);
	four_strips(&m); IEXT(&m, 0)->ie_chunk_size = ~0xfffU;
	refused(&m, -EINVAL);
	four_strips(&m); EXT(&m, 4)->se_offset = -4 * MiB;
	refused(&m, -EINVAL);
	msg_start(&m, FUSE_FAMFS_EXT_INTERLEAVE, 1);
	msg_iext(&m, 1, PAGE, PAGE);
	msg_strip(&m, 0, 0, PAGE);
	msg_iext(&m, 1, PAGE, -(u64)PAGE);
	msg_strip(&m, 1, 0, PAGE);
	refused(&m, -EINVAL);

	/* Strips long enough for all of it, but a sum that comes out small. */
	msg_start(&m, FUSE_FAMFS_EXT_INTERLEAVE, 1);
	msg_iext(&m, 1, PAGE, 2 * PAGE);
	msg_strip(&m, 0, 0, 2 * PAGE);
	msg_iext(&m, 256, 1U << 31, -(u64)PAGE);
	for (i = 0; i < 256; i++)
		msg_strip(&m, 1 + i, 0, 1ULL << 56);
	refused(&m, -EINVAL);
}
END_TEST

/* Every shorter and some longer lengths of valid messages. */
START_TEST(lengths)
{
	struct msg m[4];
	struct fmap *map;
	size_t len, i;
	u32 s;

	one(&m[0]);
	four_strips(&m[1]);
	msg_start(&m[2], FUSE_FAMFS_EXT_SIMPLE, 1);
	for (s = 0; s < 40; s++)
		msg_simple(&m[2], s, 0, (s + 1) * PAGE);
	msg_start(&m[3], FUSE_FAMFS_EXT_INTERLEAVE, 1);
	for (i = 0; i < 3; i++) {
		msg_iext(&m[3], 33, PAGE, 50 * PAGE);
		for (s = 0; s < 33; s++)
			msg_strip(&m[3], i, 2 * s * PAGE, 2 * PAGE);
	}

	for (i = 0; i < 4; i++) {
		for (len = 0; len < m[i].len + 100; len++) {
			int want = len == m[i].len ? 0 : -EINVAL;

			ck_assert_int_eq(parse_len(&m[i], len, PAGE, &map),
					 want);
			fmap_put(map);
		}
		msg_free(&m[i]);
	}
}
END_TEST

START_TEST(too_big)
{
	struct fmap *map;
	struct msg m;
	u32 i, n = (FMAP_MSG_MAX - 32) / 24;

	msg_start(&m, FUSE_FAMFS_EXT_SIMPLE, 1);
	for (i = 0; i < n; i++)
		msg_simple(&m, i, 0, PAGE);
	ck_assert_int_eq(parse_len(&m, m.len, PAGE, &map), 0);
	ck_assert_uint_eq(map->ndevs, n);
	fmap_put(map);
	msg_simple(&m, 0, MiB, PAGE);
	refused(&m, -EFBIG);
}
END_TEST

START_TEST(six_hundred_thousand_extents)
{
	struct fmap_seg seg;
	struct fmap *map;
	struct msg m;
	u32 i;

	msg_start(&m, FUSE_FAMFS_EXT_SIMPLE, 600000ULL * 2 * MiB);
	for (i = 0; i < 600000; i++)
		msg_simple(&m, i % 3, (600000ULL - i) * 2 * MiB, 2 * MiB);
	map = parse_ok(&m);
	ck_assert_int_eq(map->kind, FMAP_UNIFORM);
	ck_assert_int_eq(fmap_resolve(map, 599999ULL * 2 * MiB + 5, &seg), 0);
	ck_assert_uint_eq(seg.slot, 599999 % 3);
	ck_assert_uint_eq(seg.dev_off, 2 * MiB + 5);
	ck_assert_uint_eq(seg.len, 2 * MiB - 5);
	fmap_put(map);

	msg_start(&m, FUSE_FAMFS_EXT_SIMPLE, 1);
	for (i = 0; i < 600000; i++)
		msg_simple(&m, 0, (600000ULL - i) * 16 * KiB,
			   (1 + i % 4) * PAGE);
	msg_hdr(&m)->file_size = 600000ULL / 4 * 10 * PAGE;
	map = parse_ok(&m);
	ck_assert_int_eq(map->kind, FMAP_LIST);
	ck_assert_int_eq(fmap_resolve(map, map->file_size - 1, &seg), 0);
	ck_assert_uint_eq(seg.dev_off, 32 * KiB - 1);
	fmap_put(map);
}
END_TEST

START_TEST(self_overlap)
{
	struct msg m;
	u32 i;

	/* the same range twice; by one page; contained; neighbours are fine */
	one(&m); msg_simple(&m, 0, 8 * MiB, 4 * MiB); refused_overlap(&m);
	one(&m); msg_simple(&m, 0, 12 * MiB - PAGE, MiB); refused_overlap(&m);
	one(&m); msg_simple(&m, 0, 8 * MiB - PAGE, 2 * PAGE);
	refused_overlap(&m);
	one(&m); msg_simple(&m, 0, 9 * MiB, PAGE); refused_overlap(&m);
	one(&m); msg_simple(&m, 0, 4 * MiB, 64 * MiB); refused_overlap(&m);
	one(&m); msg_simple(&m, 0, 12 * MiB, MiB); fmap_put(parse_ok(&m));
	one(&m); msg_simple(&m, 0, 7 * MiB, MiB); fmap_put(parse_ok(&m));
	one(&m); msg_simple(&m, 1, 8 * MiB, 4 * MiB); fmap_put(parse_ok(&m));
	/* The end of one device is not the start of the next. */
	one(&m); EXT(&m, 0)->se_offset = (1ULL << 56) - 4 * MiB;
	msg_simple(&m, 1, 0, MiB); fmap_put(parse_ok(&m));

	/* First and last of many, out of order. */
	msg_start(&m, FUSE_FAMFS_EXT_SIMPLE, 1);
	for (i = 0; i < 1000; i++)
		msg_simple(&m, 0, (i * 577 % 1000 + 1) * MiB, MiB);
	fmap_put(parse_ok(&m));
	msg_start(&m, FUSE_FAMFS_EXT_SIMPLE, 1);
	for (i = 0; i < 1000; i++)
		msg_simple(&m, 0, (i * 577 % 1000 + 1) * MiB, MiB);
	msg_simple(&m, 0, MiB - PAGE, 2 * PAGE);
	refused_overlap(&m);

	/* Strips: within an extent and between extents. */
	four_strips(&m); EXT(&m, 4)->se_devindex = 0; refused_overlap(&m);
	four_strips(&m); EXT(&m, 2)->se_devindex = 0;
	EXT(&m, 2)->se_offset = 68 * MiB; fmap_put(parse_ok(&m));
	four_strips(&m);
	msg_iext(&m, 1, PAGE, PAGE);
	msg_strip(&m, 3, 68 * MiB - PAGE, PAGE);
	refused_overlap(&m);
	/* Only what the extent's bytes use of a strip counts. */
	four_strips(&m);
	EXT(&m, 4)->se_len = 8 * MiB;
	msg_iext(&m, 1, PAGE, PAGE);
	msg_strip(&m, 3, 68 * MiB, PAGE);
	fmap_put(parse_ok(&m));
	/* A partial last page is used whole. */
	four_strips(&m);
	IEXT(&m, 0)->ie_nbytes = 2 * MiB + 1;
	msg_hdr(&m)->file_size = 2 * MiB + 1;
	EXT(&m, 2)->se_devindex = 0;
	EXT(&m, 2)->se_offset = 66 * MiB - PAGE;
	refused_overlap(&m);
}
END_TEST

START_TEST(peek)
{
	struct msg m;
	u64 whole;

	one(&m);
	ck_assert_int_eq(fmap_peek(m.buf, m.len, &whole), 0);
	ck_assert_uint_eq(whole, m.len);
	msg_hdr(&m)->reserved0 = m.len;
	ck_assert_int_eq(fmap_peek(m.buf, m.len, &whole), 0);
	ck_assert_uint_eq(whole, m.len);

	/* Header only: ask again with what it says. */
	msg_hdr(&m)->reserved0 = 5000;
	ck_assert_int_eq(fmap_peek(m.buf, 32, &whole), 0);
	ck_assert_uint_eq(whole, 5000);
	msg_hdr(&m)->reserved0 = FMAP_MSG_MAX;
	ck_assert_int_eq(fmap_peek(m.buf, 32, &whole), 0);
	ck_assert_uint_eq(whole, FMAP_MSG_MAX);
	msg_hdr(&m)->reserved0 = FMAP_MSG_MAX + 1;
	ck_assert_int_eq(fmap_peek(m.buf, 32, &whole), -EFBIG);

	/* Neither whole nor a header alone. */
	msg_hdr(&m)->reserved0 = 5000;
	ck_assert_int_eq(fmap_peek(m.buf, m.len, &whole), -EINVAL);
	msg_hdr(&m)->reserved0 = 31;
	ck_assert_int_eq(fmap_peek(m.buf, 32, &whole), -EINVAL);
	msg_hdr(&m)->reserved0 = 0;
	ck_assert_int_eq(fmap_peek(m.buf, 31, &whole), -EINVAL);
	ck_assert_int_eq(fmap_peek(m.buf, 0, &whole), -EINVAL);
	ck_assert_int_eq(fmap_peek(m.buf, (size_t)FMAP_MSG_MAX + 1, &whole),
			 -EFBIG);
	msg_hdr(&m)->fmap_version = 7;
	ck_assert_int_eq(fmap_peek(m.buf, m.len, &whole), -EINVAL);
	msg_free(&m);
}
END_TEST

static int released;

static void count_release(struct fmap *map)
{
	ck_assert_uint_eq(map->ndevs, 1);
	released++;
}

START_TEST(release)
{
	struct fmap *map;
	struct msg m;

	one(&m);
	map = parse_ok(&m);
	map->release = count_release;
	ck_assert_int_eq(released, 0);
	fmap_put(map);
	ck_assert_int_eq(released, 1);
	fmap_put(NULL);
}
END_TEST

/* Each allocation fails once: -ENOMEM, and nothing leaks (LSan watches). */
START_TEST(no_memory)
{
	struct fmap *map;
	struct msg m;
	long n;
	int err;

	four_strips(&m);
	for (n = 0; n < 10; n++) {
		shim_allocs_left = n;
		err = parse_len(&m, m.len, PAGE, &map);
		if (!err)
			break;
		ck_assert_int_eq(err, -ENOMEM);
	}
	ck_assert_int_eq(n, 4);
	shim_allocs_left = -1;
	fmap_put(map);
	msg_free(&m);
}
END_TEST

/* Any byte of a valid message changed: no report, whatever the outcome. */
START_TEST(mutations)
{
	struct rng r = { .state = 7 };
	u32 i, k, accepted = 0;
	struct fmap *map;
	struct msg m;

	for (i = 0; i < 20000; i++) {
		msg_random(&m, &r, PAGE);
		for (k = rng_below(&r, 3) + 1; k; k--)
			m.buf[rng_below(&r, m.len)] ^= 1 << rng_below(&r, 8);
		if (!parse_len(&m, m.len, PAGE, &map)) {
			accepted++;
			fmap_put(map);
		}
		msg_free(&m);
	}
	/* Both outcomes must have been seen often for this to mean much. */
	ck_assert_uint_gt(accepted, 1000);
	ck_assert_uint_lt(accepted, 19000);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("fmap_parse");
	TCase *valid = tcase_create("valid");
	TCase *invalid = tcase_create("invalid");
	TCase *object = tcase_create("object");
	SRunner *sr;
	int failed;

	tcase_set_timeout(valid, 120);
	tcase_add_test(valid, one_extent);
	tcase_add_test(valid, file_size_zero);
	tcase_add_test(valid, kinds_and_bytes);
	tcase_add_test(valid, uniform_last_extent);
	tcase_add_test(valid, devices);
	tcase_add_test(valid, reserved_is_ignored);
	tcase_add_test(valid, six_hundred_thousand_extents);
	suite_add_tcase(s, valid);

	tcase_set_timeout(invalid, 120);
	tcase_add_test(invalid, header_fields);
	tcase_add_test(invalid, message_size_field);
	tcase_add_test(invalid, zero_lengths);
	tcase_add_test(invalid, alignment);
	tcase_add_test(invalid, bigger_pages);
	tcase_add_test(invalid, sum_below_file_size);
	tcase_add_test(invalid, strip_too_short);
	tcase_add_test(invalid, overflow);
	tcase_add_test(invalid, lengths);
	tcase_add_test(invalid, too_big);
	tcase_add_test(invalid, self_overlap);
	tcase_add_test(invalid, mutations);
	suite_add_tcase(s, invalid);

	tcase_set_timeout(object, 60);
	tcase_add_test(object, peek);
	tcase_add_test(object, release);
	tcase_add_test(object, no_memory);
	suite_add_tcase(s, object);

	sr = srunner_create(s);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
