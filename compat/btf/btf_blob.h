/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Raw BTF as it lies in a blob.
 *
 * btf_blob.c reads it, btf_sig.c sums up types; btf_verify.c compares by these two, and the
 * layout generator reads with them, too.  All of it takes the blob as hostile:
 * every length, id and string offset is checked before use, walks are bounded,
 * and nothing is allocated.
 */
#ifndef FAMFS_BTF_BLOB_H
#define FAMFS_BTF_BLOB_H

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
#include "btf_types.h"

/* Every type is at most (types / FAMFS_BTF_MARKS) steps from a known offset. */
#define FAMFS_BTF_MARKS	2048

/**
 * struct famfs_btf_blob - one checked BTF blob, vmlinux or a module's
 * @types: type section, 4-byte aligned for the kernel's blobs; read through memcpy
 *	all the same
 * @types_len: bytes in it
 * @strs: string section, last byte is NUL
 * @strs_len: bytes in it, 0 for a module without strings of its own
 * @layout: layout section, or that of the base: 4 bytes for each kind, which say how
 *	long a record is
 * @kinds: how many kinds it describes, 0 if there is none
 * @first_id: id of the first type here (1, or the base's count)
 * @nr: number of types here
 * @str_base: string offset of @strs[0]
 * @stride: types between two marks
 * @mark: offset in @types of every @stride-th type
 */
struct famfs_btf_blob {
	const u8 *types;
	u32 types_len;
	const char *strs;
	u32 strs_len;
	const u8 *layout;
	u32 kinds;
	u32 first_id;
	u32 nr;
	u32 str_base;
	u32 stride;
	u32 mark[FAMFS_BTF_MARKS];
};

/**
 * struct famfs_btf_view - vmlinux BTF and at most one module's on top
 * @base: BTF of the kernel proper
 * @mod: the module's own types
 * @has_mod: @mod is in use
 * @done: scratch of famfs_btf_check(): table entries found to match
 * @names: scratch of famfs_btf_check(): hashes of the names looked for
 *
 * About 16 KiB: allocate it, never put it on a kernel stack.
 */
struct famfs_btf_view {
	struct famfs_btf_blob base;
	struct famfs_btf_blob mod;
	bool has_mod;
	u8 done[128];
	u8 names[256];
};

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

int famfs_btf_view_init(struct famfs_btf_view *v, const void *vmlinux_btf, size_t len,
			const void *mod_btf, size_t modlen, char *why, size_t whylen);
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

#endif /* FAMFS_BTF_BLOB_H */
