/* SPDX-License-Identifier: GPL-2.0-only */
/* Just as much of UTF-8 as takes to tell it from other bytes. */
#ifndef FAMFSCTL_UTF8_H
#define FAMFSCTL_UTF8_H

#include <stddef.h>
#include <stdint.h>

/*
 * The character that a string begins with, and of how many bytes it is; 0 if these are no
 * UTF-8 (longer than needed, a surrogate, or beyond Unicode, too). No byte behind the
 * string's NUL is looked at.
 */
static inline size_t utf8_char(const char *s, uint32_t *c)
{
	const unsigned char *u = (const unsigned char *)s;
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	size_t n, i;

	if (u[0] < 0x80) {
		*c = u[0];
		return 1;
	}
	n = u[0] >= 0xf0 && u[0] < 0xf8 ? 4 : u[0] >= 0xe0 && u[0] < 0xf0 ? 3 :
	    u[0] >= 0xc0 && u[0] < 0xe0 ? 2 : 0;
	if (!n)
		return 0;
	*c = u[0] & (0x7fu >> n);
	for (i = 1; i < n; i++) {
		if ((u[i] & 0xc0) != 0x80)
			return 0;
		*c = *c << 6 | (u[i] & 0x3f);
	}
	if (*c < least[n] || *c > 0x10ffff || (*c >= 0xd800 && *c < 0xe000))
		return 0;
	return n;
}

/* How many characters; each is taken to be one column wide. */
static inline size_t utf8_width(const char *s)
{
	size_t n = 0;

	for (; *s; s++)
		n += (*s & 0xc0) != 0x80;
	return n;
}

#endif /* FAMFSCTL_UTF8_H */
