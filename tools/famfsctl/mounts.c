// SPDX-License-Identifier: GPL-2.0-only
/* Mounts, as the kernel lists them and as famfs_fuse does. */
#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "famfsctl.h"
#include "mounts.h"

#define DEBUGFS	"/sys/kernel/debug/famfs_fuse"

/*
 * A line: id parent MAJ:MIN root point options [optional...] - type source options. One that
 * is otherwise is passed over.
 */
static bool mount_parse(struct mount *m, char *line)
{
	char *word[6], *rest = line;
	size_t i;

	for (i = 0; i < 6; i++) {
		word[i] = strsep(&rest, " ");
		if (!word[i])
			return false;
	}
	if (!devno_parse(word[2], &m->major, &m->minor))
		return false;
	while (rest && strncmp(rest, "- ", 2))
		strsep(&rest, " ");
	if (!rest)
		return false;
	rest += 2;
	m->root = word[3];
	m->point = word[4];
	m->type = strsep(&rest, " ");
	m->source = strsep(&rest, " ");
	if (!m->source)
		return false;
	unescape(m->root);
	unescape(m->point);
	unescape(m->type);
	unescape(m->source);
	return true;
}

/* Cuts @text up; it stays the lists'. */
void mounts_parse(struct mounts *m, char *text)
{
	char *line;

	memset(m, 0, sizeof(*m));
	while ((line = kv_next_line(&text))) {
		pool_more(m->mount, m->n);
		m->n += mount_parse(&m->mount[m->n], line);
	}
}

int mounts_load(struct mounts *m)
{
	char *text = sys_read("/proc/self/mountinfo");

	memset(m, 0, sizeof(*m));
	if (!text)
		return errno;
	mounts_parse(m, text);
	return 0;
}

/* The file system's root, if that is mounted anywhere, else some part of it. */
const struct mount *mounts_find(const struct mounts *m, unsigned int major, unsigned int minor)
{
	const struct mount *found = NULL;
	size_t i;

	for (i = 0; i < m->n; i++) {
		if (m->mount[i].major != major || m->mount[i].minor != minor)
			continue;
		if (!strcmp(m->mount[i].root, "/"))
			return &m->mount[i];
		if (!found)
			found = &m->mount[i];
	}
	return found;
}

/* As the module's parameter offer=auto has it. */
bool mount_calls_itself_famfs(const struct mount *m)
{
	const char *sub = !strncmp(m->type, "fuse.", 5) ? m->type + 5 : "";

	if (strcmp(m->type, "fuse") && !*sub)
		return false;
	return !strncmp(sub, "famfs", 5) || !strncmp(sub, "fmap", 4) ||
	       !strncmp(m->source, "/dev/dax", 8);
}

char *debugfs_read(const char *name, int *err)
{
	char *text;

	errno = 0;
	text = sys_read(DEBUGFS "/%s", name);
	*err = text ? 0 : errno;
	return text;
}

/* Why a table could not be read, and what to do about it. */
const char *debugfs_why(const char *name, int err)
{
	if (err == EACCES || err == EPERM)
		return geteuid() ? "only root can read the module's tables (in debugfs)" :
		       "the module's tables in debugfs are closed, as by lockdown=confidentiality";
	if (err != ENOENT)
		return pool_printf(DEBUGFS "/%s: %s", name, strerror(err));
	if (!sys_exists("/sys/module/famfs_fuse"))
		return "famfs_fuse is not loaded: modprobe famfs_fuse";
	if (sys_exists(DEBUGFS))
		return pool_printf("the famfs_fuse that is loaded has no table \"%s\": it is older than this famfsctl",
				   name);
	return "there is no " DEBUGFS ": mount -t debugfs debugfs /sys/kernel/debug";
}

void famfs_mounts_load(struct famfs_mounts *f, const struct mounts *m)
{
	char *text, *line, *first;
	const struct mount *at;
	struct famfs_mount *n;
	const char *state;

	memset(f, 0, sizeof(*f));
	text = debugfs_read("mounts", &f->err);
	while ((line = kv_next_line(&text))) {
		pool_more(f->mount, f->n);
		n = &f->mount[f->n];
		memset(n, 0, sizeof(*n));
		kv_parse(&n->kv, line);
		first = n->kv.first;
		if (!devno_parse(first, &n->major, &n->minor))
			continue;
		at = mounts_find(m, n->major, n->minor);
		n->point = at ? at->point : NULL;
		n->source = kv_get(&n->kv, "source");
		n->subtype = kv_get(&n->kv, "subtype");
		kv_u64(&n->kv, "server", &n->server);
		state = kv_get(&n->kv, "state");
		n->have_state = state;
		n->alive = state && !strcmp(state, "alive");
		f->n++;
	}
}

const struct famfs_mount *famfs_mounts_find(const struct famfs_mounts *f, unsigned int major,
					    unsigned int minor)
{
	size_t i;

	for (i = 0; i < f->n; i++)
		if (f->mount[i].major == major && f->mount[i].minor == minor)
			return &f->mount[i];
	return NULL;
}

/* By a device number or a path in it. Of a prepared tree only mount points are known. */
const struct famfs_mount *famfs_mounts_named(const struct famfs_mounts *f, const char *path)
{
	unsigned int major, minor;
	struct stat st;
	size_t i;

	if (devno_parse(path, &major, &minor))
		return famfs_mounts_find(f, major, minor);
	for (i = 0; i < f->n; i++)
		if (f->mount[i].point && !strcmp(f->mount[i].point, path))
			return &f->mount[i];
	if (*ctl.root || stat(path, &st))
		return NULL;
	return famfs_mounts_find(f, major(st.st_dev), minor(st.st_dev));
}

/* What a process calls itself, or NULL. */
const char *process_name(uint64_t pid)
{
	return pid ? sys_read("/proc/%" PRIu64 "/comm", pid) : NULL;
}
