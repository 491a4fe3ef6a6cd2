// SPDX-License-Identifier: GPL-2.0-only
/* Reads raw BTF: sections, types by id, strings, members. */
#include "btf_blob.h"

#define RAW_MAGIC	0xeb9f
#define RAW_MAX_TYPES	0x000fffff
#define RAW_LAYOUT_SIZE	4	/* of one kind: info size, element size, two bytes of flags */

struct raw_header {
	u16 magic;
	u8 version;
	u8 flags;
	u32 hdr_len;
	u32 type_off, type_len, str_off, str_len;
	/* Linux 7.x and pahole 1.31 have these, too; more may follow one day */
	u32 layout_off, layout_len;
};

#define RAW_HEADER_MIN	offsetof(struct raw_header, layout_off)

/* What follows the record of a type: @info bytes, and @elem for each that vlen counts. */
static void known_size(u32 kind, u32 *info, u32 *elem)
{
	*info = 0;
	*elem = 0;
	switch (kind) {
	case K_INT:
	case K_VAR:
	case K_DECL_TAG:
		*info = 4;
		break;
	case K_ARRAY:
		*info = 12;
		break;
	case K_STRUCT:
	case K_UNION:
	case K_DATASEC:
	case K_ENUM64:
		*elem = 12;
		break;
	case K_ENUM:
	case K_FUNC_PROTO:
		*elem = 8;
		break;
	}
}

static bool size_of_kind(const struct famfs_btf_blob *b, u32 kind, u32 *info, u32 *elem)
{
	if (kind >= K_INT && kind < K_UNKNOWN) {
		known_size(kind, info, elem);
		return true;
	}
	if (!kind || kind >= b->kinds)
		return false;
	*info = b->layout[kind * RAW_LAYOUT_SIZE];
	*elem = b->layout[kind * RAW_LAYOUT_SIZE + 1];
	return !((*info | *elem) % 4);
}

/**
 * famfs_btf_read_type - read one type record
 * @b: blob, its sections set; marks are not needed
 * @off: offset of the record in the type section, any value
 * @ti: receives the type; @ti->extra has all the bytes that its kind asks for. Its kind
 *	can be %K_UNKNOWN or beyond, of which only the size is known
 * @next: receives the offset of the following record
 *
 * Return: false when the record does not fit the section, or is of a kind of which
 * the size is not known; @next is then unchanged.
 */
bool famfs_btf_read_type(const struct famfs_btf_blob *b, u32 off, struct tinfo *ti, u32 *next)
{
	u32 info, elem, extra;

	if (off > b->types_len || b->types_len - off < sizeof(ti->t))
		return false;
	memcpy(&ti->t, b->types + off, sizeof(ti->t));
	off += sizeof(ti->t);
	/* since 7.x: 24 bits of vlen, 7 of kind; the bits were zero before */
	ti->kind = (ti->t.info >> 24) & 0x7f;
	ti->vlen = ti->t.info & 0xffffff;
	ti->kflag = ti->t.info >> 31;
	if (!size_of_kind(b, ti->kind, &info, &elem))
		return false;
	/* vlen has 24 bits and a size of an unknown kind 8, so nothing here can overflow */
	extra = info + ti->vlen * elem;
	if (b->types_len - off < extra)
		return false;
	ti->extra = b->types + off;
	*next = off + extra;
	return true;
}

/**
 * famfs_btf_walk_start - begin a walk over all types of a blob
 * @w: receives the place before the first
 * @b: blob, its sections set; marks are not needed
 */
void famfs_btf_walk_start(struct famfs_btf_walk *w, const struct famfs_btf_blob *b)
{
	w->b = b;
	w->next = 0;
	w->id = b->first_id - 1;
}

/**
 * famfs_btf_walk_next - the next type of a walk
 * @w: place; its id becomes that of the type
 * @ti: receives the type
 *
 * Context: may sleep.
 * Return: false at the end, or before a record that cannot be read; @ti then is undefined.
 */
bool famfs_btf_walk_next(struct famfs_btf_walk *w, struct tinfo *ti)
{
	if (w->next >= w->b->types_len ||
	    !famfs_btf_read_type(w->b, w->next, ti, &w->next))
		return false;
	/* There are 10^5 of them, and others may wait for the processor. */
	if (!(++w->id % 1024))
		cond_resched();
	return true;
}

static bool section(const void *data, size_t len, const struct raw_header *h, u32 off, u32 size,
		    const void **start)
{
	size_t left = len - h->hdr_len;

	if (off > left || size > left - off)
		return false;
	*start = data + h->hdr_len + off;
	return true;
}

/* Sections of the blob, without a look at what is in them. False if one is not as it must be. */
static bool find_sections(struct famfs_btf_blob *b, const void *data, size_t len)
{
	const void *types, *strs, *layout;
	struct raw_header h = { 0 };

	if (!data || len < RAW_HEADER_MIN || len > S32_MAX)
		return false;
	memcpy(&h, data, RAW_HEADER_MIN);
	if (h.magic != RAW_MAGIC || h.version != 1 || h.flags || h.hdr_len < RAW_HEADER_MIN ||
	    h.hdr_len > len)
		return false;
	/*
	 * A longer header than is known is that of more sections, which say more about the
	 * types and change nothing in them, as the layout section did.
	 */
	if (h.hdr_len >= sizeof(h))
		memcpy(&h, data, sizeof(h));
	if (!section(data, len, &h, h.type_off, h.type_len, &types) ||
	    !section(data, len, &h, h.str_off, h.str_len, &strs))
		return false;
	if (h.layout_len) {
		if (h.layout_off % RAW_LAYOUT_SIZE || h.layout_len % RAW_LAYOUT_SIZE ||
		    !section(data, len, &h, h.layout_off, h.layout_len, &layout))
			return false;
		b->layout = layout;
		b->kinds = h.layout_len / RAW_LAYOUT_SIZE;
	}
	b->types = types;
	b->types_len = h.type_len;
	b->strs = strs;
	b->strs_len = h.str_len;
	return true;
}

/* A blob that describes a known kind otherwise than it is read here would be misread. */
static bool kinds_as_known(const struct famfs_btf_blob *b, u32 *kind)
{
	u32 info, elem;

	for (*kind = K_INT; *kind < K_UNKNOWN && *kind < b->kinds; (*kind)++) {
		const u8 *l = b->layout + *kind * RAW_LAYOUT_SIZE;

		known_size(*kind, &info, &elem);
		if (l[0] != info || l[1] != elem)
			return false;
	}
	return true;
}

/* Why the record at @off, of type @id, cannot be read. */
static void tell_bad_type(const struct famfs_btf_blob *b, u32 off, u32 id, const char *what,
			  char *why, size_t whylen)
{
	u32 info, elem, kind = 0;
	struct raw_type t;

	if (b->types_len - off >= sizeof(t)) {
		memcpy(&t, b->types + off, sizeof(t));
		kind = (t.info >> 24) & 0x7f;
	}
	if (kind && !size_of_kind(b, kind, &info, &elem))
		snprintf(why, whylen,
			 "the BTF of %s has a type of kind %u (number %u), which is unknown here, and does not tell its size: update famfs",
			 what, kind, id);
	else
		snprintf(why, whylen, "the BTF of %s is damaged at type number %u", what, id);
}

/**
 * famfs_btf_blob_init - check raw BTF and make its types findable
 * @b: blob to fill in
 * @data: the BTF; stays referenced
 * @len: bytes in it
 * @base: what it is split from, or NULL
 * @why: receives the reason of a refusal
 * @whylen: bytes in @why
 *
 * Return: 0 or -EINVAL.
 */
int famfs_btf_blob_init(struct famfs_btf_blob *b, const void *data, size_t len,
			const struct famfs_btf_blob *base, char *why, size_t whylen)
{
	const char *what = base ? "the module" : "the kernel";
	struct famfs_btf_walk w;
	struct tinfo ti;
	u32 kind, nr;

	memset(b, 0, sizeof(*b));
	b->first_id = 1;
	if (base) {
		b->first_id = base->nr + 1;
		b->str_base = base->strs_len;
		b->layout = base->layout;
		b->kinds = base->kinds;
	}
	if (!find_sections(b, data, len) || (!b->strs_len && !base) ||
	    (b->strs_len && b->strs[b->strs_len - 1]) || (!base && b->strs[0]))
		goto damaged;
	if (!kinds_as_known(b, &kind)) {
		snprintf(why, whylen,
			 "the BTF of %s has types of kind %u in a form that is unknown here: update famfs",
			 what, kind);
		return -EINVAL;
	}

	famfs_btf_walk_start(&w, b);
	for (nr = 0; w.next < b->types_len; nr++) {
		if (nr == RAW_MAX_TYPES)
			goto damaged;
		if (!famfs_btf_walk_next(&w, &ti)) {
			tell_bad_type(b, w.next, w.id + 1, what, why, whylen);
			return -EINVAL;
		}
	}
	b->nr = nr;
	b->stride = nr / FAMFS_BTF_MARKS + 1;
	famfs_btf_walk_start(&w, b);
	for (nr = 0; nr < b->nr; nr++) {
		if (nr % b->stride == 0)
			b->mark[nr / b->stride] = w.next;
		if (!famfs_btf_walk_next(&w, &ti))
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
	err = famfs_btf_blob_init(&v->base, vmlinux_btf, len, NULL, why, whylen);
	if (err || !mod_btf)
		return err;
	err = famfs_btf_blob_init(&v->mod, mod_btf, modlen, &v->base, why, whylen);
	v->has_mod = !err;
	return err;
}

/**
 * famfs_btf_str_at - string at an offset as types hold it
 * @v: view from famfs_btf_view_init()
 * @off: any value; from the end of the base's strings on, the module's
 *
 * All strings end inside the section: its last byte was checked to be NUL.
 *
 * Return: the string, "" when there is none at @off.
 */
const char *famfs_btf_str_at(const struct famfs_btf_view *v, u32 off)
{
	if (off < v->base.strs_len)
		return v->base.strs + off;
	off -= v->base.strs_len;
	if (v->has_mod && off < v->mod.strs_len)
		return v->mod.strs + off;
	return "";
}

/**
 * famfs_btf_type_at - find a type by its id
 * @v: view from famfs_btf_view_init()
 * @id: any value
 * @ti: receives the type
 *
 * Walks from the nearest mark, @stride records at most.
 *
 * Return: false when there is no such type (0, void, has no record).
 */
bool famfs_btf_type_at(const struct famfs_btf_view *v, u32 id, struct tinfo *ti)
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
		if (!famfs_btf_read_type(b, off, ti, &off))
			return false;
		if (i == id)
			return true;
	}
}

/**
 * famfs_btf_member_at - one member of a struct or union
 * @ti: the struct or union
 * @i: which member, below @ti->vlen
 * @m: receives the record; its offset field is as raw as it was
 * @bit_off: receives the offset in the struct, in bits
 * @bits: receives the width of a bit field, 0 for any other member
 */
void famfs_btf_member_at(const struct tinfo *ti, u32 i, struct raw_member *m, u32 *bit_off,
			 u32 *bits)
{
	memcpy(m, ti->extra + (size_t)i * sizeof(*m), sizeof(*m));
	*bit_off = ti->kflag ? m->offset & 0xffffff : m->offset;
	*bits = ti->kflag ? m->offset >> 24 : 0;
}

/**
 * famfs_btf_param_at - one parameter of a prototype
 * @ti: the prototype
 * @i: which parameter, below @ti->vlen
 * @p: receives it
 */
void famfs_btf_param_at(const struct tinfo *ti, u32 i, struct raw_param *p)
{
	memcpy(p, ti->extra + (size_t)i * sizeof(*p), sizeof(*p));
}

/**
 * famfs_btf_enumerator_at - one constant of an enum
 * @ti: the enum, of either kind
 * @i: which constant, below @ti->vlen
 * @e: receives it
 */
void famfs_btf_enumerator_at(const struct tinfo *ti, u32 i, struct raw_enumerator *e)
{
	size_t step = ti->kind == K_ENUM64 ? 12 : 8;

	e->hi = 0;
	memcpy(e, ti->extra + i * step, step);
}

/**
 * famfs_btf_array_of - what an array is made of
 * @ti: the array
 * @a: receives it
 */
void famfs_btf_array_of(const struct tinfo *ti, struct raw_array *a)
{
	memcpy(a, ti->extra, sizeof(*a));
}
