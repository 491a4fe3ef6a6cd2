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

#include "btf_types.h"

enum famfs_layout_kind {
	FAMFS_LAYOUT_STRUCT = 1,	/* starts a group; its members follow */
	FAMFS_LAYOUT_MEMBER,		/* belongs to the last STRUCT */
	FAMFS_LAYOUT_FUNC,		/* exists with this prototype */
	FAMFS_LAYOUT_ENUMVAL,		/* enumerator with this value */
};

struct famfs_btf_view;

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

/* what famfs_btf_find_member() found */
struct famfs_btf_found {
	u32 type, bit_off, bit_size;
	bool bitfield;
};

bool famfs_btf_find_member(const struct famfs_btf_view *v, u32 id, const char *name,
			   struct famfs_btf_found *f);

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
