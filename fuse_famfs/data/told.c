// SPDX-License-Identifier: GPL-2.0-only
/*
 * What is told of faults: how many (tell/counts.c), and one by one to who traces them.
 */
#include "data/fault.h"

/**
 * famfs_count_fault() - count a fault that mapped something, or failed
 * @order: log2 of the pages that were asked for
 * @ret: what came of it
 *
 * Context: any.
 */
void famfs_count_fault(unsigned int order, vm_fault_t ret)
{
	if (ret & (VM_FAULT_FALLBACK | VM_FAULT_RETRY))
		return;
	if (ret & VM_FAULT_ERROR)
		famfs_count(FAMFS_FAILED);
	else if (!order)
		famfs_count(FAMFS_PTE);
	else if (order == PMD_SHIFT - PAGE_SHIFT)
		famfs_count(FAMFS_PMD);
	else
		famfs_count(FAMFS_PUD);
}

/**
 * famfs_trace_fault() - tell of a fault, while somebody wants to hear
 * @fi: the file, mapped
 * @pos: where in it, bytes
 * @order: log2 of the pages that were asked for
 * @ret: what came of it
 *
 * Context: any; the mapping keeps the file.
 */
void famfs_trace_fault(const struct famfs_inode *fi, u64 pos, unsigned int order, vm_fault_t ret)
{
	struct famfs_daxdev *dd;
	struct fmap_seg seg;

	pos &= ~((PAGE_SIZE << order) - 1);
	/* The place is behind the end of the file. */
	if (fmap_resolve(fi->map, pos, &seg))
		seg = (struct fmap_seg){ };
	dd = famfs_map_dev(fi->map, seg.slot);
	trace_famfs_fault(dd->fmnt->dev, fi->inode->i_ino, pos, order, dd->index, seg.dev_off,
			  (__force unsigned int)ret);
}
