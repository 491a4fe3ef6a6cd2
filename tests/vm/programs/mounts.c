// SPDX-License-Identifier: GPL-2.0-only
/*
 * mounts: mounts by system call; prints "ok" or the name of the errno.
 *
 *	mounts remount PATH ro|rw|bind,ro
 *	mounts overlay OPTIONS PATH
 *	mounts idmap FROM TO ID		the tree FROM on TO; user and group 0 to 9 in FROM
 *					are ID to ID + 9 in TO
 */
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include "check.h"

/* What older headers lack. */
#ifndef MOUNT_ATTR_IDMAP
#define MOUNT_ATTR_IDMAP 0x00100000
#endif

struct attr {
	uint64_t set;
	uint64_t clear;
	uint64_t propagation;
	uint64_t userns_fd;
};

static void put(pid_t pid, const char *file, const char *text)
{
	char path[64];
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/%s", pid, file);
	fd = open_or_die(path, O_WRONLY);
	check(write(fd, text, strlen(text)) == (ssize_t)strlen(text), "write %s", path);
	close(fd);
}

/* A user namespace with that mapping; its process ends with us. */
static int userns(int id)
{
	char path[64], map[64], c;
	int ready[2], fd;
	pid_t pid;

	check(!pipe(ready), "pipe");
	pid = fork();
	check(pid >= 0, "fork");
	if (!pid) {
		check(!unshare(CLONE_NEWUSER), "user namespace");
		check(write(ready[1], "r", 1) == 1, "ready");
		pause();
		_exit(0);
	}
	close(ready[1]);
	check(read(ready[0], &c, 1) == 1, "no user namespace");
	snprintf(map, sizeof(map), "0 %d 10", id);
	put(pid, "uid_map", map);
	put(pid, "gid_map", map);
	snprintf(path, sizeof(path), "/proc/%d/ns/user", pid);
	fd = open_or_die(path, O_RDONLY);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	return fd;
}

static int idmap(const char *from, const char *to, int id)
{
	struct attr attr = { .set = MOUNT_ATTR_IDMAP };
	int tree = (int)syscall(SYS_open_tree, AT_FDCWD, from, 1 /* OPEN_TREE_CLONE */ | O_CLOEXEC);

	check(tree >= 0, "open_tree %s", from);
	attr.userns_fd = (uint64_t)userns(id);
	if (syscall(SYS_mount_setattr, tree, "", AT_EMPTY_PATH, &attr, sizeof(attr)))
		return -1;
	return (int)syscall(SYS_move_mount, tree, "", AT_FDCWD, to, 4 /* F_EMPTY_PATH */);
}

static int remount(const char *path, const char *how)
{
	unsigned long flags = MS_REMOUNT | MS_NOSUID | MS_NODEV;

	if (strstr(how, "ro"))
		flags |= MS_RDONLY;
	if (strstr(how, "bind"))
		flags |= MS_BIND;
	return mount(NULL, path, NULL, flags, NULL);
}

int main(int argc, char **argv)
{
	int ret = -1;

	if (argc == 4 && !strcmp(argv[1], "remount"))
		ret = remount(argv[2], argv[3]);
	else if (argc == 4 && !strcmp(argv[1], "overlay"))
		ret = mount("overlay", argv[3], "overlay", 0, argv[2]);
	else if (argc == 5 && !strcmp(argv[1], "idmap"))
		ret = idmap(argv[2], argv[3], atoi(argv[4]));
	else
		check(0, "verb");
	puts(ret ? strerrorname_np(errno) : "ok");
	return 0;
}
