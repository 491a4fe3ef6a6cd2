// SPDX-License-Identifier: GPL-2.0-only
/* Step by step: one host writes, another one looks, and who calls both of them says when. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "coherence.h"
#include "json.h"

static int opened(struct area *a, const struct options *o, bool write)
{
	int err;

	*a = (struct area){ .name = o->file, .at = o->at, .size = o->size };
	err = area_open(a, write);
	if (!err)
		return EXIT_KEPT;
	complain("%s: %s", o->file, err == ERANGE ? "there are not so many bytes" :
		 err == ENOTTY ? "this is no dax device" : strerror(err));
	return EXIT_NOT_HERE;
}

int cmd_write(const struct options *o)
{
	struct area a;
	double start, took;
	char *buf;
	int err;

	if (o->way->drops && !can_drop()) {
		complain("%s: this program knows no instruction for that here", o->way->name);
		return EXIT_NOT_HERE;
	}
	err = opened(&a, o, true);
	if (err)
		return err;
	buf = need(o->size);
	pattern(buf, o->size, o->seed);
	start = now_us();
	err = o->way->run(&a, buf, o->size, 0);
	took = now_us() - start;
	free(buf);
	area_close(&a);
	if (err) {
		complain("%s: %s: %s", o->file, o->way->name, strerror(err));
		return EXIT_NOT_HERE;
	}
	if (o->json) {
		json_begin("write");
		json_str("file", o->file);
		json_str("way", o->way->name);
		json_bool("promised", o->way->promised);
		json_u64("seed", o->seed);
		json_u64("bytes", o->size);
		json_double("us", took);
		json_finish();
	} else {
		printf("%s: %" PRIu64 " bytes of seed %" PRIu64 " by %s in %.0f us\n", o->file, o->size, o->seed,
		       o->way->name, took);
	}
	return EXIT_KEPT;
}

struct shot {
	struct lines n;
	double us;	/* until all was there, or it was given up */
	int err;
};

/* Again and again, until all is there or the time is up. */
static struct shot shoot(const struct area *a, const struct look *l, const struct options *o, char *buf,
			 const char *new, const char *old)
{
	double start = now_us();
	struct shot s = { 0 };

	for (;;) {
		s.err = look_at(a, l, buf, o->size, 0);
		if (s.err)
			return s;
		s.n = compare(buf, new, old, o->size);
		s.us = now_us() - start;
		if (!(s.n.old || s.n.other) || s.us > o->wait_ms * 1e3)
			return s;
		nanosleep(&(struct timespec){ .tv_nsec = 50000 }, NULL);
	}
}

static void tell_shot(const struct options *o, const struct look *l, const struct shot *s)
{
	if (o->json) {
		json_object(NULL);
		json_str("look", l->name);
		json_bool("promised", l->promised);
		json_u64("new", s->n.new);
		json_u64("old", s->n.old);
		json_u64("other", s->n.other);
		json_double("us", s->us);
		json_str("error", s->err ? strerror(s->err) : NULL);
		json_end();
	} else if (s->err) {
		printf("%-12s %s\n", l->name, strerror(s->err));
	} else {
		printf("%-12s %" PRIu32 " of %" PRIu64 " lines", l->name, s->n.new, o->size / LINE);
		if (s->n.old || s->n.other)
			printf("; %" PRIu32 " are old, %" PRIu32 " neither", s->n.old, s->n.other);
		printf(" (%.0f us)\n", s->us);
	}
}

int cmd_check(const struct options *o)
{
	char *buf, *new, *old = NULL;
	int ret, i, judged = 0;
	struct area a;

	ret = opened(&a, o, false);
	if (ret)
		return ret;
	buf = need(o->size);
	new = need(o->size);
	pattern(new, o->size, o->seed);
	if (o->has_old) {
		old = need(o->size);
		pattern(old, o->size, o->old);
	}
	if (o->json) {
		json_begin("check");
		json_str("file", o->file);
		json_u64("seed", o->seed);
		json_u64("lines", o->size / LINE);
		json_array("looks");
	}
	for (i = 0; i < NLOOKS; i++) {
		struct shot s;

		if (o->look && o->look != &looks[i])
			continue;
		s = shoot(&a, &looks[i], o, buf, new, old);
		tell_shot(o, &looks[i], &s);
		/* Of all of them, those count that are promised; of one, that one. */
		if (!o->look && !looks[i].promised)
			continue;
		judged += !s.err;
		if (!s.err && (s.n.old || s.n.other))
			ret = EXIT_BROKEN;
	}
	if (!judged)
		ret = EXIT_NOT_HERE;
	if (o->json) {
		json_end();
		json_bool("seen", ret == EXIT_KEPT);
		json_finish();
	}
	area_close(&a);
	free(buf);
	free(new);
	free(old);
	return ret;
}
