// SPDX-License-Identifier: GPL-2.0-only
/*
 * The device side of a map: which ranges it claims, whether the devices have
 * them, and which file offsets a device range backs.
 *
 * Simple extents are claimed whole, strips as far as their extent's bytes reach,
 * rounded up to pages. All of it walks the map: it is for open and for memory
 * failures, not for the data path.
 */
#include <linux/errno.h>
#include <linux/limits.h>
#include <linux/log2.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/types.h>

#include "map/internal.h"

/**
 * fmap_check_dev() - do all extents on a device fit it
 * @map: the map
 * @slot: which of the map's devices
 * @dev_size: the device's size in bytes
 *
 * Context: any.
 * Return: 0, or -EINVAL if an extent or strip ends past @dev_size.
 */
int fmap_check_dev(const struct fmap *map, u32 slot, u64 dev_size)
{
	return slot < map->ndevs && map->dev_end[slot] <= dev_size ? 0 : -EINVAL;
}

static u64 page_up(const struct fmap *map, u64 n)
{
	return round_up(n, 1ULL << map->page_shift);
}

/* Bytes of strip @s that stripe @i of the map claims; can be 0. */
static u64 strip_claim(const struct fmap *map, u32 i, u32 s)
{
	const struct fmap_stripe *st = &map->stripe[i];

	return page_up(map, fmap_strip_used(fmap_stripe_end(map, i) - st->start,
					    st->chunk, st->nstrips, s));
}

static int stripe_ranges(const struct fmap *map, u32 i, fmap_range_fn fn,
			 void *ctx)
{
	const struct fmap_stripe *st = &map->stripe[i];
	u32 s;

	for (s = 0; s < st->nstrips; s++) {
		u64 addr = map->addr[st->first + s];
		u64 len = strip_claim(map, i, s);
		int err;

		if (!len)
			continue;
		err = fn(ctx, fmap_addr_slot(addr), fmap_addr_off(map, addr),
			 len);
		if (err)
			return err;
	}
	return 0;
}

/**
 * fmap_walk_ranges() - walk the device ranges that a map claims
 * @map: the map
 * @fn: called with slot, device offset and length in bytes, both page-aligned,
 *	the length never 0; a non-zero return ends the walk
 * @ctx: passed to @fn
 *
 * In the order of the message; at most @map->naddrs calls.
 *
 * Context: as @fn.
 * Return: 0, or what @fn returned.
 */
int fmap_walk_ranges(const struct fmap *map, fmap_range_fn fn, void *ctx)
{
	int err = 0;
	u32 i;

	if (map->kind == FMAP_ONE)
		return fn(ctx, 0, map->one_off, page_up(map, map->total));

	for (i = 0; i < map->nexts && !err; i++) {
		if (map->kind == FMAP_STRIPED)
			err = stripe_ranges(map, i, fn, ctx);
		else
			err = fn(ctx, fmap_addr_slot(map->addr[i]),
				 fmap_addr_off(map, map->addr[i]),
				 fmap_ext_end(map, i) - fmap_ext_start(map, i));
	}
	return err;
}

struct collect {
	const struct fmap *map;
	struct fmap_claims *claims;
	bool sorted;
};

static int collect_claim(void *ctx, u32 slot, u64 dev_off, u64 len)
{
	struct collect *c = ctx;
	struct fmap_claim *new = &c->claims->claim[c->claims->n];

	new->addr = (u64)slot << FMAP_PAGE_BITS | dev_off >> c->map->page_shift;
	new->pages = len >> c->map->page_shift;
	if (c->claims->n && new->addr < new[-1].addr)
		c->sorted = false;
	fmap_breathe(c->claims->n++);
	return 0;
}

/* All claims of the map, ascending. The caller frees them. */
static int sort_claims(const struct fmap *map, struct fmap_claims *claims)
{
	struct collect c = { .map = map, .claims = claims, .sorted = true };

	claims->n = 0;
	claims->claim = kvmalloc_array(map->naddrs, sizeof(*claims->claim),
				       GFP_KERNEL_ACCOUNT);
	if (!claims->claim)
		return -ENOMEM;
	fmap_walk_ranges(map, collect_claim, &c);
	if (!c.sorted)
		fmap_sort_claims(claims->claim, claims->n);
	return 0;
}

/* Ranges that follow each other on a device become one. -EINVAL if any two overlap. */
static int merge_claims(struct fmap_claims *claims)
{
	struct fmap_claim *last = claims->claim, *next = last + 1;
	const struct fmap_claim *end = claims->claim + claims->n;

	for (; next < end; next++) {
		/*
		 * One that ends where the page number would overflow ends at the first page
		 * of the next slot, which is right for this comparison.
		 */
		if (last->addr + last->pages > next->addr)
			return -EINVAL;
		if (last->addr + last->pages == next->addr &&
		    fmap_addr_slot(last->addr) == fmap_addr_slot(next->addr))
			last->pages += next->pages;
		else
			*++last = *next;
	}
	claims->n = last + 1 - claims->claim;
	return 0;
}

/**
 * fmap_check_self_overlap() - is any device page claimed twice
 * @map: the map
 *
 * Sorts a list of 16 bytes per extent or strip, unless the map is ascending already, and
 * keeps it for fmap_walk_merged().
 *
 * Context: process context, may sleep.
 * Return: 0, -EINVAL if so, or -ENOMEM.
 */
int fmap_check_self_overlap(struct fmap *map)
{
	struct fmap_claims *claims;
	int err;

	if (map->kind == FMAP_ONE)
		return 0;
	claims = kvmalloc(sizeof(*claims), GFP_KERNEL_ACCOUNT);
	if (!claims)
		return -ENOMEM;
	err = sort_claims(map, claims);
	if (!err)
		err = merge_claims(claims);
	map->claims = claims;
	if (err)
		fmap_end_merged(map);
	return err;
}

/**
 * fmap_end_merged() - fmap_walk_merged() will not be called any more
 * @map: a map that nobody else can reach; fmap_put() is enough, too
 *
 * Context: as kvfree().
 */
void fmap_end_merged(struct fmap *map)
{
	if (map->kind == FMAP_ONE || !map->claims)
		return;
	kvfree(map->claims->claim);
	kvfree(map->claims);
	map->claims = NULL;
}

/**
 * fmap_walk_merged() - walk the device ranges that a map claims, as few as can be
 * @map: the map, before fmap_end_merged()
 * @fn: as for fmap_walk_ranges()
 * @ctx: passed to @fn
 *
 * Ascending on each device, and ranges that follow each other there are one,
 * wherever they are in the file.
 *
 * Context: as @fn.
 * Return: 0, or what @fn returned.
 */
int fmap_walk_merged(const struct fmap *map, fmap_range_fn fn, void *ctx)
{
	int err = 0;
	u32 i;

	if (map->kind == FMAP_ONE)
		return fmap_walk_ranges(map, fn, ctx);
	for (i = 0; i < map->claims->n && !err; i++) {
		const struct fmap_claim *claim = &map->claims->claim[i];

		err = fn(ctx, fmap_addr_slot(claim->addr), fmap_addr_off(map, claim->addr),
			 claim->pages << map->page_shift);
	}
	return err;
}

/* A device range that somebody asks about, and whom to tell. */
struct query {
	const struct fmap *map;
	u64 start, end;
	fmap_file_fn fn;
	void *ctx;
};

/*
 * Reports what the query has in common with @len bytes at @dev_off, which back
 * the file from @pos on. Nothing past the file's last page is reported.
 */
static int report(const struct query *q, u64 dev_off, u64 len, u64 pos)
{
	u64 lo = max(dev_off, q->start);
	u64 hi = min(dev_off + len, q->end);

	if (lo >= hi)
		return 0;
	pos += lo - dev_off;
	if (pos >= q->map->mapped)
		return 0;
	return q->fn(q->ctx, pos, min(hi - lo, q->map->mapped - pos));
}

static int query_strip(const struct query *q, u32 i, u32 s)
{
	const struct fmap_stripe *st = &q->map->stripe[i];
	u64 dev_off = fmap_addr_off(q->map, q->map->addr[st->first + s]);
	u64 claim = strip_claim(q->map, i, s);
	u64 row, row_off;
	int err = 0;

	if (dev_off >= q->end || dev_off + claim <= q->start)
		return 0;
	row = q->start > dev_off ? div_u64(q->start - dev_off, st->chunk) : 0;
	for (; !err; row++) {
		row_off = row * st->chunk;
		if (row_off >= claim || dev_off + row_off >= q->end)
			break;
		err = report(q, dev_off + row_off,
			     min_t(u64, st->chunk, claim - row_off),
			     st->start + (row * st->nstrips + s) * st->chunk);
	}
	return err;
}

/**
 * fmap_dev_to_file() - which parts of the file a device range backs
 * @map: the map
 * @slot: which of the map's devices
 * @dev_off: start of the range in bytes
 * @len: its length in bytes, at most the rest of the device
 * @fn: called with file offset and length in bytes, in no particular order; the
 *	length is never 0; a non-zero return ends the walk
 * @ctx: passed to @fn
 *
 * Only what fmap_resolve() can reach is reported, so a file offset past the last
 * page never is. Cost: one step per extent or strip, and one per chunk found.
 *
 * Context: as @fn.
 * Return: 0, or what @fn returned.
 */
int fmap_dev_to_file(const struct fmap *map, u32 slot, u64 dev_off, u64 len,
		     fmap_file_fn fn, void *ctx)
{
	struct query q = {
		.map = map,
		.start = dev_off,
		.end = dev_off + len,
		.fn = fn,
		.ctx = ctx,
	};
	int err = 0;
	u32 i, s;

	if (q.end < q.start)
		q.end = U64_MAX;
	if (map->kind == FMAP_ONE)
		return slot ? 0 : report(&q, map->one_off,
					 page_up(map, map->total), 0);

	for (i = 0; i < map->nexts && !err; i++) {
		const struct fmap_stripe *st;

		if (map->kind != FMAP_STRIPED) {
			u64 start = fmap_ext_start(map, i);

			if (fmap_addr_slot(map->addr[i]) == slot)
				err = report(&q,
					     fmap_addr_off(map, map->addr[i]),
					     fmap_ext_end(map, i) - start,
					     start);
			continue;
		}
		st = &map->stripe[i];
		for (s = 0; s < st->nstrips && !err; s++)
			if (fmap_addr_slot(map->addr[st->first + s]) == slot)
				err = query_strip(&q, i, s);
	}
	return err;
}
