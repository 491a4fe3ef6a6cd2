// SPDX-License-Identifier: GPL-2.0-only
/*
 * Files on devices of the dax bus, whose pages are ours: who uses them, what of them is to
 * be flushed, and who is to be signalled when one fails.
 */
#include <linux/bitmap.h>
#include <linux/dax.h>
#include <linux/fs.h>
#include <linux/mm.h>
#include <linux/pagemap.h>
#include "compat_mm.h"
#include "data/fault.h"
#include "data/internal.h"

/* True if no page of the range is pinned. A folio that other files share counts as a whole. */
static bool famfs_is_idle_between(const struct famfs_inode *fi, u64 pos, u64 end)
{
	struct fmap_seg seg;

	while (pos < end && !fmap_resolve(fi->map, pos, &seg)) {
		u64 len = min(seg.len, end - pos);
		unsigned long pfn, last;
		bool bad;

		pfn = PHYS_PFN(famfs_dev_find(famfs_map_dev(fi->map, seg.slot), seg.dev_off,
					      &len, &bad));
		last = pfn + PHYS_PFN(len - 1);
		while (pfn <= last) {
			struct folio *folio = page_folio(pfn_to_page(pfn));

			if (!compat_folio_is_idle(folio))
				return false;
			pfn = folio_pfn(folio) + folio_nr_pages(folio);
		}
		pos += len;
	}
	return true;
}

static bool famfs_span_is_idle(const struct famfs_inode *fi, unsigned long span)
{
	u64 pos = (u64)span << FAMFS_SPAN_SHIFT;

	return famfs_is_idle_between(fi, pos, pos + FAMFS_SPAN);
}

/* A span that was idle once stays idle, so the next call goes on where this one stopped. */
static bool famfs_bus_is_idle(struct famfs_inode *fi)
{
	unsigned long span = fi->idle_to;

	/* After revocation the struct pages may be gone. */
	if (fi->revoked)
		return true;
	for (;; span++) {
		span = famfs_next_mapped(fi->marks, span);
		if (span == FAMFS_NO_SPAN)
			return true;
		fi->idle_to = span;
		if (!famfs_span_is_idle(fi, span))
			return false;
		cond_resched();
	}
}

static bool famfs_bus_is_dirty(const struct famfs_inode *fi)
{
	struct famfs_marks *marks = READ_ONCE(fi->marks);

	if (!marks)
		return false;
	if (famfs_next_mark(marks, FAMFS_DIRTY, 0) != FAMFS_NO_SPAN ||
	    famfs_next_giant(marks, FAMFS_DIRTY, 0) != FAMFS_NO_SPAN)
		return true;
	/* fsync may be flushing right now, with the marks taken back: sync waits for it. */
	smp_rmb();
	return mutex_is_locked(&marks->flush);
}

/*
 * Good pages from @pos to @end leave the CPU's caches. A GiB that is dirty all over takes longer
 * to write than others may have to wait.
 */
static void famfs_flush_bytes(const struct famfs_inode *fi, u64 pos, u64 end, bool last)
{
	struct fmap_seg seg;

	while (pos < end && !fmap_resolve(fi->map, pos, &seg)) {
		const struct famfs_daxdev *dd = famfs_map_dev(fi->map, seg.slot);
		u64 len = min3(seg.len, end - pos, FAMFS_SPAN), phys;
		bool bad;
		int id;

		/* A device that goes waits for everybody who holds this. */
		id = dax_read_lock();
		if (!last && READ_ONCE(fi->dead)) {
			dax_read_unlock(id);
			return;
		}
		phys = famfs_dev_find(dd, seg.dev_off, &len, &bad);
		/* Who touches a bad page may not survive it. */
		if (!bad)
			dax_flush(dd->dax_dev, __va(phys), len);
		dax_read_unlock(id);
		pos += len;
		cond_resched();
	}
}

/*
 * Unmaps a span and takes its dirty marks back; the next store faults and sets them again. A span
 * with pinned pages stays dirty, as a store through a pin makes no fault. Returns the parts that
 * were dirty.
 */
static u64 famfs_span_clean(struct famfs_inode *fi, unsigned long span)
{
	struct address_space *mapping = fi->mapping;
	u64 parts = 0;

	filemap_invalidate_lock(mapping);
	if (!READ_ONCE(fi->dead)) {
		parts = famfs_unmark_dirty(fi->marks, span);
		famfs_unmap(fi, (u64)span << FAMFS_SPAN_SHIFT, FAMFS_SPAN);
		if (!famfs_span_is_idle(fi, span))
			famfs_mark_dirty(fi->marks, span, parts);
	}
	filemap_invalidate_unlock(mapping);
	return parts;
}

/* The same for 1 GiB that is mapped at once. */
static void famfs_giant_clean(struct famfs_inode *fi, unsigned long giant)
{
	struct address_space *mapping = fi->mapping;
	u64 pos = (u64)giant << FAMFS_GIANT_SHIFT;

	filemap_invalidate_lock(mapping);
	if (!READ_ONCE(fi->dead)) {
		famfs_unmark_giant(fi->marks, giant);
		famfs_unmap(fi, pos, FAMFS_GIANT);
		if (!famfs_is_idle_between(fi, pos, pos + FAMFS_GIANT))
			famfs_mark_giant(fi->marks, giant, true);
	}
	filemap_invalidate_unlock(mapping);
}

/* Flushes those of a span's parts that lie between @start and @end. */
static void famfs_flush_parts(const struct famfs_inode *fi, unsigned long span, u64 parts,
			      u64 start, u64 end, bool last)
{
	unsigned long bits[] = { BITMAP_FROM_U64(parts) };
	u64 first = (u64)span << FAMFS_SPAN_SHIFT;
	unsigned int from, to;

	for_each_set_bitrange(from, to, bits, 64)
		famfs_flush_bytes(fi, max(start, first + ((u64)from << FAMFS_PART_SHIFT)),
				  min(end, first + ((u64)to << FAMFS_PART_SHIFT)), last);
}

/*
 * A flush of a span's @parts, or of a GiB without them, has ended; perhaps too early, if the file
 * is dead. What is marked then is flushed by its revocation, which waits for this.
 */
static void famfs_put_back(struct famfs_inode *fi, unsigned long at, const u64 *parts)
{
	if (likely(!READ_ONCE(fi->dead)))
		return;
	filemap_invalidate_lock_shared(fi->mapping);
	if (parts)
		famfs_mark_dirty(fi->marks, at, *parts);
	else
		famfs_mark_giant(fi->marks, at, true);
	filemap_invalidate_unlock_shared(fi->mapping);
}

/*
 * Flushes the bytes from @start to @end that may have been stored through mappings. A span that is
 * only partly in the range is flushed there and stays dirty. Whole spans are unmapped, so that
 * the next fault tells what is stored after this.
 */
static void famfs_bus_flush(struct famfs_inode *fi, u64 start, u64 end)
{
	struct famfs_marks *marks;
	unsigned long span, giant;

	end = min(end, fi->map->mapped);
	/* Pairs with famfs_mapping_make(): nothing was mapped, or the marks are seen, too. */
	if (!smp_load_acquire(&fi->mapping) || start >= end)
		return;
	marks = fi->marks;
	mutex_lock(&marks->flush);
	for (giant = famfs_next_giant(marks, FAMFS_DIRTY, start >> FAMFS_GIANT_SHIFT);
	     giant <= (end - 1) >> FAMFS_GIANT_SHIFT;
	     giant = famfs_next_giant(marks, FAMFS_DIRTY, giant + 1)) {
		u64 first = (u64)giant << FAMFS_GIANT_SHIFT;

		if (first >= start && first + FAMFS_GIANT <= end)
			famfs_giant_clean(fi, giant);
		famfs_flush_bytes(fi, max(start, first), min(end, first + FAMFS_GIANT), false);
		famfs_put_back(fi, giant, NULL);
	}
	for (span = famfs_next_mark(marks, FAMFS_DIRTY, start >> FAMFS_SPAN_SHIFT);
	     span <= (end - 1) >> FAMFS_SPAN_SHIFT;
	     span = famfs_next_mark(marks, FAMFS_DIRTY, span + 1)) {
		u64 first = (u64)span << FAMFS_SPAN_SHIFT;
		u64 parts;

		if (first >= start && min(first + FAMFS_SPAN, fi->map->mapped) <= end)
			parts = famfs_span_clean(fi, span);
		else
			parts = atomic64_read(&marks->parts[span]);
		famfs_flush_parts(fi, span, parts, start, end, false);
		famfs_put_back(fi, span, &parts);
	}
	mutex_unlock(&marks->flush);
}

static void famfs_bus_flush_last(struct famfs_inode *fi)
{
	unsigned long span = 0, giant = 0;

	if (fi->revoked)
		return;
	while ((giant = famfs_next_giant(fi->marks, FAMFS_DIRTY, giant)) != FAMFS_NO_SPAN) {
		u64 first = (u64)giant << FAMFS_GIANT_SHIFT;

		famfs_flush_bytes(fi, first, first + FAMFS_GIANT, true);
		giant++;
	}
	while ((span = famfs_next_mark(fi->marks, FAMFS_DIRTY, span)) != FAMFS_NO_SPAN) {
		famfs_flush_parts(fi, span, atomic64_read(&fi->marks->parts[span]), 0, U64_MAX,
				  true);
		span++;
	}
}

static void famfs_bus_forget(struct famfs_inode *fi)
{
}

static int famfs_bus_kill(struct famfs_inode *fi, u64 pos, int mf_flags)
{
	const struct famfs_daxdev *dd;
	u64 len = PAGE_SIZE, phys, off;
	struct folio *folio;
	struct page *page;
	struct fmap_seg seg;
	bool bad;
	int err;

	if (fmap_resolve(fi->map, pos, &seg))
		return 0;
	dd = famfs_map_dev(fi->map, seg.slot);
	phys = famfs_dev_find(dd, seg.dev_off, &len, &bad);
	page = pfn_to_page(PHYS_PFN(phys));
	folio = page_folio(page);
	err = compat_dax_kill_mapped(fi->mapping, pos >> PAGE_SHIFT, folio, mf_flags);
	/* kill marked the folio's first page as bad. The driver marks the page that is. */
	off = PFN_PHYS((u64)folio_page_idx(folio, page));
	if (off && !famfs_fsdev_is_bad(dd->fsdev, seg.dev_off - off))
		ClearPageHWPoison(&folio->page);
	return err;
}

const struct famfs_data_ops famfs_bus_ops = {
	.mmap = famfs_mmap_bus,
	.is_idle = famfs_bus_is_idle,
	.is_dirty = famfs_bus_is_dirty,
	.flush = famfs_bus_flush,
	.flush_last = famfs_bus_flush_last,
	.forget = famfs_bus_forget,
	.kill = famfs_bus_kill,
};
