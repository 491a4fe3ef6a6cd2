/* SPDX-License-Identifier: GPL-2.0-only */
/* Integers, where there is a kernel and where there is none. */
#ifndef FAMFS_BTF_TYPES_H
#define FAMFS_BTF_TYPES_H

#ifdef __KERNEL__
#include <linux/types.h>
#else
#include <stddef.h>
#include <stdint.h>
#include <stdbool.h>
typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef uint64_t u64;
typedef int64_t s64;
#endif

#endif
