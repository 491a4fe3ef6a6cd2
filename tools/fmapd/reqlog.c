// SPDX-License-Identifier: GPL-2.0-only
/* --log-requests: how often the kernel asked for what. */
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <linux/famfs_fuse.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "fmapd.h"

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

int reqlog_write(const struct fmap_session *fs, const char *path)
{
	char *tmp = NULL;
	struct stat st;
	FILE *f;
	int ret;

	/* A reader of a regular file must never find half of it. */
	if (stat(path, &st) || S_ISREG(st.st_mode)) {
		tmp = malloc(strlen(path) + sizeof(".new"));
		if (!tmp)
			return -ENOMEM;
		sprintf(tmp, "%s.new", path);
	}
	f = fopen(tmp ? tmp : path, "we");
	if (!f) {
		ret = -errno;
		goto out;
	}
	write_counts(fs, f);
	ret = ferror(f) ? -EIO : 0;
	if (fclose(f))
		ret = -errno;
	if (!ret && tmp && rename(tmp, path))
		ret = -errno;
out:
	free(tmp);
	return ret;
}
