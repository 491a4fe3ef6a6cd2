/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Does a kernel still have the structs a module was built for?
 *
 * The build reads the target kernel's BTF and writes down what it used, one
 * table per module.  This is the reader that compares such a table with a raw
 * BTF blob again.  It is plain C without allocation, used in three places: in
 * the module at load, in the layout generator (which reads BTF with it, and checks
 * its own output) and in the unit tests.
 */
#ifndef FAMFS_BTF_VERIFY_H
#define FAMFS_BTF_VERIFY_H

#ifdef __KERNEL__
#include <linux/init.h>
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

enum famfs_layout_kind {
	FAMFS_LAYOUT_STRUCT = 1,	/* starts a group; its members follow */
	FAMFS_LAYOUT_MEMBER,		/* belongs to the last STRUCT */
	FAMFS_LAYOUT_FUNC,		/* exists with this prototype */
	FAMFS_LAYOUT_ENUMVAL,		/* enumerator with this value */
};

/**
 * struct famfs_layout_entry - one fact the module was built on
 * @module: whose split BTF held it at build time, NULL for the kernel proper
 * @owner: struct, function or enum name
 * @member: member or enumerator name, else NULL
 * @bit_off: MEMBER: offset from the start of the outermost struct, in bits
 * @bit_size: MEMBER: size in bits. STRUCT: size in bits, 0 = not compared
 * @sig: famfs_btf_sig_of() of the member's or function's type; for ENUMVAL
 *	the low 32 bits of the value
 * @kind: enum famfs_layout_kind
 */
struct famfs_layout_entry {
	const char *module;
	const char *owner;
	const char *member;
	u32 bit_off;
	u32 bit_size;
	u32 sig;
	u8 kind;
};

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

int famfs_btf_view_init(struct famfs_btf_view *v, const void *vmlinux_btf, size_t len,
			const void *mod_btf, size_t modlen, char *why, size_t whylen);
int famfs_btf_check(struct famfs_btf_view *v, const char *module,
		    const struct famfs_layout_entry *tab, size_t n,
		    char *why, size_t whylen);
int famfs_btf_verify(struct famfs_btf_view *v, const void *vmlinux_btf, size_t len,
		     const char *module, const void *mod_btf, size_t modlen,
		     const struct famfs_layout_entry *tab, size_t n,
		     char *why, size_t whylen);

#ifdef __KERNEL__
int famfs_layout_check(const char *what, const struct famfs_layout_entry *tab, size_t n);
#endif

#endif /* FAMFS_BTF_VERIFY_H */
