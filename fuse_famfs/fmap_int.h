/* SPDX-License-Identifier: GPL-2.0-only */
/* What the fmap_*.c files share and nobody else needs. */
#ifndef FUSE_FAMFS_FMAP_INT_H
#define FUSE_FAMFS_FMAP_INT_H

#include <linux/math.h>
#include <linux/math64.h>
#include <linux/minmax.h>
#include <linux/sched.h>
#include <linux/types.h>

#include "fmap.h"

/* Everything the first pass over a message learns; the second pass trusts it. */
struct fmap_scan {
	const u8 *body;		/* the message behind its header */
	size_t body_len;
	u32 page_size;
	u8 page_shift;
	u8 file_type;
	bool striped;		/* the message's ext_type */
	bool uniform;		/* all lengths but the last equal first_len */
	u32 nexts;
	u32 naddrs;
	u32 dev_runs;		/* changes of device from one extent to the next */
	u32 last_dev;
	u64 file_size;
	u64 total;
	u64 first_len;
	u64 last_len;
};

/* Pages of a device that a map has: some extent's, or some that follow each other. */
struct fmap_claim {
	u64 addr;		/* packed as in struct fmap */
	u64 pages;
};

/* Those of a map, ascending. */
struct fmap_claims {
	u32 n;
	struct fmap_claim *claim;
};

struct fmap *fmap_build(const struct fmap_scan *scan);
int fmap_check_self_overlap(struct fmap *map);
void fmap_sort_claims(struct fmap_claim *claim, u32 n);

/*
 * A message names hundreds of thousands of extents: who goes over all of them lets others have
 * the processor. @i counts them.
 */
static inline void fmap_breathe(u32 i)
{
	if (!(i % 4096))
		cond_resched();
}

static inline u32 fmap_addr_slot(u64 addr)
{
	return addr >> FMAP_PAGE_BITS;
}

static inline u64 fmap_addr_off(const struct fmap *map, u64 addr)
{
	return (addr & FMAP_PAGE_MASK) << map->page_shift;
}

/* File offset where extent @i of a FMAP_UNIFORM or FMAP_LIST map starts. */
static inline u64 fmap_ext_start(const struct fmap *map, u32 i)
{
	if (map->kind == FMAP_UNIFORM)
		return (u64)i << map->ext_shift;
	return map->start[i];
}

static inline u64 fmap_ext_end(const struct fmap *map, u32 i)
{
	return i + 1 < map->nexts ? fmap_ext_start(map, i + 1) : map->total;
}

static inline u64 fmap_stripe_end(const struct fmap *map, u32 i)
{
	return i + 1 < map->nexts ? map->stripe[i + 1].start : map->total;
}

/**
 * fmap_strip_used() - bytes that an interleaved extent puts on one strip
 * @nbytes: file bytes in the extent
 * @chunk: bytes per chunk, not 0
 * @nstrips: strips in the extent, not 0
 * @strip: which one
 *
 * Counts whole chunks on full rows, then this strip's part of the last row,
 * where at most one chunk is partial. The result never exceeds @nbytes.
 */
static inline u64 fmap_strip_used(u64 nbytes, u32 chunk, u32 nstrips, u32 strip)
{
	u32 rem, extra;
	u64 chunks = div_u64_rem(nbytes, chunk, &rem);
	u64 rows = div_u64_rem(chunks, nstrips, &extra);
	u64 used = rows * chunk;

	if (strip < extra)
		used += chunk;
	else if (strip == extra)
		used += rem;
	return used;
}

#endif
