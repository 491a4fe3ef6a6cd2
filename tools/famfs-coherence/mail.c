// SPDX-License-Identifier: GPL-2.0-only
/* What two hosts say to each other; see mail.h. */
#include <string.h>
#include <sys/random.h>
#include <time.h>

#include "mail.h"

#define MAGIC		0x313063666d6166ULL	/* another form of these lines is another number */
#define SPINS		200

_Static_assert(sizeof(struct mail) == LINE, "a mail is a line");

static uint64_t sum_of(const struct mail *m)
{
	uint64_t word[LINE / 8], z = MAGIC;
	size_t i;

	memcpy(word, m, sizeof(word));
	for (i = 0; i < LINE / 8 - 1; i++)
		z = (z ^ word[i]) * 0x9e3779b97f4a7c15ULL, z ^= z >> 29;
	return z;
}

static void post_send(struct post *p, struct mail *m)
{
	volatile uint64_t *to = (volatile uint64_t *)(p->a->map + p->mine);
	uint64_t word[LINE / 8];
	size_t i;

	m->magic = MAGIC;
	m->from = p->me;
	m->to = p->you;
	m->sum = sum_of(m);
	memcpy(word, m, sizeof(word));
	for (i = 0; i < LINE / 8; i++)
		to[i] = word[i];
	area_drop(p->a, p->mine, LINE);
}

static bool post_look(struct post *p, struct mail *m)
{
	area_drop(p->a, p->theirs, LINE);
	load_bytes((char *)m, p->a->map + p->theirs, LINE);
	return m->magic == MAGIC && m->sum == sum_of(m);
}

static void rest(unsigned int n)
{
	if (n > SPINS)
		nanosleep(&(struct timespec){ .tv_nsec = 50000 }, NULL);
}

void post_open(struct post *p, const struct area *a, bool writer, uint32_t timeout_s)
{
	*p = (struct post){ .a = a, .mine = writer ? 0 : AREA_UNIT, .theirs = writer ? AREA_UNIT : 0,
			    .limit_us = timeout_s * 1e6 };
	/* Never 0, which stands for nobody. */
	while (!p->me)
		if (getrandom(&p->me, sizeof(p->me), 0) != sizeof(p->me))
			p->me = (uint64_t)now_us();
}

bool post_ask(struct post *p, enum verb verb, const uint64_t *arg, struct mail *answer)
{
	double end = now_us() + p->limit_us;
	struct mail m = { .seq = ++p->seq, .verb = verb };
	unsigned int n;

	if (arg)
		memcpy(m.arg, arg, sizeof(m.arg));
	post_send(p, &m);
	for (n = 0; now_us() < end; n++) {
		if (post_look(p, answer) && answer->to == p->me && answer->seq == p->seq &&
		    (!p->you || answer->from == p->you))
			return true;
		rest(n);
	}
	return false;
}

/* What an earlier run has left there is not for @p->me. */
bool post_meet(struct post *p)
{
	struct mail m;

	if (!post_ask(p, HELLO, NULL, &m))
		return false;
	p->you = m.from;
	return true;
}

/*
 * Until it is known who asks, each greeting is answered, with whom it is meant for: it can be one
 * that an earlier run has left. Who asks more than that knows who answered.
 */
bool post_hear(struct post *p, struct mail *m)
{
	double end = now_us() + p->limit_us;
	unsigned int n;

	for (n = 0; now_us() < end; n++) {
		if (post_look(p, m)) {
			if (m->verb == HELLO && m->from != p->you) {
				p->you = m->from;
				p->seq = m->seq;
				post_answer(p, m, NULL);
			} else if (m->to == p->me && m->from == p->you && m->seq == p->seq + 1) {
				p->seq = m->seq;
				return true;
			}
		}
		rest(n);
	}
	return false;
}

void post_answer(struct post *p, const struct mail *m, const uint64_t *arg)
{
	struct mail answer = { .seq = m->seq, .verb = m->verb };

	if (arg)
		memcpy(answer.arg, arg, sizeof(answer.arg));
	post_send(p, &answer);
}
