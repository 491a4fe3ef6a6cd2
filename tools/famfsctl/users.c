// SPDX-License-Identifier: GPL-2.0-only
/* Which processes have the node of a device open, or mapped? */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "famfsctl.h"
#include "kv.h"
#include "mode.h"

/*
 * By the device's number, whatever the node is called; by its name in a prepared tree. No file
 * system is asked: among what processes have open are files of servers that do not answer.
 */
static bool is_node(const struct daxdev *d, const char *link)
{
	char to[64];
	struct statx st;
	ssize_t n;

	if (!*ctl.root)
		return !statx(AT_FDCWD, link, AT_STATX_DONT_SYNC, STATX_TYPE, &st) &&
		       S_ISCHR(st.stx_mode) && st.stx_rdev_major == d->major &&
		       st.stx_rdev_minor == d->minor;
	n = readlink(link, to, sizeof(to) - 1);
	if (n < 0)
		return false;
	to[n] = '\0';
	return !strcmp(to, pool_printf("/dev/%s", d->name));
}

static bool has_open(const struct daxdev *d, const char *pid, bool *all)
{
	struct names fds;
	size_t i;
	int err = sys_list(&fds, "/proc/%s/fd", pid);

	if (err == EACCES || err == EPERM)
		*all = false;
	for (i = 0; i < fds.n; i++)
		if (is_node(d, sys_path("/proc/%s/fd/%s", pid, fds.name[i])))
			return true;
	return false;
}

/* A line of maps: address perms offset dev inode, blanks, path. */
static bool has_mapped(const struct daxdev *d, const char *pid)
{
	char *text = sys_read("/proc/%s/maps", pid), *line, *path, *end;
	size_t len = strlen(d->name);

	while ((line = kv_next_line(&text))) {
		path = strrchr(line, '/');
		if (!path || strncmp(path + 1, d->name, len))
			continue;
		end = path + 1 + len;
		if (!*end || !strcmp(end, " (deleted)"))
			return true;
	}
	return false;
}

void users_load(struct users *u, const struct daxdev *d)
{
	struct names pids;
	bool open, mapped;
	uint64_t pid;
	size_t i;

	memset(u, 0, sizeof(*u));
	u->all = true;
	sys_list(&pids, "/proc");
	for (i = 0; i < pids.n; i++) {
		if (!number_parse(pids.name[i], &pid) ||
		    (!*ctl.root && pid == (uint64_t)getpid()))
			continue;
		open = has_open(d, pids.name[i], &u->all);
		mapped = has_mapped(d, pids.name[i]);
		if (!open && !mapped)
			continue;
		pool_more(u->user, u->n);
		u->user[u->n].pid = pid;
		u->user[u->n].mapped = mapped;
		u->user[u->n++].name = sys_read("/proc/%s/comm", pids.name[i]);
	}
}
