// SPDX-License-Identifier: GPL-2.0-only
/* Reading of the module's tables, and the file that they are asked about. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "famfsctl.h"
#include "mounts.h"
#include "tables.h"

/* Cuts @text up; the rows keep it. */
void table_parse(struct table *t, char *text)
{
	struct row *r;
	char *line;

	t->row = NULL;
	t->n = 0;
	while ((line = kv_next_line(&text))) {
		pool_more(t->row, t->n);
		r = &t->row[t->n++];
		kv_parse(&r->kv, line);
		r->has_dev = devno_parse(r->kv.first, &r->major, &r->minor) ||
			     devno_parse(kv_get(&r->kv, "dev"), &r->major, &r->minor);
	}
}

void table_load(struct table *t, const char *name)
{
	char *text;

	memset(t, 0, sizeof(*t));
	text = debugfs_read(name, &t->err);
	table_parse(t, text);
}

/* The rows of a mount in turn: NULL begins, and ends. */
const struct row *table_next(const struct table *t, const struct row *after, unsigned int major,
			     unsigned int minor)
{
	size_t i;

	for (i = after ? (size_t)(after - t->row) + 1 : 0; i < t->n; i++)
		if (t->row[i].has_dev && t->row[i].major == major && t->row[i].minor == minor)
			return &t->row[i];
	return NULL;
}

uint64_t row_u64(const struct row *r, const char *key)
{
	uint64_t v;

	return kv_u64(&r->kv, key, &v) ? v : 0;
}

const char *row_str(const struct row *r, const char *key)
{
	return kv_get(&r->kv, key);
}

bool row_is(const struct row *r, const char *key, const char *value)
{
	const char *s = row_str(r, key);

	return s && !strcmp(s, value);
}

/* MAJ:MIN:INO */
static bool by_numbers(struct target *t, const char *name)
{
	char *copy = pool_strdup(name), *colon = strrchr(copy, ':');

	if (!colon)
		return false;
	*colon = '\0';
	return devno_parse(copy, &t->major, &t->minor) && number_parse(colon + 1, &t->ino);
}

/**
 * target_open() - a file that is asked about
 * @name: its path, or MAJ:MIN:INO
 *
 * Opening it has the kernel ask for its map, so that there is something to tell. That it cannot
 * be opened is no error here: @t->err tells.
 *
 * Return: 0 or an errno.
 */
int target_open(struct target *t, const char *name)
{
	struct stat st;

	memset(t, 0, sizeof(*t));
	t->name = name;
	t->fd = -1;
	if (by_numbers(t, name))
		return 0;
	if (*ctl.root)
		return EXDEV;
	if (stat(name, &st))
		return errno;
	t->major = major(st.st_dev);
	t->minor = minor(st.st_dev);
	t->ino = st.st_ino;
	t->size = (uint64_t)st.st_size;
	/* A FIFO would wait for somebody, a device could do whatever it does. */
	if (!S_ISREG(st.st_mode))
		return S_ISDIR(st.st_mode) ? EISDIR : EINVAL;
	t->fd = open(name, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	if (t->fd < 0)
		t->err = errno;
	return 0;
}

void target_close(struct target *t)
{
	if (t->fd >= 0)
		close(t->fd);
	t->fd = -1;
}
