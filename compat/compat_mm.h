/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Pages of dax memory, as they differ between kernels.
 */
#ifndef COMPAT_MM_H
#define COMPAT_MM_H

#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/uaccess.h>
#include <linux/wait_bit.h>
#ifdef CONFIG_X86
#include <asm/cpufeature.h>
#endif
#include "compat_dax.h"

/*
 * How many references a page of dax memory has that nobody uses, and what is
 * woken when the last user goes. The change of February 2025 that made these
 * pages count as others do also brought dax_break_layout_final().
 */
#ifdef HAVE_FUNC_DAX_BREAK_LAYOUT_FINAL
#define COMPAT_DAX_IDLE_REFS		0
#define COMPAT_DAX_IDLE_VAR(page)	(page)
#else
#define COMPAT_DAX_IDLE_REFS		1
#define COMPAT_DAX_IDLE_VAR(page)	(&(page)->_refcount)
#endif

/**
 * compat_page_is_idle() - has nobody a page pinned?
 * @page: a page of an FS_DAX page map
 *
 * Context: any.
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

/**
 * compat_wait_pages_idle() - wait until nobody has a page pinned
 * @pfn: the first page frame, of an FS_DAX page map
 * @nr: how many
 *
 * The caller has made sure that nobody can get at the pages any more. Who drops
 * the last reference wakes whoever waits on the count; but where idle pages have a
 * reference, not everybody does: direct I/O of Linux 6.1 gives its references to a
 * folio back all at once, and wakes nobody. So look from time to time, too.
 *
 * Taking a page map down waits for none of this kind of page, on any kernel: the
 * user would be left with freed struct pages.
 *
 * Context: may sleep without bound.
 */
static inline void compat_wait_pages_idle(unsigned long pfn, unsigned long nr)
{
	unsigned long i;

	for (i = 0; i < nr; i++) {
		struct page *page = pfn_to_page(pfn + i);

		while (!wait_var_event_timeout(COMPAT_DAX_IDLE_VAR(page),
					       compat_page_is_idle(page),
					       HZ / 10))
			;
		if (!(i % 1024))
			cond_resched();
	}
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

#endif
