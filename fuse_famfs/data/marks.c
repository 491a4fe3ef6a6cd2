// SPDX-License-Identifier: GPL-2.0-only
/*
 * Setting and finding marks: see marks.h.
 */
#include <linux/bitmap.h>
#include <linux/mm.h>
#include <linux/overflow.h>
#include <linux/slab.h>
#include "data/marks.h"

/**
 * famfs_marks_new() - marks for a file, none of them set
 * @bytes: of the file, > 0
 *
 * Context: may sleep.
 * Return: them, charged to the caller; NULL without memory.
 */
struct famfs_marks *famfs_marks_new(u64 bytes)
{
	unsigned long spans = (bytes + FAMFS_SPAN - 1) >> FAMFS_SPAN_SHIFT;
	unsigned long low = BITS_TO_LONGS(spans), high = BITS_TO_LONGS(low);
	unsigned long giants = bytes >> FAMFS_GIANT_SHIFT, each;
	struct famfs_marks *marks;
	unsigned int i;

	each = low + high + BITS_TO_LONGS(giants);
	marks = kvzalloc(struct_size(marks, bits, FAMFS_MARKS * each) +
			 spans * sizeof(*marks->parts), GFP_KERNEL_ACCOUNT);
	if (!marks)
		return NULL;
	marks->spans = spans;
	marks->giants = giants;
	mutex_init(&marks->flush);
	for (i = 0; i < FAMFS_MARKS; i++) {
		marks->low[i] = marks->bits + i * each;
		marks->high[i] = marks->low[i] + low;
		marks->giant[i] = marks->high[i] + high;
	}
	marks->parts = (atomic64_t *)(marks->bits + FAMFS_MARKS * each);
	return marks;
}

/**
 * famfs_marks_free() - free marks that nobody reads any more
 * @marks: them, or NULL
 */
void famfs_marks_free(struct famfs_marks *marks)
{
	kvfree(marks);
}

/* The bit below is set first: a reader that finds the upper bit finds it, unless just cleared. */
static __always_inline void famfs_mark_span(struct famfs_marks *marks, enum famfs_mark which,
					    unsigned long span)
{
	unsigned long word = span / BITS_PER_LONG;

	set_bit(span, marks->low[which]);
	if (!test_bit(word, marks->high[which]))
		set_bit(word, marks->high[which]);
}

/**
 * famfs_mark_dirty() - parts of a span are dirty
 * @marks: the file's
 * @span: the span
 * @parts: a bit for each
 *
 * Context: the mapping's invalidate lock held.
 */
void famfs_mark_dirty(struct famfs_marks *marks, unsigned long span, u64 parts)
{
	famfs_mark_span(marks, FAMFS_DIRTY, span);
	/* Pairs with the look in famfs_mark(). */
	smp_mb__before_atomic();
	atomic64_or(parts, &marks->parts[span]);
}

/**
 * famfs_mark_new() - famfs_mark(), where there is something to be noted
 * @marks: the file's
 * @pos: where it begins in the file, bytes
 * @len: bytes, > 0
 * @dirty: can it be written to?
 *
 * Context: the mapping's invalidate lock held.
 */
void famfs_mark_new(struct famfs_marks *marks, u64 pos, u64 len, bool dirty)
{
	u64 end = pos + len;

	do {
		unsigned long span = pos >> FAMFS_SPAN_SHIFT;

		if (dirty)
			famfs_mark_dirty(marks, span, famfs_parts(pos, end - pos));
		else
			famfs_mark_span(marks, FAMFS_TOUCHED, span);
		pos = (u64)(span + 1) << FAMFS_SPAN_SHIFT;
	} while (pos < end);
}

/**
 * famfs_unmark_dirty() - a span is not dirty any more
 * @marks: the file's
 * @span: the span
 *
 * Context: the mapping's invalidate lock held exclusively.
 * Return: the parts that were.
 */
u64 famfs_unmark_dirty(struct famfs_marks *marks, unsigned long span)
{
	unsigned long word = span / BITS_PER_LONG;

	famfs_mark_span(marks, FAMFS_TOUCHED, span);
	clear_bit(span, marks->low[FAMFS_DIRTY]);
	if (!marks->low[FAMFS_DIRTY][word])
		clear_bit(word, marks->high[FAMFS_DIRTY]);
	return atomic64_xchg(&marks->parts[span], 0);
}

/**
 * famfs_mark_giant() - note that 1 GiB is mapped at once
 * @marks: the file's
 * @giant: its number, of a whole one
 * @dirty: can it be written to?
 *
 * Context: the mapping's invalidate lock held.
 */
void famfs_mark_giant(struct famfs_marks *marks, unsigned long giant, bool dirty)
{
	unsigned long *bits = marks->giant[dirty ? FAMFS_DIRTY : FAMFS_TOUCHED];

	if (!test_bit(giant, bits))
		set_bit(giant, bits);
}

/**
 * famfs_unmark_giant() - a giant is not dirty any more; its spans may be
 * @marks: the file's
 * @giant: its number
 *
 * Context: the mapping's invalidate lock held exclusively.
 */
void famfs_unmark_giant(struct famfs_marks *marks, unsigned long giant)
{
	set_bit(giant, marks->giant[FAMFS_TOUCHED]);
	clear_bit(giant, marks->giant[FAMFS_DIRTY]);
}

/**
 * famfs_next_giant() - the next giant that has a mark
 * @marks: the file's, or NULL
 * @which: of which kind
 * @giant: the first one that is of interest
 *
 * Context: any.
 * Return: its number, or FAMFS_NO_SPAN.
 */
unsigned long famfs_next_giant(const struct famfs_marks *marks, enum famfs_mark which,
			       unsigned long giant)
{
	if (!marks || giant >= marks->giants)
		return FAMFS_NO_SPAN;
	giant = find_next_bit(marks->giant[which], marks->giants, giant);
	return giant < marks->giants ? giant : FAMFS_NO_SPAN;
}

/* As famfs_next_giant(), of whichever kind. */
static unsigned long famfs_next_mapped_giant(const struct famfs_marks *marks,
					     unsigned long giant)
{
	return min(famfs_next_giant(marks, FAMFS_TOUCHED, giant),
		   famfs_next_giant(marks, FAMFS_DIRTY, giant));
}

/**
 * famfs_has_giant() - was anything of a piece of a file ever mapped as a part of 1 GiB?
 * @marks: the file's, or NULL
 * @pos: the piece, bytes
 * @end: its end; > @pos
 *
 * Context: any; with the mapping's invalidate lock held exclusively what it says stays true.
 * Return: true if anything was.
 */
bool famfs_has_giant(const struct famfs_marks *marks, u64 pos, u64 end)
{
	unsigned long giant = famfs_next_mapped_giant(marks, pos >> FAMFS_GIANT_SHIFT);

	return giant <= (end - 1) >> FAMFS_GIANT_SHIFT;
}

/**
 * famfs_next_mark() - the next span that has a mark of its own
 * @marks: the file's, or NULL
 * @which: of which kind
 * @span: the first one that is of interest
 *
 * Context: any.
 * Return: its number, or FAMFS_NO_SPAN.
 */
unsigned long famfs_next_mark(const struct famfs_marks *marks, enum famfs_mark which,
			      unsigned long span)
{
	unsigned long words, word, end;

	if (!marks || span >= marks->spans)
		return FAMFS_NO_SPAN;
	words = BITS_TO_LONGS(marks->spans);
	word = span / BITS_PER_LONG;
	for (;;) {
		end = min(marks->spans, (word + 1) * BITS_PER_LONG);
		span = find_next_bit(marks->low[which], end, span);
		if (span < end)
			return span;
		word = find_next_bit(marks->high[which], words, word + 1);
		if (word >= words)
			return FAMFS_NO_SPAN;
		span = word * BITS_PER_LONG;
	}
}

/**
 * famfs_next_mapped() - the next span that was ever mapped, itself or as a part of 1 GiB
 * @marks: the file's, or NULL
 * @span: the first one that is of interest
 *
 * Context: any.
 * Return: its number, or FAMFS_NO_SPAN.
 */
unsigned long famfs_next_mapped(const struct famfs_marks *marks, unsigned long span)
{
	unsigned int shift = FAMFS_GIANT_SHIFT - FAMFS_SPAN_SHIFT;
	unsigned long giant = famfs_next_mapped_giant(marks, span >> shift);
	unsigned long next = min(famfs_next_mark(marks, FAMFS_TOUCHED, span),
				 famfs_next_mark(marks, FAMFS_DIRTY, span));

	return giant == FAMFS_NO_SPAN ? next : min(next, max(span, giant << shift));
}
