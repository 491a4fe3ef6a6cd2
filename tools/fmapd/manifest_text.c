// SPDX-License-Identifier: GPL-2.0-only
/* Words, numbers and messages of a manifest. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "manifest_priv.h"

int manifest_fail_at(struct manifest_parser *p, unsigned int line,
		     const char *fmt, ...)
{
	va_list ap;
	int n;

	if (p->err[0])
		return -1;
	n = snprintf(p->err, p->errlen, "%s:%u: ", p->name, line);
	if (n < 0 || (size_t)n >= p->errlen)
		return -1;
	va_start(ap, fmt);
	vsnprintf(p->err + n, p->errlen - (size_t)n, fmt, ap);
	va_end(ap);
	return -1;
}

/* A number without sign or blanks before it, and where it ends. */
static int number(const char *s, int base, uint64_t *v, char **end)
{
	if (*s < '0' || *s > '9')
		return -1;
	errno = 0;
	*v = strtoull(s, end, base);
	return errno ? -1 : 0;
}

int manifest_uint(const char *s, int base, uint64_t max, uint64_t *v)
{
	char *end;

	return number(s, base, v, &end) || *end || *v > max ? -1 : 0;
}

int manifest_size(const char *s, uint64_t *v)
{
	static const char units[] = "KMGT";
	const char *u;
	char *end;
	int base = s[0] == '0' && (s[1] == 'x' || s[1] == 'X') ? 16 : 10;

	if (number(s, base, v, &end))
		return -1;
	if (!*end)
		return 0;
	u = strchr(units, *end);
	if (!u || end[1])
		return -1;
	return __builtin_mul_overflow(*v, 1ULL << (10 * (u - units + 1)), v) ? -1 : 0;
}

char *manifest_word(struct manifest_parser *p, char **line)
{
	char *in = *line, *out, *word;

	in += strspn(in, " \t\r\n");
	if (!*in || *in == '#')
		return NULL;
	word = out = in;
	while (*in && !strchr(" \t\r\n", *in)) {
		if (*in != '\\') {
			*out++ = *in++;
		} else if (in[1] == '\\') {
			*out++ = '\\';
			in += 2;
		} else if (in[1] >= '0' && in[1] <= '3' && in[2] >= '0' &&
			   in[2] <= '7' && in[3] >= '0' && in[3] <= '7' &&
			   strncmp(in + 1, "000", 3)) {
			*out++ = (char)((in[1] - '0') << 6 | (in[2] - '0') << 3 |
					(in[3] - '0'));
			in += 4;
		} else {
			manifest_fail_at(p, p->line,
				"bad escape: use \\\\ or three octal digits, as in \\040");
			return NULL;
		}
	}
	*line = *in ? in + 1 : in;
	*out = '\0';
	return word;
}
