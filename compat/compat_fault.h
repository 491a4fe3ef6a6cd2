/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Faults in mappings of dax memory, of files and of the device itself: what both do once they
 * know where the memory is.
 */
#ifndef COMPAT_FAULT_H
#define COMPAT_FAULT_H

#include <linux/mm.h>
#include <linux/userfaultfd_k.h>
#include "compat_mm.h"

/* Pages that a fault maps at most, where faults come one after the other. */
#define COMPAT_FAULT_AROUND	16

/**
 * compat_fault_fits_pmd() - can a fault be answered with a large page, as far as its vma goes?
 * @vmf: the fault
 * @pos: set to the place in the file, bytes, at which that page would begin
 *
 * Context: as in a huge_fault handler.
 * Return: true if it can.
 */
static inline bool compat_fault_fits_pmd(const struct vm_fault *vmf, u64 *pos)
{
	const struct vm_area_struct *vma = vmf->vma;
	unsigned long start = vmf->address & PMD_MASK;

	/* A private copy is of small pages, and stores are watched by small pages. */
	if ((vmf->flags & FAULT_FLAG_WRITE && !(vma->vm_flags & VM_SHARED)) ||
	    unlikely(userfaultfd_wp(vmf->vma)))
		return false;
	if (start < vma->vm_start || start + PMD_SIZE > vma->vm_end)
		return false;
	*pos = PFN_PHYS((u64)vma->vm_pgoff) + start - vma->vm_start;
	return !(*pos & ~PMD_MASK);
}

/**
 * compat_takes_pmd() - can this memory be mapped as a large page?
 * @phys: where it is
 * @len: bytes of it that follow each other
 *
 * Context: any.
 * Return: true if it can.
 */
static inline bool compat_takes_pmd(u64 phys, u64 len)
{
	return len >= PMD_SIZE && !(phys & ~PMD_MASK) && compat_is_large_page(PHYS_PFN(phys));
}

/**
 * compat_fault_pages() - how many pages to map, from the one at a fault on
 * @vmf: the fault
 * @next: the page of the file at which the mapping's last fault ended
 *
 * Many, if this one begins there; whoever goes here and there pays for one.
 *
 * Context: as in a fault handler.
 * Return: the number, at least 1; none of them is past the end of the vma or of the page table.
 */
static inline unsigned int compat_fault_pages(const struct vm_fault *vmf, pgoff_t next)
{
	unsigned long end = min(vmf->vma->vm_end, (vmf->address | ~PMD_MASK) + 1);

	if (next != vmf->pgoff || unlikely(userfaultfd_wp(vmf->vma)))
		return 1;
	return min_t(unsigned long, COMPAT_FAULT_AROUND,
		     (end - (vmf->address & PAGE_MASK)) >> PAGE_SHIFT);
}

static inline int compat_clear_marker(pte_t *pte, unsigned long addr, void *data)
{
	struct vm_fault *vmf = data;

	if (pte_same(ptep_get(pte), vmf->orig_pte))
		pte_clear(vmf->vma->vm_mm, addr, pte);
	return 0;
}

/*
 * Stores of this mapping are watched by write protection (userfaultfd), and the page is
 * marked as protected though it is not there. Nothing can be mapped in a marker's place.
 * Without it the page is one that was written to: so it is after a store, and after a load it
 * is told once too often.
 */
static inline int compat_unmark_watched(struct vm_fault *vmf)
{
	if (!(vmf->flags & FAULT_FLAG_ORIG_PTE_VALID) || pte_none(vmf->orig_pte) ||
	    pte_present(vmf->orig_pte))
		return 0;
	return apply_to_page_range(vmf->vma->vm_mm, vmf->address & PAGE_MASK, PAGE_SIZE,
				   compat_clear_marker, vmf);
}

/**
 * compat_insert_pages() - map pages from the one at a fault on
 * @vmf: the fault
 * @pfn: the first
 * @nr: how many follow each other in the mapping and in memory
 *
 * Context: as in a fault handler.
 * Return: as a fault handler, about the first one.
 */
static inline vm_fault_t compat_insert_pages(struct vm_fault *vmf, unsigned long pfn,
					     unsigned long nr)
{
	unsigned long addr = vmf->address & PAGE_MASK;
	vm_fault_t ret;

	if (unlikely(userfaultfd_wp(vmf->vma)) && compat_unmark_watched(vmf))
		return VM_FAULT_OOM;
	ret = compat_insert_page(vmf, addr, pfn);
	/* What does not work here works when it is asked for. */
	while (--nr && !(ret & VM_FAULT_ERROR)) {
		addr += PAGE_SIZE;
		if (compat_insert_page(vmf, addr, ++pfn) & VM_FAULT_ERROR)
			break;
	}
	return ret;
}

#endif
