// SPDX-License-Identifier: GPL-2.0-only
/*
 * Page faults on mapped files.
 */
#include <linux/dax.h>
#include <linux/fs.h>
#include <linux/mm.h>
#include "compat_dax.h"
#include "famfs.h"

static void famfs_count_fault(unsigned int order, vm_fault_t ret)
{
	if (ret & (VM_FAULT_ERROR | VM_FAULT_FALLBACK | VM_FAULT_RETRY))
		return;
	if (!order)
		famfs_count(FAMFS_PTE);
	else if (order == PMD_SHIFT - PAGE_SHIFT)
		famfs_count(FAMFS_PMD);
	else
		famfs_count(FAMFS_PUD);
}

/*
 * @shared_write: the page becomes writable for everybody: a frozen file system
 * must hold it off.
 */
static vm_fault_t famfs_do_fault(struct vm_fault *vmf, compat_fault_order_t order,
				 bool shared_write)
{
	struct address_space *mapping = vmf->vma->vm_file->f_mapping;
	struct inode *inode = mapping->host;
	vm_fault_t ret;

	if (shared_write) {
		sb_start_pagefault(inode->i_sb);
		file_update_time(vmf->vma->vm_file);
	}
	filemap_invalidate_lock_shared(mapping);
	ret = compat_dax_fault(vmf, order, &famfs_fuse_iomap_ops);
	filemap_invalidate_unlock_shared(mapping);
	if (shared_write)
		sb_end_pagefault(inode->i_sb);
	famfs_count_fault(compat_fault_order(order), ret);
	/* Who touches bad memory is told so: not every DAX core does. */
	if (unlikely(ret & VM_FAULT_SIGBUS) &&
	    famfs_is_bad(inode, (loff_t)vmf->pgoff << PAGE_SHIFT))
		ret = (ret & ~VM_FAULT_SIGBUS) | VM_FAULT_HWPOISON;
	return ret;
}

static bool famfs_is_shared_write(struct vm_fault *vmf)
{
	return (vmf->flags & FAULT_FLAG_WRITE) &&
	       (vmf->vma->vm_flags & VM_SHARED);
}

static vm_fault_t famfs_fault(struct vm_fault *vmf)
{
	return famfs_do_fault(vmf, COMPAT_ORDER_PTE, famfs_is_shared_write(vmf));
}

static vm_fault_t famfs_huge_fault(struct vm_fault *vmf,
				   compat_fault_order_t order)
{
	return famfs_do_fault(vmf, order, famfs_is_shared_write(vmf));
}

static vm_fault_t famfs_mkwrite(struct vm_fault *vmf)
{
	return famfs_do_fault(vmf, COMPAT_ORDER_PTE, true);
}

const struct vm_operations_struct famfs_vm_ops = {
	.fault = famfs_fault,
	.huge_fault = famfs_huge_fault,
	.page_mkwrite = famfs_mkwrite,
	.pfn_mkwrite = famfs_mkwrite,
};
