/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Faults in mappings of files on devices of the dax bus, and the vmas that they are in.
 */
#ifndef FAMFS_DATA_FAULT_H
#define FAMFS_DATA_FAULT_H

#include <linux/mm.h>
#include "compat_dax.h"
#include "core/core.h"
#include "data/data.h"
#include "dev/dev.h"
#include "map/map.h"
#include "tell/tell.h"

/* fault.c */
extern const struct vm_operations_struct famfs_vm_ops;
vm_fault_t famfs_fault(struct vm_fault *vmf);
vm_fault_t famfs_huge_fault(struct vm_fault *vmf, compat_fault_order_t order);
vm_fault_t famfs_map_pages(struct vm_fault *vmf, pgoff_t start, pgoff_t end);

/* told.c */
void famfs_count_fault(unsigned int order, vm_fault_t ret);
void famfs_trace_fault(const struct famfs_inode *fi, u64 pos, unsigned int order, vm_fault_t ret);

/* giant.c */
bool famfs_vma_may_be_giant(const struct famfs_inode *fi, const struct vm_area_struct *vma);
void famfs_giant_vma_init(struct vm_area_struct *vma);
unsigned long famfs_giant_moved(struct file *file, unsigned long addr, unsigned long len,
				unsigned long pgoff, unsigned long flags);

/* A fault was served, or failed: it is counted and traced, if somebody wants that. */
static __always_inline void famfs_fault_told(const struct famfs_inode *fi, u64 pos,
					     unsigned int order, vm_fault_t ret)
{
	if (static_branch_unlikely(&famfs_counting))
		famfs_count_fault(order, ret);
	if (trace_famfs_fault_enabled())
		famfs_trace_fault(fi, pos, order, ret);
}

/*
 * Where a place of a file is in memory. @len: in: wanted; out: how much follows in file and memory,
 * and is good. 0: none of it.
 */
static __always_inline u64 famfs_fault_find(const struct famfs_inode *fi, u64 pos, u64 *len,
					    bool *bad)
{
	struct fmap_seg seg;

	*bad = false;
	if (fmap_resolve(fi->map, pos, &seg)) {
		*len = 0;
		return 0;
	}
	*len = min(*len, seg.len);
	return famfs_dev_find(famfs_map_dev(fi->map, seg.slot), seg.dev_off, len, bad);
}

#endif
