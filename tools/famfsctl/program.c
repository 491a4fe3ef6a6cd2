// SPDX-License-Identifier: GPL-2.0-only
/* What other programs say. */
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "famfsctl.h"

/*
 * program_says() - run a program and wait for its end
 * @argv: its name, looked for in PATH if it is no path, and arguments; NULL at the end
 * @status: as of waitpid(); -1 if it could not be started
 *
 * Return: what it wrote to its standard output, of the pool; not more than 4095 bytes.
 */
char *program_says(const char *const *argv, int *status)
{
	char said[4096];
	size_t n = 0;
	ssize_t got;
	int fds[2];
	pid_t pid;

	*status = -1;
	if (pipe(fds))
		return pool_strdup("");
	fflush(NULL);
	pid = fork();
	if (!pid) {
		dup2(fds[1], STDOUT_FILENO);
		close(fds[0]);
		close(fds[1]);
		execvp(argv[0], (char *const *)argv);
		_exit(127);
	}
	close(fds[1]);
	while (pid > 0 && (got = read(fds[0], said + n, sizeof(said) - 1 - n)) > 0)
		n += (size_t)got;
	close(fds[0]);
	if (pid > 0 && waitpid(pid, status, 0) < 0)
		*status = -1;
	return pool_strndup(said, n);
}
