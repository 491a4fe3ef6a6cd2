// SPDX-License-Identifier: GPL-2.0-only
/*
 * Files of the machine that is looked at: this one, or a tree that somebody has prepared or
 * brought along (--root). errno tells why something was not read: that it is absent and that it
 * must not be seen are different things to say.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "famfsctl.h"

#define SYS_FILE_MAX	(256U << 20)

static char *path_of(const char *format, va_list args)
{
	return pool_printf("%s%s", ctl.root, pool_vprintf(format, args));
}

#define PATH_FROM(path, format) do {		\
	va_list args_;				\
						\
	va_start(args_, format);		\
	(path) = path_of(format, args_);	\
	va_end(args_);				\
} while (0)

char *sys_path(const char *format, ...)
{
	char *path;

	PATH_FROM(path, format);
	return path;
}

static char *read_file(const char *path, size_t *len)
{
	size_t room = 4096, n = 0;
	char *data, *more;
	ssize_t got;
	int fd, err;

	/* In a prepared tree somebody may have left a FIFO; this is never a terminal. */
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (fd < 0)
		return NULL;
	data = pool_alloc(room);
	for (;;) {
		got = read(fd, data + n, room - n - 1);
		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			break;
		n += (size_t)got;
		if (n < room - 1)
			continue;
		if (room > SYS_FILE_MAX) {
			got = -1;
			errno = EFBIG;
			break;
		}
		more = pool_alloc(2 * room);
		memcpy(more, data, n);
		data = more;
		room *= 2;
	}
	err = errno;
	close(fd);
	errno = err;
	if (got < 0)
		return NULL;
	data[n] = '\0';
	if (len)
		*len = n;
	return data;
}

char *sys_read_all(size_t *len, const char *format, ...)
{
	char *path;

	PATH_FROM(path, format);
	return read_file(path, len);
}

/* Without the newline at the end. */
char *sys_read(const char *format, ...)
{
	char *path, *data;
	size_t len;

	PATH_FROM(path, format);
	data = read_file(path, &len);
	if (!data)
		return NULL;
	len = strlen(data);
	while (len && data[len - 1] == '\n')
		data[--len] = '\0';
	return data;
}

bool sys_u64(uint64_t *value, const char *format, ...)
{
	char *path, *data, *end;
	unsigned long long v;

	PATH_FROM(path, format);
	data = read_file(path, NULL);
	if (!data || *data < '0' || *data > '9')
		return false;
	v = strtoull(data, &end, 0);
	if (*end && *end != '\n')
		return false;
	*value = v;
	return true;
}

/* The last name of what a link leads to. */
char *sys_link(const char *format, ...)
{
	char *path, to[PATH_MAX], *last;
	ssize_t n;

	PATH_FROM(path, format);
	n = readlink(path, to, sizeof(to) - 1);
	if (n < 0)
		return NULL;
	to[n] = '\0';
	last = strrchr(to, '/');
	return pool_strdup(last ? last + 1 : to);
}

char *sys_real(const char *format, ...)
{
	char *path, *real, *copy;
	size_t len = strlen(ctl.root);

	PATH_FROM(path, format);
	real = realpath(path, NULL);
	if (!real)
		return NULL;
	copy = pool_strdup(!strncmp(real, ctl.root, len) ? real + len : real);
	free(real);
	return copy;
}

bool sys_exists(const char *format, ...)
{
	struct stat st;
	char *path;

	PATH_FROM(path, format);
	return !lstat(path, &st);
}

/* 0, or an errno. One write: sysfs takes a value as a whole. */
int sys_write(const char *value, const char *format, ...)
{
	ssize_t n;
	char *path;
	int fd, err = 0;

	PATH_FROM(path, format);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return errno;
	n = write(fd, value, strlen(value));
	if (n < 0)
		err = errno;
	else if ((size_t)n != strlen(value))
		err = EIO;
	close(fd);
	return err;
}

static int by_version(const void *a, const void *b)
{
	return strverscmp(*(char *const *)a, *(char *const *)b);
}

/* The names in a directory, dax2.0 before dax10.0. 0, or an errno. */
int sys_list(struct names *names, const char *format, ...)
{
	struct dirent *e;
	char *path;
	DIR *d;

	memset(names, 0, sizeof(*names));
	PATH_FROM(path, format);
	d = opendir(path);
	if (!d)
		return errno;
	while ((e = readdir(d))) {
		if (!strcmp(e->d_name, ".") || !strcmp(e->d_name, ".."))
			continue;
		pool_more(names->name, names->n);
		names->name[names->n++] = pool_strdup(e->d_name);
	}
	closedir(d);
	if (names->n)
		qsort(names->name, names->n, sizeof(*names->name), by_version);
	return 0;
}

const char *kernel_release(void)
{
	const char *release = sys_read("/proc/sys/kernel/osrelease");

	return release ? release : "";
}

/*
 * For what follows from the version and is seen nowhere else, to tell people of; no kernel code
 * asks for one.
 */
bool kernel_at_least(unsigned int major, unsigned int minor)
{
	unsigned int a = 0, b = 0;

	if (sscanf(kernel_release(), "%u.%u", &a, &b) < 1)
		return false;
	return a > major || (a == major && b >= minor);
}
