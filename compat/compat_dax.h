/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The DAX core and the dax bus, as they differ between kernels.
 */
#ifndef COMPAT_DAX_H
#define COMPAT_DAX_H

#include <linux/dax.h>
#include <linux/device.h>
#include <linux/memremap.h>
#include <linux/mm.h>
#include <linux/range.h>
#include <linux/sizes.h>
#include "famfs_layout.h"
#ifdef DAX_PFN_IS_PFN_T
#include <linux/pfn_t.h>
#endif

/*
 * Do pages of dax memory count as others do? Of the two sides of that change (6.15) all must
 * be as it was before, or all as it is since: see layout/dax.spec. COMPAT_DAX_PAGES_UNKNOWN
 * concerns block devices alone, whose pages are their driver's; of mappings, the layout
 * generator has made sure.
 */
#if defined(HAVE_FUNC_VMF_INSERT_PAGE_MKWRITE) && \
	defined(HAVE_FUNC_DAX_BREAK_LAYOUT_FINAL) && defined(HAVE_FUNC_DAX_DELETE_MAPPING_RANGE)
#define COMPAT_DAX_PAGES_COUNT
#elif defined(HAVE_FUNC_VMF_INSERT_PAGE_MKWRITE) || \
	defined(HAVE_FUNC_DAX_BREAK_LAYOUT_FINAL) || defined(HAVE_FUNC_DAX_DELETE_MAPPING_RANGE)
#define COMPAT_DAX_PAGES_UNKNOWN
#endif

/* How a page frame travels between the DAX core and its users. */
#ifdef DAX_PFN_IS_PFN_T
typedef pfn_t compat_pfn_t;

static inline compat_pfn_t compat_phys_to_pfn(phys_addr_t phys)
{
	return phys_to_pfn_t(phys, PFN_DEV | PFN_MAP);
}

static inline unsigned long compat_pfn(compat_pfn_t pfn)
{
	return pfn_t_to_pfn(pfn);
}
#else
typedef unsigned long compat_pfn_t;

static inline compat_pfn_t compat_phys_to_pfn(phys_addr_t phys)
{
	return PHYS_PFN(phys);
}

static inline unsigned long compat_pfn(compat_pfn_t pfn)
{
	return pfn;
}
#endif

/* How the size of a fault travels. */
#ifdef DAX_FAULT_TAKES_PE_SIZE
typedef enum page_entry_size compat_fault_order_t;
#define COMPAT_ORDER_PTE	PE_SIZE_PTE

static inline unsigned int compat_fault_order(compat_fault_order_t size)
{
	switch (size) {
	case PE_SIZE_PTE:
		return 0;
	case PE_SIZE_PMD:
		return PMD_SHIFT - PAGE_SHIFT;
	default:
		return PUD_SHIFT - PAGE_SHIFT;
	}
}
#else
typedef unsigned int compat_fault_order_t;
#define COMPAT_ORDER_PTE	0

static inline unsigned int compat_fault_order(compat_fault_order_t order)
{
	return order;
}
#endif

/**
 * compat_dax_fault() - let the DAX core serve a fault
 * @vmf: the fault
 * @order: how large a mapping to make
 * @ops: where the file's bytes are
 *
 * Context: the mapping's invalidate lock held shared.
 * Return: as a fault handler.
 */
static inline vm_fault_t compat_dax_fault(struct vm_fault *vmf,
					  compat_fault_order_t order,
					  const struct iomap_ops *ops)
{
	compat_pfn_t pfn;
	vm_fault_t ret = dax_iomap_fault(vmf, order, &pfn, NULL, ops);

	if (ret & VM_FAULT_NEEDDSYNC)
		ret = dax_finish_sync_fault(vmf, order, pfn);
	return ret;
}

/*
 * What direct_access() answers for a bad page. The same change (June 2023) taught
 * the DAX core one errno of its own for it and vmf_error() to know that errno;
 * the constant is folded by the compiler.
 */
static inline int compat_dax_poison_errno(void)
{
	return vmf_error(-EHWPOISON) == VM_FAULT_HWPOISON ? -EHWPOISON : -EIO;
}

/**
 * compat_dax_pfn() - the page frame behind a page of a device
 * @dax_dev: the device
 * @pgoff: page from its start
 * @nr_pages: how many pages are of interest
 * @pfn: set on success
 *
 * Bad pages count like others.
 *
 * Return: how many of them follow each other from *@pfn on, or an errno.
 */
static inline long compat_dax_pfn(struct dax_device *dax_dev, pgoff_t pgoff,
				  long nr_pages, unsigned long *pfn)
{
	compat_pfn_t p;
	long nr;
	int id;

	id = dax_read_lock();
	nr = dax_direct_access(dax_dev, pgoff, nr_pages, DAX_RECOVERY_WRITE, NULL,
			       &p);
	dax_read_unlock(id);
	if (nr > 0)
		*pfn = compat_pfn(p);
	return nr;
}

/**
 * compat_dax_entry() - what the DAX core would have in a file's mapping for a small page
 * @folio: the page's
 *
 * The number of the page frame, above four bits that say more: none is set for a page that
 * is there, is small and is not locked. It is so from 6.1 to 7.3; BTF does not show it.
 *
 * Return: the entry.
 */
static inline void *compat_dax_entry(struct folio *folio)
{
	return xa_mk_value(folio_pfn(folio) << 4);
}

/**
 * compat_dax_delete_entries() - empty a mapping of its DAX entries
 * @mapping: the mapping; no page of it is in use, none can be added
 *
 * Where the DAX core has a function for it, truncation must not find any entry.
 *
 * Context: may sleep.
 */
static inline void compat_dax_delete_entries(struct address_space *mapping)
{
#ifdef COMPAT_DAX_PAGES_COUNT
	/* It keeps interrupts off all the while: so not much at a time. */
	const unsigned long pages = max(PMD_SIZE, SZ_4M) >> PAGE_SHIFT;
	unsigned long index = 0;

	while (xa_find(&mapping->i_pages, &index, ULONG_MAX, XA_PRESENT)) {
		unsigned long next = ALIGN_DOWN(index, pages) + pages;

		dax_delete_mapping_range(mapping, (loff_t)index << PAGE_SHIFT,
					 ((loff_t)next << PAGE_SHIFT) - 1);
		index = next;
		cond_resched();
	}
#else
	truncate_inode_pages(mapping, 0);
#endif
}

/* A type that no device asks for, and that no kernel is likely to invent. */
#define COMPAT_DAX_TYPE_NOBODY	0x7fad

/*
 * A driver that binds only devices whose names were written to its new_id: the
 * bus must find no other reason to match it.
 */
static inline void compat_dax_driver_never_matches(struct dax_device_driver *drv)
{
#ifdef HAVE_DAX_DEVICE_DRIVER_TYPE
	drv->type = (enum dax_driver_type)COMPAT_DAX_TYPE_NOBODY;
#endif
#ifdef HAVE_DAX_DEVICE_DRIVER_MATCH_ALWAYS
	drv->match_always = 0;
#endif
}

#endif
