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
#include <linux/userfaultfd_k.h>
#include "compat_mm.h"
#include "fault.h"

/* Pages that a fault maps at most, where faults come one after the other. */
#define FAMFS_AROUND	16

/*
 * famfs_count_fault() - count it, if it mapped something, or failed
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

static inline void famfs_fault_note(const struct famfs_inode *fi,
				    const struct vm_area_struct *vma, u64 pos, u64 len)
{
	famfs_mark(fi->marks, pos, len,
		   (vma->vm_flags & (VM_SHARED | VM_MAYWRITE)) == (VM_SHARED | VM_MAYWRITE));
}

static vm_fault_t famfs_fault_pmd(struct famfs_inode *fi, struct vm_fault *vmf)
{
	struct vm_area_struct *vma = vmf->vma;
	unsigned long start = vmf->address & PMD_MASK;
	u64 pos, len = PMD_SIZE, phys;
	bool bad;

	/* A private copy is of small pages, and stores are watched by small pages. */
	if ((vmf->flags & FAULT_FLAG_WRITE && !(vma->vm_flags & VM_SHARED)) ||
	    unlikely(userfaultfd_wp(vma)))
		return VM_FAULT_FALLBACK;
	if (start < vma->vm_start || start + PMD_SIZE > vma->vm_end)
		return VM_FAULT_FALLBACK;
	pos = famfs_vma_pos(vma, start);
	if (pos & ~PMD_MASK)
		return VM_FAULT_FALLBACK;
	phys = famfs_fault_find(fi, pos, &len, &bad);
	if (bad || len < PMD_SIZE || phys & ~PMD_MASK || !compat_is_large_page(PHYS_PFN(phys)))
		return VM_FAULT_FALLBACK;
	/* First: as soon as it is there others can store and flush. */
	famfs_fault_note(fi, vma, pos, PMD_SIZE);
	return compat_insert_pmd(vmf, PHYS_PFN(phys));
}

static int famfs_clear_marker(pte_t *pte, unsigned long addr, void *data)
{
	struct vm_fault *vmf = data;

	if (pte_same(ptep_get(pte), vmf->orig_pte))
		pte_clear(vmf->vma->vm_mm, addr, pte);
	return 0;
}

/*
 * Stores of this mapping are watched by write protection (userfaultfd), and the page is
 * marked as protected though it is not there. Nothing can be mapped in a marker's place. Without it the
 * page is one that was written to: so it is after a store, and after a load it is told once
 * too often.
 */
static int famfs_unmark_watched(struct vm_fault *vmf)
{
	if (!(vmf->flags & FAULT_FLAG_ORIG_PTE_VALID) || pte_none(vmf->orig_pte) ||
	    pte_present(vmf->orig_pte))
		return 0;
	return apply_to_page_range(vmf->vma->vm_mm, vmf->address & PAGE_MASK, PAGE_SIZE,
				   famfs_clear_marker, vmf);
}

/*
 * How many pages to map, from the one at the fault on. Many, if the last fault of this
 * mapping ended there; whoever goes here and there pays for one.
 */
static unsigned int famfs_fault_pages(const struct vm_fault *vmf)
{
	struct file *file = vmf->vma->vm_file;
	unsigned long end = min(vmf->vma->vm_end, (vmf->address | ~PMD_MASK) + 1);
	unsigned int nr = 1;

	if (READ_ONCE(file->f_pos) == vmf->pgoff && likely(!userfaultfd_wp(vmf->vma)))
		nr = min_t(unsigned long, FAMFS_AROUND,
			   (end - (vmf->address & PAGE_MASK)) >> PAGE_SHIFT);
	WRITE_ONCE(file->f_pos, vmf->pgoff + nr);
	return nr;
}

static vm_fault_t famfs_fault_pte(struct famfs_inode *fi, struct vm_fault *vmf)
{
	bool private = vmf->flags & FAULT_FLAG_WRITE && !(vmf->vma->vm_flags & VM_SHARED);
	u64 pos = PFN_PHYS((u64)vmf->pgoff), len, phys;
	unsigned long addr = vmf->address & PAGE_MASK, pfn;
	vm_fault_t ret;
	bool bad;

	len = PFN_PHYS((u64)(private ? 1 : famfs_fault_pages(vmf)));
	phys = famfs_fault_find(fi, pos, &len, &bad);
	if (unlikely(bad))
		return VM_FAULT_HWPOISON;
	if (unlikely(!len))
		return VM_FAULT_SIGBUS;
	famfs_fault_note(fi, vmf->vma, pos, len);
	pfn = PHYS_PFN(phys);
	if (private) {
		/* To be copied from. */
		vmf->page = pfn_to_page(pfn);
		get_page(vmf->page);
		return 0;
	}
	if (unlikely(userfaultfd_wp(vmf->vma)) && famfs_unmark_watched(vmf))
		return VM_FAULT_OOM;
	ret = compat_insert_page(vmf, addr, pfn);
	/* What does not work here works when it is asked for. */
	while (len > PAGE_SIZE && !(ret & VM_FAULT_ERROR)) {
		len -= PAGE_SIZE;
		addr += PAGE_SIZE;
		if (compat_insert_page(vmf, addr, ++pfn) & VM_FAULT_ERROR)
			break;
	}
	return ret;
}

static vm_fault_t famfs_bus_fault(struct vm_fault *vmf, unsigned int order)
{
	struct address_space *mapping = vmf->vma->vm_file->f_mapping;
	struct famfs_inode *fi = famfs_mapping_owner(mapping);
	vm_fault_t ret;

	/* Who takes the memory away has this lock after it said so: dead, or a bad page. */
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
	if (static_branch_unlikely(&famfs_counting))
		famfs_count_fault(order, ret);
	if (trace_famfs_fault_enabled())
		famfs_trace_fault(fi, PFN_PHYS((u64)vmf->pgoff), order, ret);
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
