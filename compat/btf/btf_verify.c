// SPDX-License-Identifier: GPL-2.0-only
/*
 * Compares a layout table with raw BTF.
 *
 * The blob is taken as hostile: every length, id and string offset is checked
 * before use, walks are bounded, and nothing is allocated.
 */
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

#define RAW_MAGIC	0xeb9f
#define RAW_MAX_TYPES	0x000fffff
#define MAX_ANON_DEPTH	8
#define SIG_MAX_DEPTH	6
#define SIG_MAX_STEPS	2048
#define MAX_MARKED	(sizeof(((struct famfs_btf_view *)0)->done) * 8)

enum {
	K_INT = 1, K_PTR, K_ARRAY, K_STRUCT, K_UNION, K_ENUM, K_FWD, K_TYPEDEF, K_VOLATILE,
	K_CONST, K_RESTRICT, K_FUNC, K_FUNC_PROTO, K_VAR, K_DATASEC, K_FLOAT, K_DECL_TAG,
	K_TYPE_TAG, K_ENUM64,
};

struct raw_header {
	u16 magic;
	u8 version;
	u8 flags;
	u32 hdr_len;
	u32 type_off, type_len, str_off, str_len;
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

static u32 extra_size(u32 kind, u32 vlen)
{
	/* vlen has 24 bits, so nothing here can overflow */
	switch (kind) {
	case K_INT:
	case K_VAR:
	case K_DECL_TAG:
		return 4;
	case K_ARRAY:
		return 12;
	case K_STRUCT:
	case K_UNION:
	case K_DATASEC:
	case K_ENUM64:
		return vlen * 12;
	case K_ENUM:
	case K_FUNC_PROTO:
		return vlen * 8;
	default:
		return 0;
	}
}

/* The type at @off; *@next is where the following one starts. */
static bool read_type(const struct famfs_btf_blob *b, u32 off, struct tinfo *ti, u32 *next)
{
	u32 extra;

	if (off > b->types_len || b->types_len - off < sizeof(ti->t))
		return false;
	memcpy(&ti->t, b->types + off, sizeof(ti->t));
	off += sizeof(ti->t);
	/* since 7.x: 24 bits of vlen, 7 of kind; the bits were zero before */
	ti->kind = (ti->t.info >> 24) & 0x7f;
	ti->vlen = ti->t.info & 0xffffff;
	ti->kflag = ti->t.info >> 31;
	if (ti->kind < K_INT || ti->kind > K_ENUM64)
		return false;
	extra = extra_size(ti->kind, ti->vlen);
	if (b->types_len - off < extra)
		return false;
	ti->extra = b->types + off;
	*next = off + extra;
	return true;
}

static int blob_init(struct famfs_btf_blob *b, const void *data, size_t len,
		     u32 first_id, u32 str_base, const char *what, char *why, size_t whylen)
{
	struct raw_header h;
	struct tinfo ti;
	size_t left;
	u32 off, nr;

	memset(b, 0, sizeof(*b));
	if (!data || len < sizeof(h) || len > S32_MAX)
		goto damaged;
	memcpy(&h, data, sizeof(h));
	if (h.magic != RAW_MAGIC || h.version != 1 || h.hdr_len < sizeof(h) || h.hdr_len > len)
		goto damaged;
	left = len - h.hdr_len;
	if (h.type_off > left || h.type_len > left - h.type_off ||
	    h.str_off > left || h.str_len > left - h.str_off || !h.str_len)
		goto damaged;
	b->types = (const u8 *)data + h.hdr_len + h.type_off;
	b->types_len = h.type_len;
	b->strs = (const char *)data + h.hdr_len + h.str_off;
	b->strs_len = h.str_len;
	if (b->strs[b->strs_len - 1])
		goto damaged;
	b->first_id = first_id;
	b->str_base = str_base;

	for (off = 0, nr = 0; off < b->types_len; nr++) {
		if (nr == RAW_MAX_TYPES || !read_type(b, off, &ti, &off)) {
			snprintf(why, whylen, "the BTF of %s has an unknown type (number %u)",
				 what, first_id + nr);
			return -EINVAL;
		}
	}
	b->nr = nr;
	b->stride = nr / FAMFS_BTF_MARKS + 1;
	for (off = 0, nr = 0; nr < b->nr; nr++) {
		if (nr % b->stride == 0)
			b->mark[nr / b->stride] = off;
		if (!read_type(b, off, &ti, &off))
			goto damaged;
	}
	return 0;

damaged:
	snprintf(why, whylen, "the BTF of %s is damaged or in an unknown format", what);
	return -EINVAL;
}

/**
 * famfs_btf_view_init - check raw BTF and make it searchable
 * @v: view to fill in
 * @vmlinux_btf: content of /sys/kernel/btf/vmlinux; stays referenced
 * @len: bytes in it
 * @mod_btf: split BTF of a module on top of it, or NULL; stays referenced
 * @modlen: bytes in it
 * @why: receives the reason of a refusal
 * @whylen: bytes in @why
 *
 * Return: 0 or -EINVAL.
 */
int famfs_btf_view_init(struct famfs_btf_view *v, const void *vmlinux_btf, size_t len,
			const void *mod_btf, size_t modlen, char *why, size_t whylen)
{
	int err;

	v->has_mod = false;
	err = blob_init(&v->base, vmlinux_btf, len, 1, 0, "the kernel", why, whylen);
	if (err || !mod_btf)
		return err;
	err = blob_init(&v->mod, mod_btf, modlen, v->base.nr + 1, v->base.strs_len,
			"the module", why, whylen);
	v->has_mod = !err;
	return err;
}

/* All strings end inside the section: its last byte was checked to be NUL. */
static const char *str_at(const struct famfs_btf_view *v, u32 off)
{
	if (off < v->base.strs_len)
		return v->base.strs + off;
	off -= v->base.strs_len;
	if (v->has_mod && off < v->mod.strs_len)
		return v->mod.strs + off;
	return "";
}

static bool type_at(const struct famfs_btf_view *v, u32 id, struct tinfo *ti)
{
	const struct famfs_btf_blob *b = &v->base;
	u32 off, i;

	if (v->has_mod && id >= v->mod.first_id)
		b = &v->mod;
	if (id < b->first_id || id - b->first_id >= b->nr)
		return false;
	id -= b->first_id;
	off = b->mark[id / b->stride];
	for (i = id / b->stride * b->stride; ; i++) {
		if (!read_type(b, off, ti, &off))
			return false;
		if (i == id)
			return true;
	}
}

static void member_at(const struct tinfo *ti, u32 i, struct raw_member *m, u32 *bit_off,
		      u32 *bits)
{
	memcpy(m, ti->extra + (size_t)i * sizeof(*m), sizeof(*m));
	*bit_off = ti->kflag ? m->offset & 0xffffff : m->offset;
	*bits = ti->kflag ? m->offset >> 24 : 0;
}

static u32 mix(u32 h, u32 val)
{
	int i;

	for (i = 0; i < 4; i++, val >>= 8)
		h = (h ^ (val & 0xff)) * 16777619u;
	return h;
}

static u32 mix_str(u32 h, const char *s)
{
	for (; *s; s++)
		h = (h ^ (u8)*s) * 16777619u;
	return mix(h, 0);
}

static u32 sig(const struct famfs_btf_view *v, u32 id, u32 h, int depth, int *steps);

static u32 sig_members(const struct famfs_btf_view *v, const struct tinfo *ti, u32 h, int depth,
		       int *steps)
{
	u32 i;

	for (i = 0; i < ti->vlen && *steps > 0; i++) {
		struct raw_member m;
		u32 off, bits;

		member_at(ti, i, &m, &off, &bits);
		h = mix(mix(mix_str(h, str_at(v, m.name_off)), off), bits);
		h = sig(v, m.type, h, depth + 1, steps);
	}
	return h;
}

static u32 sig_params(const struct famfs_btf_view *v, const struct tinfo *ti, u32 h, int depth,
		      int *steps)
{
	u32 i, p[2];

	h = mix(h, ti->vlen);
	for (i = 0; i < ti->vlen && *steps > 0; i++) {
		memcpy(p, ti->extra + (size_t)i * sizeof(p), sizeof(p));
		h = sig(v, p[1], h, depth + 1, steps);
	}
	return h;
}

/*
 * Names, not ids: ids differ between two builds of the same source.  A named
 * struct counts by its name only; what is used of its inside has entries of
 * its own.  A forward declaration counts as the struct, because which of the
 * two a BTF holds depends on how pahole could merge the units.
 */
static u32 sig(const struct famfs_btf_view *v, u32 id, u32 h, int depth, int *steps)
{
	struct tinfo ti;
	const char *name;
	u32 a[3];

	for (;;) {
		if (--*steps < 0 || depth > SIG_MAX_DEPTH)
			return mix(h, 0xdead);
		if (!id)
			return mix(h, 0);
		if (!type_at(v, id, &ti))
			return mix(h, 0xbad);
		name = str_at(v, ti.t.name_off);

		switch (ti.kind) {
		case K_TYPE_TAG:
		case K_RESTRICT:
			break;
		case K_FUNC:
			break;
		case K_PTR:
		case K_CONST:
		case K_VOLATILE:
			h = mix(h, ti.kind);
			break;
		case K_TYPEDEF:
			h = mix_str(mix(h, ti.kind), name);
			break;
		case K_ARRAY:
			memcpy(a, ti.extra, sizeof(a));
			h = mix(mix(h, ti.kind), a[2]);
			id = a[0];
			continue;
		case K_FUNC_PROTO:
			h = sig_params(v, &ti, mix(h, ti.kind), depth, steps);
			break;
		case K_STRUCT:
		case K_UNION:
			h = mix_str(mix(h, ti.kind), name);
			if (*name)
				return h;
			return sig_members(v, &ti, mix(h, ti.t.size), depth, steps);
		case K_FWD:
			return mix_str(mix(h, ti.kflag ? K_UNION : K_STRUCT), name);
		default:
			/* int, float, enum: name and size say it */
			return mix(mix_str(mix(h, ti.kind), name), ti.t.size);
		}
		id = ti.t.size;
	}
}

/**
 * famfs_btf_type_sig - one number for the C declaration behind a type id
 * @v: view from famfs_btf_view_init()
 * @id: type id, 0 for void
 *
 * Equal for equal declarations in two different BTF blobs.
 */
u32 famfs_btf_type_sig(const struct famfs_btf_view *v, u32 id)
{
	int steps = SIG_MAX_STEPS;

	return sig(v, id, 2166136261u, 0, &steps);
}

/* Size in bits of a member's type, 0 when it has none. */
static u32 type_bits(const struct famfs_btf_view *v, u32 id)
{
	u64 mul = 8, size = 0;
	struct tinfo ti;
	u32 a[3];
	int i;

	for (i = 0; i < 32; i++) {
		if (!type_at(v, id, &ti))
			return 0;
		switch (ti.kind) {
		case K_ARRAY:
			memcpy(a, ti.extra, sizeof(a));
			mul *= a[2];
			if (mul > U32_MAX)
				return 0;
			id = a[0];
			continue;
		case K_PTR:
			size = sizeof(void *);
			break;
		case K_TYPEDEF:
		case K_CONST:
		case K_VOLATILE:
		case K_RESTRICT:
		case K_TYPE_TAG:
			id = ti.t.size;
			continue;
		case K_INT:
		case K_FLOAT:
		case K_ENUM:
		case K_ENUM64:
		case K_STRUCT:
		case K_UNION:
			size = ti.t.size;
			break;
		default:
			return 0;
		}
		size *= mul;
		return size > U32_MAX ? 0 : size;
	}
	return 0;
}

struct found {
	u32 type, bit_off, bit_size;
};

/*
 * Looks for @name in struct @id and in its unnamed inner structs and unions.
 * The stack of places to come back to is what bounds the nesting; *@steps
 * bounds the work on a blob that names itself as its own member.
 */
static bool find_member(const struct famfs_btf_view *v, u32 id, const char *name,
			struct found *f, int *steps)
{
	struct { u32 id, next, off; } st[MAX_ANON_DEPTH];
	struct tinfo ti, in;
	int top = 0;

	st[0].id = id;
	st[0].next = 0;
	st[0].off = 0;
	while (top >= 0) {
		bool down = false;

		if (!type_at(v, st[top].id, &ti))
			return false;
		while (st[top].next < ti.vlen && !down) {
			struct raw_member m;
			const char *n;
			u32 off, bits, inner;
			int i;

			if (--*steps < 0)
				return false;
			member_at(&ti, st[top].next++, &m, &off, &bits);
			n = str_at(v, m.name_off);
			off += st[top].off;
			if (*n) {
				if (strcmp(n, name))
					continue;
				f->type = m.type;
				f->bit_off = off;
				f->bit_size = bits ? bits : type_bits(v, m.type);
				return true;
			}
			if (top + 1 == MAX_ANON_DEPTH)
				continue;
			inner = m.type;
			for (i = 0; i < 8 && type_at(v, inner, &in); i++) {
				if (in.kind == K_STRUCT || in.kind == K_UNION) {
					down = true;
					break;
				}
				if (in.kind != K_CONST && in.kind != K_VOLATILE &&
				    in.kind != K_TYPEDEF)
					break;
				inner = in.t.size;
			}
			if (down) {
				top++;
				st[top].id = inner;
				st[top].next = 0;
				st[top].off = off;
			}
		}
		if (!down)
			top--;
	}
	return false;
}

static int struct_matches(const struct famfs_btf_view *v, u32 id, const struct tinfo *ti,
			  const struct famfs_layout_entry *e, size_t n, char *why, size_t whylen)
{
	size_t i;

	if (e->bit_size && (u64)ti->t.size * 8 != e->bit_size) {
		snprintf(why, whylen, "struct %s is %u bytes long, not %u", e->owner,
			 ti->t.size, e->bit_size / 8);
		return -ENOEXEC;
	}
	for (i = 1; i < n; i++) {
		int steps = 1 << 16;
		struct found f;

		if (!find_member(v, id, e[i].member, &f, &steps)) {
			snprintf(why, whylen, "struct %s has no member '%s'", e->owner,
				 e[i].member);
			return -ENOEXEC;
		}
		if (f.bit_off != e[i].bit_off || f.bit_size != e[i].bit_size) {
			snprintf(why, whylen,
				 "struct %s member '%s' is at bit %u, %u bits long, not at %u, %u",
				 e->owner, e[i].member, f.bit_off, f.bit_size, e[i].bit_off,
				 e[i].bit_size);
			return -ENOEXEC;
		}
		if (famfs_btf_type_sig(v, f.type) != e[i].sig) {
			snprintf(why, whylen, "struct %s member '%s' has another type",
				 e->owner, e[i].member);
			return -ENOEXEC;
		}
	}
	return 0;
}

static int enum_matches(const struct famfs_btf_view *v, const struct tinfo *ti,
			const struct famfs_layout_entry *e, char *why, size_t whylen)
{
	u32 i, w[3], step = ti->kind == K_ENUM64 ? 12 : 8;

	for (i = 0; i < ti->vlen; i++) {
		memcpy(w, ti->extra + (size_t)i * step, step);
		if (strcmp(str_at(v, w[0]), e->member))
			continue;
		if (w[1] == e->sig)
			return 0;
		snprintf(why, whylen, "enumerator %s has another value", e->member);
		return -ENOEXEC;
	}
	snprintf(why, whylen, "enum %s has no enumerator '%s'", e->owner, e->member);
	return -ENOEXEC;
}

static bool kind_fits(const struct tinfo *ti, u8 kind)
{
	switch (kind) {
	case FAMFS_LAYOUT_STRUCT:
		return ti->kind == K_STRUCT;
	case FAMFS_LAYOUT_FUNC:
		return ti->kind == K_FUNC;
	default:
		/* an enum without values is a forward declaration */
		return (ti->kind == K_ENUM || ti->kind == K_ENUM64) && ti->vlen;
	}
}

/* The group of @n entries at @e against the type @id of the same name. */
static int group_matches(const struct famfs_btf_view *v, u32 id, const struct tinfo *ti,
			 const struct famfs_layout_entry *e, size_t n, char *why, size_t whylen)
{
	switch (e->kind) {
	case FAMFS_LAYOUT_STRUCT:
		return struct_matches(v, id, ti, e, n, why, whylen);
	case FAMFS_LAYOUT_FUNC:
		if (famfs_btf_type_sig(v, id) == e->sig)
			return 0;
		snprintf(why, whylen, "function %s has another prototype", e->owner);
		return -ENOEXEC;
	default:
		return enum_matches(v, ti, e, why, whylen);
	}
}

/* Any one definition that fits will do: other subsystems may reuse a name. */
static int check_group(const struct famfs_btf_view *v, const struct famfs_btf_blob *b,
		       const struct famfs_layout_entry *e, size_t n, char *why, size_t whylen)
{
	static const char *const word[] = { "", "struct", "", "function", "enum" };
	u32 off = 0, next = 0, id;
	bool seen = false;
	struct tinfo ti;

	for (id = b->first_id; off < b->types_len; id++, off = next) {
		if (!read_type(b, off, &ti, &next))
			break;
		if (!kind_fits(&ti, e->kind) || strcmp(str_at(v, ti.t.name_off), e->owner))
			continue;
		seen = true;
		if (!group_matches(v, id, &ti, e, n, why, whylen))
			return 0;
	}
	if (!seen)
		snprintf(why, whylen, "%s %s is not in its BTF", word[e->kind], e->owner);
	return -ENOEXEC;
}

static bool same_module(const char *a, const char *b)
{
	return a && b ? !strcmp(a, b) : !a && !b;
}

static size_t group_end(const struct famfs_layout_entry *tab, size_t n, size_t i)
{
	for (i++; i < n && tab[i].kind == FAMFS_LAYOUT_MEMBER; i++)
		;
	return i;
}

static int check_order(const struct famfs_layout_entry *tab, size_t n, char *why, size_t whylen)
{
	u8 owner = 0;
	size_t i;

	for (i = 0; i < n; i++) {
		if (tab[i].kind != FAMFS_LAYOUT_MEMBER)
			owner = tab[i].kind;
		if (owner < FAMFS_LAYOUT_STRUCT || owner > FAMFS_LAYOUT_ENUMVAL ||
		    (tab[i].kind == FAMFS_LAYOUT_MEMBER && owner != FAMFS_LAYOUT_STRUCT)) {
			snprintf(why, whylen, "entry %zu of the layout table is out of place", i);
			return -EINVAL;
		}
	}
	return 0;
}

/*
 * One walk over the BTF for all groups: a kernel has 10^5 types, and a walk
 * for each of some dozen groups would be felt when a module loads.  A bit per
 * name hash keeps almost every type from being compared with the groups.
 */
static void mark_matching(struct famfs_btf_view *v, const struct famfs_btf_blob *b,
			  const char *module, const struct famfs_layout_entry *tab, size_t n)
{
	u32 off = 0, next = 0, id, h;
	char ignored[8];
	struct tinfo ti;
	size_t i;

	if (n > MAX_MARKED)
		n = MAX_MARKED;
	memset(v->done, 0, sizeof(v->done));
	memset(v->names, 0, sizeof(v->names));
	for (i = 0; i < n; i++) {
		h = mix_str(0, tab[i].owner) % (sizeof(v->names) * 8);
		v->names[h / 8] |= 1 << h % 8;
	}
	for (id = b->first_id; off < b->types_len; id++, off = next) {
		const char *name;

		if (!read_type(b, off, &ti, &next))
			return;
		if (ti.kind != K_STRUCT && ti.kind != K_FUNC && ti.kind != K_ENUM &&
		    ti.kind != K_ENUM64)
			continue;
		name = str_at(v, ti.t.name_off);
		h = mix_str(0, name) % (sizeof(v->names) * 8);
		if (!(v->names[h / 8] & 1 << h % 8))
			continue;
		for (i = 0; i < n; i++) {
			if (tab[i].kind == FAMFS_LAYOUT_MEMBER ||
			    v->done[i / 8] & 1 << i % 8 || !kind_fits(&ti, tab[i].kind) ||
			    !same_module(module, tab[i].module) || strcmp(name, tab[i].owner))
				continue;
			if (!group_matches(v, id, &ti, tab + i, group_end(tab, n, i) - i,
					   ignored, sizeof(ignored)))
				v->done[i / 8] |= 1 << i % 8;
		}
	}
}

/**
 * famfs_btf_check - compare the entries of one module with a view
 * @v: view from famfs_btf_view_init()
 * @module: entries of this module only (NULL: those of the kernel proper)
 * @tab: the table
 * @n: entries in it
 * @why: receives the first difference, as the rest of a sentence
 * @whylen: bytes in @why
 *
 * Return: 0, or -ENOEXEC when something differs, -EINVAL for a bad table.
 */
int famfs_btf_check(struct famfs_btf_view *v, const char *module,
		    const struct famfs_layout_entry *tab, size_t n,
		    char *why, size_t whylen)
{
	const struct famfs_btf_blob *b = module ? &v->mod : &v->base;
	size_t i, end;
	int err;

	if (module && !v->has_mod) {
		snprintf(why, whylen, "there is no BTF of module %s", module);
		return -ENOEXEC;
	}
	err = check_order(tab, n, why, whylen);
	if (err)
		return err;
	mark_matching(v, b, module, tab, n);
	for (i = 0; i < n; i = end) {
		end = group_end(tab, n, i);
		if (!same_module(module, tab[i].module) ||
		    (i < MAX_MARKED && v->done[i / 8] & 1 << i % 8))
			continue;
		/* slow, but only for the one that is going to be reported */
		err = check_group(v, b, tab + i, end - i, why, whylen);
		if (err)
			return err;
	}
	return 0;
}

/**
 * famfs_btf_verify - compare a table with raw BTF in one call
 * @v: work space, content does not matter
 * @vmlinux_btf: BTF of the kernel proper
 * @len: bytes in it
 * @module: whose split BTF @mod_btf is, or NULL
 * @mod_btf: split BTF, or NULL
 * @modlen: bytes in it
 * @tab: the table; entries of other modules than @module are refused
 * @n: entries in it
 * @why: receives the first difference
 * @whylen: bytes in @why
 *
 * Return: 0, -ENOEXEC for a difference, -EINVAL for a damaged blob.
 */
int famfs_btf_verify(struct famfs_btf_view *v, const void *vmlinux_btf, size_t len,
		     const char *module, const void *mod_btf, size_t modlen,
		     const struct famfs_layout_entry *tab, size_t n,
		     char *why, size_t whylen)
{
	size_t i;
	int err;

	err = famfs_btf_view_init(v, vmlinux_btf, len, mod_btf, modlen, why, whylen);
	if (err)
		return err;
	for (i = 0; i < n; i++)
		if (tab[i].module && !same_module(tab[i].module, module)) {
			snprintf(why, whylen, "there is no BTF of module %s", tab[i].module);
			return -ENOEXEC;
		}
	err = famfs_btf_check(v, NULL, tab, n, why, whylen);
	if (!err && module)
		err = famfs_btf_check(v, module, tab, n, why, whylen);
	return err;
}
