// SPDX-License-Identifier: GPL-2.0-only
/*
 * Is a manifest sound?  The kernel judges every map again; but a person wants
 * to be told by line and reason, and before anything is mounted.
 */
#include <inttypes.h>
#include <stdlib.h>

#include "manifest_priv.h"

/*
 * The bytes that strip number @i holds when @nbytes are dealt out in chunks.
 * Whole chunks are asked for, also for the last one: no map that is accepted
 * here then depends on how a kernel treats the remainder.
 */
static uint64_t strip_bytes(const struct fmap_stripe *s, uint32_t i)
{
	uint64_t chunks = s->nbytes / s->chunk + !!(s->nbytes % s->chunk);

	return (chunks / s->nstrips + (i < chunks % s->nstrips)) * s->chunk;
}

static int check_stripe(struct manifest_parser *p, const struct manifest_node *n,
			const struct fmap_stripe *s)
{
	uint32_t i;

	for (i = 0; i < s->nstrips; i++)
		if (s->strips[i].len < strip_bytes(s, i))
			return manifest_fail_at(p, n->line,
				"\"%s\": strip %" PRIu32 " has %" PRIu64 " bytes, its share of the stripe is %" PRIu64,
				n->name, i, s->strips[i].len, strip_bytes(s, i));
	return 0;
}

int manifest_check_file(struct manifest_parser *p, uint32_t file)
{
	const struct manifest_node *n = &p->m->nodes[file];
	size_t i, slots = n->next + n->nstripe;
	uint64_t sum = 0;

	if (!n->next && !n->nstripe)
		return manifest_fail_at(p, n->line, "\"%s\" has no extents", n->name);
	if (p->m->allow_invalid)
		return 0;

	for (i = 0; i < n->next; i++)
		if (__builtin_add_overflow(sum, n->ext[i].len, &sum))
			return manifest_fail_at(p, n->line,
						"\"%s\": extents too large", n->name);
	for (i = 0; i < n->nstripe; i++) {
		if (check_stripe(p, n, &n->stripe[i]))
			return -1;
		if (i + 1 < n->nstripe && n->stripe[i].nbytes % MANIFEST_ALIGN)
			return manifest_fail_at(p, n->line,
				"\"%s\": a stripe that another one follows has a multiple of %d bytes",
				n->name, MANIFEST_ALIGN);
		slots += n->stripe[i].nstrips;
		if (__builtin_add_overflow(sum, n->stripe[i].nbytes, &sum))
			return manifest_fail_at(p, n->line,
						"\"%s\": stripes too large", n->name);
	}
	if (slots > FMAP_MAP_MAX)
		return manifest_fail_at(p, n->line,
			"\"%s\" has %zu extents, stripes and strips, no map has more than %u",
			n->name, slots, FMAP_MAP_MAX);
	if (sum < n->size)
		return manifest_fail_at(p, n->line,
			"\"%s\" has %" PRIu64 " bytes but its extents hold only %" PRIu64,
			n->name, n->size, sum);
	return 0;
}

static int compare_ranges(const void *pa, const void *pb)
{
	const struct manifest_range *a = pa, *b = pb;

	if (a->same != b->same)
		return a->same < b->same ? -1 : 1;
	if (a->start != b->start)
		return a->start < b->start ? -1 : 1;
	return a->line < b->line ? -1 : a->line > b->line;
}

static int check_overlaps(struct manifest_parser *p)
{
	const struct manifest_range *far = NULL;
	size_t i;

	if (p->nranges)
		qsort(p->ranges, p->nranges, sizeof(*p->ranges), compare_ranges);
	for (i = 0; i < p->nranges; i++) {
		const struct manifest_range *r = &p->ranges[i];

		if (far && far->same == r->same && r->start < far->start + far->len)
			return manifest_fail_at(p,
				r->line > far->line ? r->line : far->line,
				"%" PRIu32 ":%#" PRIx64 ":%#" PRIx64 " overlaps %" PRIu32 ":%#" PRIx64 ":%#" PRIx64 " of line %u%s",
				r->dev, r->start, r->len, far->dev, far->start,
				far->len, r->line > far->line ? far->line : r->line,
				r->dev == far->dev ? "" : " (both are the same device)");
		/* No overlap so far, so the latest range also ends last. */
		far = r;
	}
	return 0;
}

static struct manifest_device *device_of(struct manifest_parser *p,
					 const struct manifest_range *r)
{
	return (struct manifest_device *)manifest_device(p->m, r->dev);
}

int manifest_check_all(struct manifest_parser *p)
{
	struct manifest_device *dev;
	struct manifest_range *r;
	size_t i;

	for (i = 0; i < p->nranges; i++)
		p->m->used += p->ranges[i].len;
	if (p->m->allow_invalid)
		return 0;
	for (i = 0; i < p->nranges; i++) {
		r = &p->ranges[i];
		dev = device_of(p, r);
		if (!dev)
			return manifest_fail_at(p, r->line, "device %" PRIu32 " is not declared",
						r->dev);
		if (r->start + r->len > dev->end) {
			dev->end = r->start + r->len;
			dev->end_line = r->line;
		}
	}
	if (p->m->allow_overlap)
		return 0;
	if (manifest_devices_identify(p->m))
		return manifest_fail_at(p, p->line, "out of memory");
	for (i = 0; i < p->nranges; i++)
		p->ranges[i].same = device_of(p, &p->ranges[i])->same;
	return check_overlaps(p);
}
