/* SPDX-License-Identifier: GPL-2.0-only */
/* What the manifest's own files share. */
#ifndef FMAPD_MANIFEST_PRIV_H
#define FMAPD_MANIFEST_PRIV_H

#include <stdarg.h>

#include "manifest.h"

/* A range of device memory and the line that names it; @same as in struct manifest_device. */
struct manifest_range {
	uint64_t start, len;
	uint32_t dev, same;
	unsigned int line;
};

/* Where sysfs is; tests have one of their own. */
extern const char *manifest_sysfs;

/**
 * struct manifest_parser - state while reading
 * @m:       what has been read so far
 * @name:    of the manifest, for messages
 * @line:    current line
 * @file:    file that extents belong to, or MANIFEST_NONE
 * @ranges:  every extent and strip, @nranges of them
 * @err:     message, "" while all is well
 * @errlen:  room in @err
 */
struct manifest_parser {
	struct manifest *m;
	const char *name;
	unsigned int line;
	uint32_t file;
	struct manifest_range *ranges;
	size_t nranges;
	char *err;
	size_t errlen;
};

/* Writes "NAME:LINE: reason" unless there is a message already.  Return: -1 */
int manifest_fail_at(struct manifest_parser *p, unsigned int line,
		     const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/**
 * manifest_add - append a node
 *
 * Return: its number, or MANIFEST_NONE without memory.
 */
uint32_t manifest_add(struct manifest *m, uint32_t parent, const char *name,
		      mode_t mode, unsigned int line);

/* manifest_hash_rebuild - of names that are to be found; there is room.  */
void manifest_hash_rebuild(struct manifest *m);

/* manifest_node_free - what a node points to. */
void manifest_node_free(struct manifest_node *n);

/* manifest_maps_same - do both have the same bytes at the same places, and the same size? */
bool manifest_maps_same(const struct manifest_node *a, const struct manifest_node *b);

/* manifest_map_extends - has @b all bytes of @a where @a has them, and perhaps more? */
bool manifest_map_extends(const struct manifest_node *a, const struct manifest_node *b);

/* manifest_device_same - do both names lead to one device now? */
bool manifest_device_same(const struct manifest_device *a, const struct manifest_device *b);

/* manifest_devices_identify - set each device's @same.  Return: 0, or -1 without memory. */
int manifest_devices_identify(struct manifest *m);

/* manifest_check_file - is this file's map sound?  Return: 0 or -1 */
int manifest_check_file(struct manifest_parser *p, uint32_t file);

/* manifest_check_all - devices and overlaps, after the last line. */
int manifest_check_all(struct manifest_parser *p);

/**
 * manifest_word - next word of a line
 * @p:    for messages
 * @line: where to go on; moved
 *
 * Undoes \ooo and \\ in place.
 *
 * Return: the word, or NULL at the end of the line and after an error.
 */
char *manifest_word(struct manifest_parser *p, char **line);

/**
 * manifest_uint - a plain number up to @max
 *
 * Return: 0, or -1 if that is no number or too large.
 */
int manifest_uint(const char *s, int base, uint64_t max, uint64_t *v);

/**
 * manifest_size - a number of bytes: decimal or 0x, K, M, G or T after it
 *
 * Return: 0, or -1 if that is no number or too large.
 */
int manifest_size(const char *s, uint64_t *v);

#endif /* FMAPD_MANIFEST_PRIV_H */
