// SPDX-License-Identifier: GPL-2.0-only
/*
 * mmap of the character device, and the faults in its mappings.
 *
 * A mapping has a file of its own, the node opened once more: its address_space is the dax
 * device's, which a file that programs have a descriptor of must not have (hold/raw.c puts a note
 * there).
 */
#include <linux/fs.h>
#include <linux/mm.h>
#include <linux/pagemap.h>
#include "compat_fault.h"
#include "compat_file.h"
#include "core/core.h"
#include "hold/hold.h"
#include "mem/mem.h"
#include "node/internal.h"

static vm_fault_t fsdev_raw_fault_pte(struct fsdev_file *ff, struct vm_fault *vmf)
{
	struct fsdev *fsdev = ff->fsdev;
	u64 pos = PFN_PHYS((u64)vmf->pgoff), len, phys;
	bool bad;

	if (pos >= fsdev->size)
		return VM_FAULT_SIGBUS;
	len = min(PFN_PHYS((u64)compat_fault_pages(vmf, READ_ONCE(ff->next))), fsdev->size - pos);
	phys = fsdev_find(fsdev, pos, &len, &bad);
	if (bad)
		return VM_FAULT_HWPOISON;
	WRITE_ONCE(ff->next, vmf->pgoff + PHYS_PFN(len));
	/* Noted before it is mapped: once mapped, it can be pinned. */
	fsdev_raw_touch(fsdev, pos, len);
	return compat_insert_pages(vmf, PHYS_PFN(phys), PHYS_PFN(len));
}

static vm_fault_t fsdev_raw_fault_pmd(struct fsdev_file *ff, struct vm_fault *vmf)
{
	struct fsdev *fsdev = ff->fsdev;
	u64 pos, len = PMD_SIZE, phys;
	bool bad;

	if (!compat_fault_fits_pmd(vmf, &pos))
		return VM_FAULT_FALLBACK;
	if (pos >= fsdev->size || fsdev->size - pos < PMD_SIZE)
		return VM_FAULT_FALLBACK;
	phys = fsdev_find(fsdev, pos, &len, &bad);
	if (bad || !compat_takes_pmd(phys, len))
		return VM_FAULT_FALLBACK;
	fsdev_raw_touch(fsdev, pos, PMD_SIZE);
	return compat_insert_pmd(vmf, PHYS_PFN(phys));
}

static vm_fault_t fsdev_raw_fault_of(struct vm_fault *vmf, unsigned int order)
{
	struct file *file = vmf->vma->vm_file;
	struct fsdev_file *ff = file->private_data;
	vm_fault_t ret;

	/* As in famfs_fuse's faults: unbinding and poison take this lock after they said so. */
	filemap_invalidate_lock_shared(file->f_mapping);
	if (unlikely(!READ_ONCE(ff->fsdev->bound)))
		ret = VM_FAULT_SIGBUS;
	else if (!order)
		ret = fsdev_raw_fault_pte(ff, vmf);
	else if (order == PMD_SHIFT - PAGE_SHIFT)
		ret = fsdev_raw_fault_pmd(ff, vmf);
	else
		ret = VM_FAULT_FALLBACK;
	filemap_invalidate_unlock_shared(file->f_mapping);
	return ret;
}

static vm_fault_t fsdev_raw_fault(struct vm_fault *vmf)
{
	return fsdev_raw_fault_of(vmf, 0);
}

static vm_fault_t fsdev_raw_huge_fault(struct vm_fault *vmf, compat_fault_order_t order)
{
	return fsdev_raw_fault_of(vmf, compat_fault_order(order));
}

/* Nothing more than what a fault maps; without it faults are begun twice. */
static vm_fault_t fsdev_raw_map_pages(struct vm_fault *vmf, pgoff_t start, pgoff_t end)
{
	return 0;
}

static const struct vm_operations_struct fsdev_raw_vm_ops = {
	.fault = fsdev_raw_fault,
	.huge_fault = fsdev_raw_huge_fault,
	.map_pages = fsdev_raw_map_pages,
};

/* The node once more, for a mapping, and used raw as of now. */
static struct file *fsdev_raw_reopen(struct file *file)
{
	struct fsdev_file *ff = file->private_data, *mine;
	struct file *mapped;
	int err;

	mapped = compat_open_for_mapping(file, &file->f_path, file->f_cred);
	if (IS_ERR(mapped))
		return mapped;
	mine = mapped->private_data;
	/* The device may have been bound anew since the file was opened. */
	err = mine->fsdev == ff->fsdev ? fsdev_raw_claim(mine) : -ENXIO;
	if (err) {
		fput(mapped);
		return ERR_PTR(err);
	}
	mine->mapped = true;
	mapped->f_mapping = fsdev_raw_mapping(ff->fsdev);
	return mapped;
}

/**
 * fsdev_raw_mmap() - mmap of the character device
 * @file: an open file
 * @vma: the mapping to be
 *
 * What lies behind the device's end is found out by a fault.
 *
 * Context: as ->mmap.
 * Return: 0; -EINVAL for a private mapping; -EBUSY if a mount has the device; -ENXIO if it
 * is gone; -ENOMEM.
 */
int fsdev_raw_mmap(struct file *file, struct vm_area_struct *vma)
{
	struct fsdev_file *ff = file->private_data;
	struct file *mapped;
	int err;

	if (!(vma->vm_flags & VM_MAYSHARE)) {
		pr_info_ratelimited("fsdev_dax: %s: no private mapping for %s[%d]: the node has shared ones alone\n",
				    ff->fsdev->name, current->comm, task_tgid_nr(current));
		return -EINVAL;
	}
	/* remap_file_pages: once more the same file. */
	if (!ff->mapped) {
		err = fsdev_raw_claim(ff);
		if (err)
			return err;
		mapped = fsdev_raw_reopen(file);
		if (IS_ERR(mapped))
			return PTR_ERR(mapped);
		vma_set_file(vma, mapped);
		fput(mapped);
	}
	vma->vm_ops = &fsdev_raw_vm_ops;
	return 0;
}
