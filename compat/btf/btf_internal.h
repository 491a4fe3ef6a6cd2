/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the parts of the BTF reader share: raw BTF as it lies in a blob.
 *
 * btf_blob.c reads, btf_sig.c sums up types, btf_verify.c compares.  All of it
 * takes the blob as hostile: every length, id and string offset is checked
 * before use, walks are bounded, and nothing is allocated.
 */
#ifndef FAMFS_BTF_INTERNAL_H
#define FAMFS_BTF_INTERNAL_H

#ifdef __KERNEL__
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/limits.h>
#include <linux/string.h>
#else
#include <errno.h>
#include <stdio.h>
#include <string.h>
#define S32_MAX	INT32_MAX
#define U32_MAX	UINT32_MAX
#endif
#include "btf_verify.h"

enum {
	K_INT = 1, K_PTR, K_ARRAY, K_STRUCT, K_UNION, K_ENUM, K_FWD, K_TYPEDEF, K_VOLATILE,
	K_CONST, K_RESTRICT, K_FUNC, K_FUNC_PROTO, K_VAR, K_DATASEC, K_FLOAT, K_DECL_TAG,
	K_TYPE_TAG, K_ENUM64,
};

struct raw_type {
	u32 name_off;
	u32 info;
	u32 size;	/* or the type referred to */
};

struct raw_member {
	u32 name_off, type, offset;
};

/* one type, its position checked, with its variable part */
struct tinfo {
	struct raw_type t;
	u32 kind;
	u32 vlen;
	bool kflag;
	const u8 *extra;
};

bool famfs_btf_read_type(const struct famfs_btf_blob *b, u32 off, struct tinfo *ti, u32 *next);
const char *famfs_btf_str_at(const struct famfs_btf_view *v, u32 off);
bool famfs_btf_type_at(const struct famfs_btf_view *v, u32 id, struct tinfo *ti);
void famfs_btf_member_at(const struct tinfo *ti, u32 i, struct raw_member *m, u32 *bit_off,
			 u32 *bits);

u32 famfs_btf_mix_str(u32 h, const char *s);
u32 famfs_btf_type_bits(const struct famfs_btf_view *v, u32 id);

#endif /* FAMFS_BTF_INTERNAL_H */
