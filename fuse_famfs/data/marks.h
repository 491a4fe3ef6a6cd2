/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which parts of a file were ever mapped, and which were mapped to be written.
 *
 * There is one bit for 2 MiB of the file, a span, and one more for 64 of these, so that who
 * looks for a few in a large file finds them soon; and a span that is dirty has 64 parts, so
 * that a store to one of its pages does not make all of it be flushed. What is mapped 1 GiB at a
 * time, a giant, has one bit for that, and none of its spans. A fault sets them, who flushes
 * takes them back.
 */
#ifndef FUSE_FAMFS_MARKS_H
#define FUSE_FAMFS_MARKS_H

#include <linux/atomic.h>
#include <linux/bitops.h>
#include <linux/bits.h>
#include <linux/compiler.h>
#include <linux/bits.h>
#include <linux/limits.h>
#include <linux/minmax.h>
#include <linux/mutex.h>
#include <linux/types.h>

#define FAMFS_SPAN_SHIFT	21
#define FAMFS_SPAN		BIT_ULL(FAMFS_SPAN_SHIFT)
#define FAMFS_GIANT_SHIFT	30
#define FAMFS_GIANT		BIT_ULL(FAMFS_GIANT_SHIFT)
#define FAMFS_PART_SHIFT	(FAMFS_SPAN_SHIFT - 6)
#define FAMFS_NO_SPAN		ULONG_MAX	/* nor giant */

enum famfs_mark {
	FAMFS_DIRTY,	/* so that it can be written to */
	FAMFS_TOUCHED,	/* at any time; but what is dirty may not be marked as this, too */
	FAMFS_MARKS
};

/**
 * struct famfs_marks - which spans of a file were mapped
 * @spans: how many it has
 * @giants: how many whole ones it has
 * @giant: a bit for each
 * @low: a bit for each span
 * @high: a bit for each word of @low that is not 0
 * @parts: of a span that is FAMFS_DIRTY: a bit for each 64th that is
 * @flush: held by who takes marks of what is dirty back, until it is flushed
 * @bits: where the other ones are
 *
 * Owner and lifetime: made for a famfs_inode by the first mmap, freed with it.
 *
 * Locks: bits are set with the mapping's invalidate lock held, shared or not; those of
 * FAMFS_DIRTY are taken back with that lock held exclusively. Looking needs no lock, and
 * tells of what was set by whoever's faults came before: @parts are set last, and who sees
 * them set sees all.
 */
struct famfs_marks {
	unsigned long spans;
	unsigned long giants;
	unsigned long *giant[FAMFS_MARKS];
	unsigned long *low[FAMFS_MARKS];
	unsigned long *high[FAMFS_MARKS];
	atomic64_t *parts;
	struct mutex flush;	/* for @low of FAMFS_DIRTY and @parts: see above */
	unsigned long bits[];
};

struct famfs_marks *famfs_marks_new(u64 bytes);
void famfs_marks_free(struct famfs_marks *marks);
void famfs_mark_new(struct famfs_marks *marks, u64 pos, u64 len, bool dirty);
void famfs_mark_dirty(struct famfs_marks *marks, unsigned long span, u64 parts);
u64 famfs_unmark_dirty(struct famfs_marks *marks, unsigned long span);
void famfs_mark_giant(struct famfs_marks *marks, unsigned long giant, bool dirty);
void famfs_unmark_giant(struct famfs_marks *marks, unsigned long giant);
bool famfs_has_giant(const struct famfs_marks *marks, u64 pos, u64 end);
unsigned long famfs_next_giant(const struct famfs_marks *marks, enum famfs_mark which,
			       unsigned long giant);
unsigned long famfs_next_mapped(const struct famfs_marks *marks, unsigned long span);
unsigned long famfs_next_mark(const struct famfs_marks *marks, enum famfs_mark which,
			      unsigned long span);

/* The parts of its first span that @len bytes of a file from @pos on are in; len > 0. */
static inline u64 famfs_parts(u64 pos, u64 len)
{
	u64 off = pos & (FAMFS_SPAN - 1);
	u64 last = min(off + len, FAMFS_SPAN) - 1;

	return GENMASK_ULL(last >> FAMFS_PART_SHIFT, off >> FAMFS_PART_SHIFT);
}

/**
 * famfs_mark() - note what a fault maps
 * @marks: the file's
 * @pos: where it begins in the file, bytes
 * @len: bytes, > 0
 * @dirty: can it be written to?
 *
 * Context: the mapping's invalidate lock held.
 */
static inline void famfs_mark(struct famfs_marks *marks, u64 pos, u64 len, bool dirty)
{
	unsigned long span = pos >> FAMFS_SPAN_SHIFT;
	u64 parts = famfs_parts(pos, len);

	if (unlikely((pos & (FAMFS_SPAN - 1)) + len > FAMFS_SPAN))
		famfs_mark_new(marks, pos, len, dirty);
	else if (!dirty && !test_bit(span, marks->low[FAMFS_TOUCHED]))
		famfs_mark_new(marks, pos, len, dirty);
	else if (dirty && (atomic64_read_acquire(&marks->parts[span]) & parts) != parts)
		famfs_mark_dirty(marks, span, parts);
}

#endif
