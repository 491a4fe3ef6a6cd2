// SPDX-License-Identifier: GPL-2.0-only
/* --log-requests: how often the kernel asked for what. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <linux/famfs_fuse.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fmapd.h"

/* How long a pipe may be without a reader: a second. */
#define READER_TICK_US	20000
#define READER_TRIES	50

/* Written even when zero: that they are zero is what people look for. */
static bool always(unsigned int op)
{
	switch (op) {
	case FUSE_LOOKUP:
	case FUSE_OPEN:
	case FUSE_READ:
	case FUSE_WRITE:
	case FUSE_FLUSH:
	case FUSE_RELEASE:
	case FUSE_GET_FMAP:
	case FUSE_GET_DAXDEV:
		return true;
	default:
		return false;
	}
}

static void write_counts(const struct fmap_session *fs, FILE *f)
{
	unsigned int op;
	uint64_t n;

	for (op = 0; op < FMAP_OPCODES; op++) {
		const char *name = fmap_opcode_name(op);

		n = fmap_session_count(fs, op);
		if (name && (n || always(op)))
			fprintf(f, "%s %" PRIu64 "\n", name, n);
		else if (n)
			fprintf(f, "OPCODE_%u %" PRIu64 "\n", op, n);
	}
	n = fmap_session_count(fs, UINT_MAX);
	if (n)
		fprintf(f, "OTHER %" PRIu64 "\n", n);
}

/* Nobody but us and root has made that. */
static bool ours(const struct stat *st)
{
	return !st->st_uid || st->st_uid == geteuid();
}

/**
 * open_stream - open what is at @name if it is written to and not replaced
 * @dir:     its directory
 * @name:    last part of the path
 * @private: nobody else makes anything in @dir
 * @fd:      set to a pipe or a character device, or to -1 if a file is to be made
 *
 * What others can put into a directory of everybody's is not followed, and a pipe of theirs
 * is not waited for.
 *
 * Return: 0 or a negative errno.
 */
static int open_stream(int dir, const char *name, bool private, int *fd)
{
	int flags = O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC, tries = READER_TRIES;
	struct stat st;

	*fd = -1;
	if (fstatat(dir, name, &st, private ? 0 : AT_SYMLINK_NOFOLLOW) ||
	    S_ISREG(st.st_mode) || S_ISLNK(st.st_mode) ||
	    (S_ISFIFO(st.st_mode) && !ours(&st)))
		return 0;
	if (!S_ISFIFO(st.st_mode) && !S_ISCHR(st.st_mode))
		return -EINVAL;
	/* The reader of a pipe may be on its way. */
	do {
		*fd = openat(dir, name, flags | (private ? 0 : O_NOFOLLOW));
	} while (*fd < 0 && errno == ENXIO && tries-- && !usleep(READER_TICK_US));
	if (*fd < 0)
		return -errno;
	if (!fstat(*fd, &st) && (S_ISCHR(st.st_mode) || (S_ISFIFO(st.st_mode) && ours(&st))))
		return 0;
	close(*fd);
	*fd = -1;
	return -EAGAIN;
}

/* A file of a name that nobody can have foreseen.  Return: its descriptor, or -1. */
static int open_new(int dir, const char *name, char *tmp, size_t len)
{
	int fd, tries = 100;
	uint64_t random;

	do {
		if (getrandom(&random, sizeof(random), 0) != sizeof(random))
			return -1;
		/* The name can be as long as names get. */
		snprintf(tmp, len, ".%.200s.%016" PRIx64, name, random);
		fd = openat(dir, tmp, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666);
	} while (fd < 0 && errno == EEXIST && --tries);
	return fd;
}

static int write_to(const struct fmap_session *fs, int fd)
{
	FILE *f = fdopen(fd, "w");
	int ret;

	if (!f) {
		ret = -errno;
		close(fd);
		return ret;
	}
	write_counts(fs, f);
	ret = ferror(f) ? -EIO : 0;
	return fclose(f) ? -errno : ret;
}

static int write_in(const struct fmap_session *fs, int dir, const char *name)
{
	char tmp[NAME_MAX + 1];
	struct stat st;
	int fd, ret;

	if (fstat(dir, &st))
		return -errno;
	ret = open_stream(dir, name, ours(&st) && !(st.st_mode & 0022), &fd);
	if (ret)
		return ret;
	if (fd >= 0)
		return write_to(fs, fd);
	/* A reader must never find half of it. */
	fd = open_new(dir, name, tmp, sizeof(tmp));
	if (fd < 0)
		return -errno;
	ret = write_to(fs, fd);
	if (!ret && renameat(dir, tmp, dir, name))
		ret = -errno;
	if (ret)
		unlinkat(dir, tmp, 0);
	return ret;
}

int reqlog_write(const struct fmap_session *fs, const char *path)
{
	const char *slash = strrchr(path, '/');
	const char *name = slash ? slash + 1 : path;
	char *parent;
	int dir, ret;

	parent = slash ? strndup(path, (size_t)(name - path)) : strdup(".");
	if (!parent)
		return -ENOMEM;
	/* All that follows is in the same directory, whoever may move it. */
	dir = open(parent, O_PATH | O_DIRECTORY | O_CLOEXEC);
	ret = -errno;
	free(parent);
	if (dir < 0)
		return ret;
	ret = write_in(fs, dir, name);
	close(dir);
	return ret;
}
