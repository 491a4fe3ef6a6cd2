// SPDX-License-Identifier: GPL-2.0-only
/*
 * longreplies MNT DEV GROUP: a server that announces maps of 16 MiB and keeps them for
 * itself, and many who open such files: the memory that is set aside for the answers is
 * limited, whoever waits for more has none and can be killed, and other files go on. In
 * GROUP, a control group with less memory, such an open fails.
 */
#define MINI_FILES	128
#include <signal.h>
#include <sys/wait.h>
#include "miniserv.h"

#define OPENERS		40
#define OTHER		100	/* a file that has a map, and so have those after it */
#define NODE(n)		((n) + 2U)
#define ROOM		2	/* how many there are room for */

static struct mini m;
static _Atomic uint64_t asked_for[MINI_FILES];
static atomic_uint announced, wanted;

static bool announce(struct mini *mini, int fd, const struct fuse_in_header *in, const void *arg)
{
	struct fuse_famfs_fmap_header h = {
		.fmap_version = 1, .nextents = 1, .reserved0 = FUSE_FAMFS_FMAP_MAX, .file_size = SZ_4K,
	};
	const struct fuse_getxattr_in *ask = arg;

	(void)mini;
	if (in->opcode != FUSE_GET_FMAP || in->nodeid >= NODE(OTHER))
		return false;
	if (ask->size < FUSE_FAMFS_FMAP_MAX) {
		mini_reply(fd, in->unique, 0, &h, sizeof(h));
		atomic_fetch_add(&announced, 1);
	} else {
		asked_for[in->nodeid - 2] = in->unique;
		atomic_fetch_add(&wanted, 1);
	}
	return true;
}

static pid_t start(int n, const char *group)
{
	pid_t pid = fork();
	char path[128];
	int fd;

	check(pid >= 0, "fork");
	if (pid)
		return pid;
	if (group) {
		snprintf(path, sizeof(path), "%s/cgroup.procs", group);
		fd = open_or_die(path, O_WRONLY);
		check(write(fd, "0", 1) == 1, "%s", path);
		close(fd);
	}
	limit_seconds(120);
	_exit(mini_file_open(&m, n, O_RDONLY) < 0 ? errno : 0);
}

#define wait_until(cond, ...)						\
	do {								\
		const char *slow_ = getenv("LAB_SLOW");			\
		int i_ = 1000 * (slow_ ? atoi(slow_) : 1);		\
									\
		while (!(cond) && i_--)					\
			usleep(10000);					\
		check(i_ >= 0, __VA_ARGS__);				\
	} while (0)

/* The errno, or minus the signal. */
static int end_of(pid_t pid)
{
	int status;

	wait_until(waitpid(pid, &status, WNOHANG) == pid, "an opener does not end");
	return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

/* The sum of what the lines of a file say that begin so. */
static long sum_of(const char *path, const char *format)
{
	FILE *f = fopen(path, "r");
	char line[256];
	long n, sum = 0;

	check(f, "%s", path);
	while (fgets(line, sizeof(line), f))
		if (sscanf(line, format, &n) == 1)
			sum += n;
	fclose(f);
	return sum;
}

/* With what each CPU keeps at hand: see available_kib in lib.sh. */
static long available_kib(void)
{
	return sum_of("/proc/meminfo", "MemAvailable: %ld") + 4 * sum_of("/proc/zoneinfo", " count: %ld");
}

int main(int argc, char **argv)
{
	pid_t pid[OPENERS];
	long before;
	int n, i;

	check(argc == 4, "usage: longreplies MNT DEV GROUP");
	setvbuf(stdout, NULL, _IOLBF, 0);
	m = famfs_at(argv[1]);
	m.daxdev[0] = argv[2];
	m.hook = announce;
	for (n = 0; n < MINI_FILES; n++)
		m.file[n] = (struct mini_file){ .size = SZ_4K, .offset = SZ_2M + (uint64_t)n * SZ_4K };
	start_famfs(&m);
	check(!end_of(start(OTHER, NULL)), "a file with a map");

	before = available_kib();
	for (n = 0; n < OPENERS; n++)
		pid[n] = start(n, NULL);
	for (i = 0; i < 1000 && announced < OPENERS; i++)
		usleep(10000);
	usleep(1000000);
	/* Of them all 640 MiB; what the processes take is not much. */
	printf("%ld KiB less, %u announced, %u asked once more\n", before - available_kib(), announced, wanted);
	check(before - available_kib() < 128 << 10, "%ld KiB of memory are gone", before - available_kib());
	check(announced == OPENERS, "others wait");
	check(wanted == ROOM, "%u were asked for", wanted);
	check(!end_of(start(OTHER + 1, NULL)), "a file with a short map");
	/* Those who wait for room go, and leave nothing. */
	for (n = 0; n < OPENERS; n++)
		if (!asked_for[n]) {
			kill(pid[n], SIGKILL);
			check(end_of(pid[n]) == -SIGKILL, "killed");
		}
	check(wanted == ROOM, "%u were asked for", wanted);
	/* Those who are asked for make room when they are answered, also to nobody. */
	pid[OPENERS - 1] = start(OTHER - 1, NULL);
	wait_until(announced == OPENERS + 1, "%u were announced", announced);
	for (i = 0, n = 0; n < OPENERS; n++) {
		if (!asked_for[n])
			continue;
		if (!i++) {
			kill(pid[n], SIGKILL);
			check(end_of(pid[n]) == -SIGKILL, "killed");
			mini_reply(m.fd, asked_for[n], EIO, NULL, 0);
			wait_until(wanted == ROOM + 1, "no room was made");
		} else {
			mini_reply(m.fd, asked_for[n], EIO, NULL, 0);
			check(end_of(pid[n]) == EIO, "the server's errno");
		}
	}
	mini_reply(m.fd, asked_for[OTHER - 1], EIO, NULL, 0);
	check(end_of(pid[OPENERS - 1]) == EIO, "the server's errno");
	wait_until(before - available_kib() < 16 << 10, "%ld KiB of memory stay away", before - available_kib());

	/* The memory is the opener's. */
	check(end_of(start(OPENERS, argv[3])) == ENOMEM, "an open in a small control group");
	check(wanted == ROOM + 1, "asked for, without memory");
	check(!end_of(start(OTHER + 2, argv[3])), "a file with a short map, there");
	mini_end(&m);
	return 0;
}
