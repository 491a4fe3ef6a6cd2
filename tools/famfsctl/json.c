// SPDX-License-Identifier: GPL-2.0-only
/* What --json writes: one object on standard output, on lines of their own for people. */
#include <assert.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>

#include "json.h"
#include "utf8.h"

#define JSON_DEPTH	16

static struct {
	unsigned int depth;
	bool array[JSON_DEPTH], any[JSON_DEPTH];
} out;

static void string(const char *s)
{
	uint32_t c;
	size_t n;

	putchar('"');
	for (; *s; s += n) {
		n = utf8_char(s, &c);
		if (!n) {
			/* JSON has no words for bytes that are no text. */
			fputs("\\ufffd", stdout);
			n = 1;
		} else if (c == '"' || c == '\\') {
			printf("\\%c", *s);
		} else if (c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0x2028 || c == 0x2029 ||
			   (c >= 0x202a && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069)) {
			printf("\\u%04x", c);
		} else {
			fwrite(s, 1, n, stdout);
		}
	}
	putchar('"');
}

static void line(void)
{
	printf("\n%*s", (int)(2 * out.depth), "");
}

static void element(const char *key)
{
	unsigned int d;

	if (!out.depth)
		return;
	d = out.depth - 1;
	assert(!key == out.array[d]);
	if (out.any[d])
		putchar(',');
	out.any[d] = true;
	line();
	if (key) {
		string(key);
		fputs(": ", stdout);
	}
}

static void open_level(const char *key, bool array)
{
	element(key);
	assert(out.depth < JSON_DEPTH);
	putchar(array ? '[' : '{');
	out.array[out.depth] = array;
	out.any[out.depth++] = false;
}

void json_object(const char *key)
{
	open_level(key, false);
}

void json_array(const char *key)
{
	open_level(key, true);
}

void json_end(void)
{
	assert(out.depth);
	out.depth--;
	if (out.any[out.depth])
		line();
	putchar(out.array[out.depth] ? ']' : '}');
}

/* Every command's object begins alike: which form it has, and whose it is. */
void json_begin(const char *command)
{
	json_object(NULL);
	json_u64("version", 1);
	json_str("command", command);
}

void json_finish(void)
{
	json_end();
	assert(!out.depth);
	putchar('\n');
}

void json_null(const char *key)
{
	element(key);
	fputs("null", stdout);
}

void json_str(const char *key, const char *value)
{
	if (!value) {
		json_null(key);
		return;
	}
	element(key);
	string(value);
}

void json_u64(const char *key, uint64_t value)
{
	element(key);
	printf("%" PRIu64, value);
}

void json_u64_if(const char *key, bool have, uint64_t value)
{
	if (have)
		json_u64(key, value);
	else
		json_null(key);
}

void json_double(const char *key, double value)
{
	if (!isfinite(value)) {
		json_null(key);
		return;
	}
	element(key);
	printf("%.3f", value);
}

void json_bool(const char *key, bool value)
{
	element(key);
	fputs(value ? "true" : "false", stdout);
}
