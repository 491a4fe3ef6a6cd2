// SPDX-License-Identifier: GPL-2.0-only
/*
 * Is our mount still there?  Asked of /proc/self/mountinfo, not of the mount
 * point, which would ask us.  And is one there that we would have made, and left?
 */
#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fmapd.h"

/* How long a server may take that is not dead. */
#define ANSWER_MS	3000
#define TICK_MS		20

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

/**
 * struct seen - a mount, as /proc/self/mountinfo shows it
 * @id:   fields 1 to 3
 * @type: of the file system
 * @user: user_id=, or -1
 */
struct seen {
	char id[96];
	char type[64];
	long user;
};

/* Return: whether the line is of a mount on @path. */
static bool parse_line(char *line, const char *path, struct seen *seen)
{
	char mnt[32], parent[32], dev[32], *where = NULL, *rest, *user;
	bool ret = false;

	if (sscanf(line, "%31s %31s %31s %*s %ms", mnt, parent, dev, &where) == 4) {
		unescape(where);
		ret = !strcmp(where, path);
	}
	free(where);
	if (!ret)
		return false;
	snprintf(seen->id, sizeof(seen->id), "%s %s %s", mnt, parent, dev);
	/* Then options, more fields, a dash, the type, the source, the file system's options. */
	rest = strstr(line, " - ");
	if (!rest || sscanf(rest, " - %63s", seen->type) != 1)
		seen->type[0] = '\0';
	user = rest ? strstr(rest, ",user_id=") : NULL;
	seen->user = user ? atol(user + strlen(",user_id=")) : -1;
	return true;
}

/* The topmost mount on @path, which is the last listed. */
static bool topmost(const char *path, struct seen *seen)
{
	bool found = false;
	char *line = NULL;
	size_t room = 0;
	FILE *f;

	f = fopen("/proc/self/mountinfo", "re");
	if (!f)
		return false;
	while (getline(&line, &room, f) > 0)
		found |= parse_line(line, path, seen);
	free(line);
	fclose(f);
	return found;
}

void mount_point_of(const char *dev, char *path, size_t len)
{
	char *line = NULL, *where, *number;
	size_t room = 0;
	FILE *f;

	path[0] = '\0';
	f = fopen("/proc/self/mountinfo", "re");
	if (!f)
		return;
	while (!path[0] && getline(&line, &room, f) > 0) {
		if (sscanf(line, "%*s %*s %ms %*s %ms", &number, &where) != 2)
			continue;
		if (!strcmp(number, dev)) {
			unescape(where);
			snprintf(path, len, "%s", where);
		}
		free(number);
		free(where);
	}
	free(line);
	fclose(f);
}

int mount_remember(struct mount_id *mnt, const char *path)
{
	struct seen seen;

	if (!topmost(path, &seen))
		return -1;
	memcpy(mnt->id, seen.id, sizeof(mnt->id));
	atomic_store(&mnt->path, path);
	return 0;
}

bool mount_on_top(const struct mount_id *mnt)
{
	const char *path = atomic_load(&mnt->path);
	struct seen seen;

	return path && topmost(path, &seen) && !strcmp(seen.id, mnt->id);
}

/*
 * Does the kernel itself say that nobody serves it any more?  A server that hangs answers
 * nothing, and whoever asks it can only be killed.
 */
static bool disconnected(const char *path)
{
	struct statfs fs;
	int ms, status;
	pid_t pid;

	pid = fork();
	if (pid < 0)
		return false;
	if (!pid)
		_exit(statfs(path, &fs) && (errno == ENOTCONN || errno == ECONNABORTED) ? 0 : 1);
	for (ms = 0; ms < ANSWER_MS; ms += TICK_MS) {
		if (waitpid(pid, &status, WNOHANG) == pid)
			return WIFEXITED(status) && !WEXITSTATUS(status);
		usleep(TICK_MS * 1000);
	}
	kill(pid, SIGKILL);
	return false;
}

/* Mounted by an fmapd like this one, for the same user. */
static bool of_our_kind(const struct seen *seen, const char *subtype)
{
	return !strncmp(seen->type, "fuse.", 5) && seen->user == (long)getuid() &&
	       (!strcmp(seen->type + 5, "fmapd") || !strcmp(seen->type + 5, subtype));
}

int mount_clear_dead(const char *path, const char *subtype)
{
	struct seen seen, now;

	while (topmost(path, &seen) && of_our_kind(&seen, subtype) && disconnected(path)) {
		if (!topmost(path, &now) || strcmp(now.id, seen.id))
			continue;
		if (!umount2(path, UMOUNT_NOFOLLOW)) {
			fprintf(stderr, "fmapd: %s: the fmapd before has died, its mount is taken away\n",
				path);
			continue;
		}
		if (errno != EBUSY || umount2(path, UMOUNT_NOFOLLOW | MNT_DETACH)) {
			fprintf(stderr, "fmapd: %s: cannot take away the mount of an fmapd that has died: %s\n",
				path, strerror(errno));
			return -1;
		}
		fprintf(stderr, "fmapd: %s: the fmapd before has died, its mount is in use and detached: its devices are busy until that ends\n",
			path);
	}
	return 0;
}
