// SPDX-License-Identifier: GPL-2.0-only
/*
 * races MNT DEV: processes that open and use files, while others rename and unlink them,
 * list the directory and throw inodes out, and while the server takes back what it said.
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

static pid_t child(void (*run)(void))
{
	pid_t pid = fork();

	check(pid >= 0, "fork");
	if (pid)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
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
		pid[i] = child(storm_worker);
	pid[i++] = child(evictor);
	pid[i++] = child(changer);
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

int main(int argc, char **argv)
{
	pid_t server;

	check(argc == 3, "usage: races MNT DEV");
	mnt = argv[1];
	races = mmap(NULL, sizeof(*races), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	check(races != MAP_FAILED, "memory");
	races->seed = getpid();
	races_shape(races, 24, 1, SZ_2M);
	server = races_serve(races, mnt, argv[2]);
	fill();
	storm();
	check_all();
	printf("ok: %u opens, %u failed, %u maps\n", races->opened, races->failed, races->asked[FUSE_GET_FMAP]);
	check(!races->asked[FUSE_READ] && !races->asked[FUSE_WRITE], "data was asked for");
	check(!umount2(mnt, 0), "umount");
	check(!end_of(server, 10), "the server");
	return 0;
}
