// SPDX-License-Identifier: GPL-2.0-only
/*
 * Fuzzing the fmap parser and resolver.
 *
 * Input: one byte that chooses the page size, then a GET_FMAP message. Small
 * pages let random numbers pass the alignment checks.
 *
 * Invariant: an accepted map resolves every offset below its file's size to
 * where a model that only reads the message puts it, inside a declared extent,
 * and none past the page that holds the last byte. Claimed ranges do not
 * overlap, and a place leads back to its offset. A refused message leaves no
 * map.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "map/map.h"
#include "proto/parse.h"
#include "fmap_msg.h"

#define MAX_STEPS	600
#define MAX_RANGES	64

#define CHECK(expr)	do { if (!(expr)) __builtin_trap(); } while (0)

int LLVMFuzzerTestOneInput(const u8 *data, size_t size);
size_t LLVMFuzzerMutate(u8 *data, size_t size, size_t max_size);
size_t LLVMFuzzerCustomMutator(u8 *data, size_t size, size_t max_size,
			       unsigned int seed);

struct back {
	u64 pos;
	u32 calls;
};

static int note_back(void *ctx, u64 pos, u64 len)
{
	struct back *b = ctx;

	CHECK(len == 1);
	b->pos = pos;
	b->calls++;
	return 0;
}

static void probe(const u8 *msg, size_t len, const struct fmap *map, u64 pos,
		  struct fmap_seg *seg)
{
	u64 page = 1ULL << map->page_shift;
	struct place at, last;
	struct back back = {};
	u64 tail;

	if (pos >= map->mapped) {
		CHECK(fmap_resolve(map, pos, seg) == -ENXIO);
		return;
	}
	CHECK(fmap_resolve(map, pos, seg) == 0);
	if (!model_locate(msg, pos, &at)) {
		CHECK(model_locate(msg, pos - pos % page, &at));
		at.off += pos % page;
	}
	CHECK(seg->slot < map->ndevs);
	CHECK(map->dev_index[seg->slot] == at.dev);
	CHECK(seg->dev_off == at.off);
	CHECK(seg->len && seg->len <= map->mapped - pos);
	CHECK(model_declared(msg, len, at, seg->len));
	CHECK(seg->dev_off + seg->len <= map->dev_end[seg->slot]);

	tail = (pos + seg->len - 1) / page * page;
	if (tail >= pos) {
		CHECK(model_locate(msg, tail, &last));
		CHECK(last.dev == at.dev && last.off - at.off == tail - pos);
	}
	CHECK(!fmap_dev_to_file(map, seg->slot, seg->dev_off, 1, note_back,
				&back));
	CHECK(back.calls == 1 && back.pos == pos);
}

struct ranges {
	struct { u32 slot; u64 off, end; } at[MAX_RANGES];
	u32 n;
};

static int add_range(void *ctx, u32 slot, u64 dev_off, u64 len)
{
	struct ranges *rs = ctx;
	u32 i;

	CHECK(len);
	for (i = 0; i < rs->n; i++)
		CHECK(rs->at[i].slot != slot || rs->at[i].off >= dev_off + len ||
		      dev_off >= rs->at[i].end);
	rs->at[rs->n].slot = slot;
	rs->at[rs->n].off = dev_off;
	rs->at[rs->n].end = dev_off + len;
	return ++rs->n == MAX_RANGES;
}

struct sum {
	u32 slot;
	u64 end, bytes;
};

static int add_bytes(void *ctx, u32 slot, u64 dev_off, u64 len)
{
	struct sum *sum = ctx;

	(void)slot;
	(void)dev_off;
	sum->bytes += len;
	return 0;
}

/* The same bytes, ascending, with a gap between any two. */
static int add_merged(void *ctx, u32 slot, u64 dev_off, u64 len)
{
	struct sum *sum = ctx;

	CHECK(!sum->bytes || slot > sum->slot ||
	      (slot == sum->slot && dev_off > sum->end));
	sum->slot = slot;
	sum->end = dev_off + len;
	sum->bytes += len;
	return 0;
}

static void check_map(const u8 *msg, size_t len, const struct fmap *map)
{
	struct fuse_famfs_fmap_header hdr;
	struct rng r = { .state = len };
	struct sum plain = { .bytes = 0 }, merged = { .bytes = 0 };
	struct ranges rs = { .n = 0 };
	struct fmap_seg seg;
	u64 pos, page = 1ULL << map->page_shift;
	u32 i;

	memcpy(&hdr, msg, sizeof(hdr));
	CHECK(map->file_size == hdr.file_size);
	CHECK(map->mapped >= hdr.file_size);
	CHECK(map->mapped - hdr.file_size < page && !(map->mapped % page));
	CHECK(map->total >= hdr.file_size);
	for (i = 1; i < map->ndevs; i++)
		CHECK(map->dev_index[i - 1] < map->dev_index[i]);
	for (i = 0; i < map->ndevs; i++) {
		CHECK(!fmap_check_dev(map, i, map->dev_end[i]));
		CHECK(fmap_check_dev(map, i, map->dev_end[i] - 1) ==
		      -EINVAL);
	}
	fmap_walk_ranges(map, add_range, &rs);
	CHECK(!fmap_walk_ranges(map, add_bytes, &plain));
	CHECK(!fmap_walk_merged(map, add_merged, &merged));
	CHECK(plain.bytes == merged.bytes);

	/* Run by run from the start, or samples where there are too many. */
	for (pos = 0, i = 0; pos < map->mapped && i < MAX_STEPS; i++) {
		probe(msg, len, map, pos, &seg);
		pos += seg.len;
		probe(msg, len, map, pos - 1, &seg);
	}
	for (i = 0; i < 16 && map->mapped; i++)
		probe(msg, len, map, rng_below(&r, map->mapped), &seg);
	if (map->mapped)
		probe(msg, len, map, map->mapped - 1, &seg);
	if (hdr.file_size)
		probe(msg, len, map, hdr.file_size - 1, &seg);
	for (pos = map->mapped; pos < map->mapped + 5; pos++)
		probe(msg, len, map, pos, &seg);
	probe(msg, len, map, ~0ULL, &seg);
	probe(msg, len, map, map->total + page, &seg);
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	static const u32 pages[] = { 1, 4096, 16, 1 << 21 };
	struct fmap *map = NULL;
	u64 whole = 0;
	int err;

	if (!size)
		return 0;
	err = fmap_peek(data + 1, size - 1, &whole);
	CHECK(err ? !whole : whole >= size - 1 && whole <= FMAP_MSG_MAX);
	err = fmap_parse(data + 1, size - 1, pages[data[0] % 4], &map);
	if (err) {
		CHECK(!map && (err == -EINVAL || err == -EFBIG));
		return 0;
	}
	CHECK(whole == size - 1);
	check_map(data + 1, size - 1, map);
	fmap_put(map);
	return 0;
}

/* A field of the message whose value decides much, set to a telling value. */
static void poke(u8 *data, size_t size, struct rng *r)
{
	static const u64 telling[] = {
		0, 1, 2, 3, 16, 4095, 4096, 4097, 8192, 1 << 20, 1 << 21,
		0xfffff000, 0xffffffff, 1ULL << 32, 1ULL << 44, 1ULL << 56,
		(1ULL << 56) - 4096, 1ULL << 62, 1ULL << 63, ~0ULL, ~0xfffULL,
	};
	u64 val = telling[rng_below(r, sizeof(telling) / 8)], old = 0;
	size_t words = (size - 1) / 4, n = rng_below(r, 2) ? 8 : 4;
	u8 *p = data + 1 + 4 * rng_below(r, words);

	if (p + n > data + size)
		return;
	memcpy(&old, p, n);
	switch (rng_below(r, 4)) {
	case 0:
		val += old;
		break;
	case 1:
		val = old - val;
		break;
	}
	memcpy(p, &val, n);
}

/*
 * Makes the header fit its message again, since most mutations would be refused
 * at the length check; leaves a quarter of them alone.
 */
static void mend(u8 *data, size_t size)
{
	struct fuse_famfs_fmap_header hdr;
	size_t left = size - 1 - sizeof(hdr), n = 0;
	const u8 *p = data + 1 + sizeof(hdr);

	memcpy(&hdr, data + 1, sizeof(hdr));
	hdr.fmap_version = 1;
	hdr.ext_type &= 1;
	hdr.reserved0 = 0;
	if (!hdr.ext_type) {
		n = left / 24;
	} else {
		while (left >= 24) {
			u32 strips;

			memcpy(&strips, p, 4);
			if (strips > left / 24 - 1)
				break;
			p += 24 * (strips + 1);
			left -= 24 * ((size_t)strips + 1);
			n++;
		}
	}
	hdr.nextents = n;
	memcpy(data + 1, &hdr, sizeof(hdr));
}

size_t LLVMFuzzerCustomMutator(u8 *data, size_t size, size_t max_size,
			       unsigned int seed)
{
	struct rng r = { .state = seed };

	if (rng_below(&r, 2) || size < 64)
		size = LLVMFuzzerMutate(data, size, max_size);
	else
		poke(data, size, &r);
	if (size > 1 + 32 && rng_below(&r, 4)) {
		if (rng_below(&r, 2))
			size = 1 + 32 + (size - 33) / 24 * 24;
		mend(data, size);
	}
	return size;
}
