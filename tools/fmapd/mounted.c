// SPDX-License-Identifier: GPL-2.0-only
/*
 * Is our mount still there?  Asked of /proc/self/mountinfo, not of the mount
 * point, which would ask us.
 */
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fmapd.h"

/* Undoes the \ooo of mountinfo in place. */
static void unescape(char *s)
{
	char *out = s;

	for (; *s; s++) {
		if (s[0] == '\\' && s[1] && s[2] && s[3]) {
			*out++ = (char)((s[1] - '0') << 6 | (s[2] - '0') << 3 |
					(s[3] - '0'));
			s += 3;
		} else {
			*out++ = *s;
		}
	}
	*out = '\0';
}

/* Fields 1 to 3 of the topmost, which is the last listed, mount on @path. */
static bool topmost(const char *path, char *id, size_t idlen)
{
	char *line = NULL, mnt[32], parent[32], dev[32], *where;
	bool found = false;
	size_t room = 0;
	FILE *f;

	f = fopen("/proc/self/mountinfo", "re");
	if (!f)
		return false;
	while (getline(&line, &room, f) > 0) {
		where = NULL;
		if (sscanf(line, "%31s %31s %31s %*s %ms", mnt, parent, dev,
			   &where) == 4) {
			unescape(where);
			if (!strcmp(where, path)) {
				found = true;
				snprintf(id, idlen, "%s %s %s", mnt, parent, dev);
			}
		}
		free(where);
	}
	free(line);
	fclose(f);
	return found;
}

int mount_remember(struct mount_id *mnt, const char *path)
{
	if (!topmost(path, mnt->id, sizeof(mnt->id)))
		return -1;
	atomic_store(&mnt->path, path);
	return 0;
}

bool mount_on_top(const struct mount_id *mnt)
{
	const char *path = atomic_load(&mnt->path);
	char id[sizeof(mnt->id)];

	return path && topmost(path, id, sizeof(id)) && !strcmp(id, mnt->id);
}
