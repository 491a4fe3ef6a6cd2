// SPDX-License-Identifier: GPL-2.0-only
/* Sums up a type in BTF: one number for its declaration, and its size. */
#include "btf_blob.h"

#define SIG_MAX_DEPTH	6
#define SIG_MAX_STEPS	2048

static u32 mix(u32 h, u32 val)
{
	int i;

	for (i = 0; i < 4; i++, val >>= 8)
		h = (h ^ (val & 0xff)) * 16777619u;
	return h;
}

/**
 * famfs_btf_mix_str - add a string to a hash
 * @h: hash so far
 * @s: string; where it ends counts too
 *
 * Return: the new hash (FNV-1a).
 */
u32 famfs_btf_mix_str(u32 h, const char *s)
{
	for (; *s; s++)
		h = (h ^ (u8)*s) * 16777619u;
	return mix(h, 0);
}

/* One walk from a type to all that its declaration mentions. */
struct sig_walk {
	const struct famfs_btf_view *v;
	int steps;
	u32 unknown;	/* kind that is not known, and was met first; else 0 */
};

static u32 sig(struct sig_walk *w, u32 id, u32 h, int depth);

static u32 sig_members(struct sig_walk *w, const struct tinfo *ti, u32 h, int depth)
{
	u32 i;

	for (i = 0; i < ti->vlen && w->steps > 0; i++) {
		struct raw_member m;
		u32 off, bits;

		famfs_btf_member_at(ti, i, &m, &off, &bits);
		h = mix(mix(famfs_btf_mix_str(h, famfs_btf_str_at(w->v, m.name_off)), off), bits);
		h = sig(w, m.type, h, depth + 1);
	}
	return h;
}

static u32 sig_params(struct sig_walk *w, const struct tinfo *ti, u32 h, int depth)
{
	struct raw_param p;
	u32 i;

	h = mix(h, ti->vlen);
	for (i = 0; i < ti->vlen && w->steps > 0; i++) {
		famfs_btf_param_at(ti, i, &p);
		h = sig(w, p.type, h, depth + 1);
	}
	return h;
}

/*
 * Names, not ids: ids differ between two builds of the same source.  A named
 * struct counts by its name only; what is used of its inside has entries of
 * its own.  A forward declaration counts as the struct, because which of the
 * two a BTF holds depends on how pahole could merge the units.
 */
static u32 sig(struct sig_walk *w, u32 id, u32 h, int depth)
{
	struct raw_array a;
	struct tinfo ti;
	const char *name;

	for (;;) {
		if (--w->steps < 0 || depth > SIG_MAX_DEPTH)
			return mix(h, 0xdead);
		if (!id)
			return mix(h, 0);
		if (!famfs_btf_type_at(w->v, id, &ti))
			return mix(h, 0xbad);
		name = famfs_btf_str_at(w->v, ti.t.name_off);

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
			h = famfs_btf_mix_str(mix(h, ti.kind), name);
			break;
		case K_ARRAY:
			famfs_btf_array_of(&ti, &a);
			h = mix(mix(h, ti.kind), a.nelems);
			id = a.type;
			continue;
		case K_FUNC_PROTO:
			h = sig_params(w, &ti, mix(h, ti.kind), depth);
			break;
		case K_STRUCT:
		case K_UNION:
			h = famfs_btf_mix_str(mix(h, ti.kind), name);
			if (*name)
				return h;
			return sig_members(w, &ti, mix(h, ti.t.size), depth);
		case K_FWD:
			return famfs_btf_mix_str(mix(h, ti.kflag ? K_UNION : K_STRUCT), name);
		default:
			if (ti.kind >= K_UNKNOWN && !w->unknown)
				w->unknown = ti.kind;
			/* int, float, enum: name and size say it */
			return mix(famfs_btf_mix_str(mix(h, ti.kind), name), ti.t.size);
		}
		id = ti.t.size;
	}
}

/**
 * famfs_btf_sig_of - one number for the C declaration behind a type id
 * @v: view from famfs_btf_view_init()
 * @id: type id, 0 for void
 * @unknown: receives the first kind met that is not known here, else 0; the
 *	number then says nothing
 *
 * Return: a number, equal for equal declarations in two different BTF blobs.
 */
u32 famfs_btf_sig_of(const struct famfs_btf_view *v, u32 id, u32 *unknown)
{
	struct sig_walk w = { .v = v, .steps = SIG_MAX_STEPS };
	u32 h = sig(&w, id, 2166136261u, 0);

	*unknown = w.unknown;
	return h;
}

/**
 * famfs_btf_type_bits - size of a member's type
 * @v: view from famfs_btf_view_init()
 * @id: type id
 *
 * Return: size in bits, 0 when it has none or one beyond 32 bits.
 */
u32 famfs_btf_type_bits(const struct famfs_btf_view *v, u32 id)
{
	u64 mul = 8, size = 0;
	struct raw_array a;
	struct tinfo ti;
	int i;

	for (i = 0; i < 32; i++) {
		if (!famfs_btf_type_at(v, id, &ti))
			return 0;
		switch (ti.kind) {
		case K_ARRAY:
			famfs_btf_array_of(&ti, &a);
			mul *= a.nelems;
			if (mul > U32_MAX)
				return 0;
			id = a.type;
			continue;
		case K_PTR:
			size = FAMFS_BTF_PTR_SIZE;
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
