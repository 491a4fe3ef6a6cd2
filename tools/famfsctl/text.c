// SPDX-License-Identifier: GPL-2.0-only
/*
 * Text for people. Names of files, mounts and devices are what somebody else chose: on a
 * terminal none of them may do more than be read.
 */
#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "famfsctl.h"
#include "utf8.h"

/* What could move the cursor, or turn the order of what is read around. */
static bool harmless(uint32_t c)
{
	return c >= 0x20 && !(c >= 0x7f && c < 0xa0) &&
	       !(c >= 0x200b && c <= 0x200f) && !(c >= 0x2028 && c <= 0x202e) &&
	       !(c >= 0x2060 && c <= 0x206f) && c != 0x61c && c != 0xfeff && (c & 0xfffe) != 0xfffe &&
	       !(c >= 0xe0000 && c <= 0xe0fff);
}

/**
 * safe() - a string as it can be shown on a terminal
 * @s: whatever bytes, or NULL, which is shown as "-"
 *
 * Bytes that are no printable UTF-8 come as \xNN, a backslash as two.
 */
const char *safe(const char *s)
{
	char *out, *o;
	uint32_t c;
	size_t n;

	if (!s)
		return "-";
	out = o = pool_alloc(4 * strlen(s) + 1);
	while (*s) {
		n = utf8_char(s, &c);
		if (*s == '\\') {
			*o++ = '\\';
			*o++ = *s++;
		} else if (n && harmless(c)) {
			memcpy(o, s, n);
			o += n;
			s += n;
		} else {
			for (n = n ? n : 1; n; n--)
				o += sprintf(o, "\\x%02x", (unsigned char)*s++);
		}
	}
	return out;
}

const char *size_text(uint64_t bytes)
{
	static const char unit[] = "KMGTPE";
	double v = (double)bytes / 1024;
	int u;

	if (bytes < 1024)
		return pool_printf("%" PRIu64, bytes);
	for (u = 0; v >= 1024 && unit[u + 1]; u++)
		v /= 1024;
	if (v == (double)(uint64_t)v)
		return pool_printf("%.0f%c", v, unit[u]);
	return pool_printf("%.1f%c", v, unit[u]);
}

/**
 * size_parse() - a number of bytes: decimal, octal or 0x, and one of K, M, G, T after it
 */
bool size_parse(const char *s, uint64_t *bytes)
{
	static const char unit[] = "KMGT";
	unsigned long long v;
	const char *u;
	char *end;

	if (*s < '0' || *s > '9')
		return false;
	v = strtoull(s, &end, 0);
	if (v == ULLONG_MAX)
		return false;
	if (*end) {
		u = strchr(unit, *end >= 'a' ? *end - 'a' + 'A' : *end);
		if (!u || end[1])
			return false;
		if (v > UINT64_MAX >> (10 * (u - unit + 1)))
			return false;
		v <<= 10 * (u - unit + 1);
	}
	*bytes = v;
	return true;
}

static bool octal(char c)
{
	return c >= '0' && c <= '7';
}

/* As the kernel writes names into its tables: \040 is a blank. In place. */
void unescape(char *s)
{
	unsigned int c;
	char *o = s;

	while (*s) {
		if (s[0] == '\\' && s[1] >= '0' && s[1] <= '3' && octal(s[2]) && octal(s[3])) {
			c = (unsigned int)((s[1] - '0') << 6 | (s[2] - '0') << 3 | (s[3] - '0'));
			/* A string ends at a NUL; whoever writes one gets it as it is. */
			if (c) {
				*o++ = (char)c;
				s += 4;
				continue;
			}
		}
		*o++ = *s++;
	}
	*o = '\0';
}

/* What is wrong has been said, or is seen at once. */
int usage_error(void)
{
	fflush(stdout);
	fprintf(stderr, "usage: famfsctl %s\n", ctl.usage);
	return EXIT_USAGE;
}

void complain(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	fflush(stdout);
	fputs("famfsctl: ", stderr);
	vfprintf(stderr, format, args);
	fputc('\n', stderr);
	va_end(args);
}

/* A table whose columns are as wide as they have to be. Cells are taken as they are. */
#define TABLE_COLUMNS	16

static const char *(*rows)[TABLE_COLUMNS];
static size_t nrows;

void table_begin(void)
{
	rows = NULL;
	nrows = 0;
}

void table_row(const char *first, ...)
{
	const char *cell = first;
	va_list args;
	size_t i;

	pool_more(rows, nrows);
	va_start(args, first);
	for (i = 0; i < TABLE_COLUMNS && cell; i++) {
		rows[nrows][i] = cell;
		cell = va_arg(args, const char *);
	}
	va_end(args);
	for (; i < TABLE_COLUMNS; i++)
		rows[nrows][i] = NULL;
	nrows++;
}

void table_end(void)
{
	size_t width[TABLE_COLUMNS] = { 0 }, r, c;

	for (r = 0; r < nrows; r++)
		for (c = 0; c < TABLE_COLUMNS && rows[r][c]; c++)
			if (utf8_width(rows[r][c]) > width[c])
				width[c] = utf8_width(rows[r][c]);
	for (r = 0; r < nrows; r++) {
		for (c = 0; c < TABLE_COLUMNS && rows[r][c]; c++) {
			fputs(rows[r][c], stdout);
			if (c + 1 < TABLE_COLUMNS && rows[r][c + 1])
				printf("%*s", (int)(width[c] - utf8_width(rows[r][c]) + 2), "");
		}
		putchar('\n');
	}
	table_begin();
}
