// SPDX-License-Identifier: GPL-2.0-only
/*
 * Both hosts at once: a writer, and a reader that looks. For each way to write, each way to look
 * and each round
 *
 *	PREPARE		the reader gets what is in memory, and has it in its caches
 *	WRITTEN		the writer has written other bytes; the reader looks until they are there,
 *			and tells what it saw, and when
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "json.h"
#include "mail.h"

/* What came of a way to write and a way to look. */
struct cell {
	uint32_t at_once, late, never;	/* rounds; at once: at the first look */
	uint32_t other;			/* lines that nobody wrote */
	uint32_t missing;		/* lines, at most */
	uint32_t late_us;		/* at most */
	int err;			/* of either host, that there is no such way */
};

struct run {
	const struct options *o;
	struct area area;
	struct post post;
	bool writer;
	size_t size;			/* of what is tested */
	char *buf, *new, *old;
	struct cell cell[NWAYS][NLOOKS];
	double round_trip_us;
};

enum { LOST = -1, GOES_ON, ENDED };

/* The words of a PREPARE or WRITTEN and of its answer. */
static uint64_t pack(uint32_t low, uint32_t high)
{
	return low | (uint64_t)high << 32;
}

static void note(struct cell *c, const uint64_t *arg)
{
	uint32_t missing = (uint32_t)arg[0], other = (uint32_t)(arg[0] >> 32);
	uint32_t us = (uint32_t)arg[1], looked = (uint32_t)(arg[1] >> 32);

	if (arg[2]) {
		c->err = (int)arg[2];
		return;
	}
	c->other += other;
	if (missing || other) {
		c->never++;
		if (missing > c->missing)
			c->missing = missing;
	} else if (looked > 1) {
		c->late++;
		if (us > c->late_us)
			c->late_us = us;
	} else {
		c->at_once++;
	}
}

/* ---- the one that writes --------------------------------------------------------------- */

static int compare_doubles(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static int measure(struct run *r)
{
	enum { TIMES = 101 };
	double took[TIMES];
	struct mail m;
	uint64_t arg[MAIL_ARGS];
	int i;

	for (i = 0; i < TIMES; i++) {
		double start = now_us();

		/* The last one also tells what came out of those before. */
		memset(arg, 0, sizeof(arg));
		if (i == TIMES - 1) {
			qsort(took, TIMES - 1, sizeof(*took), compare_doubles);
			r->round_trip_us = took[TIMES / 2];
			memcpy(&arg[0], &r->round_trip_us, sizeof(arg[0]));
		}
		if (!post_ask(&r->post, PING, arg, &m))
			return LOST;
		took[i] = now_us() - start;
	}
	return GOES_ON;
}

static int round_of(struct run *r, uint32_t way, uint32_t look, uint32_t round)
{
	struct cell *c = &r->cell[way][look];
	uint64_t arg[MAIL_ARGS] = { pack(way, look), round, 0 };
	struct mail m;

	if (!post_ask(&r->post, PREPARE, arg, &m))
		return LOST;
	/* Other bytes than any run has left there. */
	arg[1] = r->post.me + ((uint64_t)round << 16 | way << 8 | look);
	pattern(r->new, r->size, arg[1]);
	/* That the reader cannot look so, or this one not write so. */
	arg[2] = m.arg[2];
	if (!arg[2] && ways[way].drops && !can_drop())
		arg[2] = EOPNOTSUPP;
	if (!arg[2])
		arg[2] = (uint64_t)ways[way].run(&r->area, r->new, r->size, MAIL_AREA);
	if (!post_ask(&r->post, WRITTEN, arg, &m))
		return LOST;
	note(c, m.arg);
	return GOES_ON;
}

static int write_all(struct run *r)
{
	uint32_t way, look, round;

	if (!post_meet(&r->post) || measure(r) == LOST)
		return LOST;
	for (way = 0; way < NWAYS; way++)
		for (look = 0; look < NLOOKS; look++)
			for (round = 1; round <= r->o->rounds && !r->cell[way][look].err; round++)
				if (round_of(r, way, look, round) == LOST)
					return LOST;
	/* Whoever answers this need not wait for one more word. */
	return post_ask(&r->post, BYE, NULL, &(struct mail){ 0 }) ? ENDED : LOST;
}

/* ---- the one that looks ----------------------------------------------------------------- */

static int prepare(struct run *r, const struct mail *m)
{
	uint64_t look = m->arg[0] >> 32;
	int err;

	/* What is in memory, and then in the caches, by the very way it will be looked at. */
	area_drop(&r->area, MAIL_AREA, r->size);
	load_bytes(r->old, r->area.map + MAIL_AREA, r->size);
	err = look_at(&r->area, &looks[look], r->buf, r->size, MAIL_AREA);
	load_bytes(r->buf, r->area.map + MAIL_AREA, r->size);
	return err;
}

static void look_for(struct run *r, const struct mail *m, uint64_t *arg)
{
	const struct look *l = &looks[m->arg[0] >> 32];
	double start = now_us(), us;
	struct lines n;
	uint32_t times = 0;
	int err;

	arg[2] = m->arg[2];
	if (arg[2])
		return;
	/* Before the time counts: what it shall be. */
	pattern(r->new, r->size, m->arg[1]);
	do {
		if (times)
			nanosleep(&(struct timespec){ .tv_nsec = 20000 }, NULL);
		err = look_at(&r->area, l, r->buf, r->size, MAIL_AREA);
		if (err) {
			arg[2] = (uint64_t)err;
			return;
		}
		n = compare(r->buf, r->new, r->old, r->size);
		us = now_us() - start;
		times++;
	} while ((n.old || n.other) && us < r->o->wait_ms * 1e3);
	arg[0] = pack(n.old + n.other, n.other);
	arg[1] = pack((uint32_t)us, times);
}

static int read_one(struct run *r)
{
	uint64_t arg[MAIL_ARGS] = { 0 };
	struct mail m;

	if (!post_hear(&r->post, &m))
		return LOST;
	/* Nothing that another host sends is more than a word of this protocol. */
	if ((m.verb == PREPARE || m.verb == WRITTEN) &&
	    ((uint32_t)m.arg[0] >= NWAYS || m.arg[0] >> 32 >= NLOOKS))
		return LOST;
	switch (m.verb) {
	case PING:
		if (m.arg[0])
			memcpy(&r->round_trip_us, &m.arg[0], sizeof(r->round_trip_us));
		break;
	case PREPARE:
		arg[2] = (uint64_t)prepare(r, &m);
		break;
	case WRITTEN:
		look_for(r, &m, arg);
		note(&r->cell[(uint32_t)m.arg[0]][m.arg[0] >> 32], arg);
		break;
	case BYE:
		post_answer(&r->post, &m, arg);
		return ENDED;
	default:
		return LOST;
	}
	post_answer(&r->post, &m, arg);
	return GOES_ON;
}

static int read_all(struct run *r)
{
	int ret;

	do {
		ret = read_one(r);
	} while (ret == GOES_ON);
	return ret;
}

/* ---- what came out ------------------------------------------------------------------------ */

static const char *verdict(const struct run *r, const struct cell *c, char *text, size_t len)
{
	if (c->err)
		snprintf(text, len, "not possible");
	else if (c->other)
		snprintf(text, len, "WRONG BYTES");
	else if (c->never)
		snprintf(text, len, c->missing == r->size / LINE ? "not seen" : "not all seen");
	else if (c->late)
		snprintf(text, len, "after %" PRIu32 " us", c->late_us);
	else
		snprintf(text, len, "at once");
	return text;
}

/* A promise is that it is there when the writer says so, not that it comes. */
static bool kept(const struct run *r, int way, int look)
{
	const struct cell *c = &r->cell[way][look];

	return !c->other && (!ways[way].promised || !looks[look].promised || c->err || (!c->never && !c->late));
}

static void tell_json(const struct run *r, bool good)
{
	char text[32];
	int i, j;

	json_begin("run");
	json_str("file", r->o->file);
	json_str("role", r->writer ? "writer" : "reader");
	json_u64("lines", r->size / LINE);
	json_u64("rounds", r->o->rounds);
	json_double("round_trip_us", r->round_trip_us);
	json_array("results");
	for (i = 0; i < NWAYS; i++)
		for (j = 0; j < NLOOKS; j++) {
			const struct cell *c = &r->cell[i][j];

			json_object(NULL);
			json_str("way", ways[i].name);
			json_str("look", looks[j].name);
			json_bool("promised", ways[i].promised && looks[j].promised);
			json_bool("kept", kept(r, i, j));
			json_str("seen", verdict(r, c, text, sizeof(text)));
			json_u64("at_once", c->at_once);
			json_u64("late", c->late);
			json_u64("never", c->never);
			json_u64_if("late_us", c->late, c->late_us);
			json_u64("lines_missing", c->missing);
			json_u64("lines_other", c->other);
			json_end();
		}
	json_end();
	json_bool("promises_kept", good);
	json_finish();
}

static void tell_text(const struct run *r, unsigned int promised, unsigned int broken)
{
	char text[32];
	int i, j;

	printf("%-14s", "written by");
	for (j = 0; j < NLOOKS; j++)
		printf("%-15s", looks[j].name);
	puts("");
	for (i = 0; i < NWAYS; i++) {
		printf("%-14s", ways[i].name);
		for (j = 0; j < NLOOKS; j++)
			printf("%-15s", verdict(r, &r->cell[i][j], text, sizeof(text)));
		puts("");
	}
	printf("a word there and back: %.1f us\n", r->round_trip_us);
	if (broken)
		printf("NOT KEPT: %u of %u promises\n", broken, promised);
	else
		printf("promises: %u, all kept\n", promised);
}

static int judge(const struct run *r)
{
	unsigned int promised = 0, broken = 0, wrong = 0;
	int i, j;

	for (i = 0; i < NWAYS; i++)
		for (j = 0; j < NLOOKS; j++) {
			const struct cell *c = &r->cell[i][j];
			bool counts = ways[i].promised && looks[j].promised;

			promised += counts && !c->err;
			broken += counts && !kept(r, i, j);
			wrong += !counts && c->other;
		}
	if (r->o->json)
		tell_json(r, promised && !broken && !wrong);
	else
		tell_text(r, promised, broken + wrong);
	return broken || wrong ? EXIT_BROKEN : promised ? EXIT_KEPT : EXIT_NOT_HERE;
}

int cmd_run(const struct options *o, bool writer)
{
	struct run r = { .o = o, .writer = writer, .size = o->size };
	int ret;

	if (!can_drop()) {
		complain("run: this program knows no instruction here by which two hosts could talk: use write and check");
		return EXIT_NOT_HERE;
	}
	r.area = (struct area){ .name = o->file, .at = o->at, .size = o->size + MAIL_AREA };
	ret = area_open(&r.area, true);
	if (ret) {
		complain("%s: %s", o->file, ret == ERANGE ? "there are not so many bytes" : strerror(ret));
		return EXIT_NOT_HERE;
	}
	r.buf = need(r.size);
	r.new = need(r.size);
	r.old = need(r.size);
	post_open(&r.post, &r.area, writer, o->timeout_s);
	ret = writer ? write_all(&r) : read_all(&r);
	if (ret == LOST) {
		complain("%s: the %s is not heard: it does not run, or has no memory in common with this host, or what is stored and flushed here does not get there",
			 o->file, writer ? "reader" : "writer");
		ret = EXIT_NOT_HERE;
	} else {
		ret = judge(&r);
	}
	area_close(&r.area);
	free(r.buf);
	free(r.new);
	free(r.old);
	return ret;
}
