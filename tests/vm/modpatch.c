// SPDX-License-Identifier: GPL-2.0-only
/*
 * modpatch IN OUT OLD NEW: copy a kernel module with one string replaced by
 * another of the same length wherever it stands by itself, and without the
 * signature, which would not be good any more. Status 1 if OLD is not there.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char marker[] = "~Module signature appended~\n";
#define MARKER_LEN	(sizeof(marker) - 1)
/* struct module_signature ends with the length of what is before it. */
#define TRAILER_LEN	12

static size_t without_signature(const unsigned char *p, size_t len)
{
	const unsigned char *n;
	size_t sig;

	if (len < MARKER_LEN + TRAILER_LEN || memcmp(p + len - MARKER_LEN, marker, MARKER_LEN))
		return len;
	len -= MARKER_LEN;
	n = p + len - 4;
	sig = (size_t)n[0] << 24 | n[1] << 16 | n[2] << 8 | n[3];
	return sig <= len - TRAILER_LEN ? len - TRAILER_LEN - sig : len;
}

int main(int argc, char **argv)
{
	unsigned char *p = malloc(64 << 20);
	size_t len, old_len, i;
	int found = 0;
	FILE *f;

	if (argc != 5 || strlen(argv[3]) != strlen(argv[4]) || !p)
		return 2;
	f = fopen(argv[1], "r");
	if (!f)
		return 2;
	len = without_signature(p, fread(p, 1, 64 << 20, f));
	fclose(f);

	/* Both ends: the string starts after a NUL and ends with one. */
	old_len = strlen(argv[3]);
	for (i = 1; i + old_len < len; i++)
		if (!p[i - 1] && !memcmp(p + i, argv[3], old_len + 1)) {
			memcpy(p + i, argv[4], old_len);
			found = 1;
		}
	f = fopen(argv[2], "w");
	if (!f || fwrite(p, 1, len, f) != len || fclose(f))
		return 2;
	return !found;
}
