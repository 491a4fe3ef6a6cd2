// SPDX-License-Identifier: GPL-2.0-only
/*
 * A map's memory: one piece, the struct and behind it the tables that its kind has.
 */
#include <linux/mm.h>
#include <linux/overflow.h>
#include <linux/slab.h>

#include "map/internal.h"

/* Places the tables behind the struct, or only adds up if @map is NULL. */
static size_t lay_out(struct fmap *map, enum fmap_kind kind, u32 nexts,
		      u32 naddrs, u32 ndevs)
{
	size_t off = sizeof(struct fmap), at;

#define TABLE(member, count) do {					\
		at = off;						\
		off = size_add(off, array_size(count, sizeof(*map->member))); \
		if (map)						\
			map->member = (void *)((u8 *)map + at);		\
	} while (0)

	if (kind != FMAP_ONE)
		TABLE(addr, naddrs);
	if (kind == FMAP_LIST)
		TABLE(start, nexts);
	if (kind == FMAP_STRIPED)
		TABLE(stripe, nexts);
	TABLE(dev_index, ndevs);
	TABLE(dev_end, ndevs);
	TABLE(dev, ndevs);
#undef TABLE
	return off;
}

/**
 * fmap_alloc() - memory for a map, its tables to be filled in
 * @kind: which tables it has
 * @nexts: extents, simple or interleaved
 * @naddrs: simple extents, or strips
 * @ndevs: distinct devices
 *
 * Context: process context, may sleep.
 * Return: the map, zeroed but for what was given here; NULL if memory is short.
 */
struct fmap *fmap_alloc(enum fmap_kind kind, u32 nexts, u32 naddrs, u32 ndevs)
{
	struct fmap *map = kvzalloc(lay_out(NULL, kind, nexts, naddrs, ndevs),
				    GFP_KERNEL_ACCOUNT);

	if (!map)
		return NULL;
	map->kind = kind;
	map->nexts = nexts;
	map->naddrs = naddrs;
	map->ndevs = ndevs;
	lay_out(map, kind, nexts, naddrs, ndevs);
	return map;
}

/**
 * fmap_bytes() - memory that a map takes
 * @map: the map
 *
 * Return: bytes, without what fmap_end_merged() gives back.
 */
size_t fmap_bytes(const struct fmap *map)
{
	return lay_out(NULL, map->kind, map->nexts, map->naddrs, map->ndevs);
}

/**
 * fmap_free() - free a map
 * @map: the map; use fmap_put() instead of calling this
 *
 * Context: as @map->release; kvfree() itself needs process or soft interrupt
 * context.
 */
void fmap_free(struct fmap *map)
{
	if (map->release)
		map->release(map);
	fmap_end_merged(map);
	kvfree(map);
}
