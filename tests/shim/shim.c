// SPDX-License-Identifier: GPL-2.0-only
/* Kernel services for code that runs in user space under test. */
#include <stdlib.h>

#include <linux/overflow.h>
#include <linux/slab.h>
#include <linux/sort.h>

unsigned long shim_allocs;
long shim_allocs_left = -1;

static int may_alloc(void)
{
	shim_allocs++;
	if (shim_allocs_left < 0)
		return 1;
	return shim_allocs_left-- > 0;
}

void *kvmalloc(size_t size, int gfp)
{
	(void)gfp;
	if (!may_alloc()) {
		shim_allocs_left = 0;
		return NULL;
	}
	return malloc(size);
}

void *kvzalloc(size_t size, int gfp)
{
	(void)gfp;
	if (!may_alloc()) {
		shim_allocs_left = 0;
		return NULL;
	}
	return calloc(1, size);
}

void *kvmalloc_array(size_t n, size_t size, int gfp)
{
	return kvmalloc(array_size(n, size), gfp);
}

void kvfree(const void *p)
{
	free((void *)p);
}

void sort(void *base, size_t num, size_t size,
	  int (*cmp)(const void *, const void *),
	  void (*swap)(void *, void *, int))
{
	(void)swap;
	qsort(base, num, size, cmp);
}
