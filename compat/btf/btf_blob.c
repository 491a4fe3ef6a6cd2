// SPDX-License-Identifier: GPL-2.0-only
/* Reads raw BTF: sections, types by id, strings, members. */
#include "btf_internal.h"

#define RAW_MAGIC	0xeb9f
#define RAW_MAX_TYPES	0x000fffff

struct raw_header {
	u16 magic;
	u8 version;
	u8 flags;
	u32 hdr_len;
	u32 type_off, type_len, str_off, str_len;
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

/**
 * famfs_btf_read_type - read one type record
 * @b: blob, its sections set; marks are not needed
 * @off: offset of the record in the type section, any value
 * @ti: receives the type; @ti->extra has all the bytes that its kind asks for
 * @next: receives the offset of the following record
 *
 * Return: false when the record does not fit the section or is of an unknown
 * kind; @next is then unchanged.
 */
bool famfs_btf_read_type(const struct famfs_btf_blob *b, u32 off, struct tinfo *ti, u32 *next)
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
		if (nr == RAW_MAX_TYPES || !famfs_btf_read_type(b, off, &ti, &off)) {
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
		if (!famfs_btf_read_type(b, off, &ti, &off))
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
