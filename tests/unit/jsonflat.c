// SPDX-License-Identifier: GPL-2.0-only
/*
 * jsonflat: reads JSON from standard input and writes a line for each value, as
 *	devices[0].size=4096
 * Anything that RFC 8259 does not allow is an error (status 1), and so are a key that an object
 * has twice and a control character in a string, however it is written.
 */
#define _GNU_SOURCE
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char *text, *at;

static void bad(const char *why)
{
	fprintf(stderr, "jsonflat: byte %zu: %s\n", (size_t)(at - text), why);
	exit(1);
}

static void blanks(void)
{
	while (*at && strchr(" \t\r\n", *at))
		at++;
}

static void value(const char *path);

/* Escapes are left as they are, so that a line stays one. */
static char *string(void)
{
	char *start = ++at, *copy;
	int i;

	for (; *at != '"'; at++) {
		if ((unsigned char)*at < 0x20)
			bad("control character or end in a string");
		if ((unsigned char)*at >= 0x80 && !((at[0] & 0xc0) == 0x80 || (at[0] & 0xc0) == 0xc0))
			bad("no UTF-8");
		if (*at != '\\')
			continue;
		at++;
		if (*at == 'u') {
			for (i = 1; i <= 4; i++)
				if (!isxdigit((unsigned char)at[i]))
					bad("escape");
			at += 4;
		} else if (!*at || !strchr("\"\\/bfnrt", *at)) {
			bad("escape");
		}
	}
	copy = strndup(start, (size_t)(at - start));
	at++;
	return copy;
}

static void object(const char *path)
{
	char *keys[256], *key, *below;
	size_t n = 0, i;

	at++;
	blanks();
	if (*at == '}') {
		at++;
		return;
	}
	for (;;) {
		blanks();
		if (*at != '"')
			bad("no key");
		key = string();
		for (i = 0; i < n; i++)
			if (!strcmp(keys[i], key))
				bad("a key twice");
		if (n == 256)
			bad("too many keys");
		keys[n++] = key;
		blanks();
		if (*at++ != ':')
			bad("no colon");
		if (asprintf(&below, "%s%s%s", path, *path ? "." : "", key) < 0)
			exit(1);
		value(below);
		free(below);
		blanks();
		if (*at == '}')
			break;
		if (*at++ != ',')
			bad("no comma in an object");
	}
	at++;
	while (n)
		free(keys[--n]);
}

static void array(const char *path)
{
	unsigned int n = 0;
	char *below;

	at++;
	blanks();
	if (*at == ']') {
		at++;
		printf("%s=[]\n", path);
		return;
	}
	for (;;) {
		if (asprintf(&below, "%s[%u]", path, n++) < 0)
			exit(1);
		value(below);
		free(below);
		blanks();
		if (*at == ']')
			break;
		if (*at++ != ',')
			bad("no comma in an array");
	}
	at++;
}

static void number(const char *path)
{
	char *start = at;

	at += *at == '-';
	if (*at == '0' && isdigit((unsigned char)at[1]))
		bad("number");
	if (!isdigit((unsigned char)*at))
		bad("value");
	while (isdigit((unsigned char)*at))
		at++;
	if (*at == '.') {
		at++;
		if (!isdigit((unsigned char)*at))
			bad("number");
		while (isdigit((unsigned char)*at))
			at++;
	}
	printf("%s=%.*s\n", path, (int)(at - start), start);
}

static void value(const char *path)
{
	static const char *const words[] = { "true", "false", "null" };
	char *s;
	int i;

	blanks();
	if (*at == '{') {
		object(path);
	} else if (*at == '[') {
		array(path);
	} else if (*at == '"') {
		s = string();
		printf("%s=%s\n", path, s);
		free(s);
	} else {
		for (i = 0; i < 3; i++)
			if (!strncmp(at, words[i], strlen(words[i]))) {
				at += strlen(words[i]);
				printf("%s=%s\n", path, words[i]);
				return;
			}
		number(path);
	}
}

int main(void)
{
	size_t n = 0, room = 1 << 22;

	text = at = malloc(room);
	while (n < room - 1) {
		size_t got = fread(text + n, 1, room - 1 - n, stdin);

		if (!got)
			break;
		n += got;
	}
	text[n] = '\0';
	if (strlen(text) != n)
		bad("NUL");
	value("");
	blanks();
	if (*at)
		bad("something behind the end");
	free(text);
	return 0;
}
