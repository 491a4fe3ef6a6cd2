// SPDX-License-Identifier: GPL-2.0-only
/* Compares a layout table with raw BTF. */
#include "btf_blob.h"
#include "btf_verify.h"

#define MAX_ANON_DEPTH	8
#define MAX_MARKED	(sizeof(((struct famfs_btf_view *)0)->done) * 8)

/* Follows names and qualifiers: is this a struct or union? Then *@id is its id. */
static bool inner_struct(const struct famfs_btf_view *v, u32 *id)
{
	struct tinfo ti;
	int i;

	for (i = 0; i < 8 && famfs_btf_type_at(v, *id, &ti); i++) {
		if (ti.kind == K_STRUCT || ti.kind == K_UNION)
			return true;
		if (ti.kind != K_CONST && ti.kind != K_VOLATILE && ti.kind != K_TYPEDEF &&
		    ti.kind != K_TYPE_TAG)
			return false;
		*id = ti.t.size;
	}
	return false;
}

/**
 * famfs_btf_find_member - look for a member of a struct and of its unnamed inner ones
 * @v: view from famfs_btf_view_init()
 * @id: the struct or union
 * @name: of the member
 * @f: receives its type, and its place in the outermost struct
 *
 * The stack of places to come back to bounds the nesting, and a number of steps the
 * work on a blob that names itself as its own member.
 *
 * Return: false if there is no such member.
 */
bool famfs_btf_find_member(const struct famfs_btf_view *v, u32 id, const char *name,
			   struct famfs_btf_found *f)
{
	struct { u32 id, next, off; } st[MAX_ANON_DEPTH];
	int top = 0, steps = 1 << 16;
	struct tinfo ti;

	st[0].id = id;
	st[0].next = 0;
	st[0].off = 0;
	while (top >= 0) {
		bool down = false;

		if (!famfs_btf_type_at(v, st[top].id, &ti))
			return false;
		while (st[top].next < ti.vlen && !down) {
			struct raw_member m;
			const char *n;
			u32 off, bits;

			if (--steps < 0)
				return false;
			famfs_btf_member_at(&ti, st[top].next++, &m, &off, &bits);
			n = famfs_btf_str_at(v, m.name_off);
			off += st[top].off;
			if (*n) {
				if (strcmp(n, name))
					continue;
				f->type = m.type;
				f->bit_off = off;
				f->bit_size = bits ? bits : famfs_btf_type_bits(v, m.type);
				f->bitfield = bits;
				return true;
			}
			if (top + 1 == MAX_ANON_DEPTH)
				continue;
			down = inner_struct(v, &m.type);
			if (down) {
				top++;
				st[top].id = m.type;
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
		struct famfs_btf_found f;
		u32 sig, unknown;

		if (!famfs_btf_find_member(v, id, e[i].member, &f)) {
			snprintf(why, whylen, "struct %s has no member '%s'", e->owner,
				 e[i].member);
			return -ENOEXEC;
		}
		sig = famfs_btf_sig_of(v, f.type, &unknown);
		if (unknown) {
			snprintf(why, whylen,
				 "struct %s member '%s' has a type of BTF kind %u, which is unknown here: update famfs",
				 e->owner, e[i].member, unknown);
			return -EINVAL;
		}
		if (f.bit_off != e[i].bit_off || f.bit_size != e[i].bit_size) {
			snprintf(why, whylen,
				 "struct %s member '%s' is at bit %u, %u bits long, not at %u, %u",
				 e->owner, e[i].member, f.bit_off, f.bit_size, e[i].bit_off,
				 e[i].bit_size);
			return -ENOEXEC;
		}
		if (sig != e[i].sig) {
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
	struct raw_enumerator en;
	u32 i;

	for (i = 0; i < ti->vlen; i++) {
		famfs_btf_enumerator_at(ti, i, &en);
		if (strcmp(famfs_btf_str_at(v, en.name_off), e->member))
			continue;
		if (en.lo == e->sig)
			return 0;
		snprintf(why, whylen, "enumerator %s has another value", e->member);
		return -ENOEXEC;
	}
	/* There are many without a name, and this may not be the last that is tried. */
	if (*e->owner)
		snprintf(why, whylen, "enum %s has no enumerator '%s'", e->owner, e->member);
	return -ENOEXEC;
}

static int func_matches(const struct famfs_btf_view *v, u32 id,
			const struct famfs_layout_entry *e, char *why, size_t whylen)
{
	u32 unknown, sig = famfs_btf_sig_of(v, id, &unknown);

	if (unknown) {
		snprintf(why, whylen,
			 "the prototype of function %s has a type of BTF kind %u, which is unknown here: update famfs",
			 e->owner, unknown);
		return -EINVAL;
	}
	if (sig == e->sig)
		return 0;
	snprintf(why, whylen, "function %s has another prototype", e->owner);
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
		return func_matches(v, id, e, why, whylen);
	default:
		return enum_matches(v, ti, e, why, whylen);
	}
}

/* Any one definition that fits will do: other subsystems may reuse a name. */
static int check_group(const struct famfs_btf_view *v, const struct famfs_btf_blob *b,
		       const struct famfs_layout_entry *e, size_t n, char *why, size_t whylen)
{
	static const char *const word[] = { "", "struct", "", "function", "enum" };
	struct famfs_btf_walk w;
	int err = -ENOEXEC;
	bool seen = false;
	struct tinfo ti;

	if (e->kind == FAMFS_LAYOUT_ENUMVAL && !*e->owner)
		snprintf(why, whylen, "no unnamed enum has the enumerator %s", e->member);
	famfs_btf_walk_start(&w, b);
	while (famfs_btf_walk_next(&w, &ti)) {
		if (!kind_fits(&ti, e->kind) ||
		    strcmp(famfs_btf_str_at(v, ti.t.name_off), e->owner))
			continue;
		seen = true;
		err = group_matches(v, w.id, &ti, e, n, why, whylen);
		if (!err)
			return 0;
	}
	if (!seen && *e->owner)
		snprintf(why, whylen, "%s %s is not in its BTF", word[e->kind], e->owner);
	return err;
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
	struct famfs_btf_walk w;
	char ignored[8];
	struct tinfo ti;
	size_t i;
	u32 h;

	if (n > MAX_MARKED)
		n = MAX_MARKED;
	memset(v->done, 0, sizeof(v->done));
	memset(v->names, 0, sizeof(v->names));
	for (i = 0; i < n; i++) {
		h = famfs_btf_mix_str(0, tab[i].owner) % (sizeof(v->names) * 8);
		v->names[h / 8] |= 1 << h % 8;
	}
	famfs_btf_walk_start(&w, b);
	while (famfs_btf_walk_next(&w, &ti)) {
		const char *name;

		if (ti.kind != K_STRUCT && ti.kind != K_FUNC && ti.kind != K_ENUM &&
		    ti.kind != K_ENUM64)
			continue;
		name = famfs_btf_str_at(v, ti.t.name_off);
		h = famfs_btf_mix_str(0, name) % (sizeof(v->names) * 8);
		if (!(v->names[h / 8] & 1 << h % 8))
			continue;
		for (i = 0; i < n; i++) {
			if (tab[i].kind == FAMFS_LAYOUT_MEMBER ||
			    v->done[i / 8] & 1 << i % 8 || !kind_fits(&ti, tab[i].kind) ||
			    !same_module(module, tab[i].module) || strcmp(name, tab[i].owner))
				continue;
			if (!group_matches(v, w.id, &ti, tab + i, group_end(tab, n, i) - i,
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
 * Return: 0, or -ENOEXEC when something differs, -EINVAL when that cannot be told: for a
 * type of a kind that is not known, and for a bad table.
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
 * Return: 0, -ENOEXEC for a difference, -EINVAL for a blob that cannot be read, and as
 * famfs_btf_check().
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
