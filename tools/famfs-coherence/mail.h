/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Two programs on two hosts talk to each other by the file alone: each has a page of it to itself,
 * and in that a line with what it said last, which the other one polls. A line arrives whole or not
 * at all on any fabric; the sum is for those that surprise.
 */
#ifndef FAMFS_COHERENCE_MAIL_H
#define FAMFS_COHERENCE_MAIL_H

#include "coherence.h"

#define MAIL_AREA	(2 * AREA_UNIT)		/* before the bytes that are tested */
#define MAIL_ARGS	3

enum verb { HELLO, PING, PREPARE, WRITTEN, BYE };

struct mail {
	uint64_t magic;
	uint32_t seq, verb;
	uint64_t from, to;		/* which run of the program on either host */
	uint64_t arg[MAIL_ARGS];
	uint64_t sum;
};

/* One end of it: whoever runs it owns it, and it ends with the program. */
struct post {
	const struct area *a;
	size_t mine, theirs;	/* where the lines are */
	uint64_t me, you;
	uint32_t seq;
	double limit_us;	/* of silence */
};

void post_open(struct post *p, const struct area *a, bool writer, uint32_t timeout_s);
/* The one that asks. Return: false if there is no answer. */
bool post_meet(struct post *p);
bool post_ask(struct post *p, enum verb verb, const uint64_t *arg, struct mail *answer);
/* The one that answers. Return: false if nothing is asked. */
bool post_hear(struct post *p, struct mail *m);
void post_answer(struct post *p, const struct mail *m, const uint64_t *arg);

#endif /* FAMFS_COHERENCE_MAIL_H */
