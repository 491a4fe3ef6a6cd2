/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the parts of the BTF reader share: raw BTF as it lies in a blob.
 *
 * btf_blob.c reads, btf_sig.c sums up types, btf_verify.c compares; the layout
 * generator reads with the first two, too.  All of it takes the blob as hostile:
 * every length, id and string offset is checked before use, walks are bounded,
 * and nothing is allocated.
 */
#ifndef FAMFS_BTF_INTERNAL_H
#define FAMFS_BTF_INTERNAL_H

#ifdef __KERNEL__
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/limits.h>
#include <linux/sched.h>
#include <linux/string.h>
#else
#include <errno.h>
#include <stdio.h>
#include <string.h>
#define S32_MAX	INT32_MAX
#define U32_MAX	UINT32_MAX
#define cond_resched()	((void)0)
#endif
#include "btf_verify.h"

/* There is DAX on 64-bit kernels only; who builds for one may have a 32-bit libc. */
#ifdef __KERNEL__
#define FAMFS_BTF_PTR_SIZE	((u32)sizeof(void *))
#else
#define FAMFS_BTF_PTR_SIZE	8u
#endif

enum {
	K_INT = 1, K_PTR, K_ARRAY, K_STRUCT, K_UNION, K_ENUM, K_FWD, K_TYPEDEF, K_VOLATILE,
	K_CONST, K_RESTRICT, K_FUNC, K_FUNC_PROTO, K_VAR, K_DATASEC, K_FLOAT, K_DECL_TAG,
	K_TYPE_TAG, K_ENUM64,
	K_UNKNOWN,	/* the first of those that only a layout section describes */
};

struct raw_type {
	u32 name_off;
	u32 info;
	u32 size;	/* or the type referred to */
};

struct raw_member {
	u32 name_off, type, offset;
};

struct raw_param {
	u32 name_off, type;
};

struct raw_array {
	u32 type, index_type, nelems;
};

/* of both kinds of enum; @hi of the narrow kind is 0 */
struct raw_enumerator {
	u32 name_off, lo, hi;
};

/* one type, its position checked, with its variable part */
struct tinfo {
	struct raw_type t;
	u32 kind;
	u32 vlen;
	bool kflag;
	const u8 *extra;
};

/* where a walk over all types of a blob is */
struct famfs_btf_walk {
	const struct famfs_btf_blob *b;
	u32 next;	/* offset of the following record */
	u32 id;		/* of the type that was returned last */
};

/* what famfs_btf_find_member() found */
struct famfs_btf_found {
	u32 type, bit_off, bit_size;
	bool bitfield;
};

int famfs_btf_blob_init(struct famfs_btf_blob *b, const void *data, size_t len,
			const struct famfs_btf_blob *base, char *why, size_t whylen);
bool famfs_btf_read_type(const struct famfs_btf_blob *b, u32 off, struct tinfo *ti, u32 *next);
void famfs_btf_walk_start(struct famfs_btf_walk *w, const struct famfs_btf_blob *b);
bool famfs_btf_walk_next(struct famfs_btf_walk *w, struct tinfo *ti);
const char *famfs_btf_str_at(const struct famfs_btf_view *v, u32 off);
bool famfs_btf_type_at(const struct famfs_btf_view *v, u32 id, struct tinfo *ti);
void famfs_btf_member_at(const struct tinfo *ti, u32 i, struct raw_member *m, u32 *bit_off,
			 u32 *bits);
void famfs_btf_param_at(const struct tinfo *ti, u32 i, struct raw_param *p);
void famfs_btf_enumerator_at(const struct tinfo *ti, u32 i, struct raw_enumerator *e);
void famfs_btf_array_of(const struct tinfo *ti, struct raw_array *a);

u32 famfs_btf_mix_str(u32 h, const char *s);
u32 famfs_btf_sig_of(const struct famfs_btf_view *v, u32 id, u32 *unknown);
u32 famfs_btf_type_bits(const struct famfs_btf_view *v, u32 id);

bool famfs_btf_find_member(const struct famfs_btf_view *v, u32 id, const char *name,
			   struct famfs_btf_found *f);

#endif /* FAMFS_BTF_INTERNAL_H */
