// SPDX-License-Identifier: GPL-2.0-only
/*
 * Page faults in mappings of files on devices of the dax bus: where is it, and map it.
 *
 * What a shared mapping may ever write to is mapped to be written at once: no store is
 * noticed later, and pages can be pinned for writing. So a fault notes what it maps (marks.c).
 */
#include <linux/fs.h>
#include <linux/mm.h>
#include <linux/pagemap.h>
#include "compat_fault.h"
#include "data/fault.h"

static inline void famfs_fault_note(const struct famfs_inode *fi,
				    const struct vm_area_struct *vma, u64 pos, u64 len)
{
	famfs_mark(fi->marks, pos, len,
		   (vma->vm_flags & (VM_SHARED | VM_MAYWRITE)) == (VM_SHARED | VM_MAYWRITE));
}

static vm_fault_t famfs_fault_pmd(struct famfs_inode *fi, struct vm_fault *vmf)
{
	u64 pos, len = PMD_SIZE, phys;
	bool bad;

	if (!compat_fault_fits_pmd(vmf, &pos))
		return VM_FAULT_FALLBACK;
	phys = famfs_fault_find(fi, pos, &len, &bad);
	if (bad || !compat_takes_pmd(phys, len))
		return VM_FAULT_FALLBACK;
	/* Marked before it is mapped: once mapped, another thread can store and fsync. */
	famfs_fault_note(fi, vmf->vma, pos, PMD_SIZE);
	return compat_insert_pmd(vmf, PHYS_PFN(phys));
}

/* The mapping's own file has its f_pos free: the last fault's end is noted there. */
static unsigned int famfs_fault_pages(const struct vm_fault *vmf)
{
	struct file *file = vmf->vma->vm_file;
	unsigned int nr = compat_fault_pages(vmf, READ_ONCE(file->f_pos));

	WRITE_ONCE(file->f_pos, vmf->pgoff + nr);
	return nr;
}

static vm_fault_t famfs_fault_pte(struct famfs_inode *fi, struct vm_fault *vmf)
{
	bool private = vmf->flags & FAULT_FLAG_WRITE && !(vmf->vma->vm_flags & VM_SHARED);
	u64 pos = PFN_PHYS((u64)vmf->pgoff), len, phys;
	bool bad;

	len = PFN_PHYS((u64)(private ? 1 : famfs_fault_pages(vmf)));
	phys = famfs_fault_find(fi, pos, &len, &bad);
	if (unlikely(bad))
		return VM_FAULT_HWPOISON;
	if (unlikely(!len))
		return VM_FAULT_SIGBUS;
	famfs_fault_note(fi, vmf->vma, pos, len);
	if (private) {
		/* To be copied from. */
		vmf->page = pfn_to_page(PHYS_PFN(phys));
		get_page(vmf->page);
		return 0;
	}
	return compat_insert_pages(vmf, PHYS_PFN(phys), PHYS_PFN(len));
}

static vm_fault_t famfs_bus_fault(struct vm_fault *vmf, unsigned int order)
{
	struct address_space *mapping = vmf->vma->vm_file->f_mapping;
	struct famfs_inode *fi = famfs_mapping_owner(mapping);
	vm_fault_t ret;

	/*
	 * Revocation and poison first set dead, or add the bad page, and then take this lock
	 * exclusively: a fault either sees that, or has ended when they unmap.
	 */
	if (unlikely(!filemap_invalidate_trylock_shared(mapping)))
		filemap_invalidate_lock_shared(mapping);
	if (unlikely(famfs_check(fi)))
		ret = VM_FAULT_SIGBUS;
	else if (!order)
		ret = famfs_fault_pte(fi, vmf);
	else if (order == PMD_SHIFT - PAGE_SHIFT)
		ret = famfs_fault_pmd(fi, vmf);
	else
		ret = VM_FAULT_FALLBACK;
	filemap_invalidate_unlock_shared(mapping);
	famfs_fault_told(fi, PFN_PHYS((u64)vmf->pgoff), order, ret);
	return ret;
}

/**
 * famfs_fault() - a fault of a page
 * @vmf: it, in a mapping of a file on devices of the dax bus
 *
 * Context: may sleep; the mm or the vma locked.
 * Return: as a fault handler.
 */
vm_fault_t famfs_fault(struct vm_fault *vmf)
{
	return famfs_bus_fault(vmf, 0);
}

/**
 * famfs_huge_fault() - the same of a larger one
 * @vmf: it
 * @order: of which size
 *
 * Context: may sleep; the mm or the vma locked.
 * Return: as a huge_fault handler.
 */
vm_fault_t famfs_huge_fault(struct vm_fault *vmf, compat_fault_order_t order)
{
	return famfs_bus_fault(vmf, compat_fault_order(order));
}

/**
 * famfs_map_pages() - fault-around: nothing more than what a fault maps
 * @vmf: a fault
 * @start: not used
 * @end: not used
 *
 * Without it the kernel thinks that a fault has to be begun anew before it may sleep.
 *
 * Return: 0: nothing was mapped.
 */
vm_fault_t famfs_map_pages(struct vm_fault *vmf, pgoff_t start, pgoff_t end)
{
	return 0;
}

const struct vm_operations_struct famfs_vm_ops = {
	.fault = famfs_fault,
	.huge_fault = famfs_huge_fault,
	.map_pages = famfs_map_pages,
};
