// SPDX-License-Identifier: GPL-2.0-only
/*
 * races storm|pressure MNT DEV: processes that open and use files, all at once.
 *
 * storm: while others rename and unlink them, list the directory, throw inodes out, and
 * while the server takes back what it said. pressure: while a process eats memory until
 * it is killed for it, so that inodes are evicted by whoever needs a page.
 *
 * Each page of a file begins with a word of its own. What is asked for is how much has
 * to happen, not how long it may take.
 */
#include <dirent.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include "races.h"

#define WORKERS	4

static struct races *races;
static const char *mnt;
static uint64_t random_state;

static unsigned int rnd(unsigned int below)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return (random_state >> 20) % below;
}

static uint64_t word_of(unsigned int n, unsigned int page)
{
	return pattern_word(n + 1, page);
}

static unsigned int pages(void)
{
	return file_size(races) / SZ_4K;
}

/* By the name that it has, or had until now. */
static int open_file(unsigned int n, int flags)
{
	unsigned int renamed = races->file[n].renamed;
	char path[64];
	int i, fd = -1;

	for (i = 0; i < 2 && fd < 0; i++) {
		snprintf(path, sizeof(path), "%s/%c%u", mnt, (renamed ^ i) ? 'b' : 'a', n);
		fd = open(path, flags);
		if (fd < 0 && errno != ENOENT)
			break;
	}
	return fd;
}

static void by_map(int fd, unsigned int n, unsigned int first, unsigned int step)
{
	size_t len = file_size(races);
	char *p = mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	unsigned int page;

	check(p != MAP_FAILED, "map %u", n);
	for (page = first; page < pages(); page += step) {
		volatile uint64_t *w = (void *)(p + page * SZ_4K);

		check(*w == word_of(n, page), "page %u of file %u by mapping: %lx", page, n, (long)*w);
		*w = word_of(n, page);
	}
	munmap(p, len);
}

static void by_call(int fd, unsigned int n, unsigned int page)
{
	uint64_t w;

	check(pread(fd, &w, sizeof(w), page * SZ_4K) == sizeof(w), "read %u", n);
	check(w == word_of(n, page), "page %u of file %u by read: %lx", page, n, (long)w);
	check(pwrite(fd, &w, sizeof(w), page * SZ_4K) == sizeof(w), "write %u", n);
}

static void fill(void)
{
	unsigned int n, page;

	for (n = 0; n < races->files; n++) {
		int fd = open_file(n, O_RDWR);
		char *p;

		check(fd >= 0, "open file %u", n);
		p = mmap(NULL, file_size(races), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
		check(p != MAP_FAILED, "map %u", n);
		for (page = 0; page < pages(); page++)
			*(uint64_t *)(p + page * SZ_4K) = word_of(n, page);
		munmap(p, file_size(races));
		close(fd);
	}
}

static void check_all(void)
{
	unsigned int n;
	int i, fd;

	for (n = 0; n < races->files; n++) {
		/* For the server to have heard that others are closed. */
		for (i = 0; (fd = open_file(n, O_RDWR)) < 0 && errno == EBUSY && i < 500; i++)
			usleep(10000);
		check(fd >= 0, "open file %u in the end", n);
		by_map(fd, n, 0, 1);
		by_call(fd, n, n % pages());
		close(fd);
	}
}

/* ---- processes -------------------------------------------------------------------- */

static void adjust_oom(const char *how)
{
	int fd = open_or_die("/proc/self/oom_score_adj", O_WRONLY);

	check(write(fd, how, strlen(how)) > 0, "oom_score_adj");
	close(fd);
}

static pid_t child(void (*run)(void), const char *oom)
{
	pid_t pid = fork();

	check(pid >= 0, "fork");
	if (pid)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	adjust_oom(oom);
	random_state = pattern_word(races->seed, getpid()) | 1;
	run();
	_exit(0);
}

/* 0 if it ended well, or its signal. */
static int end_of(pid_t pid, int seconds)
{
	int i, status;
	pid_t got;

	for (i = 0; !(got = waitpid(pid, &status, WNOHANG)); i++) {
		check(i < seconds * 100, "%d does not end", pid);
		usleep(10000);
	}
	check(got == pid, "wait");
	check(WIFSIGNALED(status) || !WEXITSTATUS(status), "%d failed", pid);
	return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}

static void open_and_use(void)
{
	unsigned int n = rnd(races->files);
	int fd = open_file(n, O_RDWR);

	if (fd < 0) {
		/* Unlinked just now; or another file of that name is in use. */
		check(errno == ENOENT || errno == EBUSY, "open file %u", n);
		races->failed++;
		return;
	}
	if (rnd(2))
		by_map(fd, n, rnd(8), 1 + rnd(pages()));
	else
		by_call(fd, n, rnd(pages()));
	close(fd);
	races->opened++;
}

static void look_at_name(const char *name)
{
	char path[300];
	struct stat st;

	snprintf(path, sizeof(path), "%s/%s", mnt, name);
	if (stat(path, &st))
		check(errno == ENOENT, "stat %s", path);
	else
		check(S_ISREG(st.st_mode) && st.st_size == (off_t)file_size(races), "attributes of %s", path);
}

static void list(void)
{
	DIR *dir = opendir(mnt);
	struct dirent *d;

	check(dir, "opendir");
	while ((errno = 0, d = readdir(dir)))
		look_at_name(d->d_name);
	check(!errno, "readdir");
	closedir(dir);
}

static void storm_worker(void)
{
	while (!races->stop) {
		if (rnd(8))
			open_and_use();
		else
			list();
	}
}

static void evictor(void)
{
	int fd = open_or_die("/proc/sys/vm/drop_caches", O_WRONLY);

	while (!races->stop) {
		check(write(fd, "2", 1) == 1, "drop_caches");
		usleep(3000);
	}
}

static void changer(void)
{
	char from[64], to[64];

	while (!races->stop) {
		unsigned int n = rnd(races->files), renamed = races->file[n].renamed;

		snprintf(from, sizeof(from), "%s/%c%u", mnt, renamed ? 'b' : 'a', n);
		snprintf(to, sizeof(to), "%s/%c%u", mnt, renamed ? 'a' : 'b', n);
		if (rnd(2)) {
			check(!rename(from, to) || errno == ENOENT, "rename %s", from);
		} else {
			check(!unlink(from) || errno == ENOENT, "unlink %s", from);
			/* There is another one at once, over the same memory. */
			races->file[n].gone = 0;
		}
	}
}

/* Every page of one file after the other, so that no two workers go the same way. */
static void pressed_worker(void)
{
	unsigned int n = rnd(races->files);

	while (!races->stop) {
		int fd = open_file(n, O_RDWR);

		check(fd >= 0, "open file %u", n);
		by_map(fd, n, 0, 1);
		by_call(fd, n, rnd(pages()));
		close(fd);
		races->opened++;
		n = (n + 1) % races->files;
	}
}

/* Until it is killed. */
static void eater(void)
{
	size_t i, piece = 4 << 20;

	while (!races->stop) {
		char *p = mmap(NULL, piece, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

		check(p != MAP_FAILED, "memory");
		for (i = 0; i < piece; i += SZ_4K)
			p[i] = 1;
	}
}

/* ---- what has to happen ------------------------------------------------------------ */

static void wanted(const char *what, atomic_uint *have, unsigned int want)
{
	int i;

	for (i = 0; *have < want; i++) {
		check(i < 9000, "%u of %u %s", *have, want, what);
		/* Nobody may have ended by now. */
		check(!waitpid(-1, NULL, WNOHANG), "a process ended");
		usleep(10000);
	}
}

static void storm(void)
{
	pid_t pid[WORKERS + 2];
	unsigned int i;

	for (i = 0; i < WORKERS; i++)
		pid[i] = child(storm_worker, "0");
	pid[i++] = child(evictor, "0");
	pid[i++] = child(changer, "0");
	wanted("opens", &races->opened, 300);
	wanted("maps", &races->asked[FUSE_GET_FMAP], 6 * races->files);
	wanted("renames", &races->asked[FUSE_RENAME], 30);
	wanted("unlinks", &races->asked[FUSE_UNLINK], 30);
	wanted("lists", &races->asked[FUSE_READDIRPLUS], 30);
	wanted("words taken back", &races->told, 30);
	races->stop = 1;
	while (i)
		check(!end_of(pid[--i], 20), "killed");
}

static void pressure(void)
{
	pid_t pid[WORKERS / 2], hungry;
	unsigned int i, round;

	for (i = 0; i < WORKERS / 2; i++)
		pid[i] = child(pressed_worker, "-1000");
	for (round = 1; round <= 3; round++) {
		hungry = child(eater, "1000");
		check(end_of(hungry, 60) == SIGKILL, "there was enough memory");
		/* What was evicted comes back. */
		wanted("maps", &races->asked[FUSE_GET_FMAP], (round + 1) * races->files);
	}
	races->stop = 1;
	while (i)
		check(!end_of(pid[--i], 20), "killed");
}

int main(int argc, char **argv)
{
	bool storming;
	pid_t server;

	check(argc == 4, "usage: races storm|pressure MNT DEV");
	storming = !strcmp(argv[1], "storm");
	mnt = argv[2];
	races = mmap(NULL, sizeof(*races), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	check(races != MAP_FAILED, "memory");
	races->seed = getpid();
	if (storming)
		races_shape(races, 24, 1, SZ_2M);
	else
		races_shape(races, 200, 100, SZ_4K);
	adjust_oom("-1000");
	server = races_serve(races, mnt, argv[3], storming);
	fill();
	if (storming)
		storm();
	else
		pressure();
	check_all();
	printf("ok: %s: %u opens, %u failed, %u maps\n", argv[1], races->opened, races->failed,
	       races->asked[FUSE_GET_FMAP]);
	check(!races->asked[FUSE_READ] && !races->asked[FUSE_WRITE], "data was asked for");
	check(!umount2(mnt, 0), "umount");
	check(!end_of(server, 10), "the server");
	return 0;
}
