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
#include "compat_mm.h"
#include "famfs.h"
#include "fault.h"

/* Has the file a device that can be mapped so? If there is none nothing here is ever needed. */
static bool famfs_may_be_giant(const struct famfs_inode *fi)
{
	const struct fmap *map = fi->map;
	u32 i;

	if (map->mapped < FAMFS_GIANT || famfs_data_ops(fi) != &famfs_bus_ops)
		return false;
	for (i = 0; i < map->ndevs; i++)
		if (famfs_map_dev(map, i)->giant)
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
 * Context: may sleep; the mapping's invalidate lock held exclusively, or no fault possible in the
 * vmas that matter.
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

/* What of a vma is mapped 1 GiB at a time, where [@start, @end) has a part of it, goes. */
static void famfs_giant_unmap(struct vm_area_struct *vma, unsigned long start,
			      unsigned long end)
{
	struct address_space *mapping = vma->vm_file->f_mapping;
	struct famfs_inode *fi = famfs_mapping_owner(mapping);
	u64 pos = PFN_PHYS((u64)vma->vm_pgoff) + start - vma->vm_start;
	u64 last = pos + (end - start);

	compat_vma_keep_faults_out(vma);
	pos = round_down(pos, FAMFS_GIANT);
	last = round_up(last, FAMFS_GIANT);
	if (famfs_has_giant(fi->marks, pos, last))
		unmap_mapping_range(mapping, pos, last - pos, 0);
}

/* A vma becomes two, or a part of it moves: no mapping is of both. */
static int famfs_giant_may_split(struct vm_area_struct *vma, unsigned long addr)
{
	if (addr & ~PUD_MASK)
		famfs_giant_unmap(vma, addr, addr + 1);
	return 0;
}

static int famfs_giant_mprotect(struct vm_area_struct *vma, unsigned long start,
				unsigned long end, unsigned long newflags)
{
	famfs_giant_unmap(vma, start, end);
	return 0;
}

const struct vm_operations_struct famfs_giant_vm_ops = {
	.fault = famfs_fault,
	.huge_fault = famfs_huge_fault,
	.map_pages = famfs_map_pages,
	.may_split = famfs_giant_may_split,
	.mprotect = COMPAT_MPROTECT_BREAKS_PUDS ? famfs_giant_mprotect : NULL,
};

/**
 * famfs_vma_may_be_giant() - can a vma have mappings of 1 GiB?
 * @fi: the file
 * @vma: being made
 *
 * Context: as ->mmap.
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

/* A place that agrees with the file modulo 1 GiB, or an errno. */
static unsigned long famfs_giant_area(struct file *file, unsigned long addr, unsigned long len,
				      unsigned long pgoff, unsigned long flags)
{
	unsigned long at;

	if (len + FAMFS_GIANT < len)
		return -ENOMEM;
	at = thp_get_unmapped_area(file, addr, len + FAMFS_GIANT, pgoff, flags);
	if (IS_ERR_VALUE(at))
		return at;
	return at + ((PFN_PHYS((u64)pgoff) - at) & (FAMFS_GIANT - 1));
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
	unsigned long at;

	if (len >= FAMFS_GIANT && !addr && !(flags & MAP_FIXED) && famfs_is_shared(flags) &&
	    famfs_may_be_giant(famfs_inode_of(file_inode(file)))) {
		at = famfs_giant_area(file, addr, len, pgoff, flags);
		if (!IS_ERR_VALUE(at))
			return at;
	}
	return thp_get_unmapped_area(file, addr, len, pgoff, flags);
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
	struct famfs_inode *fi = famfs_mapping_owner(file->f_mapping);
	unsigned long at;

	if (len < FAMFS_GIANT)
		return thp_get_unmapped_area(file, addr, len, pgoff, flags);
	compat_mapping_keep_faults_out(file);
	famfs_unmap(fi, PFN_PHYS((u64)pgoff), len);
	if (!addr && !(flags & MAP_FIXED)) {
		at = famfs_giant_area(file, 0, len, pgoff, flags);
		if (!IS_ERR_VALUE(at))
			return at;
	}
	return thp_get_unmapped_area(file, addr, len, pgoff, flags);
}
