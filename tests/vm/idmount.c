// SPDX-License-Identifier: GPL-2.0-only
/*
 * idmount FROM TO ID: mount the tree FROM on TO, idmapped: user and group 0 to 9 in FROM
 * are ID to ID + 9 in TO. Ends with the errno of mount_setattr, 0 if it went well.
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

int main(int argc, char **argv)
{
	struct attr attr = { .set = MOUNT_ATTR_IDMAP };
	int tree;

	check(argc == 4, "usage: idmount FROM TO ID");
	tree = (int)syscall(SYS_open_tree, AT_FDCWD, argv[1], 1 /* OPEN_TREE_CLONE */ | O_CLOEXEC);
	check(tree >= 0, "open_tree %s", argv[1]);
	attr.userns_fd = (uint64_t)userns(atoi(argv[3]));
	if (syscall(SYS_mount_setattr, tree, "", AT_EMPTY_PATH, &attr, sizeof(attr)))
		return errno;
	check(!syscall(SYS_move_mount, tree, "", AT_FDCWD, argv[2], 4 /* F_EMPTY_PATH */), "move_mount to %s", argv[2]);
	return 0;
}
