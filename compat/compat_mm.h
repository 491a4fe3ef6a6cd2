/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Pages of dax memory, as they differ between kernels.
 */
#ifndef COMPAT_MM_H
#define COMPAT_MM_H

#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/wait_bit.h>
#include "compat_dax.h"

/**
 * compat_wait_pages_idle() - wait until nobody has a page pinned
 * @pfn: the first page frame, of an FS_DAX page map
 * @nr: how many
 *
 * The caller has made sure that nobody can get at the pages any more.
 *
 * Where dax_break_layout_final() exists (the change of February 2025 that made
 * dax pages count references as others do), an idle page has no reference, and
 * taking a page map down waits for the pages itself. Before, an idle page has
 * one, its last user wakes whoever waits on its count, and nobody waits: taking
 * the page map down would leave the user with freed struct pages.
 *
 * Context: may sleep without bound.
 */
static inline void compat_wait_pages_idle(unsigned long pfn, unsigned long nr)
{
#ifndef HAVE_FUNC_DAX_BREAK_LAYOUT_FINAL
	unsigned long i;

	for (i = 0; i < nr; i++) {
		struct page *page = pfn_to_page(pfn + i);

		wait_var_event(&page->_refcount, page_ref_count(page) <= 1);
		if (!(i % 1024))
			cond_resched();
	}
#endif
}

#endif
