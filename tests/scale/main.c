// SPDX-License-Identifier: GPL-2.0-only
/*
 * scale: what tests/scale/guest.sh does to many files and large devices, and the watch over it.
 *
 *	scale watch				for each line of input, an answer: see watch.c
 *	scale manifest FILES DIRS DEV		an fmapd manifest of so many files of 4 KiB
 *	scale walk DIR				look at everything below DIR, and print how many
 *	scale opens DIR FILES DIRS N		open, read and close N scattered ones of these
 *	scale keep DIR FILES DIRS N		open N, say "kept", and wait for a line of input
 *	scale each DIR N			of the files f0, f1 ... of DIR: a page written, read and
 *						mapped, and fsync
 *	scale touch FILE N SIZE read|write|msync	a byte in N scattered pieces of SIZE, mapped;
 *						then fsync, or msync of one page
 *	scale rw FILE N				4 KiB at N scattered places, written and read
 *	scale all FILE SIZE			map all of it, a byte of each piece of SIZE, unmap
 */
#include "scale.h"

static const struct {
	const char *name;
	int args;
	void (*run)(char **args);
} verbs[] = {
	{ "watch", 0, verb_watch },
	{ "manifest", 3, verb_manifest },
	{ "walk", 1, verb_walk },
	{ "opens", 4, verb_opens },
	{ "keep", 4, verb_keep },
	{ "each", 2, verb_each },
	{ "touch", 4, verb_touch },
	{ "rw", 2, verb_rw },
	{ "all", 2, verb_all },
};

int main(int argc, char **argv)
{
	size_t i;

	for (i = 0; argc > 1 && i < sizeof(verbs) / sizeof(verbs[0]); i++)
		if (!strcmp(argv[1], verbs[i].name) && argc == verbs[i].args + 2) {
			verbs[i].run(argv + 2);
			return 0;
		}
	fprintf(stderr, "scale: no such verb, or not so many words; see main.c\n");
	return 2;
}
