/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * map/: which bytes of which dax devices make up a file.
 *
 * This is pure logic. It knows no inode, no FUSE request and no dax device, and
 * it compiles unchanged in user space, where the unit tests and the fuzzer run
 * it: it uses no other layer. A map is made by proto/, and nothing here depends on
 * how it arrived.
 */
#ifndef FAMFS_MAP_H
#define FAMFS_MAP_H

#include <linux/compiler.h>
#include <linux/errno.h>
#include <linux/math.h>
#include <linux/math64.h>
#include <linux/minmax.h>
#include <linux/sched.h>
#include <linux/types.h>

/*
 * A place in a device is kept in one u64: device slot in the upper 20 bits,
 * page number in the lower 44. A message (FMAP_MSG_MAX) cannot name 2^20
 * devices, and 2^44 pages of 4 KiB are 2^56 bytes, which is more than any
 * supported CPU can address: an extent that ends past that, or past 2^44 pages,
 * lies past the end of its device and is refused like one.
 */
#define FMAP_DEV_BITS		56
#define FMAP_PAGE_BITS		44
#define FMAP_PAGE_MASK		((1ULL << FMAP_PAGE_BITS) - 1)

enum fmap_kind {
	FMAP_ONE,	/* one contiguous range: no table at all */
	FMAP_UNIFORM,	/* equal power-of-two extents (the last of any length) */
	FMAP_LIST,	/* simple extents of any lengths */
	FMAP_STRIPED,	/* interleaved extents */
};

/* One interleaved extent; its strips are addr[first .. first + nstrips - 1]. */
struct fmap_stripe {
	u64 start;		/* file offset, bytes */
	u32 first;
	u32 nstrips;
	u32 chunk;		/* bytes */
	u8 chunk_shift;		/* log2 of chunk, or FMAP_NO_SHIFT */
	u8 strip_shift;		/* log2 of nstrips, or FMAP_NO_SHIFT */
};

#define FMAP_NO_SHIFT		0xff

/*
 * struct fmap - the map of one file
 *
 * Owner and lifetime: the task that makes it, then the inode, until fmap_put(). That
 * calls @release (so that the owner can drop what it stored in @dev) and frees it.
 *
 * Lock: none. Everything is immutable once it is made, except @dev
 * and @release, which the caller fills in before it publishes the pointer, and @claims,
 * which it ends before that.
 *
 * It is one allocation, fmap_bytes() long, of this struct followed by its tables:
 * nothing for FMAP_ONE, 8 bytes per extent for FMAP_UNIFORM, 16 for FMAP_LIST,
 * 24 per extent plus 8 per strip for FMAP_STRIPED; and 24 bytes per device. There are
 * as many of FMAP_ONE as files are open: they are to fit into 128 bytes.
 */
struct fmap {
	u8 kind;		/* enum fmap_kind */
	u8 file_type;		/* as the server sent it, never interpreted */
	u8 page_shift;		/* the page size the map was checked for */
	u8 ext_shift;		/* FMAP_UNIFORM: log2 of the extent length */
	u32 ndevs;		/* distinct devices */
	u32 nexts;		/* extents: simple or interleaved */
	u32 naddrs;		/* entries of @addr */
	u32 nwhole;		/* FMAP_UNIFORM: extents before the last that end within @mapped */
	u64 file_size;		/* bytes */
	u64 mapped;		/* file_size rounded up to the page size */
	u64 total;		/* bytes that the extents cover, >= file_size */
	union {
		u64 one_off;	/* FMAP_ONE: device offset of the file's start */
		struct fmap_claims *claims;	/* others: NULL, or for fmap_walk_merged() */
	};

	u64 *addr;		/* by extent, or by strip: packed, see above */
	union {
		u64 *start;	/* FMAP_LIST: file offset, by extent */
		struct fmap_stripe *stripe;	/* FMAP_STRIPED */
	};

	/* By slot, ascending by index: */
	u64 *dev_index;		/* the server's device index */
	void **dev;		/* the caller's object, NULL after parsing */
	u64 *dev_end;		/* end of the extent that reaches furthest */

	/* Called by fmap_put() before the memory goes; may be NULL. */
	void (*release)(struct fmap *map);
};

/* A run of bytes that is contiguous in the file and on one device. */
struct fmap_seg {
	u32 slot;
	u64 dev_off;		/* bytes from the start of the device */
	u64 len;		/* bytes, never 0 */
};

struct fmap *fmap_alloc(enum fmap_kind kind, u32 nexts, u32 naddrs, u32 ndevs);
void fmap_free(struct fmap *map);
size_t fmap_bytes(const struct fmap *map);

int fmap_check_self_overlap(struct fmap *map);
int fmap_check_dev(const struct fmap *map, u32 slot, u64 dev_size);

typedef int (*fmap_range_fn)(void *ctx, u32 slot, u64 dev_off, u64 len);
int fmap_walk_ranges(const struct fmap *map, fmap_range_fn fn, void *ctx);
int fmap_walk_merged(const struct fmap *map, fmap_range_fn fn, void *ctx);
void fmap_end_merged(struct fmap *map);

typedef int (*fmap_file_fn)(void *ctx, u64 pos, u64 len);
int fmap_dev_to_file(const struct fmap *map, u32 slot, u64 dev_off, u64 len,
		     fmap_file_fn fn, void *ctx);

int fmap_resolve_table(const struct fmap *map, u64 pos, struct fmap_seg *seg);

/**
 * fmap_resolve() - where a byte of the file is
 * @map: the map
 * @pos: file offset in bytes
 * @seg: filled in on success: the longest run from @pos that is contiguous on
 *	one device inside one extent (inside one chunk if there are several
 *	strips), cut off at the end of the page that holds the file's last byte
 *
 * @pos may lie between the file's size and the end of its last page: a mapping
 * has no finer unit. Readers and writers clip to the size themselves.
 *
 * Context: any; takes no lock. The caller keeps @map.
 * Return: 0, or -ENXIO if @pos is past the end of the file's last page.
 */
static inline int fmap_resolve(const struct fmap *map, u64 pos,
			       struct fmap_seg *seg)
{
	if (unlikely(pos >= map->mapped))
		return -ENXIO;
	if (likely(map->kind == FMAP_ONE)) {
		seg->slot = 0;
		seg->dev_off = map->one_off + pos;
		seg->len = map->mapped - pos;
		return 0;
	}
	if (map->kind == FMAP_UNIFORM && pos >> map->ext_shift < map->nwhole) {
		u64 len = 1ULL << map->ext_shift, off = pos & (len - 1);
		u64 addr = map->addr[pos >> map->ext_shift];

		seg->slot = addr >> FMAP_PAGE_BITS;
		seg->dev_off = ((addr & FMAP_PAGE_MASK) << map->page_shift) + off;
		seg->len = len - off;
		return 0;
	}
	return fmap_resolve_table(map, pos, seg);
}

/* ---- the tables, for filling them in and showing them ---- */

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
 *
 * Return: bytes, at most @nbytes.
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

/* Pages of a device that a map has: some extent's, or some that follow each other. */
struct fmap_claim {
	u64 addr;		/* packed as in struct fmap */
	u64 pages;
};

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

/* Accepts NULL. */
static inline void fmap_put(struct fmap *map)
{
	if (map)
		fmap_free(map);
}

#endif
