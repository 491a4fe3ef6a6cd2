// SPDX-License-Identifier: GPL-2.0-only
/*
 * famfsctl bench: how fast is this machine's memory through a file? A quick look, for comparing
 * machines, devices and layouts with each other.
 *
 * What is written is what was read just before: the contents stay, whenever this ends. Whoever
 * writes to the file in between loses that, so nothing is written unless it is asked for.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <inttypes.h>
#include <setjmp.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "famfsctl.h"
#include "json.h"

#define BLOCK		(UINT64_C(1) << 20)
#define ALIGN		(UINT64_C(1) << 30)	/* of mappings, so that every large page fits */
#define SECONDS		0.3
#define RANDOM_READS	200000

struct bench {
	const char *name;
	int fd;
	bool write;
	uint64_t size;		/* of what is looked at, from the beginning on */
	char *buf;
	char *map, *area;	/* a mapping, and the addresses that it is among */
	size_t area_len;
};

static sigjmp_buf trap;

static void on_sigbus(int sig)
{
	(void)sig;
	siglongjmp(trap, 1);
}

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static uint64_t faults(void)
{
	struct rusage u;

	getrusage(RUSAGE_SELF, &u);
	return (uint64_t)u.ru_minflt;
}

/* Where file offset and address agree as far as any page is large. */
static int map_file(struct bench *b)
{
	char *at;

	if (b->size > SIZE_MAX - ALIGN)
		return EFBIG;
	b->area_len = (size_t)(b->size + ALIGN);
	b->area = mmap(NULL, b->area_len, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (b->area == MAP_FAILED)
		return ENOMEM;
	at = b->area + (-(uintptr_t)b->area & (ALIGN - 1));
	b->map = mmap(at, b->size, PROT_READ | (b->write ? PROT_WRITE : 0), MAP_SHARED | MAP_FIXED, b->fd, 0);
	return b->map == MAP_FAILED ? errno : 0;
}

static void unmap_file(struct bench *b)
{
	if (b->area && b->area != MAP_FAILED)
		munmap(b->area, b->area_len);
	b->area = NULL;
}

static void result(const char *name, double rate, const char *unit, const char *note)
{
	if (ctl.json) {
		json_object(NULL);
		json_str("test", name);
		json_double("value", rate);
		json_str("unit", unit);
		json_str("note", note);
		json_end();
	} else {
		table_row(name, pool_printf("%.1f", rate), unit, note ? note : "", NULL);
	}
}

/* The bytes at @pos to b->buf. Return: how many, or a negative errno. */
static ssize_t get_block(const struct bench *b, uint64_t pos)
{
	ssize_t n = pread(b->fd, b->buf, BLOCK < b->size - pos ? BLOCK : b->size - pos, (off_t)pos);

	if (n < 0)
		return -errno;
	return n ? n : -EIO;
}

/* ---- each of these returns 0 or an errno ---- */

static int bench_read(struct bench *b)
{
	double start = now(), took;
	uint64_t pos, done = 0;
	ssize_t n;

	do {
		for (pos = 0; pos < b->size; pos += (uint64_t)n) {
			n = get_block(b, pos);
			if (n < 0)
				return (int)-n;
			done += (uint64_t)n;
		}
		took = now() - start;
	} while (took < SECONDS);
	result("read", (double)done / took / 1e6, "MB/s", "read(2) by 1 MiB");
	return 0;
}

static int bench_write(struct bench *b)
{
	double start, took = 0;
	uint64_t pos, done = 0;
	ssize_t n;

	do {
		for (pos = 0; pos < b->size; pos += (uint64_t)n) {
			n = get_block(b, pos);
			if (n < 0)
				return (int)-n;
			start = now();
			n = pwrite(b->fd, b->buf, (size_t)n, (off_t)pos);
			took += now() - start;
			if (n <= 0)
				return n ? errno : EIO;
			done += (uint64_t)n;
		}
	} while (took < SECONDS);
	result("write", (double)done / took / 1e6, "MB/s", "write(2) by 1 MiB, of what was read");
	return 0;
}

/* The first touch of each page, in a mapping that is new. */
static int bench_faults(struct bench *b)
{
	uint64_t before, n, pos, page = (uint64_t)sysconf(_SC_PAGESIZE);
	volatile const char *p;
	double start, took;
	int err;

	err = map_file(b);
	if (err)
		return err;
	p = b->map;
	before = faults();
	start = now();
	for (pos = 0; pos < b->size; pos += page)
		(void)p[pos];
	took = now() - start;
	n = faults() - before;
	result("fault", n ? took / (double)n * 1e9 : 0, "ns",
	       n ? pool_printf("each of %" PRIu64 " faults, which mapped %s on average", n, size_text(b->size / n)) :
	       "no faults");
	return 0;
}

static int bench_load(struct bench *b)
{
	const uint64_t *p = (const uint64_t *)b->map;
	double start = now(), took;
	uint64_t i, sum, done = 0;

	do {
		for (i = sum = 0; i < b->size / sizeof(*p); i++)
			sum += p[i];
		/* Else nobody needs what was loaded. */
		__asm__ volatile("" : : "r"(sum));
		done += b->size;
		took = now() - start;
	} while (took < SECONDS);
	result("load", (double)done / took / 1e6, "MB/s", "by one thread, through a mapping");
	return 0;
}

/* Each place is known only when the one before has been loaded. */
static int bench_latency(struct bench *b)
{
	uint64_t lines = b->size / 64, at = 88172645463325252u, none = 0, i, v;
	double start = now();

	/* A 0 that the compiler does not know of: what is loaded counts for where to go. */
	__asm__ volatile("" : "+r"(none));

	if (!lines)
		return 0;
	for (i = 0; i < RANDOM_READS; i++) {
		v = *(const volatile uint64_t *)(b->map + at % lines * 64);
		at = at * 6364136223846793005u + 1442695040888963407u + (v & none);
	}
	result("latency", (now() - start) / RANDOM_READS * 1e9, "ns", "of a load from anywhere in it");
	return 0;
}

static int bench_store(struct bench *b)
{
	volatile uint64_t *p = (volatile uint64_t *)b->map;
	double start = now(), took;
	uint64_t i, done = 0;

	do {
		for (i = 0; i < b->size / sizeof(*p); i++)
			p[i] = p[i];
		done += b->size;
		took = now() - start;
	} while (took < SECONDS);
	result("store", (double)done / took / 1e6, "MB/s", "of what was loaded, through a mapping");
	start = now();
	if (msync(b->map, b->size, MS_SYNC))
		return errno;
	result("msync", (now() - start) * 1e3, "ms", "of all that");
	return 0;
}

static int run(struct bench *b, const char **what)
{
	static const struct {
		const char *name;
		int (*run)(struct bench *b);
		bool writes;
	} tests[] = {
		{ "read", bench_read, false }, { "fault", bench_faults, false },
		{ "load", bench_load, false }, { "latency", bench_latency, false },
		{ "write", bench_write, true }, { "store", bench_store, true },
	};
	struct sigaction act = { .sa_handler = on_sigbus };
	volatile size_t i;
	int err;

	*what = "mapping";
	if (sigsetjmp(trap, 1))
		return EFAULT;
	sigaction(SIGBUS, &act, NULL);
	for (i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
		if (tests[i].writes && !b->write)
			continue;
		*what = tests[i].name;
		err = tests[i].run(b);
		if (err)
			return err;
	}
	return 0;
}

static int prepare(struct bench *b, uint64_t size)
{
	struct stat st;

	b->fd = open(b->name, (b->write ? O_RDWR : O_RDONLY) | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (b->fd < 0 || fstat(b->fd, &st))
		return errno;
	if (!S_ISREG(st.st_mode))
		return EINVAL;
	b->size = (uint64_t)st.st_size < size ? (uint64_t)st.st_size : size;
	if (!b->size)
		return ENODATA;
	/* Of whole lines; what is less than a line is not looked at. */
	b->size -= b->size > 64 ? b->size % 64 : 0;
	b->buf = pool_alloc(BLOCK);
	return 0;
}

int cmd_bench(int argc, char **argv)
{
	static const struct option options[] = {
		{ "write", no_argument, NULL, 'w' },
		{ "size", required_argument, NULL, 's' },
		{ NULL, 0, NULL, 0 },
	};
	struct bench b = { .fd = -1 };
	uint64_t size = 64 << 20;
	const char *what = NULL;
	int c, err;

	while ((c = getopt_long(argc, argv, "ws:", options, NULL)) != -1)
		switch (c) {
		case 'w':
			b.write = true;
			break;
		case 's':
			if (!size_parse(optarg, &size) || size < 64 || size > (uint64_t)INT64_MAX / 2)
				return usage_error();
			break;
		default:
			return usage_error();
		}
	if (argc - optind != 1)
		return usage_error();
	b.name = argv[optind];
	err = prepare(&b, size);
	if (!err) {
		if (ctl.json) {
			json_begin("bench");
			json_str("file", b.name);
			json_u64("bytes", b.size);
			json_array("results");
		}
		table_begin();
		err = run(&b, &what);
		unmap_file(&b);
	}
	if (ctl.json && what) {
		json_end();
		json_str("error", err ? pool_printf("%s: %s", what, err == EFAULT ? "SIGBUS" : strerror(err)) : NULL);
		json_finish();
	} else if (what) {
		table_end();
	}
	if (b.fd >= 0)
		close(b.fd);
	if (err)
		complain("%s: %s%s%s", safe(b.name), what ? what : "", what ? ": " : "",
			 err == EFAULT ? "SIGBUS: a bad page, or its device is gone (famfsctl why, famfsctl map)" :
			 err == ENODATA ? "it is empty" : strerror(err));
	return err ? EXIT_FOUND : EXIT_FINE;
}
