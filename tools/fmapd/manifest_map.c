// SPDX-License-Identifier: GPL-2.0-only
/* Two maps of a file, one after the other: which bytes have stayed where they were? */
#include "manifest_priv.h"

/* What is common to the beginnings of two lists, by bytes, up to @want. */
static uint64_t common_bytes(const struct manifest_node *a, const struct manifest_node *b,
			     uint64_t want)
{
	uint64_t pos = 0, in_a = 0, in_b = 0, step;	/* in_*: within an extent */
	size_t i = 0, j = 0;

	while (pos < want && i < a->next && j < b->next) {
		const struct fmap_extent *ea = &a->ext[i], *eb = &b->ext[j];

		if (ea->dev != eb->dev || ea->offset + in_a != eb->offset + in_b)
			break;
		step = ea->len - in_a < eb->len - in_b ? ea->len - in_a : eb->len - in_b;
		pos += step;
		in_a += step;
		in_b += step;
		if (in_a == ea->len) {
			in_a = 0;
			i++;
		}
		if (in_b == eb->len) {
			in_b = 0;
			j++;
		}
	}
	return pos < want ? pos : want;
}

/* Do both deal out their bytes to the same strips, in the same way? */
static bool same_strips(const struct fmap_stripe *a, const struct fmap_stripe *b)
{
	uint32_t i;

	if (a->chunk != b->chunk || a->nstrips != b->nstrips)
		return false;
	for (i = 0; i < a->nstrips; i++)
		if (a->strips[i].dev != b->strips[i].dev ||
		    a->strips[i].offset != b->strips[i].offset)
			return false;
	return true;
}

static uint64_t common_striped(const struct manifest_node *a, const struct manifest_node *b,
			       uint64_t want)
{
	uint64_t pos = 0, step;
	size_t i;

	for (i = 0; pos < want && i < a->nstripe && i < b->nstripe; i++) {
		const struct fmap_stripe *sa = &a->stripe[i], *sb = &b->stripe[i];

		if (!same_strips(sa, sb))
			break;
		step = sa->nbytes < sb->nbytes ? sa->nbytes : sb->nbytes;
		pos += step;
		if (sa->nbytes != sb->nbytes)
			break;
	}
	return pos < want ? pos : want;
}

bool manifest_map_extends(const struct manifest_node *a, const struct manifest_node *b)
{
	if (b->size < a->size)
		return false;
	return (a->nstripe ? common_striped(a, b, a->size) : common_bytes(a, b, a->size)) == a->size;
}

bool manifest_maps_same(const struct manifest_node *a, const struct manifest_node *b)
{
	size_t i, j;

	if (a->size != b->size || a->next != b->next || a->nstripe != b->nstripe)
		return false;
	for (i = 0; i < a->next; i++)
		if (a->ext[i].dev != b->ext[i].dev || a->ext[i].offset != b->ext[i].offset ||
		    a->ext[i].len != b->ext[i].len)
			return false;
	for (i = 0; i < a->nstripe; i++) {
		if (!same_strips(&a->stripe[i], &b->stripe[i]) ||
		    a->stripe[i].nbytes != b->stripe[i].nbytes)
			return false;
		for (j = 0; j < a->stripe[i].nstrips; j++)
			if (a->stripe[i].strips[j].len != b->stripe[i].strips[j].len)
				return false;
	}
	return true;
}
