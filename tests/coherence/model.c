// SPDX-License-Identifier: GPL-2.0-only
/*
 * In place of tools/famfs-coherence/access.c: a host whose caches nobody keeps coherent. What the
 * program has mapped is a copy of its own, the caches; the file is the memory that hosts share.
 * A line goes to the file when it is written back, comes from there when it was dropped, and at no
 * other time: each store that is not flushed stays unseen, and old lines stay as they are.
 *
 * COHERENCE_MODEL in the environment is what does not work there, or nothing of these:
 *	coherent	all that is stored is in memory at once, and what is there is loaded
 *	no-msync	msync writes nothing back
 *	half-msync	each second line only
 *	late-msync	a tenth of a second later, when it has long returned
 *	cached-write	write(2) stores into the caches
 *	stray-write	write(2) spoils the first byte
 *	torn-write	write(2) leaves lines in the caches that it does not write whole
 *	deaf		nothing is ever written back
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "coherence.h"

static bool is(const char *what)
{
	const char *s = getenv("COHERENCE_MODEL");

	return s && !strcmp(s, what);
}

/* As the lines were when they came: those that differ from it are dirty. */
static char *clean(const struct area *a)
{
	return a->own;
}

static void get(const struct area *a, size_t at)
{
	if (pread(a->fd, a->map + at, LINE, (off_t)(a->at + at)) != LINE)
		abort();
	memcpy(clean(a) + at, a->map + at, LINE);
}

static void put(const struct area *a, size_t at)
{
	if (is("deaf") || !memcmp(clean(a) + at, a->map + at, LINE))
		return;
	if (pwrite(a->fd, a->map + at, LINE, (off_t)(a->at + at)) != LINE)
		abort();
	memcpy(clean(a) + at, a->map + at, LINE);
}

int area_open(struct area *a, bool write)
{
	struct stat st;
	size_t at;

	a->fd = open(a->name, write ? O_RDWR : O_RDONLY);
	if (a->fd < 0 || fstat(a->fd, &st))
		return errno;
	if (a->at + a->size > (uint64_t)st.st_size)
		return ERANGE;
	if (is("coherent")) {
		a->map = mmap(NULL, a->size, PROT_READ | (write ? PROT_WRITE : 0), MAP_SHARED, a->fd, (off_t)a->at);
		return a->map == MAP_FAILED ? errno : 0;
	}
	a->map = need(a->size);
	a->own = need(a->size);
	for (at = 0; at < a->size; at += LINE)
		get(a, at);
	return 0;
}

void area_close(struct area *a)
{
	if (is("coherent")) {
		munmap(a->map, a->size);
	} else {
		free(a->map);
		free(a->own);
	}
	close(a->fd);
}

int area_pwrite(const struct area *a, const void *buf, size_t len, size_t at)
{
	static int stray;
	size_t i;

	memcpy(a->map + at, buf, len);
	if (is("stray-write"))
		memset(a->map + at, ++stray, 1);
	if (is("coherent") || is("cached-write"))
		return 0;
	for (i = at & -(size_t)LINE; i < at + len; i += LINE)
		if (!is("torn-write") || (i >= at && i + LINE <= at + len))
			put(a, i);
	return 0;
}

int area_pread(const struct area *a, void *buf, size_t len, size_t at)
{
	memcpy(buf, a->map + at, len);
	return 0;
}

/* What write(2) has stored is none of its business, as in the kernel. */
int area_fsync(const struct area *a)
{
	(void)a;
	return 0;
}

int area_msync(const struct area *a, size_t at, size_t len)
{
	size_t i;

	if (is("coherent") || is("no-msync"))
		return 0;
	if (is("late-msync")) {
		pid_t pid = fork();

		if (pid)
			return pid < 0 ? errno : 0;
		nanosleep(&(struct timespec){ .tv_nsec = 100000000 }, NULL);
	}
	for (i = at; i < at + len; i += is("half-msync") ? 2 * LINE : LINE)
		put(a, i);
	if (is("late-msync"))
		_exit(0);
	return 0;
}

bool can_drop(void)
{
	return true;
}

void area_drop(const struct area *a, size_t at, size_t len)
{
	size_t i;

	for (i = at; !is("coherent") && i < at + len; i += LINE) {
		put(a, i);
		get(a, i);
	}
}
