// SPDX-License-Identifier: GPL-2.0-only
/*
 * A file and its devices as rows of characters. In the file's row a cell has the letter of the
 * device that its bytes are on: a capital where large pages can map them, * where several devices
 * take turns. In a device's row # is of the file, and x has a bad page of it; ! has a bad page that
 * is not the file's.
 */
#include <string.h>

#include "famfsctl.h"
#include "layout.h"

#define PLOT_LETTERS	26

/* Which cell of @width, over @size bytes, a byte is in. */
static unsigned int cell_of(uint64_t pos, uint64_t size, unsigned int width)
{
	if (pos >= size)
		return width - 1;
	return (unsigned int)((long double)pos * width / (long double)size);
}

static char letter(const struct layout *l, uint64_t index, bool large)
{
	size_t i;

	for (i = 0; i < l->ndevices && i < PLOT_LETTERS; i++)
		if (l->device[i].index == index)
			return (char)((large ? 'A' : 'a') + i);
	return '?';
}

static void set(char *at, char c)
{
	*at = c;
}

/* What is there already counts, too. */
static void mark(char *at, char c)
{
	if (*at == '.')
		*at = c;
	else if (*at != c && (*at | 0x20) != (c | 0x20))
		*at = '*';
	else if (*at != c)
		*at |= 0x20;	/* of one device, and not all of it by large pages */
}

/* The cells that @len bytes from @off on are in, each by @put. */
static void put_range(char *row, uint64_t off, uint64_t len, uint64_t size, unsigned int width,
		      void (*put)(char *at, char c), char c)
{
	unsigned int i, last;

	if (!len || off >= size)
		return;
	last = cell_of(off + len - 1, size, width);
	for (i = cell_of(off, size, width); i <= last; i++)
		put(&row[i], c);
}

static void file_row(const struct layout *l, char *row, unsigned int width)
{
	const struct extent *e;
	struct reach r;
	size_t i;

	for (i = 0; i < l->n; i++) {
		e = &l->extent[i];
		r = layout_reach(l, e, l->huge);
		put_range(row, e->off, e->len, l->size, width, mark,
			  letter(l, e->dev, r.bytes && r.why != WHY_BAD));
	}
}

static void device_row(const struct layout *l, const struct layout_device *d, char *row,
		       unsigned int width)
{
	struct extent e;
	uint64_t pos;
	size_t i, k;
	char c;

	for (i = 0; i < l->n; i++)
		if (l->extent[i].dev == d->index)
			put_range(row, l->extent[i].devoff, extent_bytes(&l->extent[i]), d->size, width, set,
				  '#');
	for (k = 0; k < d->nbad; k++) {
		c = '!';
		for (i = 0; i < l->n && c == '!'; i++) {
			e = l->extent[i];
			if (e.dev == d->index && extent_whose(&e, d->bad[k].off, &pos))
				c = 'x';
		}
		put_range(row, d->bad[k].off, d->bad[k].len, d->size, width, set, c);
	}
}

/**
 * layout_plot() - a picture for a terminal
 * @width: of a row, in characters
 */
char *layout_plot(const struct layout *l, unsigned int width)
{
	const struct layout_device *d;
	char *row, *out;
	size_t i;

	row = pool_alloc(width + 1);
	memset(row, '.', width);
	file_row(l, row, width);
	out = pool_printf("%-10.10s |%s| %s\n", "file", row, size_text(l->size));
	for (i = 0; i < l->ndevices; i++) {
		d = &l->device[i];
		if (!d->size)
			continue;
		memset(row, '.', width);
		device_row(l, d, row, width);
		out = pool_printf("%s%c %-8.8s |%s| %s\n", out, letter(l, d->index, true),
				  safe(d->name), row, size_text(d->size));
	}
	return pool_printf("%scapital: large pages; small letter: single pages; *: several devices; #: the file's; x: bad page of it; !: other bad page\n",
			   out);
}
