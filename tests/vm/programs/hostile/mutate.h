/* SPDX-License-Identifier: GPL-2.0-only */
/* Valid GET_FMAP messages, and what a hostile server makes of them. */
#ifndef TESTS_VM_HOSTILE_MUTATE_H
#define TESTS_VM_HOSTILE_MUTATE_H

#include <stddef.h>
#include <stdint.h>

struct scene;

#define FIRST_ROOM	(64UL << 10)
#define SECOND_ROOM	((16UL << 20) + 8192)

/* Indices of the scene. All others cannot be had. */
#define INDEX_A		0
#define INDEX_B		1
#define INDEX_ALIAS	7	/* device A once more */

/* What a server sends to one request. */
struct answer {
	int err;		/* positive: instead of a message */
	uint32_t len;		/* bytes, if not */
	unsigned char *data;
};

/**
 * struct attack - what the server does to one open
 * @kind:   for the report
 * @first:  answer to the first GET_FMAP
 * @second: to the one that has more room, if it comes
 * @header: a wrong header to try before the first answer, see HEADER_*
 */
struct attack {
	const char *kind;
	struct answer first, second;
	int header;
};

enum { HEADER_RIGHT, HEADER_POSITIVE_ERROR, HEADER_HUGE_ERROR, HEADER_WRONG_LEN, HEADER_WRONG_UNIQUE, HEADER_KINDS };

struct rng {
	uint64_t seed, n;
};

uint64_t rnd(struct rng *r);
/* below - a number from 0 to n - 1. */
uint64_t below(struct rng *r, uint64_t n);
/* flip - change 1 to 6 bytes. */
void flip(struct rng *r, unsigned char *data, size_t len);

/* The maps that are valid use device bytes from here to the end given. */
#define PLAYGROUND	(32ULL << 20)

/* make_valid - a map that has to be accepted. */
void make_valid(struct rng *r, struct answer *to, const uint64_t *dev_size);

/* make_attack - @a has its buffers. */
void make_attack(struct rng *r, struct attack *a, const struct scene *meets);

/* attack_kinds - how many there are, and the name of each. */
unsigned int attack_kinds(void);
const char *attack_kind(unsigned int i);

#endif
