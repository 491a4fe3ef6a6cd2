// SPDX-License-Identifier: GPL-2.0-only
/* Alignment of BTF types. */
#include "layoutgen.h"

#define MAX_DEPTH 32
#define MAX_STEPS (1 << 20)

static uint32_t align_of(const struct famfs_btf_view *btf, uint32_t id, int depth, int *steps)
{
	uint32_t max = 1, one, i;
	struct raw_array a;
	struct tinfo t;

	if (depth > MAX_DEPTH || --*steps < 0 || !famfs_btf_type_at(btf, lg_strip(btf, id), &t))
		return 1;
	switch (t.kind) {
	case K_INT:
	case K_FLOAT:
	case K_ENUM:
	case K_ENUM64:
		one = t.t.size < 8 ? t.t.size : 8;
		return one ? one : 1;
	case K_PTR:
		return FAMFS_BTF_PTR_SIZE;
	case K_ARRAY:
		famfs_btf_array_of(&t, &a);
		return align_of(btf, a.type, depth + 1, steps);
	case K_STRUCT:
	case K_UNION:
		for (i = 0; i < t.vlen; i++) {
			struct raw_member m;
			uint32_t off, bits;

			famfs_btf_member_at(&t, i, &m, &off, &bits);
			/* an embedded struct is as strict as its members are */
			one = align_of(btf, m.type, depth + 1, steps);
			/* a member out of step shows that the struct is packed */
			if (!bits && off % (8 * one))
				one = 1;
			if (one > max)
				max = one;
		}
		return t.t.size % max ? 1 : max;
	default:
		return 1;
	}
}

/**
 * lg_alignof - alignment of a type in bytes, as far as its members show it
 * @btf: where @id lives
 * @id: any type
 *
 * BTF does not record alignment attributes, such as those on cache lines.
 *
 * Return: bytes, at least 1.
 */
uint32_t lg_alignof(const struct famfs_btf_view *btf, uint32_t id)
{
	int steps = MAX_STEPS;

	return align_of(btf, id, 0, &steps);
}
