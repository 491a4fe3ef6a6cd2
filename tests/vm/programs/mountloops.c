// SPDX-License-Identifier: GPL-2.0-only
/*
 * mountloops devices ROUNDS MNT DEV...: a server and a mount (MNT0, MNT1, ...) on each
 * device: one after the other, then ROUNDS times all at once, each in its own process.
 *
 * mountloops ordinary STOP MNT: three processes mount, use and unmount ordinary FUSE
 * mounts (MNT0, ...), until there is a file STOP. Prints how often.
 */
#include <sys/prctl.h>
#include <sys/wait.h>
#include "miniserv.h"

#define FILES	4

static char mnt[64];

static pid_t child(const char *base, int i)
{
	pid_t pid = fork();

	check(pid >= 0, "fork");
	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		snprintf(mnt, sizeof(mnt), "%s%d", base, i);
	}
	return pid;
}

static void all_end_well(int n)
{
	int status;

	while (n--)
		check(wait(&status) > 0 && WIFEXITED(status) && !WEXITSTATUS(status), "one of them");
}

/* ---- devices ------------------------------------------------------------------------ */

static void one_mount(const char *dev, uint64_t seed)
{
	static struct mini m;
	int i;

	m = famfs_at(mnt);
	m.daxdev[0] = dev;
	for (i = 0; i < FILES; i++)
		m.file[i] = (struct mini_file){ .size = SZ_2M, .offset = i * SZ_2M };
	start_famfs(&m);
	for (i = 0; i < FILES; i++)
		put(&m, i, seed + i);
	for (i = 0; i < FILES; i++)
		look(&m, i, seed + i);
	check(!m.count[FUSE_READ] && !m.count[FUSE_WRITE], "data was asked for");
	mini_end(&m);
}

static void devices(int rounds, const char *base, char **dev, int n)
{
	int i, round;

	for (i = 0; i < n; i++) {
		if (!child(base, i)) {
			one_mount(dev[i], i);
			_exit(0);
		}
		all_end_well(1);
	}
	for (i = 0; i < n; i++) {
		if (child(base, i))
			continue;
		for (round = 1; round <= rounds; round++)
			one_mount(dev[i], 100 * round + i);
		_exit(0);
	}
	all_end_well(n);
}

/* ---- ordinary mounts ------------------------------------------------------------------ */

#define LOOPS	3

struct loops {
	atomic_int stop;
	atomic_uint mounts;
};

/* As any user of FUSE would see it, also if the protocol was offered. */
static void ordinary_mount(int i, unsigned int reads)
{
	static struct mini m;
	unsigned char buf[4096];
	struct stat st;
	int fd;

	m = plain_at(mnt);
	/* Offered it, and not interested. */
	if (i == 1)
		m.subtype = "fmap-not";
	m.file[1] = (struct mini_file){ .size = SZ_2M };
	mini_start(&m);
	fd = mini_file_open(&m, 1, O_RDONLY);
	check(fd >= 0, "open");
	while (reads--) {
		check(!fstat(fd, &st) && st.st_size == (off_t)SZ_2M, "size");
		check(pread(fd, buf, sizeof(buf), reads * SZ_4K) == sizeof(buf), "read");
		check(buf[0] == 'S' && buf[4095] == 'S', "data");
		check(!posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED), "fadvise");
	}
	close(fd);
	check(m.count[FUSE_READ] && !m.count[FUSE_GET_FMAP], "requests");
	mini_end(&m);
}

static void ordinary(const char *stop, const char *base)
{
	struct loops *loops = mmap(NULL, sizeof(*loops), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	int i;

	check(loops != MAP_FAILED, "memory");
	for (i = 0; i < LOOPS; i++) {
		if (child(base, i))
			continue;
		while (!loops->stop) {
			/* The last one outlives a load and an unload. */
			ordinary_mount(i, i == LOOPS - 1 ? 400 : 3);
			loops->mounts++;
		}
		_exit(0);
	}
	while (access(stop, F_OK)) {
		check(!waitpid(-1, NULL, WNOHANG), "one has ended");
		usleep(20000);
	}
	loops->stop = 1;
	all_end_well(LOOPS);
	printf("%u\n", loops->mounts);
}

int main(int argc, char **argv)
{
	if (argc == 4 && !strcmp(argv[1], "ordinary")) {
		ordinary(argv[2], argv[3]);
	} else {
		check(argc >= 5 && !strcmp(argv[1], "devices"), "usage");
		devices(atoi(argv[2]), argv[3], argv + 4, argc - 4);
	}
	return 0;
}
