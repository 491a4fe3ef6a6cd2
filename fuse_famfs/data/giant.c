// SPDX-License-Identifier: GPL-2.0-only
/*
 * Mappings of 1 GiB: where they can be, and what the kernel must not do to them.
 *
 * A device whose folios are so large (a parameter of fsdev_dax) can be mapped 1 GiB at once by
 * shared mappings. The kernel can make such a mapping, and take it away as a whole; with
 * everything else that it does to a part of one it relies on the driver not to let it. What can
 * be met by having the mapping away before is met so: the next fault brings it back.
 */
#include <linux/fs.h>
#include <linux/mm.h>
#include <linux/mman.h>
#include <linux/mmap_lock.h>
#include <linux/pagemap.h>
#include "compat_mm.h"
#include "data/fault.h"

static const struct vm_operations_struct famfs_giant_vm_ops;

/* The place in the file, bytes, of an address in a vma. */
static u64 famfs_vma_pos(const struct vm_area_struct *vma, unsigned long addr)
{
	return PFN_PHYS((u64)vma->vm_pgoff) + addr - vma->vm_start;
}

/* Has the file a device that can be mapped so? If there is none nothing here is ever needed. */
static bool famfs_may_be_giant(const struct famfs_inode *fi)
{
	const struct fmap *map = fi->map;
	u32 i;

	if (map->mapped < FAMFS_GIANT || famfs_data_ops(fi) != &famfs_bus_ops)
		return false;
	for (i = 0; i < map->ndevs; i++)
		if (famfs_map_dev(map, i)->folio_order == FAMFS_GIANT_SHIFT - PAGE_SHIFT)
			return true;
	return false;
}

/**
 * famfs_unmap() - nobody has a piece of a file mapped
 * @fi: the file
 * @pos: where the piece begins, bytes
 * @len: bytes, > 0
 *
 * What is mapped 1 GiB at a time goes as a whole: the kernel takes no part out of it without the
 * lock of the mm. Private copies stay.
 *
 * Context: may sleep; the mapping's invalidate lock held exclusively.
 */
void famfs_unmap(struct famfs_inode *fi, u64 pos, u64 len)
{
	u64 end = pos + len;

	if (famfs_has_giant(READ_ONCE(fi->marks), pos, end)) {
		pos = round_down(pos, FAMFS_GIANT);
		end = round_up(end, FAMFS_GIANT);
	}
	unmap_mapping_range(fi->mapping, pos, end - pos, 0);
}

/*
 * Does a vma have all of the 1 GiB around @addr, where it can be mapped at once? Where nobody has
 * access a debugger has: an entry without access is one that the kernel, of this size alone, takes
 * for not present. And where userfaultfd watches, which not every kernel keeps away from such vmas,
 * the kernel does not know what to do with one.
 */
static bool famfs_giant_fits(const struct vm_area_struct *vma, unsigned long addr)
{
	return vma->vm_flags & VM_ACCESS_FLAGS && !(vma->vm_flags & VM_UFFD_WP) &&
	       addr >= vma->vm_start && vma->vm_end - addr >= FAMFS_GIANT &&
	       !(famfs_vma_pos(vma, addr) & (FAMFS_GIANT - 1));
}

/* Finds the first page frame of 1 GiB that can be mapped at once. Under the invalidate lock. */
static bool famfs_giant_find(const struct famfs_inode *fi, u64 pos, unsigned long *pfn)
{
	u64 len = FAMFS_GIANT, phys;
	bool bad;

	if (famfs_check(fi))
		return false;
	phys = famfs_fault_find(fi, pos, &len, &bad);
	*pfn = PHYS_PFN(phys);
	return !bad && len == FAMFS_GIANT && !(phys & (FAMFS_GIANT - 1)) &&
	       compat_is_pud_page(*pfn);
}

/* Can this fault map 1 GiB? Only a hint, as the lock is dropped: famfs_giant_map() looks again. */
static bool famfs_giant_may_map(struct vm_fault *vmf, unsigned long addr)
{
	const struct vm_area_struct *vma = vmf->vma;
	struct address_space *mapping = vma->vm_file->f_mapping;
	unsigned long pfn;
	bool may;

	if (!(vmf->flags & FAULT_FLAG_ALLOW_RETRY) ||
	    vmf->flags & (FAULT_FLAG_RETRY_NOWAIT | FAULT_FLAG_TRIED) ||
	    !pud_none(READ_ONCE(*vmf->pud)) || !famfs_giant_fits(vma, addr))
		return false;
	filemap_invalidate_lock_shared(mapping);
	may = famfs_giant_find(famfs_mapping_owner(mapping), famfs_vma_pos(vma, addr), &pfn);
	filemap_invalidate_unlock_shared(mapping);
	return may;
}

/* Maps 1 GiB. mmap_lock is held for writing. */
static void famfs_giant_map(struct vm_area_struct *vma, unsigned long addr)
{
	struct address_space *mapping = vma->vm_file->f_mapping;
	struct famfs_inode *fi = famfs_mapping_owner(mapping);
	u64 pos = famfs_vma_pos(vma, addr);
	unsigned long pfn;
	vm_fault_t ret;

	compat_vma_keep_faults_out(vma);
	filemap_invalidate_lock_shared(mapping);
	if (famfs_giant_find(fi, pos, &pfn)) {
		/* Marked before it is mapped, as in famfs_fault_pmd(). */
		famfs_mark_giant(fi->marks, pos >> FAMFS_GIANT_SHIFT, vma->vm_flags & VM_MAYWRITE);
		ret = compat_insert_pud(vma, addr, pfn);
		famfs_fault_told(fi, pos, FAMFS_GIANT_SHIFT - PAGE_SHIFT, ret);
	}
	filemap_invalidate_unlock_shared(mapping);
}

/*
 * Page table walkers hold mmap_lock for reading, as faults do, and read an entry several times. An
 * entry of 1 GiB that appears between two reads looks broken to them, and is cleared. So it is
 * inserted with mmap_lock held for writing, and the fault is retried and finds it.
 */
static vm_fault_t famfs_giant_fault(struct vm_fault *vmf, compat_fault_order_t order)
{
	struct vm_area_struct *vma = vmf->vma;
	unsigned long addr = vmf->address & PUD_MASK;
	struct mm_struct *mm = vma->vm_mm;
	struct file *file;

	if (compat_fault_order(order) != FAMFS_GIANT_SHIFT - PAGE_SHIFT)
		return famfs_huge_fault(vmf, order);
	if (!famfs_giant_may_map(vmf, addr))
		return VM_FAULT_FALLBACK;
	file = get_file(vma->vm_file);
	compat_fault_unlock(vmf);
	if (!mmap_write_lock_killable(mm)) {
		vma = find_vma(mm, addr);
		if (vma && vma->vm_file == file && vma->vm_ops == &famfs_giant_vm_ops &&
		    famfs_giant_fits(vma, addr))
			famfs_giant_map(vma, addr);
		mmap_write_unlock(mm);
	}
	fput(file);
	return VM_FAULT_RETRY;
}

/*
 * The caller keeps faults in its own mm out. Other processes can have the file mapped: under the
 * invalidate lock none of their faults is being served.
 */
static void famfs_giant_unmap(struct address_space *mapping, u64 pos, u64 len)
{
	filemap_invalidate_lock(mapping);
	famfs_unmap(famfs_mapping_owner(mapping), pos, len);
	filemap_invalidate_unlock(mapping);
}

/* A vma is split, or a part of it moves: no entry of 1 GiB may span both parts. */
static int famfs_giant_may_split(struct vm_area_struct *vma, unsigned long addr)
{
	if (!(addr & ~PUD_MASK))
		return 0;
	compat_vma_keep_faults_out(vma);
	famfs_giant_unmap(vma->vm_file->f_mapping, famfs_vma_pos(vma, addr), 1);
	return 0;
}

/* An entry of 1 GiB without access would look not present to the kernel: take it away. */
static int famfs_giant_mprotect(struct vm_area_struct *vma, unsigned long start,
				unsigned long end, unsigned long newflags)
{
	if (newflags & VM_ACCESS_FLAGS)
		return 0;
	compat_vma_keep_faults_out(vma);
	famfs_giant_unmap(vma->vm_file->f_mapping, famfs_vma_pos(vma, start), end - start);
	return 0;
}

static const struct vm_operations_struct famfs_giant_vm_ops = {
	.fault = famfs_fault,
	.huge_fault = famfs_giant_fault,
	.map_pages = famfs_map_pages,
	.may_split = famfs_giant_may_split,
	.mprotect = famfs_giant_mprotect,
};

/**
 * famfs_vma_may_be_giant() - can a vma have mappings of 1 GiB?
 * @fi: the file
 * @vma: being made
 *
 * Context: as ->mmap.
 * Return: true if it can.
 */
bool famfs_vma_may_be_giant(const struct famfs_inode *fi, const struct vm_area_struct *vma)
{
	/* In private ones a store would have to take a part out. */
	return vma->vm_flags & VM_SHARED && vma->vm_end - vma->vm_start >= FAMFS_GIANT &&
	       famfs_may_be_giant(fi);
}

/**
 * famfs_giant_vma_init() - make it one that can
 * @vma: the vma
 *
 * Context: as ->mmap.
 */
void famfs_giant_vma_init(struct vm_area_struct *vma)
{
	vma->vm_ops = &famfs_giant_vm_ops;
	compat_vma_with_puds(vma);
}

static bool famfs_is_shared(unsigned long flags)
{
	unsigned long type = flags & MAP_TYPE;

	return type == MAP_SHARED || type == MAP_SHARED_VALIDATE;
}

/* Without a hint: an address that agrees with the file offset modulo 1 GiB. */
static unsigned long famfs_giant_area(struct file *file, unsigned long addr, unsigned long len,
				      unsigned long pgoff, unsigned long flags)
{
	unsigned long at;

	if (!addr && !(flags & MAP_FIXED) && len + FAMFS_GIANT > len) {
		at = compat_large_area(file, 0, len + FAMFS_GIANT, pgoff, flags);
		if (!IS_ERR_VALUE(at))
			return at + ((PFN_PHYS((u64)pgoff) - at) & (FAMFS_GIANT - 1));
	}
	return compat_large_area(file, addr, len, pgoff, flags);
}

/**
 * famfs_area() - where a mapping of a file is to be
 * @file: the user's file
 * @addr: where it would be welcome, or 0; with MAP_FIXED: where it is
 * @len: bytes
 * @pgoff: where in the file, pages
 * @flags: of mmap
 *
 * Context: as ->get_unmapped_area.
 * Return: the address; an errno.
 */
unsigned long famfs_area(struct file *file, unsigned long addr, unsigned long len,
			 unsigned long pgoff, unsigned long flags)
{
	if (len >= FAMFS_GIANT && famfs_is_shared(flags) &&
	    famfs_may_be_giant(famfs_inode_of(file_inode(file))))
		return famfs_giant_area(file, addr, len, pgoff, flags);
	return compat_large_area(file, addr, len, pgoff, flags);
}

/**
 * famfs_giant_moved() - where a mapping of a vma that can have some of 1 GiB is to be moved
 * @file: the mapping's own
 * @addr: as of famfs_area()
 * @len: bytes, when it is there
 * @pgoff: where in the file, pages
 * @flags: of mmap
 *
 * mremap() asks for it before it moves anything. Page table entries are what it moves, and one
 * of 1 GiB it takes for a broken one: so there is none then.
 *
 * Context: as ->get_unmapped_area, the mm locked to be changed.
 * Return: the address; an errno.
 */
unsigned long famfs_giant_moved(struct file *file, unsigned long addr, unsigned long len,
				unsigned long pgoff, unsigned long flags)
{
	if (len < FAMFS_GIANT)
		return compat_large_area(file, addr, len, pgoff, flags);
	compat_mapping_keep_faults_out(file);
	famfs_giant_unmap(file->f_mapping, PFN_PHYS((u64)pgoff), len);
	return famfs_giant_area(file, addr, len, pgoff, flags);
}
