// SPDX-License-Identifier: GPL-2.0-only
/* fmapd: a FUSE server for files in dax memory, named by a manifest. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fmapd.h"
#include "serve.h"

static void summary(const struct options *o, const struct manifest *m)
{
	size_t i, files = 0;

	for (i = 0; i < m->nnodes; i++)
		files += S_ISREG(m->nodes[i].mode);
	printf("%s: good: %zu files, %zu directories, %zu devices, %" PRIu64 " bytes of extents\n",
	       o->manifest, files, m->nnodes - files, m->ndevices, m->used);
}

/*
 * In the parent: waits for the child's word.  Without one, the child has said
 * why on stderr.
 */
static int wait_for_child(pid_t pid, int fd)
{
	struct startup msg;
	ssize_t n;
	int status;

	do {
		n = read(fd, &msg, sizeof(msg));
	} while (n < 0 && errno == EINTR);
	if (n == sizeof(msg)) {
		msg.text[sizeof(msg.text) - 1] = '\0';
		fprintf(stderr, "fmapd: %s\n", msg.text);
		/* Not before the mount is gone again. */
		if (msg.status)
			waitpid(pid, &status, 0);
		return msg.status;
	}
	if (waitpid(pid, &status, 0) == pid && WIFEXITED(status) &&
	    WEXITSTATUS(status))
		return WEXITSTATUS(status);
	return EXIT_FAILED;
}

static int daemonize(const struct options *o, struct manifest *m)
{
	int fds[2], ret;
	pid_t pid;

	if (pipe(fds)) {
		perror("fmapd");
		return EXIT_FAILED;
	}
	pid = fork();
	if (pid < 0) {
		perror("fmapd");
		return EXIT_FAILED;
	}
	if (pid) {
		close(fds[1]);
		return wait_for_child(pid, fds[0]);
	}
	close(fds[0]);
	setsid();
	if (chdir("/"))
		perror("fmapd");
	ret = serve(o, m, fds[1]);
	manifest_free(m);
	exit(ret);
}

/* The daemon leaves its directory: paths must not depend on it. */
static char *absolute(const char *path)
{
	char cwd[PATH_MAX], *abs;

	if (path[0] == '/' || !getcwd(cwd, sizeof(cwd)))
		return strdup(path);
	abs = malloc(strlen(cwd) + strlen(path) + 2);
	if (abs)
		sprintf(abs, "%s/%s", cwd, path);
	return abs;
}

/* Asks the directory itself for nothing: its server may be dead. */
static char *resolve(const char *path)
{
	char *copy = strdup(path), *real;
	size_t len;

	if (!copy)
		return NULL;
	for (len = strlen(copy); len > 1 && copy[len - 1] == '/'; len--)
		copy[len - 1] = '\0';
	real = realpath(copy, NULL);
	free(copy);
	return real;
}

/* What is opened later must not get the number of a stream that was closed. */
static int open_streams(void)
{
	int fd;

	for (fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", O_RDWR) != fd)
			return -1;
	return 0;
}

/* An open that is never asked about cannot be refused. */
static bool contradicts(const struct options *o, const struct manifest *m)
{
	unsigned int line = o->open ? 0 : ro_line(m);

	if (line)
		fprintf(stderr, "fmapd: --no-open, but line %u of %s says ro\n", line, o->manifest);
	return line;
}

int main(int argc, char **argv)
{
	char err[1024], *mountpoint = NULL, *log = NULL, *manifest;
	struct manifest *m;
	struct options o;
	bool done;
	int ret;

	if (open_streams()) {
		perror("fmapd: /dev/null");
		return EXIT_FAILED;
	}
	ret = options_parse(&o, argc, argv, &done);
	if (ret || done)
		return ret;
	m = manifest_load(o.manifest, err, sizeof(err));
	if (!m) {
		fprintf(stderr, "%s\n", err);
		return EXIT_FAILED;
	}
	if (contradicts(&o, m)) {
		manifest_free(m);
		return EXIT_USAGE;
	}
	ret = manifest_check_ends(m, o.manifest, err, sizeof(err));
	if (ret)
		fprintf(stderr, o.check ? "%s\n" : "fmapd: warning: %s\n", err);
	if (o.check) {
		if (ret) {
			ret = EXIT_FAILED;
		} else {
			summary(&o, m);
			ret = devices_check(m, o.devices_by_fd) ? EXIT_DEVICES : EXIT_OK;
		}
		manifest_free(m);
		return ret;
	}

	mountpoint = resolve(o.mountpoint);
	if (mountpoint && mount_clear_dead(mountpoint, o.subtype)) {
		manifest_free(m);
		free(mountpoint);
		return EXIT_FAILED;
	}
	if (!mountpoint) {
		fprintf(stderr, "fmapd: %s: %s\n", o.mountpoint, strerror(errno));
		manifest_free(m);
		return EXIT_FAILED;
	}
	o.mountpoint = mountpoint;
	if (o.fmap)
		devices_warn(m, o.devices_by_fd);
	manifest = absolute(o.manifest);
	if (manifest)
		o.manifest = manifest;
	if (o.log_requests) {
		log = absolute(o.log_requests);
		o.log_requests = log;
	}
	ret = o.foreground ? serve(&o, m, -1) : daemonize(&o, m);
	manifest_free(m);
	free(mountpoint);
	free(manifest);
	free(log);
	free(o.mount_options);
	return ret;
}
