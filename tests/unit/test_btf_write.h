/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A writer of BTF for the tests of those who read it: types in the order of the calls,
 * by the format's description, not by the reader's structs.
 */
#ifndef TEST_BTF_WRITE_H
#define TEST_BTF_WRITE_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	W_INT = 1, W_PTR = 2, W_ARRAY = 3, W_STRUCT = 4, W_UNION = 5, W_ENUM = 6, W_FWD = 7,
	W_TYPEDEF = 8, W_CONST = 10, W_FUNC = 12, W_PROTO = 13, W_ENUM64 = 19,
	W_KNOWN_KINDS = 20,
};

struct writer {
	uint32_t nr;			/* id of the last type */
	uint32_t str_base;
	uint32_t nwords, nstrs;
	uint32_t last;			/* word where the last type with elements begins */
	uint32_t words[1 << 16];
	char strs[1 << 18];
	/* of the header and the layout section; all zero: the header as it was before 7.x */
	uint32_t hdr_len;
	uint32_t layout_off, layout_len;	/* 0: where it is */
	uint8_t layout[64 * 4];
	uint32_t kinds;			/* in it */
};

static inline struct writer *w_new(const struct writer *base)
{
	struct writer *w = calloc(1, sizeof(*w));

	w->nstrs = base ? 0 : 1;
	if (base) {
		w->nr = base->nr;
		w->str_base = base->nstrs;
	}
	return w;
}

static inline uint32_t w_str(struct writer *w, const char *s)
{
	uint32_t at = w->nstrs;

	if (!s || !*s)
		return 0;
	strcpy(w->strs + at, s);
	w->nstrs += strlen(s) + 1;
	return w->str_base + at;
}

static inline void w_word(struct writer *w, uint32_t word)
{
	w->words[w->nwords++] = word;
}

/* Any type; @vlen elements are yet to be added by w_word(). */
static inline int w_type(struct writer *w, const char *name, uint32_t kind, uint32_t vlen,
			 uint32_t size_or_type)
{
	w->last = w->nwords;
	w_word(w, w_str(w, name));
	w_word(w, kind << 24 | vlen);
	w_word(w, size_or_type);
	return ++w->nr;
}

static inline int w_int(struct writer *w, const char *name, uint32_t size, uint32_t encoding)
{
	int id = w_type(w, name, W_INT, 0, size);

	w_word(w, encoding << 24 | size * 8);
	return id;
}

static inline int w_struct(struct writer *w, const char *name, uint32_t size)
{
	return w_type(w, name, W_STRUCT, 0, size);
}

/* To the struct or union begun last. Its bit fields make it one of the other encoding. */
static inline void w_field(struct writer *w, const char *name, uint32_t type, uint32_t bit_off,
			   uint32_t bits)
{
	w->words[w->last + 1]++;
	if (bits)
		w->words[w->last + 1] |= 1u << 31;
	w_word(w, w_str(w, name));
	w_word(w, type);
	w_word(w, bits << 24 | bit_off);
}

/* To the prototype or enum begun last: a parameter's type, or a constant's value. */
static inline void w_elem(struct writer *w, const char *name, uint32_t value)
{
	w->words[w->last + 1]++;
	w_word(w, w_str(w, name));
	w_word(w, value);
}

/* Sizes of the known kinds, as they are described by who writes BTF. */
static inline void w_describe_known(struct writer *w)
{
	static const uint8_t info[W_KNOWN_KINDS] = { [1] = 4, [3] = 12, [14] = 4, [17] = 4 };
	static const uint8_t elem[W_KNOWN_KINDS] = {
		[4] = 12, [5] = 12, [6] = 8, [13] = 8, [15] = 12, [19] = 12
	};
	uint32_t i;

	for (i = 0; i < W_KNOWN_KINDS; i++) {
		w->layout[i * 4] = info[i];
		w->layout[i * 4 + 1] = elem[i];
	}
	w->kinds = W_KNOWN_KINDS;
	w->hdr_len = 32;
}

/* Of a kind that nobody knows. Kinds below it that are not described have no size. */
static inline void w_describe(struct writer *w, uint32_t kind, uint8_t info, uint8_t elem)
{
	w->layout[kind * 4] = info;
	w->layout[kind * 4 + 1] = elem;
	if (w->kinds <= kind)
		w->kinds = kind + 1;
}

/* The whole in memory of its own: header, types, layout, strings. */
static inline void *w_raw(const struct writer *w, uint32_t *len)
{
	uint32_t hdr_len = w->hdr_len ? w->hdr_len : 24, types = w->nwords * 4;
	uint32_t layout = w->kinds * 4, head[8] = { 0x0001eb9f };	/* magic, version 1 */
	uint8_t *raw;

	head[1] = hdr_len;
	head[3] = types;
	head[4] = types + layout;
	head[5] = w->nstrs;
	if (layout) {
		head[6] = w->layout_off ? w->layout_off : types;
		head[7] = w->layout_len ? w->layout_len : layout;
	}
	*len = hdr_len + types + layout + w->nstrs;
	raw = calloc(1, *len);
	memcpy(raw, head, hdr_len < sizeof(head) ? hdr_len : sizeof(head));
	memcpy(raw + hdr_len, w->words, types);
	memcpy(raw + hdr_len + types, w->layout, layout);
	memcpy(raw + hdr_len + types + layout, w->strs, w->nstrs);
	return raw;
}

#endif /* TEST_BTF_WRITE_H */
