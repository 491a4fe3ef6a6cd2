/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How rawfuse comes to its session and mounts it: by whom, through whom, and as whose.
 * Each of the parts can be somebody else: who opens the session, who mounts, who answers.
 */
#ifndef RAWFUSE_MOUNT_H
#define RAWFUSE_MOUNT_H

#include <linux/securebits.h>
#include <sys/fsuid.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include "rawfuse_ops.h"

#define SAME	((uid_t)-1)

struct ids {
	uid_t real, effective, fs;
};

static struct {
	const char *mnt, *source, *subtype, *rootmode;
	const char *again;		/* mount the session here as well */
	int detach, context, fusermount, others;
	uid_t owner;			/* of the mount */
	struct ids opener, mounter, server;
} how = { .source = "rawfuse", .rootmode = "40000", .opener = { SAME, SAME, SAME },
	  .mounter = { SAME, SAME, SAME }, .server = { SAME, SAME, SAME } };

static int session;

/* REAL[:EFFECTIVE[:FS]], each the one before if it is not given. */
static void parse_ids(struct ids *ids, const char *text)
{
	int n = sscanf(text, "%u:%u:%u", &ids->real, &ids->effective, &ids->fs);

	check(n >= 1, "ids %s", text);
	if (n < 2)
		ids->effective = ids->real;
	if (n < 3)
		ids->fs = ids->effective;
	how.others = 1;
}

/* With @caps all capabilities stay, as in a program that has them from its file. */
static void become(const struct ids *ids, int caps)
{
	if (ids->real == SAME)
		return;
	if (caps)
		check(!prctl(PR_SET_SECUREBITS, SECBIT_NO_SETUID_FIXUP), "securebits");
	check(!setresuid(ids->real, ids->effective, ids->effective), "setresuid");
	setfsuid(ids->fs);
	check((uid_t)setfsuid(-1) == ids->fs, "setfsuid");
}

static void send_fd(int sock, int fd)
{
	char byte = 0, room[CMSG_SPACE(sizeof(fd))] = "";
	struct iovec iov = { .iov_base = &byte, .iov_len = 1 };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = room,
			      .msg_controllen = sizeof(room) };
	struct cmsghdr *c = CMSG_FIRSTHDR(&msg);

	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(sizeof(fd));
	memcpy(CMSG_DATA(c), &fd, sizeof(fd));
	check(sendmsg(sock, &msg, 0) == 1, "send a descriptor");
}

static int receive_fd(int sock)
{
	char byte, room[CMSG_SPACE(sizeof(int))];
	struct iovec iov = { .iov_base = &byte, .iov_len = 1 };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = room,
			      .msg_controllen = sizeof(room) };
	struct cmsghdr *c;
	int fd;

	if (recvmsg(sock, &msg, MSG_CMSG_CLOEXEC) != 1 || !(c = CMSG_FIRSTHDR(&msg)))
		return -1;
	memcpy(&fd, CMSG_DATA(c), sizeof(fd));
	return fd;
}

/* Somebody else opens it, and passes it on. */
static void open_session(void)
{
	int ends[2], fd;
	pid_t pid;

	if (how.opener.real == SAME) {
		session = open_or_die("/dev/fuse", O_RDWR | O_NONBLOCK | O_CLOEXEC);
		return;
	}
	check(!socketpair(AF_UNIX, SOCK_STREAM, 0, ends), "socketpair");
	pid = fork();
	check(pid >= 0, "fork");
	if (!pid) {
		become(&how.opener, 0);
		fd = open_or_die("/dev/fuse", O_RDWR | O_NONBLOCK | O_CLOEXEC);
		send_fd(ends[1], fd);
		_exit(0);
	}
	close(ends[1]);
	session = receive_fd(ends[0]);
	check(session >= 0 && waitpid(pid, NULL, 0) == pid, "the session that was opened");
	close(ends[0]);
}

/* The program opens the session, mounts it, and passes it back: 0 or an errno. */
static int mount_by_fusermount(void)
{
	char options[256], number[16];
	int ends[2];
	pid_t pid;

	snprintf(options, sizeof(options), "fsname=%s%s%s,allow_other", how.source,
		 how.subtype ? ",subtype=" : "", how.subtype ? how.subtype : "");
	check(!socketpair(AF_UNIX, SOCK_STREAM, 0, ends), "socketpair");
	pid = fork();
	check(pid >= 0, "fork");
	if (!pid) {
		close(ends[0]);
		become(&how.mounter, 0);
		snprintf(number, sizeof(number), "%d", ends[1]);
		setenv("_FUSE_COMMFD", number, 1);
		execlp("fusermount3", "fusermount3", "-o", options, "--", how.mnt, NULL);
		_exit(127);
	}
	close(ends[1]);
	session = receive_fd(ends[0]);
	check(waitpid(pid, NULL, 0) == pid, "fusermount3");
	if (session < 0)
		return EPERM;
	check(!fcntl(session, F_SETFL, O_NONBLOCK), "nonblock");
	return 0;
}

static int mount_by_context(void)
{
	char fd[16];
	int fs = fsopen("fuse", FSOPEN_CLOEXEC), mnt, err = 0;

	check(fs >= 0, "fsopen");
	snprintf(fd, sizeof(fd), "%d", session);
	check(!fsconfig(fs, FSCONFIG_SET_STRING, "source", how.source, 0) &&
	      (!how.subtype || !fsconfig(fs, FSCONFIG_SET_STRING, "subtype", how.subtype, 0)) &&
	      !fsconfig(fs, FSCONFIG_SET_STRING, "rootmode", how.rootmode, 0) &&
	      !fsconfig(fs, FSCONFIG_SET_STRING, "user_id", "0", 0) &&
	      !fsconfig(fs, FSCONFIG_SET_STRING, "group_id", "0", 0) &&
	      !fsconfig(fs, FSCONFIG_SET_STRING, "fd", fd, 0), "options");
	if (how.detach)
		close(session);
	if (fsconfig(fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0))
		return errno;
	mnt = fsmount(fs, FSMOUNT_CLOEXEC, 0);
	if (mnt < 0 || move_mount(mnt, "", AT_FDCWD, how.mnt, MOVE_MOUNT_F_EMPTY_PATH))
		err = errno;
	/* Open, they would keep the mount in use. */
	close(mnt);
	close(fs);
	return err;
}

static int mount_at(const char *mnt)
{
	char type[64] = "fuse", data[128];

	if (how.subtype)
		snprintf(type, sizeof(type), "fuse.%s", how.subtype);
	snprintf(data, sizeof(data), "fd=%d,rootmode=%s,user_id=%u,group_id=0%s", session,
		 how.rootmode, how.owner, how.others ? ",allow_other" : "");
	return mount(how.source, mnt, type, MS_NOSUID | MS_NODEV, data) ? errno : 0;
}

/* Return: 0 or an errno. */
static int mount_it(void)
{
	become(&how.mounter, 1);
	return how.detach || how.context ? mount_by_context() : mount_at(how.mnt);
}

/* Whoever runs fusermount3 is a user, and so is what follows. */
static void as_mounter(void (*fn)(void))
{
	pid_t pid;

	fflush(stdout);
	pid = fork();
	check(pid >= 0, "fork");
	if (!pid) {
		become(&how.mounter, 0);
		fn();
		fflush(stdout);
		_exit(0);
	}
	check(waitpid(pid, NULL, 0) == pid, "the mounter");
}

/* Is @word one of those that say how to mount? */
static int parse_how(const char *word, char *value)
{
	if (!strcmp(word, "source"))
		how.source = value;
	else if (!strcmp(word, "subtype"))
		how.subtype = value;
	else if (!strcmp(word, "rootmode"))
		how.rootmode = value;
	else if (!strcmp(word, "again"))
		how.again = value;
	else if (!strcmp(word, "owner"))
		how.owner = atoi(value), how.others = 1;
	else if (!strcmp(word, "opener"))
		parse_ids(&how.opener, value);
	else if (!strcmp(word, "mounter"))
		parse_ids(&how.mounter, value);
	else if (!strcmp(word, "server"))
		parse_ids(&how.server, value);
	else
		return 0;
	return 1;
}

#endif
