// SPDX-License-Identifier: GPL-2.0-only
/*
 * stress: several processes do random things with files, each result is checked against
 * a model (stress_model.h) of what every page must contain, and workers are killed in
 * the middle. stress.sh brings the other failures.
 *
 *	stress new TABLE SEED DEV0 DEV1		begin; prints the manifest
 *	stress fill TABLE			write every page once
 *	stress work TABLE ROUND SECONDS		the workers, and who kills them
 *	stress wait TABLE ROUND			until they are at work
 *	stress mark TABLE may|must WHAT...	what fails from now on: no-dev0, no-dev1,
 *						no-server, no-path; or `may nothing`
 *	stress weather TABLE [WHAT...]		how stress_server behaves: late, refusing, sizes,
 *						notified
 *	stress pause TABLE 0|1			the server does not answer for a while
 *	stress hold TABLE 0|1			no end of the round until a moment after `hold 0`
 *	stress check TABLE LIST0 LIST1		every page; and the lists of bad pages
 *	stress guard TABLE N PATH		device N, in device_dax mode: write between the files
 *	stress raw TABLE N PATH			what is on device N, in device_dax mode
 *	stress rebound TABLE N			device N was bound anew: its bad pages are good
 *	stress report TABLE			the counts; fails if something was never done
 *
 * STRESS_MNT is where the files are, by default /mnt/f.
 */
#include <time.h>
#include "stress_calls.h"
#include "stress_device.h"

#define HANG	120	/* seconds without an operation; the machine is slow and shared */
#define ENOUGH	500	/* operations of a round, at least */
#define AFTER	0.5	/* seconds of a round after its failure, at least */

/* ---- a worker -------------------------------------------------------------------------- */
static void op_once(void)
{
	unsigned int i, n, total = 0;

	for (i = 0; i < sizeof(ops) / sizeof(ops[0]); i++)
		total += ops[i].weight;
	n = roll(total);
	for (i = 0; n >= (unsigned int)ops[i].weight; i++)
		n -= ops[i].weight;
	tab->doing[me] = ops[i].op;
	snprintf(doing_what, sizeof(doing_what), "%s", op_names[ops[i].op]);
	ops[i].fn();
	atomic_fetch_add_explicit(&tab->ops[ops[i].op], 1, memory_order_relaxed);
	tab->beat[me]++;
}

static void worker(void)
{
	unsigned int i;
	void *p;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	bus_setup();
	for (i = 0; i < SLOTS; i++) {
		opened[i].fd = -1;
		p = mmap(NULL, AREA + SZ_2M, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
		if (p == MAP_FAILED)
			wrong("address space");
		mapped[i].area = (char *)(((uintptr_t)p + SZ_2M - 1) / SZ_2M * SZ_2M);
	}
	while (!tab->stop)
		op_once();
	_exit(0);
}

/* ---- who starts and kills them ------------------------------------------------------------ */
static struct {
	pid_t pid;
	int killed;
	uint64_t beat;
	double since;	/* when it was killed, or was last seen at work */
} workers[WORKERS];

static double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec + ts.tv_nsec / 1e9;
}

static void worker_start(unsigned int w, uint64_t life)
{
	pid_t pid = fork();

	check(pid >= 0, "fork");
	if (!pid) {
		me = w;
		dice = mix(tab->seed, life);
		worker();
	}
	workers[w].pid = pid;
	workers[w].killed = 0;
	workers[w].beat = tab->beat[w];
	workers[w].since = now();
}

static void worker_hangs(unsigned int w, const char *how)
{
	char path[60], text[2000];
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/stack", workers[w].pid);
	fd = open(path, O_RDONLY);
	n = fd < 0 ? 0 : read(fd, text, sizeof(text));
	if (n > 0)
		fprintf(stderr, "%.*s", (int)n, text);
	wrong("worker %u %s, doing %s", w, how, op_names[tab->doing[w]]);
}

static void worker_kill(unsigned int w)
{
	kill(workers[w].pid, SIGKILL);
	workers[w].killed = 1;
	workers[w].since = now();
	count(N_KILL);
}

/* What the death of a worker leaves half done. */
static void count_unsettled(unsigned int w)
{
	unsigned int page;
	int f;

	for (f = 0; f < FILES; f++)
		for (page = 0; page < pages_of(f); page++)
			if (owner_of(f, page) == w && tab->pages[f][page].lo != tab->pages[f][page].hi)
				count(N_UNSETTLED);
}

static unsigned int reap(void)
{
	unsigned int w, n = 0;
	int status;

	for (w = 0; w < WORKERS; w++) {
		if (!workers[w].pid)
			continue;
		n++;
		if (waitpid(workers[w].pid, &status, WNOHANG) == 0) {
			if (tab->paused || (!workers[w].killed && workers[w].beat != tab->beat[w])) {
				workers[w].beat = tab->beat[w];
				workers[w].since = now();
			} else if (now() - workers[w].since > HANG) {
				worker_hangs(w, workers[w].killed ? "survives SIGKILL" : "hangs");
			}
			continue;
		}
		workers[w].pid = 0;
		n--;
		if (tab->failed)
			exit(3);
		if (workers[w].killed)
			count_unsettled(w);
		else if (!tab->stop || status)
			wrong("worker %u ended with %#x", w, status);
	}
	return n;
}

static uint64_t ops_done(void)
{
	uint64_t n = 0;
	int i;

	for (i = 0; i < OPS; i++)
		n += tab->ops[i];
	return n;
}

static void work(uint64_t round, double seconds)
{
	uint64_t life = round << 32;
	unsigned int w;
	uint64_t enough = ops_done() + ENOUGH;
	double end;
	int i, fd = -1;

	/*
	 * By one file that lies on both, the mount meets its devices: the loss of one is EIO
	 * from then on. The other files are for the workers to open, all at once.
	 */
	for (i = 0; fd < 0 && i < 1000; i++)
		fd = file_open(FILES - 1, O_RDONLY);
	check(fd >= 0, "refused a thousand times");
	file_close(fd);
	tab->stop = 0;
	tab->round = round;
	end = now() + seconds;
	/* A loaded machine gets more time. */
	while ((now() < end || tab->held || (ops_done() < enough && now() < end + HANG)) && !tab->stop) {
		reap();
		/* What has failed is to be met. */
		if (tab->held && end < now() + AFTER)
			end = now() + AFTER;
		for (w = 0; w < WORKERS; w++)
			if (!workers[w].pid)
				worker_start(w, ++life);
		dice = mix(tab->seed, ++life);
		usleep(20000 + roll(60000));
		w = roll(WORKERS * 3);
		if (w < WORKERS && workers[w].pid && !workers[w].killed)
			worker_kill(w);
	}
	tab->stop = 1;
	while (reap())
		usleep(20000);
	if (tab->failed)
		exit(3);
}

/* ---- everything at once ---------------------------------------------------------------------- */
static void fill(void)
{
	unsigned int page, i;
	int f, fd;

	for (f = 0; f < FILES; f++) {
		fd = file_open(f, O_WRONLY);
		for (page = 0; page < pages_of(f); page += GROUP) {
			for (i = 0; i < GROUP; i++)
				page_fill(io_buf + i * SZ_4K / 8, f, page + i, 1);
			if (pwrite(fd, io_buf, GROUP * SZ_4K, page * SZ_4K) != GROUP * (ssize_t)SZ_4K)
				wrong("first writing of %s: %s", files[f].name, strerrorname_np(errno));
			for (i = 0; i < GROUP; i++)
				tab->pages[f][page + i].lo = tab->pages[f][page + i].hi = 1;
		}
		file_close(fd);
	}
}

static void check_all(void)
{
	unsigned int page, n;
	char *at;
	int f, fd;

	for (f = 0; f < FILES; f++) {
		fd = file_open(f, O_RDONLY);
		/* By read, around what is bad, and by loads. */
		for (page = 0; page < pages_of(f); page += n) {
			n = 1;
			while (n < MAX_IO && page + n < pages_of(f) && !(tab->pages[f][page].bad % 4) &&
			       !(tab->pages[f][page + n].bad % 4))
				n++;
			file_check(fd, f, page, n);
		}
		at = mmap(aligned_area(files[f].size), files[f].size, PROT_READ, MAP_SHARED | MAP_FIXED, fd, 0);
		if (at == MAP_FAILED)
			wrong("mmap of %s", files[f].name);
		for (page = 0; page < pages_of(f); page++)
			map_check(f, page, at + page * SZ_4K);
		munmap(at, files[f].size);
		file_close(fd);
	}
}

static void manifest(char *const *dev)
{
	const struct file_def *d;
	int f, i;

	printf("device 0 /dev/%s\ndevice 1 /dev/%s\n", dev[0], dev[1]);
	for (f = 0; f < FILES; f++) {
		d = &files[f];
		printf("file /%s size=%llu\n", d->name, (unsigned long long)d->size);
		if (d->chunk)
			printf("  stripe chunk=%llu bytes=%llu strips=", (unsigned long long)d->chunk,
			       (unsigned long long)d->size);
		for (i = 0; i < d->n; i++)
			printf("%s%d:%llu:%llu", d->chunk ? i ? "," : "" : i ? " " : "  extent ", d->p[i].dev,
			       (unsigned long long)d->p[i].off, (unsigned long long)d->p[i].len);
		printf("\n");
	}
}

static int report(void)
{
	static const enum count wanted[] = {
		N_KILL, N_BAD_PAGE, N_HEALED, N_SIGBUS_BAD, N_EIO_BAD, N_SIGBUS_GONE, N_EIO_GONE, N_NO_OPEN,
		N_LATE, N_REFUSAL, N_WRONG_SIZE, N_ENXIO, N_NOTIFIED, N_PAGES,
	};
	unsigned int i, missing = 0;

	printf("%llu operations:", (unsigned long long)ops_done());
	for (i = 0; i < OPS; i++) {
		printf(" %s %llu", op_names[i], (unsigned long long)tab->ops[i]);
		missing += !tab->ops[i];
	}
	printf("\n");
	for (i = 0; i < COUNTS; i++)
		printf("%s: %llu%s", count_names[i], (unsigned long long)tab->counts[i],
		       i < COUNTS - 1 ? "; " : "\n");
	for (i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++)
		missing += !tab->counts[wanted[i]];
	if (missing) {
		printf("that is too little for a test\n");
		return 1;
	}
	return 0;
}

static uint32_t bits_of(const char *what)
{
	static const struct {
		const char *name;
		uint32_t bit;
	} words[] = {
		{ "no-dev0", NO_DEV(0) }, { "no-dev1", NO_DEV(1) }, { "no-server", NO_SERVER },
		{ "no-path", NO_PATH }, { "late", W_LATE }, { "refusing", W_REFUSING },
		{ "sizes", W_SIZES }, { "notified", W_NOTIFIED },
	};
	unsigned int i;

	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (!strcmp(what, words[i].name))
			return words[i].bit;
	check(0, "%s", what);
	return 0;
}

int main(int argc, char **argv)
{
	const char *verb = argc > 2 ? argv[1] : "";
	int i;

	if (getenv("STRESS_MNT"))
		mnt = getenv("STRESS_MNT");
	me = WORKERS;
	bus_setup();
	check(*verb, "usage: see stress.c");
	snprintf(doing_what, sizeof(doing_what), "%s", verb);
	table_open(argv[2], !strcmp(verb, "new"));
	dice = tab->seed;
	if (!strcmp(verb, "new") && argc == 6) {
		tab->seed = strtoull(argv[3], NULL, 0);
		manifest(argv + 4);
	} else if (!strcmp(verb, "fill")) {
		fill();
	} else if (!strcmp(verb, "work") && argc == 5) {
		work(strtoull(argv[3], NULL, 0), strtod(argv[4], NULL));
	} else if (!strcmp(verb, "wait") && argc == 4) {
		for (i = 0; tab->round != strtoull(argv[3], NULL, 0) && i < 3000 && !tab->failed; i++)
			usleep(20000);
		check(i < 3000, "the workers do not begin");
	} else if (!strcmp(verb, "mark") && argc > 4) {
		if (!strcmp(argv[4], "nothing")) {
			tab->may = tab->must = 0;
			return 0;
		}
		for (i = 4; i < argc; i++)
			*(!strcmp(argv[3], "may") ? &tab->may : &tab->must) |= bits_of(argv[i]);
	} else if (!strcmp(verb, "weather")) {
		uint32_t weather = 0;

		for (i = 3; i < argc; i++)
			weather |= bits_of(argv[i]);
		tab->weather = weather;
	} else if (!strcmp(verb, "pause") && argc == 4) {
		tab->paused = atoi(argv[3]);
	} else if (!strcmp(verb, "hold") && argc == 4) {
		tab->held = atoi(argv[3]);
	} else if (!strcmp(verb, "check") && argc == 5) {
		check_all();
		listed_check(0, argv[3]);
		listed_check(1, argv[4]);
	} else if (!strcmp(verb, "guard") && argc == 5) {
		raw_guard(atoi(argv[3]), argv[4]);
	} else if (!strcmp(verb, "raw") && argc == 5) {
		raw_check(atoi(argv[3]), argv[4]);
	} else if (!strcmp(verb, "rebound") && argc == 4) {
		rebound(atoi(argv[3]));
	} else if (!strcmp(verb, "report")) {
		return report();
	} else {
		check(0, "%s: usage, see stress.c", verb);
	}
	return tab->failed ? 3 : 0;
}
