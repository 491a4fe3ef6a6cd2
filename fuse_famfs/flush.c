// SPDX-License-Identifier: GPL-2.0-only
/*
 * Write-back: what was stored through mappings leaves the CPU's caches.
 */
#include <linux/dax.h>
#include <linux/fs.h>
#include <linux/pagemap.h>
#include <linux/writeback.h>
#include "famfs.h"

/*
 * The DAX core wants to be told one device, and takes it only as the answer to
 * whether caches have to be flushed: name one that says yes, if there is one.
 */
static struct dax_device *famfs_flush_dev(const struct fmap *map)
{
	u32 slot;

	for (slot = 0; slot + 1 < map->ndevs; slot++)
		if (dax_write_cache_enabled(famfs_map_dev(map, slot)->dax_dev))
			break;
	return famfs_map_dev(map, slot)->dax_dev;
}

/* The same as the DAX core does, for the pages of an entry that are good. */
static void famfs_flush_good(const struct fmap *map, u64 pos, u64 end)
{
	struct fmap_seg seg;

	for (; pos < end && !fmap_resolve(map, pos, &seg); pos += PAGE_SIZE) {
		const struct famfs_daxdev *dd = famfs_map_dev(map, seg.slot);
		void *addr;
		int id;

		id = dax_read_lock();
		/* A bad page is refused. */
		if (dax_direct_access(dd->dax_dev, PHYS_PFN(dd->base + seg.dev_off), 1,
				      DAX_ACCESS, &addr, NULL) > 0)
			dax_flush(dd->dax_dev, addr, PAGE_SIZE);
		dax_read_unlock(id);
	}
}

static bool famfs_has_bad(const struct fmap *map, u64 pos, u64 end)
{
	struct fmap_seg seg;

	while (pos < end && !fmap_resolve(map, pos, &seg)) {
		u64 len = min(seg.len, end - pos);

		if (fsdev_has_bad(famfs_map_dev(map, seg.slot)->fsdev, seg.dev_off, len))
			return true;
		pos += len;
	}
	return false;
}

static int famfs_writeback_range(struct address_space *mapping,
				 const struct fmap *map, loff_t start, loff_t end)
{
	struct writeback_control wbc = {
		.sync_mode = WB_SYNC_ALL,
		.nr_to_write = LONG_MAX,
		.range_start = start,
		.range_end = end,
	};

	if (start > end)
		return 0;
	/* A server's idea of a block size must not reach the DAX core. */
	mapping->host->i_blkbits = PAGE_SHIFT;
	return dax_writeback_mapping_range(mapping, famfs_flush_dev(map), &wbc);
}

/*
 * After a machine check the kernel has taken the bad page out of its own mapping of
 * all memory, and must not touch it there, which the DAX core would do: entries with
 * a bad page are passed over by it, and stay dirty.
 */
static int famfs_writeback(struct address_space *mapping, const struct fmap *map,
			   loff_t start, loff_t end)
{
	struct xarray *xa = &mapping->i_pages;
	unsigned long index = ALIGN_DOWN(start >> PAGE_SHIFT, PMD_SIZE >> PAGE_SHIFT);
	unsigned long last = end >> PAGE_SHIFT;
	loff_t from = start;
	int err = 0, ret;
	void *entry;

	for (entry = xa_find(xa, &index, last, PAGECACHE_TAG_DIRTY); entry;
	     entry = xa_find_after(xa, &index, last, PAGECACHE_TAG_DIRTY)) {
		loff_t pos = (loff_t)index << PAGE_SHIFT;
		loff_t next = pos + (PAGE_SIZE << xa_get_order(xa, index));

		cond_resched();
		if (!famfs_has_bad(map, pos, next))
			continue;
		ret = famfs_writeback_range(mapping, map, from, pos - 1);
		err = err ? err : ret;
		famfs_flush_good(map, pos, next);
		from = next;
	}
	ret = famfs_writeback_range(mapping, map, from, end);
	return err ? err : ret;
}

/**
 * famfs_writepages() - flush what was written through mappings
 * @mapping: an inode's, ours
 * @wbc: which part of it
 *
 * Context: may sleep.
 * Return: 0 or an errno of the DAX core.
 */
int famfs_writepages(struct address_space *mapping, struct writeback_control *wbc)
{
	struct famfs_inode *fi = container_of(mapping, struct famfs_inode, mapping);
	/* Pairs with famfs_map_install(). */
	struct fmap *map = smp_load_acquire(&fi->map);

	if (!map || wbc->sync_mode != WB_SYNC_ALL)
		return 0;
	return famfs_writeback(mapping, map, wbc->range_start, wbc->range_end);
}

/**
 * famfs_flush() - the same for all of a file
 * @fi: its inode's part, with a map
 *
 * Context: may sleep.
 */
void famfs_flush(struct famfs_inode *fi)
{
	if (mapping_tagged(&fi->mapping, PAGECACHE_TAG_DIRTY))
		famfs_writeback(&fi->mapping, fi->map, 0, LLONG_MAX);
}

/**
 * famfs_flush_last() - flush what is dirty now, and leave it dirty
 * @fi: an inode's part, of a file that nobody reaches any more; but somebody who has
 *	pages pinned may still store there
 *
 * Asks neither the inode, which may be gone, nor the DAX core, which does.
 *
 * Context: may sleep.
 */
void famfs_flush_last(struct famfs_inode *fi)
{
	struct xarray *xa = &fi->mapping.i_pages;
	unsigned long index;
	void *entry;

	xa_for_each_marked(xa, index, entry, PAGECACHE_TAG_DIRTY) {
		loff_t pos = (loff_t)index << PAGE_SHIFT;

		famfs_flush_good(fi->map, pos, pos + (PAGE_SIZE << xa_get_order(xa, index)));
		cond_resched();
	}
}
