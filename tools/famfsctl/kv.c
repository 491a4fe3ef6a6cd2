// SPDX-License-Identifier: GPL-2.0-only
/* Lines of key=value. */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "famfsctl.h"
#include "kv.h"

/* The next line that is not empty, cut off in place; NULL at the end. */
char *kv_next_line(char **text)
{
	char *line, *end;

	do {
		line = *text;
		if (!line || !*line)
			return NULL;
		end = strchr(line, '\n');
		if (end)
			*end++ = '\0';
		*text = end;
	} while (!*line);
	return line;
}

/* Cuts the line up in place. */
void kv_parse(struct kv *kv, char *line)
{
	char *word, *eq, *rest = line;
	bool first = true;

	memset(kv, 0, sizeof(*kv));
	while ((word = strsep(&rest, " "))) {
		if (!*word)
			continue;
		eq = strchr(word, '=');
		if (!eq) {
			if (first)
				kv->first = word;
			first = false;
			continue;
		}
		first = false;
		if (kv->n == KV_MAX)
			continue;
		*eq = '\0';
		unescape(eq + 1);
		kv->pair[kv->n].key = word;
		kv->pair[kv->n++].value = eq + 1;
	}
}

const char *kv_get(const struct kv *kv, const char *key)
{
	size_t i;

	for (i = 0; i < kv->n; i++)
		if (!strcmp(kv->pair[i].key, key))
			return kv->pair[i].value;
	return NULL;
}

/* All of it a number, decimal or 0x. */
bool number_parse(const char *s, uint64_t *value)
{
	unsigned long long v;
	char *end;

	if (!s || *s < '0' || *s > '9')
		return false;
	errno = 0;
	v = strtoull(s, &end, s[0] == '0' && s[1] == 'x' ? 16 : 10);
	if (errno || *end)
		return false;
	*value = v;
	return true;
}

bool kv_u64(const struct kv *kv, const char *key, uint64_t *value)
{
	return number_parse(kv_get(kv, key), value);
}

/* Numbers between commas: how many, @max at most; 0 if any of them is none. */
size_t kv_list(const char *value, uint64_t *numbers, size_t max)
{
	char *copy, *word;
	size_t n = 0;

	if (!value)
		return 0;
	copy = pool_strdup(value);
	while ((word = strsep(&copy, ",")) && n < max)
		if (!number_parse(word, &numbers[n++]))
			return 0;
	return n;
}

bool devno_parse(const char *s, unsigned int *major, unsigned int *minor)
{
	char *colon, *copy;
	uint64_t a, b;

	if (!s)
		return false;
	copy = pool_strdup(s);
	colon = strchr(copy, ':');
	if (!colon)
		return false;
	*colon = '\0';
	if (!number_parse(copy, &a) || !number_parse(colon + 1, &b) || a > UINT_MAX || b > UINT_MAX)
		return false;
	*major = (unsigned int)a;
	*minor = (unsigned int)b;
	return true;
}
