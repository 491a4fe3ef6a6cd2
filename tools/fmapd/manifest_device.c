// SPDX-License-Identifier: GPL-2.0-only
/* What this machine knows of a manifest's devices. */
#define _GNU_SOURCE
#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "manifest_priv.h"

/* As many links as the kernel follows. */
#define LINKS_MAX	40

const char *manifest_sysfs = "/sys";

/* Takes "//", "/." and "/x/.." out of an absolute path, in place. */
static void simplify(char *path)
{
	char *in = path, *out = path;
	size_t len;

	while (*in) {
		in += strspn(in, "/");
		len = strcspn(in, "/");
		if (len == 2 && !memcmp(in, "..", 2)) {
			while (out > path && *--out != '/')
				;
		} else if (len && !(len == 1 && *in == '.')) {
			*out++ = '/';
			memmove(out, in, len);
			out += len;
		}
		in += len;
	}
	*out = '\0';
}

/*
 * The name that a path comes to, also where there is nothing: links that are there are
 * followed.  Return: to be freed, or NULL.
 */
static char *resolve(const char *path)
{
	char target[PATH_MAX], *next, *name = strdup(path), *dir, *base;
	int links = 0;
	ssize_t n;

	while (name) {
		simplify(name);
		base = strrchr(name, '/');
		if (!base)
			break;
		*base++ = '\0';
		dir = realpath(*name ? name : "/", NULL);
		if (asprintf(&next, "%s/%s", dir ? dir : name, base) < 0)
			next = NULL;
		free(dir);
		free(name);
		name = next;
		n = name ? readlink(name, target, sizeof(target) - 1) : -1;
		if (n <= 0 || ++links > LINKS_MAX)
			break;
		target[n] = '\0';
		if (*target != '/')
			*(strrchr(name, '/') + 1) = '\0';
		if (asprintf(&next, "%s%s", *target == '/' ? "" : name, target) < 0)
			next = NULL;
		free(name);
		name = next;
	}
	if (name)
		simplify(name);
	return name;
}

/* Where /sys has the device, with @file behind it. */
static void sys_path(char *path, size_t len, const struct stat *st, const char *file)
{
	snprintf(path, len, "%s/dev/%s/%u:%u%s", manifest_sysfs,
		 S_ISBLK(st->st_mode) ? "block" : "char", major(st->st_rdev),
		 minor(st->st_rdev), file);
}

/* The last part of what a link of /sys leads to, "" if there is none. */
static void last_part(const struct stat *st, const char *file, char *part, size_t len)
{
	char path[PATH_MAX], target[PATH_MAX];
	ssize_t n;

	sys_path(path, sizeof(path), st, file);
	n = readlink(path, target, sizeof(target) - 1);
	target[n > 0 ? n : 0] = '\0';
	snprintf(part, len, "%s", strrchr(target, '/') ? strrchr(target, '/') + 1 : "");
}

static uint64_t device_size(const struct stat *st)
{
	char path[PATH_MAX];
	uint64_t size;
	FILE *f;

	sys_path(path, sizeof(path), st, "/size");
	f = fopen(path, "re");
	if (!f)
		return 0;
	if (fscanf(f, "%" SCNu64, &size) != 1)
		size = 0;
	fclose(f);
	return S_ISBLK(st->st_mode) ? size * 512 : size;
}

static void device_holder(const struct stat *st, char *holder, size_t len)
{
	char path[PATH_MAX];
	FILE *f;

	holder[0] = '\0';
	sys_path(path, sizeof(path), st, "/holder");
	f = fopen(path, "re");
	if (!f)
		return;
	if (fgets(holder, (int)len, f))
		holder[strcspn(holder, "\n")] = '\0';
	fclose(f);
}

uint64_t manifest_device_size(const struct manifest_device *dev)
{
	struct stat st;

	if (stat(dev->path, &st) || (!S_ISCHR(st.st_mode) && !S_ISBLK(st.st_mode)))
		return 0;
	return device_size(&st);
}

void manifest_device_look(const struct manifest_device *dev, struct manifest_facts *facts)
{
	struct stat st;

	memset(facts, 0, sizeof(*facts));
	/* The caller may want errno. */
	if (stat(dev->path, &st))
		return;
	facts->type = st.st_mode & S_IFMT;
	if (!S_ISCHR(st.st_mode) && !S_ISBLK(st.st_mode))
		return;
	facts->rdev = st.st_rdev;
	facts->size = device_size(&st);
	last_part(&st, "", facts->name, sizeof(facts->name));
	last_part(&st, "/driver", facts->driver, sizeof(facts->driver));
	device_holder(&st, facts->holder, sizeof(facts->holder));
	last_part(&st, "/subsystem", facts->subsystem, sizeof(facts->subsystem));
}

bool manifest_device_same(const struct manifest_device *a, const struct manifest_device *b)
{
	struct stat sa, sb;

	if (!strcmp(a->path, b->path))
		return true;
	return !stat(a->path, &sa) && !stat(b->path, &sb) &&
	       (S_ISCHR(sa.st_mode) || S_ISBLK(sa.st_mode)) &&
	       (sa.st_mode & S_IFMT) == (sb.st_mode & S_IFMT) && sa.st_rdev == sb.st_rdev;
}

/* struct identity - devices with the same of all this are the same one */
struct identity {
	size_t number;
	mode_t type;
	dev_t rdev;
	char *name;
};

static int compare_identities(const void *pa, const void *pb)
{
	const struct identity *a = pa, *b = pb;

	if (a->type != b->type)
		return a->type < b->type ? -1 : 1;
	if (a->rdev != b->rdev)
		return a->rdev < b->rdev ? -1 : 1;
	return a->name && b->name ? strcmp(a->name, b->name) : 0;
}

int manifest_devices_identify(struct manifest *m)
{
	struct identity *ids;
	struct stat st;
	size_t i, first;
	int ret = 0;

	ids = calloc(m->ndevices + 1, sizeof(*ids));
	if (!ids)
		return -1;
	for (i = 0; i < m->ndevices; i++) {
		ids[i].number = i;
		if (!stat(m->devices[i].path, &st) &&
		    (S_ISCHR(st.st_mode) || S_ISBLK(st.st_mode))) {
			ids[i].type = st.st_mode & S_IFMT;
			ids[i].rdev = st.st_rdev;
			continue;
		}
		ids[i].name = resolve(m->devices[i].path);
		if (!ids[i].name)
			ret = -1;
	}
	if (!ret) {
		qsort(ids, m->ndevices, sizeof(*ids), compare_identities);
		for (i = 0, first = 0; i < m->ndevices; i++) {
			if (compare_identities(&ids[first], &ids[i]))
				first = i;
			m->devices[ids[i].number].same = m->devices[ids[first].number].index;
		}
	}
	for (i = 0; i < m->ndevices; i++)
		free(ids[i].name);
	free(ids);
	return ret;
}

int manifest_check_ends(const struct manifest *m, const char *name, char *err, size_t errlen)
{
	const struct manifest_device *dev;
	uint64_t size;
	size_t i;

	for (i = 0; i < m->ndevices; i++) {
		dev = &m->devices[i];
		size = manifest_device_size(dev);
		if (!size || dev->end <= size)
			continue;
		snprintf(err, errlen,
			 "%s:%u: an extent ends at %" PRIu64 ", and device %" PRIu32 ", %s, has %" PRIu64 " bytes",
			 name, dev->end_line, dev->end, dev->index, dev->path, size);
		return -1;
	}
	return 0;
}
