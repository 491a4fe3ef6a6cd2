// SPDX-License-Identifier: GPL-2.0-only
/*
 * From a file offset to a place on a device.
 *
 * Cost: constant for equal power-of-two extents and for one interleaved extent;
 * a binary search over the extents otherwise. The frequent cases, a single extent and
 * equal ones, are inline in map.h. Interleave uses shifts where chunk size and strip
 * count are powers of two.
 */
#include <linux/log2.h>
#include <linux/types.h>

#include "map/internal.h"

static void set_seg(const struct fmap *map, struct fmap_seg *seg, u64 addr,
		    u64 off, u64 len)
{
	seg->slot = fmap_addr_slot(addr);
	seg->dev_off = fmap_addr_off(map, addr) + off;
	seg->len = len;
}

/* The last extent that starts at or before @pos; extent 0 starts at 0. */
static u32 find_ext(const struct fmap *map, u64 pos)
{
	const u64 *at = map->start;
	u32 n = map->nexts;

	/* Half of them go each time, which is no matter of chance: nothing to be guessed wrong. */
	while (n > 1) {
		u32 half = n / 2;

		at = at[half] <= pos ? at + half : at;
		n -= half;
	}
	return at - map->start;
}

static u32 find_stripe(const struct fmap *map, u64 pos)
{
	u32 lo = 0, hi = map->nexts - 1;

	while (lo < hi) {
		u32 mid = lo + (hi - lo + 1) / 2;

		if (map->stripe[mid].start <= pos)
			lo = mid;
		else
			hi = mid - 1;
	}
	return lo;
}

static void resolve_simple(const struct fmap *map, u64 pos,
			   struct fmap_seg *seg)
{
	u64 end;
	u32 i;

	/* The last extent of a uniform map may be longer than the others. */
	if (map->kind == FMAP_UNIFORM)
		i = min_t(u64, pos >> map->ext_shift, map->nexts - 1);
	else
		i = find_ext(map, pos);
	end = min(fmap_ext_end(map, i), map->mapped);
	set_seg(map, seg, map->addr[i], pos - fmap_ext_start(map, i),
		end - pos);
}

static u64 divide(u64 n, u32 by, u8 shift, u32 *rem)
{
	if (shift == FMAP_NO_SHIFT)
		return div_u64_rem(n, by, rem);
	*rem = n & (by - 1);
	return n >> shift;
}

static void resolve_striped(const struct fmap *map, u64 pos,
			    struct fmap_seg *seg)
{
	u32 i = find_stripe(map, pos);
	const struct fmap_stripe *st = &map->stripe[i];
	u64 off = pos - st->start;
	u32 in_chunk, strip;
	u64 chunk, row, end;

	/* Past total, the last page still belongs to the last chunk. */
	end = i + 1 < map->nexts ? min(fmap_stripe_end(map, i), map->mapped) :
				   map->mapped;

	if (st->nstrips == 1) {
		set_seg(map, seg, map->addr[st->first], off, end - pos);
		return;
	}
	chunk = divide(off, st->chunk, st->chunk_shift, &in_chunk);
	row = divide(chunk, st->nstrips, st->strip_shift, &strip);
	set_seg(map, seg, map->addr[st->first + strip],
		row * st->chunk + in_chunk,
		min_t(u64, st->chunk - in_chunk, end - pos));
}

/**
 * fmap_resolve_table() - fmap_resolve() for maps that need their tables
 * @map: a map of any kind but FMAP_ONE; of FMAP_UNIFORM, any place
 * @pos: file offset in bytes, below @map->mapped
 * @seg: filled in
 *
 * Call fmap_resolve(), which checks @pos.
 *
 * Context: any; takes no lock.
 * Return: 0.
 */
int fmap_resolve_table(const struct fmap *map, u64 pos, struct fmap_seg *seg)
{
	if (map->kind == FMAP_STRIPED)
		resolve_striped(map, pos, seg);
	else
		resolve_simple(map, pos, seg);
	return 0;
}
