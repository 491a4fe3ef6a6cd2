// SPDX-License-Identifier: GPL-2.0-only
/*
 * Turning a checked GET_FMAP message into a map.
 *
 * Nothing here can meet a bad message any more: parse.c has read all of it.
 */
#include <linux/bitops.h>
#include <linux/build_bug.h>
#include <linux/log2.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "linux/famfs_fuse.h"
#include "proto/parse.h"

/* Slots are packed into what the page number leaves free. */
static_assert(FMAP_MSG_MAX / sizeof(struct fuse_famfs_simple_ext) <
	      1ULL << (64 - FMAP_PAGE_BITS));

/* A simple extent or strip of the message. */
struct wire_ext {
	struct fuse_famfs_simple_ext ext;
	u32 nr;			/* counted over the whole message */
};

/* Calls @fn for each simple extent or strip of the message, in its order. */
static void each_wire_ext(const struct fmap_scan *scan,
			  void (*fn)(void *ctx, const struct wire_ext *we),
			  void *ctx)
{
	struct fuse_famfs_iext iext;
	struct wire_ext we = {};
	const u8 *p = scan->body;
	u32 left = scan->striped ? 0 : scan->nexts;

	for (we.nr = 0; we.nr < scan->naddrs; we.nr++, left--) {
		if (!left) {
			memcpy(&iext, p, sizeof(iext));
			p += sizeof(iext);
			left = iext.ie_nstrips;
		}
		memcpy(&we.ext, p, sizeof(we.ext));
		p += sizeof(we.ext);
		fn(ctx, &we);
		fmap_breathe(we.nr);
	}
}

/* As ranges, which fmap_sort_claims() sorts: the addresses are device indices. */
struct dev_list {
	struct fmap_claim *dev;
	u32 n;
};

static void collect_dev(void *ctx, const struct wire_ext *we)
{
	struct dev_list *list = ctx;

	if (!list->n || list->dev[list->n - 1].addr != we->ext.se_devindex)
		list->dev[list->n++] = (struct fmap_claim){ .addr = we->ext.se_devindex };
}

/*
 * The distinct device indices of the message, ascending; caller frees. There are as many as
 * extents to sort where each is on another device than the one before it.
 */
static int list_devs(const struct fmap_scan *scan, struct dev_list *list)
{
	u32 i, n = 0;

	list->n = 0;
	list->dev = kvmalloc_array(scan->dev_runs, sizeof(*list->dev),
				   GFP_KERNEL_ACCOUNT);
	if (!list->dev)
		return -ENOMEM;
	each_wire_ext(scan, collect_dev, list);
	fmap_sort_claims(list->dev, list->n);
	for (i = 0; i < list->n; i++)
		if (!n || list->dev[n - 1].addr != list->dev[i].addr)
			list->dev[n++] = list->dev[i];
	list->n = n;
	return 0;
}

static enum fmap_kind choose_kind(const struct fmap_scan *scan)
{
	/* A lone strip is contiguous whatever its chunk size. */
	if (scan->nexts == 1 && scan->naddrs == 1)
		return FMAP_ONE;
	if (scan->striped)
		return FMAP_STRIPED;
	return scan->uniform ? FMAP_UNIFORM : FMAP_LIST;
}

static u32 slot_of(const struct fmap *map, u64 index)
{
	u32 lo = 0, hi = map->ndevs - 1;

	while (lo < hi) {
		u32 mid = lo + (hi - lo) / 2;

		if (map->dev_index[mid] < index)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

static void fill_addr(void *ctx, const struct wire_ext *we)
{
	struct fmap *map = ctx;
	u64 off = we->ext.se_offset, len = we->ext.se_len;
	u32 slot = slot_of(map, we->ext.se_devindex);

	if (map->dev_end[slot] < off + len)
		map->dev_end[slot] = off + len;

	if (map->kind == FMAP_ONE)
		map->one_off = off;
	else
		map->addr[we->nr] = (u64)slot << FMAP_PAGE_BITS |
				    off >> map->page_shift;
}

static void fill_starts(const struct fmap_scan *scan, struct fmap *map)
{
	struct fuse_famfs_simple_ext ext;
	const u8 *p = scan->body;
	u64 start = 0;
	u32 i;

	for (i = 0; i < map->nexts; i++) {
		memcpy(&ext, p, sizeof(ext));
		p += sizeof(ext);
		map->start[i] = start;
		start += ext.se_len;
	}
}

static u8 shift_or_none(u32 n)
{
	return is_power_of_2(n) ? ilog2(n) : FMAP_NO_SHIFT;
}

static void fill_stripes(const struct fmap_scan *scan, struct fmap *map)
{
	struct fuse_famfs_iext iext;
	const u8 *p = scan->body;
	u64 start = 0;
	u32 i, first = 0;

	for (i = 0; i < map->nexts; i++) {
		memcpy(&iext, p, sizeof(iext));
		p += sizeof(iext) + (size_t)iext.ie_nstrips *
			sizeof(struct fuse_famfs_simple_ext);
		map->stripe[i] = (struct fmap_stripe) {
			.start = start,
			.first = first,
			.nstrips = iext.ie_nstrips,
			.chunk = iext.ie_chunk_size,
			.chunk_shift = shift_or_none(iext.ie_chunk_size),
			.strip_shift = shift_or_none(iext.ie_nstrips),
		};
		start += iext.ie_nbytes;
		first += iext.ie_nstrips;
	}
}

/**
 * fmap_build() - allocate and fill a map
 * @scan: what the first pass found in a valid message
 *
 * Context: process context, may sleep.
 * Return: the map, or NULL if memory is short.
 */
struct fmap *fmap_build(const struct fmap_scan *scan)
{
	enum fmap_kind kind = choose_kind(scan);
	struct dev_list devs;
	struct fmap *map;
	u32 i;

	if (list_devs(scan, &devs))
		return NULL;
	map = fmap_alloc(kind, scan->nexts, scan->naddrs, devs.n);
	if (!map)
		goto out;

	map->file_type = scan->file_type;
	map->page_shift = scan->page_shift;
	map->file_size = scan->file_size;
	map->mapped = round_up(scan->file_size, (u64)scan->page_size);
	map->total = scan->total;

	for (i = 0; i < devs.n; i++)
		map->dev_index[i] = devs.dev[i].addr;
	each_wire_ext(scan, fill_addr, map);
	if (kind == FMAP_UNIFORM) {
		map->ext_shift = ilog2(scan->first_len);
		map->nwhole = min_t(u64, map->nexts - 1, map->mapped >> map->ext_shift);
	} else if (kind == FMAP_LIST) {
		fill_starts(scan, map);
	} else if (kind == FMAP_STRIPED) {
		fill_stripes(scan, map);
	}
out:
	kvfree(devs.dev);
	return map;
}
