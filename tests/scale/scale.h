/* SPDX-License-Identifier: GPL-2.0-only */
/* The verbs of scale, but for those that main.c has itself; @args are the words behind the verb. */
#ifndef TESTS_SCALE_H
#define TESTS_SCALE_H

#include "../vm/programs/check.h"

void verb_watch(char **args);		/* watch.c */
void verb_walk(char **args);		/* files.c */
void verb_opens(char **args);
void verb_keep(char **args);
void verb_manifest(char **args);
void verb_each(char **args);
void verb_touch(char **args);		/* large.c */
void verb_rw(char **args);
void verb_all(char **args);

/* A number below @below that looks random, the same in every run. */
static inline uint64_t scatter(uint64_t i, uint64_t below)
{
	return pattern_word(18, i) % below;
}

#endif
