// SPDX-License-Identifier: GPL-2.0-only
/* Memory that is given back all at once. */
#include <stdlib.h>
#include <string.h>

#include "famfsctl.h"

struct piece {
	struct piece *next;
	max_align_t data[];
};

static struct piece *pieces;

void *pool_alloc(size_t size)
{
	struct piece *p = size < PTRDIFF_MAX - sizeof(*p) ? calloc(1, sizeof(*p) + size) : NULL;

	if (!p) {
		fputs("famfsctl: no memory\n", stderr);
		exit(EXIT_FOUND);
	}
	p->next = pieces;
	pieces = p;
	return p->data;
}

void pool_empty(void)
{
	struct piece *p;

	while ((p = pieces)) {
		pieces = p->next;
		free(p);
	}
}

char *pool_strndup(const char *s, size_t n)
{
	size_t len = strnlen(s, n);
	char *copy = pool_alloc(len + 1);

	memcpy(copy, s, len);
	return copy;
}

char *pool_strdup(const char *s)
{
	return pool_strndup(s, PTRDIFF_MAX);
}

char *pool_vprintf(const char *format, va_list args)
{
	va_list again;
	char *s;
	int n;

	va_copy(again, args);
	n = vsnprintf(NULL, 0, format, again);
	va_end(again);
	s = pool_alloc((size_t)(n < 0 ? 0 : n) + 1);
	if (n > 0)
		vsnprintf(s, (size_t)n + 1, format, args);
	return s;
}

char *pool_printf(const char *format, ...)
{
	va_list args;
	char *s;

	va_start(args, format);
	s = pool_vprintf(format, args);
	va_end(args);
	return s;
}

/* Grows when @n is a power of two: whoever asks adds one element at a time. */
void *pool_grow(void *array, size_t n, size_t size)
{
	void *more;

	if (array && (n & (n - 1)))
		return array;
	if (array && !n)
		return array;
	more = pool_alloc((n ? 2 * n : 1) * size);
	if (array && n)
		memcpy(more, array, n * size);
	return more;
}
