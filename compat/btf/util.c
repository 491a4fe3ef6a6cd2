// SPDX-License-Identifier: GPL-2.0-only
/* Memory, messages and files for the layout generator. */
#define _GNU_SOURCE
#include <errno.h>
#include <stdarg.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include "layoutgen.h"

const char *lg_release = "unknown kernel";

/* The program is short-lived: everything lives until exit, in one chain. */
struct chunk {
	struct chunk *next;
	size_t size;
	max_align_t data[];
};

static struct chunk *chunks;

static void free_all(void)
{
	while (chunks) {
		struct chunk *c = chunks;

		chunks = c->next;
		free(c);
	}
}

void lg_die(const char *fmt, ...)
{
	va_list ap;

	fprintf(stderr, "layoutgen: %s: ", lg_release);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
	exit(1);
}

void *lg_alloc(size_t n)
{
	struct chunk *c;

	if (n > SIZE_MAX / 2)
		lg_die("out of memory");
	c = calloc(1, sizeof(*c) + n);
	if (!c)
		lg_die("out of memory");
	if (!chunks)
		atexit(free_all);
	c->size = n;
	c->next = chunks;
	chunks = c;
	return c->data;
}

/* Room for one more element at the end of an array of @count. */
void *lg_grow(void *arr, size_t count, size_t size)
{
	void *p;

	if (count & (count - 1) || (count && count < 8))
		return arr;
	p = lg_alloc((count ? count * 2 : 8) * size);
	if (count)
		memcpy(p, arr, count * size);
	return p;
}

char *lg_strdup(const char *s)
{
	size_t n = strlen(s) + 1;

	return memcpy(lg_alloc(n), s, n);
}

char *lg_printf(const char *fmt, ...)
{
	char *tmp, *s;
	va_list ap;
	int r;

	va_start(ap, fmt);
	r = vasprintf(&tmp, fmt, ap);
	va_end(ap);
	if (r < 0)
		lg_die("out of memory");
	s = lg_strdup(tmp);
	free(tmp);
	return s;
}

char *lg_upper(const char *s)
{
	char *u = lg_strdup(s), *p;

	for (p = u; *p; p++)
		if (*p >= 'a' && *p <= 'z')
			*p -= 'a' - 'A';
	return u;
}

bool lg_exists(const char *path)
{
	return access(path, R_OK) == 0;
}

/* NULL when it cannot be read; a NUL follows the @len bytes. */
char *lg_read_file(const char *path, size_t *len)
{
	size_t used = 0, room = 1 << 16, got;
	FILE *f = fopen(path, "re");
	char *buf, *out;

	if (!f)
		return NULL;
	buf = malloc(room);
	while (buf && (got = fread(buf + used, 1, room - used, f)) > 0) {
		used += got;
		if (used == room) {
			char *n = realloc(buf, room *= 2);

			if (!n)
				free(buf);
			buf = n;
		}
	}
	if (!buf)
		lg_die("out of memory");
	if (ferror(f)) {
		fclose(f);
		free(buf);
		return NULL;
	}
	fclose(f);
	out = lg_alloc(used + 1);
	memcpy(out, buf, used);
	free(buf);
	if (len)
		*len = used;
	return out;
}

/* The same without a copy, of files of hundreds of MB; no NUL follows the @len bytes. */
const char *lg_map_file(const char *path, size_t *len)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	void *p = MAP_FAILED;
	struct stat st;

	if (fd < 0)
		return NULL;
	/* what the kernel makes up, in /sys, may be of any size and not mappable */
	if (!fstat(fd, &st) && S_ISREG(st.st_mode) && st.st_size > 0)
		p = mmap(NULL, st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	close(fd);
	if (p == MAP_FAILED)
		return lg_read_file(path, len);
	*len = st.st_size;
	return p;
}

/* A header that did not change keeps its time stamp, so nothing is rebuilt. */
void lg_write_if_changed(const char *path, const char *text, size_t len)
{
	char *tmp = lg_printf("%s.tmp%d", path, (int)getpid());
	size_t oldlen;
	char *old = lg_read_file(path, &oldlen);
	FILE *f;

	if (old && oldlen == len && !memcmp(old, text, len))
		return;
	f = fopen(tmp, "we");
	if (!f)
		lg_die("cannot write %s: %s", tmp, strerror(errno));
	if (fwrite(text, 1, len, f) != len || fclose(f) || rename(tmp, path))
		lg_die("cannot write %s: %s", path, strerror(errno));
}
