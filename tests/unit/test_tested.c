// SPDX-License-Identifier: GPL-2.0-only
/* Which kernels are newer than the newest tested one: compat/compat_tested.c. */
#include <check.h>
#include <stdlib.h>
#include "compat_tested.h"

static const struct {
	const char *release, *tested;
	bool newer;
} cases[] = {
	{ "6.1.0-56-amd64", "7.3", false },
	{ "7.3.4+deb13-amd64", "7.3", false },
	{ "7.3", "7.3", false },
	{ "7.3-rc1", "7.3", false },
	{ "7.3.99", "7.3", false },
	{ "7.2.12+deb14-rt-amd64", "7.3", false },
	{ "7.4.0", "7.3", true },
	{ "7.4-rc1", "7.3", true },
	{ "7.4.1-1-default", "7.3", true },
	{ "7.10.0", "7.3", true },
	{ "7.9.0", "7.10", false },
	{ "7.30.0", "7.3", true },
	{ "8.0.0", "7.3", true },
	{ "8.0", "7.99", true },
	{ "10.0.1", "9.9", true },
	{ "9.9.1", "10.0", false },
	{ "6.12.0", "6.1", true },
	{ "6.1.12", "6.12", false },
	/* No releases: nothing is said about them. */
	{ "", "7.3", false },
	{ "8", "7.3", false },
	{ "next-8.4", "7.3", false },
	{ "8.x", "7.3", false },
	{ "8.1", "", false },
	/* More than a number can hold is not less. */
	{ "7.99999999999999999999", "7.3", true },
};

START_TEST(newer)
{
	ck_assert_msg(compat_newer_than_tested(cases[_i].release, cases[_i].tested) ==
		      cases[_i].newer, "'%s' and '%s'", cases[_i].release, cases[_i].tested);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("tested");
	TCase *tc = tcase_create("newer");
	SRunner *r;
	int failed;

	tcase_add_loop_test(tc, newer, 0, sizeof(cases) / sizeof(cases[0]));
	suite_add_tcase(s, tc);
	r = srunner_create(s);
	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed ? 1 : 0;
}
