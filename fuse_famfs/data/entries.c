// SPDX-License-Identifier: GPL-2.0-only
/*
 * Files on block devices, whose pages belong to the disk's driver: faults, and what the DAX
 * core notes of them. It has an entry in the file's mapping for each page, small or large,
 * that somebody ever touched; they say what was mapped, and what is dirty.
 */
#include <linux/dax.h>
#include <linux/fs.h>
#include <linux/mm.h>
#include <linux/pagemap.h>
#include <linux/writeback.h>
#include "compat_mm.h"
#include "data/fault.h"
#include "data/internal.h"

/* Pages that one entry can stand for. */
#define FAMFS_ENTRY_PAGES	(PMD_SIZE >> PAGE_SHIFT)

/* Is a byte of a file, which has its map, in a bad page? */
static bool famfs_is_bad(struct inode *inode, loff_t pos)
{
	const struct fmap *map = famfs_map(inode);
	struct fmap_seg seg;

	return map && !fmap_resolve(map, pos, &seg) &&
	       famfs_fsdev_is_bad(famfs_map_dev(map, seg.slot)->fsdev, seg.dev_off);
}

static vm_fault_t famfs_entry_fault(struct vm_fault *vmf, compat_fault_order_t order)
{
	struct address_space *mapping = vmf->vma->vm_file->f_mapping;
	struct inode *inode = mapping->host;
	vm_fault_t ret;

	filemap_invalidate_lock_shared(mapping);
	ret = compat_dax_fault(vmf, order, &famfs_fuse_iomap_ops);
	filemap_invalidate_unlock_shared(mapping);
	/* A toucher of bad memory gets HWPOISON; not every DAX core says so. */
	if (unlikely(ret & VM_FAULT_SIGBUS) &&
	    famfs_is_bad(inode, (loff_t)vmf->pgoff << PAGE_SHIFT))
		ret = (ret & ~VM_FAULT_SIGBUS) | VM_FAULT_HWPOISON;
	famfs_fault_told(famfs_mapping_owner(mapping), PFN_PHYS((u64)vmf->pgoff),
			 compat_fault_order(order), ret);
	return ret;
}

static vm_fault_t famfs_entry_small_fault(struct vm_fault *vmf)
{
	return famfs_entry_fault(vmf, COMPAT_ORDER_PTE);
}

static const struct vm_operations_struct famfs_entry_vm_ops = {
	.fault = famfs_entry_small_fault,
	.huge_fault = famfs_entry_fault,
	.page_mkwrite = famfs_entry_small_fault,
	.pfn_mkwrite = famfs_entry_small_fault,
};

static int famfs_entries_mmap(struct file *file, struct vm_area_struct *vma)
{
	vma->vm_ops = &famfs_entry_vm_ops;
	return 0;
}

/* Nobody has the pages of the file from @index on pinned. */
static bool famfs_entry_is_idle(const struct fmap *map, pgoff_t index)
{
	u64 pos = (u64)index << PAGE_SHIFT;
	u64 end = pos + PAGE_SIZE;
	struct fmap_seg seg;

	/* How large an entry is, is the DAX core's secret. */
	if (IS_ALIGNED(index, FAMFS_ENTRY_PAGES))
		end = pos + PMD_SIZE;
	while (pos < end && !fmap_resolve(map, pos, &seg)) {
		const struct famfs_daxdev *dd = famfs_map_dev(map, seg.slot);
		u64 len = min(seg.len, end - pos);
		unsigned long pfn;
		long nr;

		nr = compat_dax_pfn(dd->dax_dev, PHYS_PFN(dd->base + seg.dev_off),
				    len >> PAGE_SHIFT, &pfn);
		if (nr <= 0)
			break;
		if (!compat_pages_idle(pfn, nr))
			return false;
		pos += (u64)nr << PAGE_SHIFT;
	}
	return true;
}

/*
 * The DAX core's own search for busy pages is not enough everywhere: before it
 * learnt otherwise it looked only while the file was mapped, and missed a pin
 * that outlives the mapping. So look at the pages behind every entry.
 *
 * An entry that was idle once stays idle, so the next call goes on where this one stopped.
 */
static bool famfs_entries_are_idle(struct famfs_inode *fi)
{
	unsigned long index;
	void *entry;

	xa_for_each_start(&fi->mapping->i_pages, index, entry, fi->idle_to) {
		fi->idle_to = index;
		if (!famfs_entry_is_idle(fi->map, index))
			return false;
		cond_resched();
	}
	return true;
}

static bool famfs_entries_are_dirty(const struct famfs_inode *fi)
{
	return mapping_tagged(fi->mapping, PAGECACHE_TAG_DIRTY);
}

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

/* Flushes the good pages of an entry, as the DAX core does for all of them. */
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

		if (famfs_fsdev_has_bad(famfs_map_dev(map, seg.slot)->fsdev, seg.dev_off, len))
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

/* Stock's fsync comes here by file_write_and_wait_range(). */
static int famfs_writepages(struct address_space *mapping, struct writeback_control *wbc)
{
	struct famfs_inode *fi = famfs_mapping_owner(mapping);
	/* Pairs with famfs_inodes_publish(). */
	struct fmap *map = smp_load_acquire(&fi->map);

	if (!map || wbc->sync_mode != WB_SYNC_ALL)
		return 0;
	return famfs_writeback(mapping, map, wbc->range_start, wbc->range_end);
}

static void famfs_entries_flush(struct famfs_inode *fi, u64 start, u64 end)
{
	if (start < end && famfs_entries_are_dirty(fi))
		famfs_writeback(fi->mapping, fi->map, start, min_t(u64, end - 1, LLONG_MAX));
}

/* The inode may be gone. So the DAX core, which asks the inode, is not used. */
static void famfs_entries_flush_last(struct famfs_inode *fi)
{
	struct xarray *xa = &fi->mapping->i_pages;
	unsigned long index;
	void *entry;

	xa_for_each_marked(xa, index, entry, PAGECACHE_TAG_DIRTY) {
		loff_t pos = (loff_t)index << PAGE_SHIFT;

		famfs_flush_good(fi->map, pos, pos + (PAGE_SIZE << xa_get_order(xa, index)));
		cond_resched();
	}
}

static void famfs_entries_forget(struct famfs_inode *fi)
{
	compat_dax_delete_entries(fi->mapping);
}

static int famfs_entries_kill(struct famfs_inode *fi, u64 pos, int mf_flags)
{
	return compat_dax_kill_procs(fi->mapping, pos >> PAGE_SHIFT, 1, mf_flags);
}

const struct address_space_operations famfs_entries_aops = {
	.writepages = famfs_writepages,
	.dirty_folio = noop_dirty_folio,
	.direct_IO = noop_direct_IO,
};

const struct famfs_data_ops famfs_entries_ops = {
	.mmap = famfs_entries_mmap,
	.is_idle = famfs_entries_are_idle,
	.is_dirty = famfs_entries_are_dirty,
	.flush = famfs_entries_flush,
	.flush_last = famfs_entries_flush_last,
	.forget = famfs_entries_forget,
	.kill = famfs_entries_kill,
};
