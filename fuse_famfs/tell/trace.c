// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the macros of trace.h make of the events, once; and the one that has to look something up.
 */
#include "data/fault.h"

#define CREATE_TRACE_POINTS
#include "tell/trace.h"

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
	/* Nothing to be found behind the end. */
	if (fmap_resolve(fi->map, pos, &seg))
		seg = (struct fmap_seg){ };
	dd = famfs_map_dev(fi->map, seg.slot);
	trace_famfs_fault(dd->fmnt->dev, fi->inode->i_ino, pos, order, dd->index, seg.dev_off,
			  (__force unsigned int)ret);
}
