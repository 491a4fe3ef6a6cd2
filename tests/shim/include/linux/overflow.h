/* SPDX-License-Identifier: GPL-2.0-only */
/* User-space stand-in for the kernel header of this name: what fmap needs. */
#ifndef SHIM_LINUX_OVERFLOW_H
#define SHIM_LINUX_OVERFLOW_H

#include <stddef.h>
#include <stdint.h>

#define check_add_overflow(a, b, d)	__builtin_add_overflow(a, b, d)

static inline size_t size_add(size_t a, size_t b)
{
	size_t sum;

	return __builtin_add_overflow(a, b, &sum) ? SIZE_MAX : sum;
}

static inline size_t array_size(size_t a, size_t b)
{
	size_t prod;

	return __builtin_mul_overflow(a, b, &prod) ? SIZE_MAX : prod;
}

#define struct_size(p, member, n)	\
	size_add(sizeof(*(p)), array_size(n, sizeof(*(p)->member)))

#endif
