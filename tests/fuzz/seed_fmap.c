// SPDX-License-Identifier: GPL-2.0-only
/* Writes the fuzzer's seeds, valid messages of every kind, to a directory. */
#include <stdio.h>
#include <stdlib.h>

#include "fmap_msg.h"

#define SEEDS	64

int main(int argc, char **argv)
{
	static const u32 pages[] = { 1, 4096, 16, 1 << 21 };
	struct rng r = { .state = 42 };
	struct msg m;
	char name[4096];
	FILE *f;
	u32 i;

	if (argc != 2) {
		fprintf(stderr, "usage: %s DIRECTORY\n", argv[0]);
		return EXIT_FAILURE;
	}
	for (i = 0; i < SEEDS; i++) {
		msg_random(&m, &r, pages[i % 4]);
		snprintf(name, sizeof(name), "%s/seed-%02u", argv[1], i);
		f = fopen(name, "wb");
		if (!f || fputc(i % 4, f) == EOF ||
		    fwrite(m.buf, 1, m.len, f) != m.len || fclose(f)) {
			perror(name);
			return EXIT_FAILURE;
		}
		msg_free(&m);
	}
	return EXIT_SUCCESS;
}
