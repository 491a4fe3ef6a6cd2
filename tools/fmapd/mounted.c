// SPDX-License-Identifier: GPL-2.0-only
/*
 * Is our mount still there?  Asked of /proc/self/mountinfo, not of the mount
 * point, which would ask us.
 */
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

/*
 * The last mount on @path, whose fields 1 to 3 go to @id; or, with @want, the
 * one with these fields.
 */
static bool search(const char *path, const char *want, char *id, size_t idlen)
{
	char *line = NULL, mnt[32], parent[32], dev[32], *where;
	bool found = false;
	char key[100];
	size_t room = 0;
	FILE *f;

	f = fopen("/proc/self/mountinfo", "re");
	if (!f)
		return false;
	while (getline(&line, &room, f) > 0) {
		where = NULL;
		if (sscanf(line, "%31s %31s %31s %*s %ms", mnt, parent, dev,
			   &where) != 4)
			continue;
		unescape(where);
		snprintf(key, sizeof(key), "%s %s %s", mnt, parent, dev);
		if (!strcmp(where, path) && strlen(key) < idlen &&
		    (!want || !strcmp(key, want))) {
			found = true;
			strcpy(id, key);
		}
		free(where);
	}
	free(line);
	fclose(f);
	return found;
}

int mount_remember(struct mount_id *mnt, const char *path)
{
	mnt->path = path;
	return search(path, NULL, mnt->id, sizeof(mnt->id)) ? 0 : -1;
}

bool mount_present(const struct mount_id *mnt)
{
	char id[sizeof(mnt->id)];

	return search(mnt->path, mnt->id, id, sizeof(id));
}
