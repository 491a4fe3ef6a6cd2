// SPDX-License-Identifier: GPL-2.0-only
/*
 * Size and alignment of BTF types.
 *
 * libbpf has both, but follows type ids without asking whether they exist or
 * lead back to where they came from.
 */
#include "layoutgen.h"

#define MAX_DEPTH 32

/* libbpf learns it from the type "long"; BTF without one is not a kernel's */
static uint32_t pointer_size(const struct btf *btf)
{
	size_t n = btf__pointer_size(btf);

	return n ? n : sizeof(void *);
}

static int64_t size_of(const struct btf *btf, uint32_t id, int depth)
{
	const struct btf_type *t = btf__type_by_id(btf, lg_strip(btf, id));
	int64_t one;

	if (!t || depth > MAX_DEPTH)
		return 0;
	switch (btf_kind(t)) {
	case BTF_KIND_INT:
	case BTF_KIND_FLOAT:
	case BTF_KIND_ENUM:
	case BTF_KIND_ENUM64:
	case BTF_KIND_STRUCT:
	case BTF_KIND_UNION:
		return t->size;
	case BTF_KIND_PTR:
		return pointer_size(btf);
	case BTF_KIND_ARRAY:
		one = size_of(btf, btf_array(t)->type, depth + 1);
		if (one > (int64_t)(UINT32_MAX / 8) / (btf_array(t)->nelems | 1))
			return 0;
		return one * btf_array(t)->nelems;
	default:
		return 0;
	}
}

static uint32_t align_of(const struct btf *btf, uint32_t id, int depth)
{
	const struct btf_type *t = btf__type_by_id(btf, lg_strip(btf, id));
	uint32_t max = 1, one;
	int i;

	if (!t || depth > MAX_DEPTH)
		return 1;
	switch (btf_kind(t)) {
	case BTF_KIND_INT:
	case BTF_KIND_FLOAT:
	case BTF_KIND_ENUM:
	case BTF_KIND_ENUM64:
		one = t->size < 8 ? t->size : 8;
		return one ? one : 1;
	case BTF_KIND_PTR:
		return pointer_size(btf);
	case BTF_KIND_ARRAY:
		return align_of(btf, btf_array(t)->type, depth + 1);
	case BTF_KIND_STRUCT:
	case BTF_KIND_UNION:
		for (i = 0; i < btf_vlen(t); i++) {
			/* an embedded struct is as strict as its members are */
			one = align_of(btf, btf_members(t)[i].type, depth + 1);
			/* a member out of step shows that the struct is packed */
			if (!btf_member_bitfield_size(t, i) &&
			    btf_member_bit_offset(t, i) % (8 * one))
				one = 1;
			if (one > max)
				max = one;
		}
		return t->size % max ? 1 : max;
	default:
		return 1;
	}
}

/**
 * lg_sizeof - bytes of a type
 * @btf: where @id lives
 * @id: any type
 *
 * Return: 0 for what has no size, and for damaged BTF.
 */
int64_t lg_sizeof(const struct btf *btf, uint32_t id)
{
	return size_of(btf, id, 0);
}

/**
 * lg_alignof - alignment of a type in bytes, as far as its members show it
 * @btf: where @id lives
 * @id: any type
 *
 * BTF does not record alignment attributes, such as those on cache lines.
 */
uint32_t lg_alignof(const struct btf *btf, uint32_t id)
{
	return align_of(btf, id, 0);
}
