// SPDX-License-Identifier: GPL-2.0-only
/*
 * Marks of what was mapped: against a model that has a byte for each part of a file, and at the
 * places where counting goes wrong.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include <linux/slab.h>
#include "data/marks.h"

#define PART	(1ULL << FAMFS_PART_SHIFT)
#define PARTS	64

/* Check's own asserts are too slow to be called for each of so many. */
#define hot_assert(expr)	do { if (!(expr)) ck_abort_msg("%s", #expr); } while (0)

struct model {
	unsigned long spans;
	unsigned char *dirty;	/* by part */
	unsigned char *mapped;	/* by span */
};

static void model_mark(struct model *m, u64 pos, u64 len, bool dirty)
{
	u64 part;

	for (part = pos / PART; part <= (pos + len - 1) / PART; part++) {
		m->mapped[part / PARTS] = 1;
		if (dirty)
			m->dirty[part] = 1;
	}
}

static u64 model_parts(const struct model *m, unsigned long span)
{
	u64 parts = 0;
	int i;

	for (i = 0; i < PARTS; i++)
		parts |= (u64)m->dirty[span * PARTS + i] << i;
	return parts;
}

static unsigned long model_next(const struct model *m, bool dirty, unsigned long span)
{
	for (; span < m->spans; span++)
		if (dirty ? model_parts(m, span) != 0 : m->mapped[span])
			return span;
	return FAMFS_NO_SPAN;
}

static void compare(const struct famfs_marks *marks, const struct model *m)
{
	unsigned long span;

	for (span = 0; span <= m->spans + 1; span++) {
		hot_assert(famfs_next_mark(marks, FAMFS_DIRTY, span) == model_next(m, true, span));
		hot_assert(famfs_next_mapped(marks, span) == model_next(m, false, span));
		if (span < m->spans)
			hot_assert((u64)atomic64_read(&marks->parts[span]) == model_parts(m, span));
	}
}

START_TEST(random_walk)
{
	/* Less than a span, a word of spans and one more, words of words. */
	static const u64 sizes[] = { 4096, FAMFS_SPAN, 3 * FAMFS_SPAN + 4096, 64 * FAMFS_SPAN,
				     65 * FAMFS_SPAN, 4097 * FAMFS_SPAN };
	u64 bytes = sizes[_i];
	struct famfs_marks *marks = famfs_marks_new(bytes);
	struct model m = { .spans = (bytes + FAMFS_SPAN - 1) / FAMFS_SPAN };
	int step;

	ck_assert_ptr_nonnull(marks);
	ck_assert_uint_eq(marks->spans, m.spans);
	m.dirty = calloc(m.spans, PARTS);
	m.mapped = calloc(m.spans, 1);
	srandom(_i + 1);
	compare(marks, &m);
	for (step = 0; step < 300; step++) {
		u64 pos = ((u64)random() << 31 | random()) % bytes & ~4095ULL;
		u64 len = 4096 * (1 + random() % 16);
		unsigned long span = pos >> FAMFS_SPAN_SHIFT;
		bool dirty = random() % 2;

		if (!(random() % 4)) {
			pos &= ~(FAMFS_SPAN - 1);
			len = FAMFS_SPAN;
		}
		if (pos + len > bytes)
			len = bytes - pos;
		if (random() % 3) {
			famfs_mark(marks, pos, len, dirty);
			model_mark(&m, pos, len, dirty);
		} else if (model_parts(&m, span)) {
			hot_assert(famfs_unmark_dirty(marks, span) == model_parts(&m, span));
			memset(m.dirty + span * PARTS, 0, PARTS);
		}
		if (m.spans < 100 || !(step % 50))
			compare(marks, &m);
	}
	compare(marks, &m);
	free(m.dirty);
	free(m.mapped);
	famfs_marks_free(marks);
}
END_TEST

START_TEST(giants)
{
	/* Three and a half: the last is none. */
	struct famfs_marks *marks = famfs_marks_new(3 * FAMFS_GIANT + FAMFS_GIANT / 2);
	unsigned long each = FAMFS_GIANT / FAMFS_SPAN;

	ck_assert_uint_eq(marks->giants, 3);
	ck_assert_uint_eq(famfs_next_giant(marks, FAMFS_DIRTY, 0), FAMFS_NO_SPAN);
	ck_assert(!famfs_has_giant(marks, 0, 4 * FAMFS_GIANT));
	famfs_mark_giant(marks, 1, false);
	famfs_mark_giant(marks, 2, true);
	famfs_mark_giant(marks, 2, true);
	ck_assert_uint_eq(famfs_next_giant(marks, FAMFS_DIRTY, 0), 2);
	ck_assert_uint_eq(famfs_next_giant(marks, FAMFS_TOUCHED, 0), 1);
	ck_assert_uint_eq(famfs_next_giant(marks, FAMFS_DIRTY, 3), FAMFS_NO_SPAN);
	/* Their spans were mapped, and have no marks of their own. */
	ck_assert_uint_eq(famfs_next_mark(marks, FAMFS_DIRTY, 0), FAMFS_NO_SPAN);
	ck_assert_uint_eq(famfs_next_mark(marks, FAMFS_TOUCHED, 0), FAMFS_NO_SPAN);
	ck_assert_uint_eq(famfs_next_mapped(marks, 0), each);
	ck_assert_uint_eq(famfs_next_mapped(marks, each + 7), each + 7);
	ck_assert_uint_eq(famfs_next_mapped(marks, 3 * each - 1), 3 * each - 1);
	ck_assert_uint_eq(famfs_next_mapped(marks, 3 * each), FAMFS_NO_SPAN);
	/* A span before them, and one behind. */
	famfs_mark(marks, 5 * FAMFS_SPAN, 4096, true);
	famfs_mark(marks, (3 * each + 9) * FAMFS_SPAN, 4096, false);
	ck_assert_uint_eq(famfs_next_mapped(marks, 0), 5);
	ck_assert_uint_eq(famfs_next_mapped(marks, 6), each);
	ck_assert_uint_eq(famfs_next_mapped(marks, 3 * each), 3 * each + 9);

	ck_assert(!famfs_has_giant(marks, 0, FAMFS_GIANT));
	ck_assert(famfs_has_giant(marks, 0, FAMFS_GIANT + 1));
	ck_assert(famfs_has_giant(marks, 3 * FAMFS_GIANT - 1, 3 * FAMFS_GIANT));
	ck_assert(!famfs_has_giant(marks, 3 * FAMFS_GIANT, 4 * FAMFS_GIANT));
	ck_assert(!famfs_has_giant(NULL, 0, 4096));

	/* What is not dirty any more was mapped. */
	famfs_unmark_giant(marks, 2);
	ck_assert_uint_eq(famfs_next_giant(marks, FAMFS_DIRTY, 0), FAMFS_NO_SPAN);
	ck_assert_uint_eq(famfs_next_giant(marks, FAMFS_TOUCHED, 2), 2);
	ck_assert_uint_eq(famfs_next_mark(marks, FAMFS_DIRTY, 0), 5);
	famfs_marks_free(marks);

	marks = famfs_marks_new(FAMFS_GIANT - 4096);
	ck_assert_uint_eq(marks->giants, 0);
	ck_assert_uint_eq(famfs_next_giant(marks, FAMFS_DIRTY, 0), FAMFS_NO_SPAN);
	ck_assert(!famfs_has_giant(marks, 0, FAMFS_GIANT));
	famfs_marks_free(marks);
}
END_TEST

START_TEST(parts_of_a_piece)
{
	ck_assert_uint_eq(famfs_parts(0, 1), 1);
	ck_assert_uint_eq(famfs_parts(PART - 1, 2), 3);
	ck_assert_uint_eq(famfs_parts(0, FAMFS_SPAN), ~0ULL);
	ck_assert_uint_eq(famfs_parts(FAMFS_SPAN - 1, 1), 1ULL << 63);
	/* What is past the span is the next one's. */
	ck_assert_uint_eq(famfs_parts(FAMFS_SPAN - 4096, 8192), 1ULL << 63);
	ck_assert_uint_eq(famfs_parts(7 * FAMFS_SPAN + PART, FAMFS_SPAN), ~1ULL);
}
END_TEST

START_TEST(a_piece_in_two_spans)
{
	struct famfs_marks *marks = famfs_marks_new(3 * FAMFS_SPAN);

	famfs_mark(marks, FAMFS_SPAN - 4096, 4096, true);
	/* Its first part is marked already, its second is not. */
	famfs_mark(marks, FAMFS_SPAN - 4096, 8192, true);
	ck_assert_uint_eq(atomic64_read(&marks->parts[1]), 1);
	ck_assert_uint_eq(famfs_next_mark(marks, FAMFS_DIRTY, 1), 1);
	/* What was dirty is known to have been mapped when it is not dirty any more. */
	famfs_unmark_dirty(marks, 0);
	ck_assert_uint_eq(famfs_next_mark(marks, FAMFS_DIRTY, 0), 1);
	ck_assert_uint_eq(famfs_next_mapped(marks, 0), 0);
	famfs_marks_free(marks);
}
END_TEST

START_TEST(no_memory)
{
	shim_allocs_left = 0;
	ck_assert_ptr_null(famfs_marks_new(FAMFS_SPAN));
	shim_allocs_left = -1;
	ck_assert_uint_eq(famfs_next_mark(NULL, FAMFS_DIRTY, 0), FAMFS_NO_SPAN);
	ck_assert_uint_eq(famfs_next_mapped(NULL, 0), FAMFS_NO_SPAN);
	ck_assert_uint_eq(famfs_next_giant(NULL, FAMFS_DIRTY, 0), FAMFS_NO_SPAN);
	famfs_marks_free(NULL);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("marks");
	TCase *tc = tcase_create("marks");
	SRunner *runner = srunner_create(suite);
	int failed;

	/* A machine that does other things as well. */
	tcase_set_timeout(tc, 120);
	tcase_add_loop_test(tc, random_walk, 0, 6);
	tcase_add_test(tc, giants);
	tcase_add_test(tc, parts_of_a_piece);
	tcase_add_test(tc, a_piece_in_two_spans);
	tcase_add_test(tc, no_memory);
	suite_add_tcase(suite, tc);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? 1 : 0;
}
