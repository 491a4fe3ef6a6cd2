// SPDX-License-Identifier: GPL-2.0-only
/*
 * failnth: run a command whose Nth allocation fails, on a kernel with fault
 * injection. Which allocations count is set in debugfs (failslab, fail_page_alloc).
 *
 *	failnth N FILE COMMAND...	writes "hit" or "left" to FILE: did it come to N?
 *	failnth N - COMMAND...		becomes the command; /proc/PID/fail-nth tells
 *
 * Only the command's first thread counts. Ends with the command's status, or 128 and
 * the number of its signal.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include "check.h"

static void write_text(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);

	check(fd >= 0, "%s", path);
	check(write(fd, text, strlen(text)) == (ssize_t)strlen(text), "write %s", path);
	close(fd);
}

static unsigned int nth_left(pid_t pid)
{
	char path[64], text[32] = "";
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/fail-nth", (int)pid);
	fd = open(path, O_RDONLY);
	check(fd >= 0, "%s", path);
	check(read(fd, text, sizeof(text) - 1) > 0, "read %s", path);
	close(fd);
	return (unsigned int)strtoul(text, NULL, 10);
}

/* In the process that is to become the command. */
static void become(const char *n, char **argv)
{
	write_text("/proc/self/fail-nth", n);
	execvp(argv[0], argv);
	perror(argv[0]);
	_exit(127);
}

int main(int argc, char **argv)
{
	siginfo_t info;
	int status;
	pid_t pid;

	if (argc < 4) {
		fprintf(stderr, "usage: failnth N FILE|- COMMAND...\n");
		return 2;
	}
	if (!strcmp(argv[2], "-"))
		become(argv[1], argv + 3);
	pid = fork();
	check(pid >= 0, "fork");
	if (!pid)
		become(argv[1], argv + 3);
	/* Ended, but still there to be asked. */
	check(!waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT), "waitid");
	write_text(argv[2], nth_left(pid) ? "left\n" : "hit\n");
	check(waitpid(pid, &status, 0) == pid, "waitpid");
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
