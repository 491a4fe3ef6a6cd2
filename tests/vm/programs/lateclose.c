// SPDX-License-Identifier: GPL-2.0-only
/*
 * lateclose DAXDEV: two files over the same memory. One is closed, and the server takes
 * its time to answer RELEASE: the open of the other waits for that. It is refused where
 * somebody holds the first one in a way that may last.
 */
#include <sys/inotify.h>
#include "miniserv.h"

static struct {
	atomic_int hold;		/* do not answer RELEASE */
	atomic_ullong held;		/* its unique */
} *sv;

static struct mini *m;
static pid_t server;

static bool serve(struct mini *mini, int fd, const struct fuse_in_header *in, const void *arg)
{
	(void)mini, (void)fd, (void)arg;
	if (in->opcode != FUSE_RELEASE || !sv->hold)
		return false;
	sv->held = in->unique;
	return true;
}

static void start(const char *dev)
{
	m = mini_shared(famfs_at("/mnt/late"));
	m->hook = serve;
	m->daxdev[0] = dev;
	m->file[0] = m->file[1] = (struct mini_file){ .size = SZ_2M, .offset = SZ_2M };
	mini_mount(m);
	mini_read_init(m, m->fd);
	mini_answer_init(m, m->fd);
	server = mini_serve_apart(m);
}

/* File 0 is used and closed, and the server has read RELEASE. */
static void close_late(void)
{
	int fd = mini_file_open(m, 0, O_RDWR), i;

	check(fd >= 0 && pwrite(fd, "D", 1, 0) == 1, "use the first file");
	sv->held = 0;
	sv->hold = 1;
	close(fd);
	for (i = 0; !sv->held && i < 1000; i++)
		usleep(10000);
	check(sv->held, "no RELEASE");
	sv->hold = 0;
}

static void answer(void)
{
	mini_reply(m->fd, sv->held, 0, NULL, 0);
}

/* Open file 1 elsewhere; @opener ends with the errno. */
static pid_t open_other(void)
{
	pid_t pid = fork();
	int fd;

	check(pid >= 0, "fork");
	if (pid)
		return pid;
	/* It must not keep the connection. */
	close(m->fd);
	fd = mini_file_open(m, 1, O_RDWR);
	_exit(fd < 0 ? errno : 0);
}

static int result(pid_t pid)
{
	int status;

	check(waitpid(pid, &status, 0) == pid && WIFEXITED(status), "opener: %#x", status);
	return WEXITSTATUS(status);
}

static bool waits(pid_t pid)
{
	return waitpid(pid, NULL, WNOHANG) == 0;
}

static void late_answer(void)
{
	pid_t opener;
	int err;

	close_late();
	opener = open_other();
	sleep(5);
	check(waits(opener), "the opener did not wait");
	answer();
	err = result(opener);
	check(!err, "opening gave errno %d", err);
}

/* Who waits can be killed, and does not keep others from what they want. */
static void killed(void)
{
	pid_t opener;
	int status;

	close_late();
	opener = open_other();
	sleep(2);
	check(waits(opener), "the opener did not wait");
	kill(opener, SIGKILL);
	check(waitpid(opener, &status, 0) == opener && WIFSIGNALED(status), "killed: %#x", status);
	answer();
	check(!result(open_other()), "after that");
}

/* Nobody is going to answer. */
static void no_server(void)
{
	pid_t opener;

	close_late();
	opener = open_other();
	sleep(2);
	check(waits(opener), "the opener did not wait");
	kill(server, SIGKILL);
	check(waitpid(server, NULL, 0) == server, "the server");
	close(m->fd);
	result(opener);
	check(!umount2(m->mnt, 0), "umount");
}

/* These may last, and so the wait is short, whatever the server does. */
static void held(void)
{
	char path[64];
	int fd, watch;

	snprintf(path, sizeof(path), "%s/0", m->mnt);
	fd = mini_file_open(m, 0, O_RDWR);
	check(fd >= 0, "open");
	check(result(open_other()) == EBUSY, "open");
	close(fd);

	check(!result(open_other()), "closed");
	fd = mini_file_open(m, 0, O_RDWR);
	check(fd >= 0, "open");
	close(fd);
	fd = open(path, O_PATH);
	check(result(open_other()) == EBUSY, "O_PATH");
	close(fd);
	check(!result(open_other()), "not held any more");

	fd = mini_file_open(m, 0, O_RDWR);
	watch = inotify_init();
	check(fd >= 0 && watch >= 0 && inotify_add_watch(watch, path, IN_OPEN) >= 0, "inotify");
	close(fd);
	check(result(open_other()) == EBUSY, "watched");
	close(watch);
	check(!result(open_other()), "not watched any more");
}

/* The device goes while an opener waits: his map is of no use any more. */
static void device_gone(const char *name)
{
	int fd = open_or_die("/sys/bus/dax/drivers/fsdev_dax/unbind", O_WRONLY);
	pid_t opener;
	int err;

	close_late();
	opener = open_other();
	sleep(2);
	check(waits(opener), "the opener did not wait");
	check(write(fd, name, strlen(name)) == (ssize_t)strlen(name), "unbind");
	close(fd);
	answer();
	err = result(opener);
	check(err == EIO, "opening gave errno %d", err);
	check(result(open_other()) == EIO, "and again");
}

int main(int argc, char **argv)
{
	check(argc == 2, "usage: lateclose DAXDEV");
	limit_seconds(120);
	sv = mmap(NULL, sizeof(*sv), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	check(sv != MAP_FAILED, "memory");
	start(argv[1]);
	late_answer();
	killed();
	held();
	no_server();
	start(argv[1]);
	device_gone(argv[1] + strlen("/dev/"));
	mini_end_apart(m, server);
	return 0;
}
