// SPDX-License-Identifier: GPL-2.0-only
/* The ways to write and to look, and the bytes by which they are told apart. */
#include <errno.h>
#include <string.h>

#include "coherence.h"

#define ODD_BYTES	4099u

/* By words: memcpy() may go past the caches with many bytes, and then it is another way. */
static void store_bytes(char *to, const char *from, size_t len)
{
	volatile uint64_t *t = (volatile uint64_t *)to;
	const uint64_t *f = (const uint64_t *)from;
	size_t i;

	for (i = 0; i < len / sizeof(*t); i++)
		t[i] = f[i];
}

void load_bytes(char *to, const char *from, size_t len)
{
	const volatile uint64_t *f = (const volatile uint64_t *)from;
	uint64_t *t = (uint64_t *)to;
	size_t i;

	for (i = 0; i < len / sizeof(*t); i++)
		t[i] = f[i];
}

/* The first half in a call, the second one in calls that begin and end within lines. */
static int by_write(const struct area *a, const char *buf, size_t len, size_t at)
{
	size_t done = len / 2, n;
	int err = area_pwrite(a, buf, done, at);

	for (; !err && done < len; done += n) {
		n = len - done < ODD_BYTES ? len - done : ODD_BYTES;
		err = area_pwrite(a, buf + done, n, at + done);
	}
	return err;
}

static int by_write_fsync(const struct area *a, const char *buf, size_t len, size_t at)
{
	int err = by_write(a, buf, len, at);

	return err ? err : area_fsync(a);
}

static int by_store(const struct area *a, const char *buf, size_t len, size_t at)
{
	store_bytes(a->map + at, buf, len);
	return 0;
}

static int by_store_msync(const struct area *a, const char *buf, size_t len, size_t at)
{
	store_bytes(a->map + at, buf, len);
	return area_msync(a, at, len);
}

static int by_store_flush(const struct area *a, const char *buf, size_t len, size_t at)
{
	store_bytes(a->map + at, buf, len);
	area_drop(a, at, len);
	return 0;
}

const struct way ways[NWAYS] = {
	{ "write", true, false, by_write },
	{ "write+fsync", true, false, by_write_fsync },
	{ "store+msync", true, false, by_store_msync },
	{ "store+flush", true, true, by_store_flush },
	{ "store", false, false, by_store },
};

/* Those that drop what this host has come last: nothing old is left after them. */
const struct look looks[NLOOKS] = {
	{ "map", false, false },
	{ "read", false, true },
	{ "fresh-map", true, false },
	{ "fresh-read", true, true },
};

/**
 * look_at() - what is there now
 * @a: the file
 * @l: by a mapping or by read(2), and whether what this host has in its caches is dropped first
 * @buf: gets @len bytes from @at in the area on, whole lines
 *
 * Return: 0 or an errno.
 */
int look_at(const struct area *a, const struct look *l, char *buf, size_t len, size_t at)
{
	if (l->promised) {
		if (!can_drop())
			return EOPNOTSUPP;
		area_drop(a, at, len);
	}
	if (l->calls)
		return area_pread(a, buf, len, at);
	load_bytes(buf, a->map + at, len);
	return 0;
}

/**
 * pattern() - bytes that are those of a seed and of their own place
 * @buf: so many bytes, whole lines
 * @seed: another one gives other words in each line
 *
 * The words are those of splitmix64.
 */
void pattern(char *buf, size_t len, uint64_t seed)
{
	uint64_t z;
	size_t i;

	for (i = 0; i < len / sizeof(z); i++) {
		z = seed * 0x9e3779b97f4a7c15ULL + i + 1;
		z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
		z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
		z ^= z >> 31;
		memcpy(buf + i * sizeof(z), &z, sizeof(z));
	}
}

/* @old may be NULL: nothing is known of what was there. */
struct lines compare(const char *buf, const char *new, const char *old, size_t len)
{
	struct lines n = { 0 };
	size_t i;

	for (i = 0; i < len; i += LINE) {
		if (!memcmp(buf + i, new + i, LINE))
			n.new++;
		else if (old && !memcmp(buf + i, old + i, LINE))
			n.old++;
		else
			n.other++;
	}
	return n;
}
