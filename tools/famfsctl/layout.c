// SPDX-License-Identifier: GPL-2.0-only
/* Extents of a file: which byte is where, and which large pages fit. */
#include <string.h>

#include "famfsctl.h"
#include "kv.h"
#include "layout.h"

static bool parse_strip(struct extent *e, const struct kv *kv)
{
	const char *stripe = kv_get(kv, "stripe");
	uint64_t k, m, round;
	char *copy, *of;

	e->strip = 0;
	e->nstrips = 1;
	e->chunk = 0;
	if (!stripe)
		return true;
	copy = pool_strdup(stripe);
	of = strchr(copy, '/');
	if (!of)
		return false;
	*of++ = '\0';
	if (!number_parse(copy, &k) || !number_parse(of, &m) || k >= m || m > UINT32_MAX ||
	    !kv_u64(kv, "chunk", &e->chunk) || !e->chunk || e->chunk > UINT32_MAX ||
	    __builtin_mul_overflow(m, e->chunk, &round) ||
	    __builtin_add_overflow(e->off + e->len, round, &round))
		return false;
	e->strip = (uint32_t)k;
	e->nstrips = (uint32_t)m;
	return true;
}

/**
 * extent_parse() - a line of the table, if it is of that file
 * @line: cut up
 *
 * Numbers that do not fit together are refused: all that follows calculates with them.
 */
bool extent_parse(struct extent *e, char *line, unsigned int major, unsigned int minor, uint64_t ino)
{
	unsigned int a, b;
	uint64_t n, end;
	struct kv kv;

	kv_parse(&kv, line);
	return devno_parse(kv.first, &a, &b) && a == major && b == minor && kv_u64(&kv, "ino", &n) &&
	       n == ino && kv_u64(&kv, "off", &e->off) && kv_u64(&kv, "len", &e->len) &&
	       kv_u64(&kv, "dev", &e->dev) && kv_u64(&kv, "devoff", &e->devoff) && e->len &&
	       !__builtin_add_overflow(e->off, e->len, &end) &&
	       !__builtin_add_overflow(e->devoff, e->len, &end) && parse_strip(e, &kv);
}

const struct layout_device *layout_device(const struct layout *l, uint64_t index)
{
	size_t i;

	for (i = 0; i < l->ndevices; i++)
		if (l->device[i].index == index)
			return &l->device[i];
	return NULL;
}

/**
 * extent_piece() - the contiguous pieces of an extent, one after the other
 * @row: from 0 on
 *
 * Return: whether there is such a one.
 */
bool extent_piece(const struct extent *e, uint64_t row, struct piece *p)
{
	uint64_t at, left;

	p->extent = e;
	if (e->nstrips == 1) {
		*p = (struct piece){ e->off, e->len, e->devoff, e };
		return !row;
	}
	if (row > e->len / e->chunk / e->nstrips)
		return false;
	at = (row * e->nstrips + e->strip) * e->chunk;
	if (at >= e->len)
		return false;
	left = e->len - at;
	*p = (struct piece){ e->off + at, left < e->chunk ? left : e->chunk,
			     e->devoff + row * e->chunk, e };
	return true;
}

/* How many bytes of the file an extent, or a strip of one, has. */
uint64_t extent_bytes(const struct extent *e)
{
	uint64_t chunks, rest, mine;

	if (e->nstrips == 1)
		return e->len;
	chunks = e->len / e->chunk;
	rest = e->len % e->chunk;
	mine = chunks / e->nstrips + (e->strip < chunks % e->nstrips);
	return mine * e->chunk + (rest && chunks % e->nstrips == e->strip ? rest : 0);
}

/**
 * layout_resolve() - where is a byte of the file?
 * @p: set to the contiguous piece that has it
 */
bool layout_resolve(const struct layout *l, uint64_t pos, struct piece *p)
{
	const struct extent *e;
	uint64_t chunk;
	size_t i;

	for (i = 0; i < l->n; i++) {
		e = &l->extent[i];
		if (pos < e->off || pos - e->off >= e->len)
			continue;
		if (e->nstrips == 1)
			return extent_piece(e, 0, p);
		chunk = (pos - e->off) / e->chunk;
		if (chunk % e->nstrips == e->strip)
			return extent_piece(e, chunk / e->nstrips, p);
	}
	return false;
}

/**
 * extent_whose() - which byte of the file is this one of the device?
 * @pos: set if it is one of this extent
 */
bool extent_whose(const struct extent *e, uint64_t devoff, uint64_t *pos)
{
	struct piece p;
	uint64_t off;

	if (devoff < e->devoff)
		return false;
	off = devoff - e->devoff;
	if (!extent_piece(e, e->nstrips == 1 ? 0 : off / e->chunk, &p))
		return false;
	off = devoff - p.devoff;
	*pos = p.off + off;
	return off < p.len;
}

static bool touches(const struct range *r, uint64_t start, uint64_t end)
{
	return r->len && r->off < end && r->off + (r->len - 1) >= start;
}

/* Large pages of a piece that a bad page is in. The list is in order of its offsets. */
static uint64_t bad_units(const struct layout_device *d, uint64_t start, uint64_t end, uint64_t unit)
{
	uint64_t n = 0, from, to, next = start;
	size_t i;

	for (i = 0; i < d->nbad; i++) {
		if (!touches(&d->bad[i], start, end))
			continue;
		from = d->bad[i].off < start ? start : d->bad[i].off;
		from -= (from - start) % unit;
		to = d->bad[i].off + (d->bad[i].len - 1);
		to = to >= end ? end - 1 : to;
		if (from < next)
			from = next;
		if (from > to)
			continue;
		n += (to - from) / unit + 1;
		next = from + ((to - from) / unit + 1) * unit;
	}
	return n;
}

static void piece_reach(const struct layout_device *d, const struct piece *p, uint64_t unit,
			struct reach *r)
{
	uint64_t phys = p->devoff + (d->have_resource ? d->resource : 0);
	uint64_t start = p->off % unit ? unit - p->off % unit : 0, whole, bad;

	if ((p->off ^ phys) & (unit - 1)) {
		r->why = WHY_PHASE;
		return;
	}
	if (start >= p->len || p->len - start < unit) {
		r->why = WHY_SHORT;
		return;
	}
	whole = (p->len - start) / unit;
	bad = bad_units(d, p->devoff + start, p->devoff + start + whole * unit, unit);
	r->bytes += (whole - bad) * unit;
	r->bad += bad * unit;
}

/**
 * layout_reach() - how much of an extent can be mapped by large pages of a size?
 * @unit: the size, a power of two
 */
struct reach layout_reach(const struct layout *l, const struct extent *e, uint64_t unit)
{
	const struct layout_device *d = layout_device(l, e->dev);
	struct reach r = { 0 };
	uint64_t row, all = extent_bytes(e);
	struct piece p;

	if (!unit || (unit > l->huge && !l->giant))
		return (struct reach){ .why = WHY_KERNEL };
	if (!d || !d->name || (d->state && strcmp(d->state, "ok")))
		return (struct reach){ .why = WHY_GONE };
	/* No such map is accepted; and pieces are looked at one after the other. */
	if (all > d->size)
		return (struct reach){ .why = WHY_GONE };
	if (!d->block) {
		if (unit > l->huge && d->folio < unit)
			return (struct reach){ .why = WHY_DEVICE };
		if (l->folio_only && (d->folio ? d->folio : d->align) < unit)
			return (struct reach){ .why = WHY_DEVICE };
		if (l->folio_only && d->folio > unit)
			return (struct reach){ .why = WHY_FOLIO };
	} else if (unit > l->huge) {
		return (struct reach){ .why = WHY_KERNEL };
	}
	if (e->nstrips > 1 && e->chunk < unit)
		return (struct reach){ .why = WHY_CHUNK };
	for (row = 0; extent_piece(e, row, &p); row++)
		piece_reach(d, &p, unit, &r);
	if (r.bytes == all)
		r.why = WHY_NOT_AT_ALL;
	else if (r.bad)
		r.why = WHY_BAD;
	else if (r.bytes || !r.why)
		r.why = WHY_SHORT;
	return r;
}

/* Bytes of an extent that are on bad pages. */
uint64_t layout_bad(const struct layout *l, const struct extent *e)
{
	const struct layout_device *d = layout_device(l, e->dev);
	uint64_t n = 0, from, to, end = e->devoff + extent_bytes(e);
	size_t i;

	/* What a strip has is one range of its device. */
	for (i = 0; d && i < d->nbad; i++) {
		if (!touches(&d->bad[i], e->devoff, end))
			continue;
		from = d->bad[i].off < e->devoff ? e->devoff : d->bad[i].off;
		to = d->bad[i].off + (d->bad[i].len - 1);
		to = to >= end ? end - 1 : to;
		n += to - from + 1;
	}
	return n;
}

const char *why_text(enum why why, uint64_t unit)
{
	const char *u = size_text(unit);

	switch (why) {
	case WHY_NOT_AT_ALL:
		return "";
	case WHY_DEVICE:
		return pool_printf("no %s: the device's folios are smaller (its alignment, or folio_max)", u);
	case WHY_FOLIO:
		return pool_printf("no %s: the device's folios are larger, and this kernel maps whole ones", u);
	case WHY_PHASE:
		return pool_printf("no %s: file and device offset differ modulo %s", u, u);
	case WHY_SHORT:
		return pool_printf("%s: only whole ones, aligned", u);
	case WHY_CHUNK:
		return pool_printf("no %s: chunks are smaller", u);
	case WHY_BAD:
		return pool_printf("%s: not where a bad page is", u);
	case WHY_KERNEL:
		return "";
	case WHY_GONE:
		return "the device is not there";
	}
	return "";
}
