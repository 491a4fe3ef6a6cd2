// SPDX-License-Identifier: GPL-2.0-only
/*
 * unanswered MNT DEV: openers that are killed while a server keeps what they asked for
 * unanswered. Others go on, and what is left behind is limited, used, and goes. Wants the
 * FUSE control file system.
 */
#define MINI_FILES	512
#include <signal.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include "miniserv.h"

#define NODE(n)		((n) + 2U)
#define LIMIT		12	/* of INIT's reply */
#define OTHER		500	/* a file that is always answered */
#define LATE_DEV	9	/* a device that is not, at first */
#define MAX_LEFT	256	/* what the kernel lets be left behind */

static struct mini m;
static atomic_bool held[MINI_FILES];
static _Atomic uint64_t asked_for[MINI_FILES];	/* unique of a question that is kept */
static atomic_bool device_held = true;
static _Atomic uint64_t device_unique;

static bool keep(struct mini *mini, int fd, const struct fuse_in_header *in, const void *arg)
{
	(void)mini;
	(void)fd;
	(void)arg;
	if (in->opcode == FUSE_GET_FMAP && held[in->nodeid - 2]) {
		asked_for[in->nodeid - 2] = in->unique;
		return true;
	}
	if (in->opcode == FUSE_GET_DAXDEV && in->nodeid == LATE_DEV && device_held) {
		device_unique = in->unique;
		return true;
	}
	return false;
}

static unsigned int asked(int opcode)
{
	return atomic_load(&m.count[opcode]);
}

static void answer(int n)
{
	uint64_t unique = atomic_exchange(&asked_for[n], 0);

	held[n] = false;
	if (unique)
		mini_fmap(&m, m.fd, unique, NODE(n));
}

/* ---- openers ---- */

static pid_t opener[MINI_FILES];

static void start(int n)
{
	opener[n] = fork();
	check(opener[n] >= 0, "fork");
	if (opener[n])
		return;
	limit_seconds(100);
	_exit(mini_file_open(&m, n, O_RDONLY) < 0 ? errno : 0);
}

/* By the errno, or minus the signal. */
static bool ended(int n, int *how)
{
	int status;

	if (waitpid(opener[n], &status, WNOHANG) != opener[n])
		return false;
	*how = WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
	return true;
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

static void ends(int n, int want)
{
	int how = 0;

	wait_until(ended(n, &how), "the opener of %d does not end", n);
	check(how == want, "the opener of %d ended with %d, not %d", n, how, want);
}

static void start_held(int first, int last)
{
	int n;

	for (n = first; n < last; n++) {
		held[n] = true;
		start(n);
	}
}

static void kill_them(int first, int last)
{
	int n;

	for (n = first; n < last; n++)
		kill(opener[n], SIGKILL);
}

static void opens(int n)
{
	start(n);
	ends(n, 0);
}

static void all_released(void)
{
	wait_until(asked(FUSE_RELEASE) == asked(FUSE_OPEN), "%u OPEN, %u RELEASE",
		   asked(FUSE_OPEN), asked(FUSE_RELEASE));
}

/* ---- the control file system ---- */

static void control_path(char *path, size_t len, const char *what)
{
	struct stat st;

	check(!stat(m.mnt, &st), "stat");
	snprintf(path, len, "/sys/fs/fuse/connections/%u/%s", minor(st.st_dev), what);
}

static unsigned int limit(void)
{
	char path[64], buf[32] = "";
	int fd;

	control_path(path, sizeof(path), "max_background");
	fd = open_or_die(path, O_RDONLY);
	check(read(fd, buf, sizeof(buf) - 1) > 0, "%s", path);
	close(fd);
	return (unsigned int)atoi(buf);
}

static void control(const char *what, const char *value)
{
	char path[64];
	int fd;

	control_path(path, sizeof(path), what);
	fd = open_or_die(path, O_WRONLY);
	check(write(fd, value, strlen(value)) > 0, "%s", path);
	close(fd);
}

/* ---- what is tested ---- */

static void others_go_on(void)
{
	int n;

	opens(OTHER);
	check(limit() == LIMIT, "limit %u", limit());
	start_held(0, 40);
	wait_until(asked(FUSE_GET_FMAP) >= 41, "GET_FMAP");
	usleep(500000);
	kill_them(0, 40);
	for (n = 0; n < 40; n++)
		ends(n, -SIGKILL);
	opens(OTHER + 1);
	all_released();
	check(asked(FUSE_GET_FMAP) == 42, "%u GET_FMAP", asked(FUSE_GET_FMAP));
	check(limit() == LIMIT + 40, "limit %u with 40 requests", limit());
	puts("ok: others go on");
}

static void taken_over(void)
{
	unsigned int before = asked(FUSE_GET_FMAP);

	/* The question is there already. */
	start(3);
	usleep(300000);
	check(asked(FUSE_GET_FMAP) == before, "asked again");
	answer(3);
	ends(3, 0);
	/* It was answered, to nobody. */
	answer(4);
	opens(4);
	check(asked(FUSE_GET_FMAP) == before + 1, "not asked again");
	/* It is about a file that the kernel has forgotten since; this one has its number. */
	all_released();
	before = asked(FUSE_FORGET) + asked(FUSE_BATCH_FORGET);
	mini_drop(&m, 5);
	wait_until(asked(FUSE_FORGET) + asked(FUSE_BATCH_FORGET) > before, "FORGET");
	before = asked(FUSE_GET_FMAP);
	answer(5);
	held[5] = true;
	start(5);
	wait_until(asked(FUSE_GET_FMAP) == before + 1, "not asked");
	answer(5);
	ends(5, 0);
	puts("ok: the same question");
}

static void forgotten(void)
{
	unsigned int before = asked(FUSE_FORGET) + asked(FUSE_BATCH_FORGET);
	unsigned int maps = asked(FUSE_GET_FMAP);
	uint64_t old = asked_for[6];

	mini_drop(&m, 6);
	wait_until(asked(FUSE_FORGET) + asked(FUSE_BATCH_FORGET) > before, "FORGET");
	start(6);
	wait_until(asked(FUSE_GET_FMAP) == maps + 1, "an old question is taken for a new one");
	mini_reply(m.fd, old, EIO, NULL, 0);
	answer(6);
	ends(6, 0);
	puts("ok: a number that was used again");
}

/* Of the openers [first, last), those that have not ended. */
static int staying(int first, int last)
{
	int n, how, stay = 0;

	for (n = first; n < last; n++) {
		if (opener[n] && ended(n, &how))
			opener[n] = 0;
		stay += opener[n] != 0;
	}
	return stay;
}

static void limited(void)
{
	/* Of the first 40 four have been answered. */
	int n, most = 300 + 36 - MAX_LEFT;

	start_held(40, 340);
	wait_until(asked_for[339] && asked_for[338] && asked_for[337], "GET_FMAP");
	for (n = 40; n < 340; n++)
		wait_until(asked_for[n], "GET_FMAP of %d", n);
	kill_them(40, 340);
	wait_until(staying(40, 340) <= most, "%d are still there", staying(40, 340));
	usleep(1000000);
	check(staying(40, 340) == most, "%d are still there", staying(40, 340));
	opens(OTHER + 2);
	for (n = 0; n < 340; n++)
		answer(n);
	for (n = 40; n < 340; n++)
		if (opener[n])
			ends(n, -SIGKILL);
	all_released();
	check(limit() == LIMIT, "limit %u in the end", limit());
	puts("ok: so many and no more");
}

static void administered(void)
{
	int n;

	start_held(350, 360);
	for (n = 350; n < 360; n++)
		wait_until(asked_for[n], "GET_FMAP of %d", n);
	control("max_background", "30");
	check(limit() == 30, "limit %u", limit());
	for (n = 350; n < 360; n++)
		answer(n);
	for (n = 350; n < 360; n++)
		ends(n, 0);
	check(limit() == 30, "limit %u, set to 30", limit());
	puts("ok: the administrator's word");
}

static void devices(void)
{
	unsigned int before = asked(FUSE_GET_DAXDEV);

	m.file[400].dev = m.file[401].dev = LATE_DEV;
	start(400);
	wait_until(device_unique, "GET_DAXDEV");
	kill(opener[400], SIGKILL);
	ends(400, -SIGKILL);
	start(401);
	usleep(300000);
	check(asked(FUSE_GET_DAXDEV) == before + 1, "asked again");
	device_held = false;
	/* The device has another number already. */
	mini_daxdev(&m, m.fd, device_unique, LATE_DEV);
	ends(401, EBUSY);
	puts("ok: a device");
}

static void aborted(void)
{
	int n;

	start_held(410, 430);
	for (n = 410; n < 430; n++)
		wait_until(asked_for[n], "GET_FMAP of %d", n);
	kill_them(410, 420);
	for (n = 410; n < 420; n++)
		ends(n, -SIGKILL);
	control("abort", "1");
	for (n = 420; n < 430; n++)
		ends(n, ECONNABORTED);
	mini_end(&m);
	puts("ok: the connection's end");
}

int main(int argc, char **argv)
{
	int n;

	check(argc == 3, "usage: unanswered MNT DEV");
	setvbuf(stdout, NULL, _IOLBF, 0);
	m = famfs_at(argv[1]);
	m.daxdev[0] = m.daxdev[LATE_DEV] = argv[2];
	m.hook = keep;
	for (n = 0; n < MINI_FILES; n++)
		m.file[n] = (struct mini_file){ .size = SZ_4K, .offset = SZ_2M + (uint64_t)n * SZ_4K };
	start_famfs(&m);
	others_go_on();
	taken_over();
	forgotten();
	limited();
	administered();
	devices();
	aborted();
	return 0;
}
