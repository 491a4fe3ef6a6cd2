// SPDX-License-Identifier: GPL-2.0-only
/* Is a kernel newer than any that the tests were run on? */
#include "compat_tested.h"

/* Reads a number, and a dot after it if there is one. False: there is no number. */
static bool release_number(const char **s, unsigned int *n)
{
	const char *at = *s;

	for (*n = 0; *at >= '0' && *at <= '9'; at++)
		*n = *n < 100000 ? *n * 10 + (*at - '0') : *n;
	if (at == *s)
		return false;
	*s = *at == '.' ? at + 1 : at;
	return true;
}

/**
 * compat_newer_than_tested() - is a release newer than another one
 * @release: as in utsname: numbers with dots between them, and anything after that
 * @tested: MAJOR.MINOR
 *
 * What comes after the second number does not count: distributions put their own there.
 *
 * Context: any.
 * Return: false also if one of the two is no release.
 */
bool compat_newer_than_tested(const char *release, const char *tested)
{
	unsigned int major, minor, tested_major, tested_minor;

	if (!release_number(&release, &major) || !release_number(&release, &minor) ||
	    !release_number(&tested, &tested_major) || !release_number(&tested, &tested_minor))
		return false;
	return major > tested_major || (major == tested_major && minor > tested_minor);
}
