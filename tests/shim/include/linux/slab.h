/* SPDX-License-Identifier: GPL-2.0-only */
/* User-space stand-in for the kernel header of this name: what fmap needs. */
#ifndef SHIM_LINUX_SLAB_H
#define SHIM_LINUX_SLAB_H

#include <stddef.h>

#define GFP_KERNEL		1
#define GFP_KERNEL_ACCOUNT	2

/* For tests: allocations so far, and how many more may succeed (-1: all). */
extern unsigned long shim_allocs;
extern long shim_allocs_left;

void *kvmalloc(size_t size, int gfp);
void *kvzalloc(size_t size, int gfp);
void *kvmalloc_array(size_t n, size_t size, int gfp);
void kvfree(const void *p);

#endif
