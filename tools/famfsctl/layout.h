/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where a file lies on its devices, and how large the mappings of it can be. Pure: no file is
 * read, so that pictures and tables can be tested without a kernel.
 */
#ifndef FAMFSCTL_LAYOUT_H
#define FAMFSCTL_LAYOUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dax.h"

/* A line of debugfs' "extents": a range of a file, or what a strip has of one. */
struct extent {
	uint64_t off, len;	/* in the file; of a strip the whole interleaved extent */
	uint64_t dev, devoff;	/* index, and where it (the strip) begins there */
	uint32_t strip, nstrips;	/* 0 of 1 if it is not interleaved */
	uint64_t chunk;
};

struct layout_device {
	uint64_t index;
	const char *name;	/* dax0.0, a disk, or NULL */
	const char *state;
	bool block;
	bool have_resource;
	uint64_t size, align, folio, resource;	/* 0: not known */
	struct range *bad;
	size_t nbad;
};

struct layout {
	struct extent *extent;
	size_t n;
	struct layout_device *device;
	size_t ndevices;
	uint64_t size;		/* of the file */
	/* how the kernel maps */
	uint64_t huge, giant;	/* bytes of large pages; giant is 0 where there are none */
	bool folio_only;	/* a mapping has to be of one folio (6.15 and later) */
};

/* A contiguous piece, in the file and on a device. */
struct piece {
	uint64_t off, len, devoff;
	const struct extent *extent;
};

enum why {
	WHY_NOT_AT_ALL,		/* nothing stands against it */
	WHY_DEVICE,		/* the device's folios or alignment are smaller */
	WHY_FOLIO,		/* folios are larger, and this kernel maps whole ones only */
	WHY_PHASE,		/* file and device offset differ modulo the large page */
	WHY_SHORT,		/* no whole large page in it */
	WHY_CHUNK,		/* chunks are smaller than that */
	WHY_BAD,		/* as much as has no bad page in it */
	WHY_KERNEL,		/* this kernel has no such mappings */
	WHY_GONE,		/* the device is not there */
};

/* How much of an extent can be mapped by large pages. */
struct reach {
	uint64_t bytes;		/* by them */
	uint64_t bad;		/* kept from it by bad pages */
	enum why why;		/* what keeps (the most of) the rest from it */
};

bool extent_parse(struct extent *e, char *line, unsigned int major, unsigned int minor, uint64_t ino);
const struct layout_device *layout_device(const struct layout *l, uint64_t index);
uint64_t extent_bytes(const struct extent *e);
bool extent_piece(const struct extent *e, uint64_t row, struct piece *p);
bool layout_resolve(const struct layout *l, uint64_t pos, struct piece *p);
bool extent_whose(const struct extent *e, uint64_t devoff, uint64_t *pos);
struct reach layout_reach(const struct layout *l, const struct extent *e, uint64_t unit);
const char *why_text(enum why why, uint64_t unit);
uint64_t layout_bad(const struct layout *l, const struct extent *e);

/* plot.c, svg.c: pictures; width in characters */
char *layout_plot(const struct layout *l, unsigned int width);
char *layout_svg(const struct layout *l, const char *title);

#endif /* FAMFSCTL_LAYOUT_H */
