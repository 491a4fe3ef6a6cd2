// SPDX-License-Identifier: GPL-2.0-only
/*
 * The same picture as SVG: the file above, its devices below, and what belongs together joined.
 * Of extents in many pieces (stripes) the devices' parts are drawn whole, as one.
 */
#include <inttypes.h>
#include <string.h>

#include "famfsctl.h"
#include "layout.h"

#define SVG_WIDTH	960
#define SVG_LEFT	20
#define SVG_BAR		28
#define SVG_STEP	80
#define SVG_EXTENTS_MAX	2000	/* more are not drawn, and a line says so */

struct svg {
	char *text;
	size_t len, room;
};

static void add(struct svg *s, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void add(struct svg *s, const char *format, ...)
{
	va_list args;
	char *piece, *more;
	size_t n;

	va_start(args, format);
	piece = pool_vprintf(format, args);
	va_end(args);
	n = strlen(piece);
	if (s->len + n + 1 > s->room) {
		s->room = 2 * (s->len + n + 1);
		more = pool_alloc(s->room);
		memcpy(more, s->text ? s->text : "", s->len);
		s->text = more;
	}
	memcpy(s->text + s->len, piece, n + 1);
	s->len += n;
}

/* Text between tags and in attributes; what is no printable character is shown as in safe(). */
static const char *xml(const char *s)
{
	const char *in = safe(s);
	char *out = pool_alloc(6 * strlen(in) + 1), *o = out;

	for (; *in; in++)
		switch (*in) {
		case '&':
			o = stpcpy(o, "&amp;");
			break;
		case '<':
			o = stpcpy(o, "&lt;");
			break;
		case '>':
			o = stpcpy(o, "&gt;");
			break;
		case '"':
			o = stpcpy(o, "&quot;");
			break;
		default:
			*o++ = *in;
		}
	return out;
}

static double x_of(uint64_t pos, uint64_t size)
{
	return SVG_LEFT + (size ? (double)pos / (double)size * SVG_WIDTH : 0);
}

static unsigned int hue(size_t i)
{
	return (unsigned int)(i * 137 % 360);
}

static size_t device_nr(const struct layout *l, uint64_t index)
{
	const struct layout_device *d = layout_device(l, index);

	return d ? (size_t)(d - l->device) : l->ndevices;
}

static unsigned int y_of(size_t device)
{
	return 60 + SVG_STEP * ((unsigned int)device + 1);
}

static void draw_extent(struct svg *s, const struct layout *l, const struct extent *e)
{
	const struct layout_device *d = layout_device(l, e->dev);
	struct reach huge = layout_reach(l, e, l->huge);
	uint64_t bytes = extent_bytes(e);
	double a = x_of(e->off, l->size), b = x_of(e->off + e->len, l->size), c, f;
	double top = 60 + (double)SVG_BAR * e->strip / e->nstrips, high = (double)SVG_BAR / e->nstrips;
	size_t nr = device_nr(l, e->dev);
	unsigned int y = y_of(nr);

	add(s, "<rect x=\"%.2f\" y=\"%.2f\" width=\"%.2f\" height=\"%.2f\" fill=\"hsl(%u,60%%,%d%%)\"><title>", a,
	    top, b - a > 0.5 ? b - a : 0.5, high, hue(nr), huge.bytes ? 45 : 75);
	add(s, "%s of the file at %" PRIu64 ": %s at %" PRIu64 "%s, large pages %s</title></rect>\n",
	    size_text(bytes), e->off, d && d->name ? xml(d->name) : "device", e->devoff,
	    e->nstrips > 1 ? pool_printf(", strip %u of %u by %s", e->strip, e->nstrips, size_text(e->chunk)) : "",
	    size_text(huge.bytes));
	if (!d || !d->size)
		return;
	c = x_of(e->devoff, d->size);
	f = x_of(e->devoff + bytes, d->size);
	add(s, "<polygon points=\"%.2f,%d %.2f,%d %.2f,%u %.2f,%u\" fill=\"hsl(%u,60%%,50%%)\" opacity=\"0.15\"/>\n",
	    a, 60 + SVG_BAR, b, 60 + SVG_BAR, f, y, c, y, hue(nr));
	add(s, "<rect x=\"%.2f\" y=\"%u\" width=\"%.2f\" height=\"%d\" fill=\"hsl(%u,60%%,%d%%)\"/>\n", c, y,
	    f - c > 0.5 ? f - c : 0.5, SVG_BAR, hue(nr), huge.bytes ? 45 : 75);
}

static void draw_device(struct svg *s, const struct layout_device *d, unsigned int y)
{
	double a, b;
	size_t i;

	add(s, "<text x=\"%d\" y=\"%u\">%s, %s</text>\n", SVG_LEFT, y + SVG_BAR + 16,
	    d->name ? xml(d->name) : "device", d->size ? size_text(d->size) : "not there");
	add(s, "<rect x=\"%d\" y=\"%u\" width=\"%d\" height=\"%d\" fill=\"none\" stroke=\"#888\"/>\n", SVG_LEFT, y,
	    SVG_WIDTH, SVG_BAR);
	for (i = 0; i < d->nbad && d->size; i++) {
		a = x_of(d->bad[i].off, d->size);
		b = x_of(d->bad[i].off + d->bad[i].len, d->size);
		add(s, "<rect x=\"%.2f\" y=\"%u\" width=\"%.2f\" height=\"%d\" fill=\"#d00\"><title>bad page at %" PRIu64 "</title></rect>\n",
		    a, y, b - a > 1 ? b - a : 1, SVG_BAR, d->bad[i].off);
	}
}

/**
 * layout_svg() - a picture as SVG
 * @title: the file's name, as it is
 */
char *layout_svg(const struct layout *l, const char *title)
{
	struct svg s = { 0 };
	unsigned int high = y_of(l->ndevices);
	size_t i;

	add(&s, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
	    "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%u\" viewBox=\"0 0 %d %u\" font-family=\"sans-serif\" font-size=\"13\">\n",
	    SVG_WIDTH + 2 * SVG_LEFT, high, SVG_WIDTH + 2 * SVG_LEFT, high);
	add(&s, "<text x=\"%d\" y=\"24\" font-size=\"16\">%s, %s</text>\n", SVG_LEFT, xml(title),
	    size_text(l->size));
	add(&s, "<text x=\"%d\" y=\"46\">dark: large pages; light: single pages; red: bad pages%s</text>\n", SVG_LEFT,
	    l->n > SVG_EXTENTS_MAX ? pool_printf("; %zu more extents are not drawn", l->n - SVG_EXTENTS_MAX) : "");
	for (i = 0; i < l->n && i < SVG_EXTENTS_MAX; i++)
		draw_extent(&s, l, &l->extent[i]);
	add(&s, "<rect x=\"%d\" y=\"60\" width=\"%d\" height=\"%d\" fill=\"none\" stroke=\"#888\"/>\n", SVG_LEFT,
	    SVG_WIDTH, SVG_BAR);
	for (i = 0; i < l->ndevices; i++)
		draw_device(&s, &l->device[i], y_of(i));
	add(&s, "</svg>\n");
	return s.text;
}
