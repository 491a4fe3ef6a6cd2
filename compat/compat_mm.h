/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Pages of dax memory, as they differ between kernels.
 */
#ifndef COMPAT_MM_H
#define COMPAT_MM_H

#include <linux/mm.h>
#include <linux/page-flags.h>
#include <linux/sched.h>
#include <linux/uaccess.h>
#include <linux/xarray.h>
#ifdef CONFIG_X86
#include <asm/cpufeature.h>
#endif
#include "compat_dax.h"

/*
 * Block devices with dax: how many references a page has that nobody uses. The change of
 * February 2025 that made these pages count as others do took some functions away and
 * brought others; with some of both, block devices are left out (compat_block.h).
 */
#ifdef COMPAT_DAX_PAGES_COUNT
#define COMPAT_DAX_IDLE_REFS	0
#else
#define COMPAT_DAX_IDLE_REFS	1
#endif

/**
 * compat_page_is_idle() - has nobody a page pinned?
 * @page: a page of an FS_DAX page map
 *
 * Context: any.
 * Return: true if nobody has.
 */
static inline bool compat_page_is_idle(struct page *page)
{
	return page_ref_count(page) <= COMPAT_DAX_IDLE_REFS;
}

/**
 * compat_pages_idle() - has nobody any of these pages pinned?
 * @pfn: the first page frame, of an FS_DAX page map
 * @nr: how many
 *
 * Context: may sleep.
 * Return: true if nobody has.
 */
static inline bool compat_pages_idle(unsigned long pfn, unsigned long nr)
{
	unsigned long i;

	for (i = 0; i < nr; i++) {
		if (!compat_page_is_idle(pfn_to_page(pfn + i)))
			return false;
		if (!(i % 1024))
			cond_resched();
	}
	return true;
}

/*
 * Does copy_mc_to_kernel() survive memory that has failed? It is there on every
 * architecture, and on every processor, and where there is nothing better copies as always.
 */
static inline bool compat_copy_mc_survives(void)
{
#if !defined(CONFIG_ARCH_HAS_COPY_MC)
	return false;
#elif defined(CONFIG_X86)
	return boot_cpu_has(X86_FEATURE_ERMS);
#else
	return true;
#endif
}

/*
 * Pages of a device in famfs mode are of the kind that device_dax has (MEMORY_DEVICE_GENERIC):
 * an idle folio has one reference, on every kernel (the driver looks, when it binds). Before
 * 6.15 a mapping of such a page is a page frame with a mark, which counts for nothing; since
 * then it is a mapping of the folio like any other, which has a reference and a place in the
 * map count. Which it is shows in how it is made.
 */
#ifdef HAVE_FUNC_VMF_INSERT_PAGE_MKWRITE
#define COMPAT_MAPS_FOLIOS
#if defined(CONFIG_TRANSPARENT_HUGEPAGE) && !defined(HAVE_FUNC_VMF_INSERT_FOLIO_PMD)
#error "this kernel maps small dax pages as folios, and large ones in an unknown way"
#endif
#endif

/**
 * compat_folio_is_idle() - has nobody a page of it pinned?
 * @folio: a folio of a device in famfs mode; it may be mapped
 *
 * A mapping that comes or goes meanwhile makes the answer no.
 *
 * Context: any.
 * Return: true if nobody has; false may be wrong.
 */
static inline bool compat_folio_is_idle(struct folio *folio)
{
#ifdef COMPAT_MAPS_FOLIOS
	int mapped = folio_mapcount(folio);
	int refs;

	/* In this order: a mapping that comes has its reference first. */
	smp_rmb();
	refs = folio_ref_count(folio);
	/* And one that went between the two shows in the next look. */
	smp_rmb();
	return refs <= 1 + mapped && folio_mapcount(folio) == mapped;
#else
	return folio_ref_count(folio) <= 1;
#endif
}

/**
 * compat_clear_reserved() - take a page's mark as reserved away
 * @page: a page that nobody uses
 *
 * All pages of devices have it, and VFIO never gives back what has it. The kernel's own
 * accessors know no such pages inside of a folio.
 */
static inline void compat_clear_reserved(struct page *page)
{
#ifdef PAGE_FLAGS_IS_ULONG
	clear_bit(PG_reserved, &page->flags);
#else
	clear_bit(PG_reserved, &page->flags.f);
#endif
}

/**
 * compat_insert_page() - map one page at a place that a fault is about
 * @vmf: the fault
 * @addr: where; in the same vma
 * @pfn: the page, of a device in famfs mode
 *
 * What is there already stays. What may be written to is mapped so; nobody says that it was
 * written to, as what is there could be something else, put there meanwhile, and the kernel
 * would warn of it.
 *
 * Context: as in a fault handler.
 * Return: as a fault handler.
 */
static inline vm_fault_t compat_insert_page(struct vm_fault *vmf, unsigned long addr,
					    unsigned long pfn)
{
#ifdef COMPAT_MAPS_FOLIOS
	struct vm_fault at = { .vma = vmf->vma, .address = addr, .flags = vmf->flags };

	return vmf_insert_page_mkwrite(&at, pfn_to_page(pfn), false);
#else
	return vmf_insert_mixed(vmf->vma, addr, compat_phys_to_pfn(PFN_PHYS(pfn)));
#endif
}

/**
 * compat_is_large_page() - can these pages be mapped as a large one?
 * @pfn: the first, aligned to it, of a device in famfs mode
 *
 * Context: any.
 * Return: false if the device's folios are of another size and the kernel maps nothing else,
 * or if it has no large pages.
 */
static inline bool compat_is_large_page(unsigned long pfn)
{
#ifdef COMPAT_MAPS_FOLIOS
	if (folio_order(page_folio(pfn_to_page(pfn))) != PMD_SHIFT - PAGE_SHIFT)
		return false;
#endif
	return IS_ENABLED(CONFIG_TRANSPARENT_HUGEPAGE);
}

/**
 * compat_insert_pmd() - map a large page
 * @vmf: the fault
 * @pfn: its first page, for which compat_is_large_page() said yes
 *
 * As compat_insert_page(); but a large page that is there already and was protected from being
 * written to is not any more.
 *
 * Context: as in a huge_fault handler.
 * Return: as a huge_fault handler.
 */
static inline vm_fault_t compat_insert_pmd(struct vm_fault *vmf, unsigned long pfn)
{
	bool write __maybe_unused = vmf->flags & FAULT_FLAG_WRITE && pmd_leaf(READ_ONCE(*vmf->pmd));

#ifndef CONFIG_TRANSPARENT_HUGEPAGE
	return VM_FAULT_FALLBACK;
#elif defined(COMPAT_MAPS_FOLIOS)
	return vmf_insert_folio_pmd(vmf, page_folio(pfn_to_page(pfn)), write);
#else
	return vmf_insert_pfn_pmd(vmf, compat_phys_to_pfn(PFN_PHYS(pfn)), write);
#endif
}

/* Without large pages the kernel has no place that suits them, and a file is asked for none. */
#ifdef CONFIG_TRANSPARENT_HUGEPAGE
#define COMPAT_LARGE_AREA(area)	(area)
#else
#define COMPAT_LARGE_AREA(area)	(0 ? (area) : NULL)
#endif

/**
 * compat_large_area() - where a mapping can have large pages
 * @file: the file
 * @addr: where it would be welcome, or 0
 * @len: bytes
 * @pgoff: where in the file, pages
 * @flags: of mmap
 *
 * Context: as ->get_unmapped_area of COMPAT_LARGE_AREA().
 * Return: the address; an errno.
 */
static inline unsigned long compat_large_area(struct file *file, unsigned long addr,
					      unsigned long len, unsigned long pgoff,
					      unsigned long flags)
{
#ifdef CONFIG_TRANSPARENT_HUGEPAGE
	return thp_get_unmapped_area(file, addr, len, pgoff, flags);
#else
	return -ENODEV;
#endif
}

/*
 * Mappings of 1 GiB, in vmas that are shared. They are of folios of that size on every kernel:
 * on one that maps page frames, of a smaller folio too many pages would be pinned at once. The
 * kernels that learned (6.12) what to do with one whose protection changes look at
 * an entry once where others look again and take what has changed for a page table.
 */
#if defined(CONFIG_TRANSPARENT_HUGEPAGE) && defined(CONFIG_HAVE_ARCH_TRANSPARENT_HUGEPAGE_PUD) && \
	PUD_SHIFT == 30 && defined(HAVE_FUNC_CHANGE_HUGE_PUD)
#if !defined(COMPAT_MAPS_FOLIOS) || defined(HAVE_FUNC_VMF_INSERT_FOLIO_PUD)
#define COMPAT_MAPS_PUDS
#endif
#endif

/**
 * compat_maps_puds() - can this machine have mappings of 1 GiB?
 *
 * Context: any.
 * Return: true if it can.
 */
static inline bool compat_maps_puds(void)
{
#if !defined(COMPAT_MAPS_PUDS)
	return false;
#elif defined(CONFIG_X86)
	return boot_cpu_has(X86_FEATURE_GBPAGES);
#else
	return true;
#endif
}

/**
 * compat_is_pud_page() - can these pages be mapped as one of 1 GiB?
 * @pfn: the first, aligned to it, of a device in famfs mode
 *
 * Context: any.
 * Return: true if they can.
 */
static inline bool compat_is_pud_page(unsigned long pfn)
{
	return compat_maps_puds() &&
	       folio_order(page_folio(pfn_to_page(pfn))) == PUD_SHIFT - PAGE_SHIFT;
}

/**
 * compat_insert_pud() - map 1 GiB
 * @vma: a vma that went through compat_vma_with_puds(), nobody else in it
 * @addr: where, aligned to it
 * @pfn: the first page, for which compat_is_pud_page() said yes
 *
 * What is there already stays.
 *
 * Context: the mm locked to be changed.
 * Return: as a huge_fault handler.
 */
static inline vm_fault_t compat_insert_pud(struct vm_area_struct *vma, unsigned long addr,
					   unsigned long pfn)
{
#ifdef COMPAT_MAPS_PUDS
	struct vm_fault at = { .vma = vma, .address = addr };
	pgd_t *pgd = pgd_offset(vma->vm_mm, addr);
	p4d_t *p4d;

	if (pgd_none(*pgd))
		return VM_FAULT_FALLBACK;
	p4d = p4d_offset(pgd, addr);
	if (p4d_none(*p4d))
		return VM_FAULT_FALLBACK;
	at.pud = pud_offset(p4d, addr);
	if (!pud_none(*at.pud))
		return VM_FAULT_FALLBACK;
#ifdef COMPAT_MAPS_FOLIOS
	return vmf_insert_folio_pud(&at, page_folio(pfn_to_page(pfn)), false);
#else
	return vmf_insert_pfn_pud(&at, compat_phys_to_pfn(PFN_PHYS(pfn)), false);
#endif
#else
	return VM_FAULT_FALLBACK;
#endif
}

/**
 * compat_fault_unlock() - let go of what a fault has locked
 * @vmf: the fault, which can be begun anew; its vma may be gone then
 *
 * Context: in a fault handler, which returns VM_FAULT_RETRY then.
 */
static inline void compat_fault_unlock(struct vm_fault *vmf)
{
#ifdef COMPAT_MAPS_PUDS
	release_fault_lock(vmf);
#endif
}

/**
 * compat_vma_with_puds() - a vma will have mappings of 1 GiB
 * @vma: it, shared, being made
 *
 * A vma that may not grow is one that is not merged with another, not watched by userfaultfd,
 * and has no guards. The first would move a vma's end into a mapping unseen, the second
 * makes Linux 6.12 warn, and after either of the last ones fork copies what is mapped, without
 * counting it where mappings are counted.
 *
 * Context: in ->mmap.
 */
static inline void compat_vma_with_puds(struct vm_area_struct *vma)
{
#ifdef COMPAT_MAPS_PUDS
	vm_flags_set(vma, VM_DONTEXPAND);
#endif
}

/**
 * compat_vma_keep_faults_out() - no fault in this vma, until its mm is unlocked
 * @vma: the vma
 *
 * Context: may sleep; the mm locked to be changed, which is enough where faults have no other
 * lock.
 */
static inline void compat_vma_keep_faults_out(struct vm_area_struct *vma)
{
#ifdef CONFIG_PER_VMA_LOCK
	vma_start_write(vma);
#endif
}

/**
 * compat_mapping_keep_faults_out() - no fault in what is left of one mmap
 * @file: the vmas' file, which no other mmap's vmas have
 *
 * Context: may sleep; the current mm locked to be changed, until when it holds.
 */
static inline void compat_mapping_keep_faults_out(const struct file *file)
{
#ifdef CONFIG_PER_VMA_LOCK
	VMA_ITERATOR(vmi, current->mm, 0);
	struct vm_area_struct *vma;

	for_each_vma(vmi, vma)
		if (vma->vm_file == file)
			vma_start_write(vma);
#endif
	mmap_assert_write_locked(current->mm);
}

/**
 * compat_dax_kill_procs() - signal those who have a part of a file mapped
 * @mapping: the file's
 * @index: the first page, in the file
 * @count: how many
 * @mf_flags: the memory failure's
 *
 * A kernel that is not made to survive failing memory, as those for clouds are not,
 * tells nobody of it and does not have this either.
 *
 * Context: may sleep.
 * Return: 0 or an errno; -EOPNOTSUPP on such a kernel.
 */
static inline int compat_dax_kill_procs(struct address_space *mapping, pgoff_t index,
					unsigned long count, int mf_flags)
{
	if (!IS_ENABLED(CONFIG_MEMORY_FAILURE))
		return -EOPNOTSUPP;
	return mf_dax_kill_procs(mapping, index, count, mf_flags);
}

/**
 * compat_dax_kill_mapped() - signal those who have a page of ours mapped, that failed
 * @mapping: what the mappings are of; nobody has a file descriptor of it
 * @index: the page's place there
 * @folio: the page's, of a device in famfs mode: it may have no struct page of its own
 * @mf_flags: the memory failure's
 *
 * Who is to be signalled, how, and by which policy is stock's to decide. It looks where the
 * DAX core would have noted which page it has mapped there: so the note is there for as long
 * as it looks. It marks the folio's first page as bad.
 *
 * Context: may sleep; no other call for @mapping at the same time.
 * Return: 0 or an errno.
 */
static inline int compat_dax_kill_mapped(struct address_space *mapping, pgoff_t index,
					 struct folio *folio, int mf_flags)
{
	int err = xa_err(xa_store_irq(&mapping->i_pages, index, compat_dax_entry(folio),
				      GFP_KERNEL));

	if (err)
		return err;
	err = compat_dax_kill_procs(mapping, index, 1, mf_flags);
	xa_erase_irq(&mapping->i_pages, index);
	return err;
}

#endif
