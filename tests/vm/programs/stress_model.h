/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the stress test knows: where each file lies, who may write which page, what each
 * page must contain, and what may fail at this moment.
 *
 * Every page of a file has one owner among the workers, and nobody else writes it. Its
 * bytes are a function of file, page and generation. The owner announces a generation in
 * `hi` before it writes and confirms it in `lo` after; so whoever looks at `lo`, then at
 * the page, then at `hi` must find bytes of generations between the two. A worker that is
 * killed leaves the two apart, until the next write of the whole page.
 *
 * The table is a file that all processes of a run map; it outlives mounts and servers.
 */
#ifndef STRESS_MODEL_H
#define STRESS_MODEL_H

#include <stdarg.h>
#include <stdatomic.h>
#include "check.h"

#define WORKERS		4
#define KIB		1024ULL
#define MIB		(KIB << 10)
#define GROUP		8	/* pages in a row that have one owner */
#define MAX_SPREAD	6	/* unconfirmed generations of a page */

/* ---- where files lie ---------------------------------------------------------------- */
struct piece {
	int dev;
	uint64_t off, len;
};

/* Cold files are not kept open, so that their inodes come and go. */
struct file_def {
	const char *name;
	int cold;
	uint64_t chunk;		/* 0: the pieces follow one another; else they are strips */
	uint64_t size;
	int n;
	struct piece p[5];
};

static const struct file_def files[] = {
	{ "plain", 0, 0, 4 * MIB, 1, { { 0, 2 * MIB, 4 * MIB } } },
	{ "pieces", 0, 0, 6 * MIB, 4, {
		{ 0, 8 * MIB, 2 * MIB }, { 1, 2 * MIB, 2 * MIB },
		{ 1, 8 * MIB + 4 * KIB, MIB }, { 0, 16 * MIB, MIB } } },
	{ "wide", 0, 2 * MIB, 8 * MIB, 2, { { 0, 32 * MIB, 4 * MIB }, { 1, 32 * MIB, 4 * MIB } } },
	{ "fine", 0, 64 * KIB, 2 * MIB, 3, {
		{ 0, 48 * MIB, 704 * KIB }, { 1, 48 * MIB, 704 * KIB }, { 0, 50 * MIB, 704 * KIB } } },
	{ "second", 0, 0, 2 * MIB, 1, { { 1, 20 * MIB, 2 * MIB } } },
	{ "cold0", 1, 0, 256 * KIB, 1, { { 0, 24 * MIB, 256 * KIB } } },
	{ "cold1", 1, 0, 256 * KIB, 2, { { 1, 26 * MIB, 128 * KIB }, { 0, 26 * MIB, 128 * KIB } } },
};

#define FILES		((int)(sizeof(files) / sizeof(files[0])))
#define HOT_FILES	5
#define USED_BYTES	(64 * MIB)	/* of each device */
#define MAX_PAGES	2048

static inline unsigned int pages_of(int f)
{
	return files[f].size / SZ_4K;
}

/* page_place - the device of a page, and where in it. */
static inline int page_place(int f, unsigned int page, uint64_t *off)
{
	const struct file_def *d = &files[f];
	uint64_t at = page * SZ_4K;
	int i;

	if (d->chunk) {
		uint64_t chunk = at / d->chunk;
		const struct piece *p = &d->p[chunk % d->n];

		*off = p->off + chunk / d->n * d->chunk + at % d->chunk;
		return p->dev;
	}
	for (i = 0; at >= d->p[i].len; i++)
		at -= d->p[i].len;
	*off = d->p[i].off + at;
	return d->p[i].dev;
}

/* ---- the table ------------------------------------------------------------------------ */
/* What may, or must, come to nothing. */
#define NO_DEV(n)	(1u << (n))	/* EIO, and SIGBUS where it is mapped */
#define NO_SERVER	(1u << 8)	/* opens: ENOTCONN, ECONNABORTED */
#define NO_PATH		(1u << 9)	/* opens: ENOENT, by umount -l */

/* How stress_server behaves. */
#define W_LATE		1u	/* half of the answers about maps and devices come late */
#define W_REFUSING	2u	/* a third of them are REFUSAL */
#define W_SIZES		4u	/* attributes have another size now and then */
#define W_NOTIFIED	8u	/* all kinds of notifications */
#define REFUSAL		EREMCHG	/* which nobody else uses */

/*
 * @lo, @hi: see above. @bad: counts changes; 0 modulo 4: the page is good, 2: bad,
 * odd: about to become one or the other.
 */
struct page_state {
	_Atomic uint32_t lo, hi, bad, unused;
};

enum op {
	OP_OPEN, OP_CLOSE, OP_MAP, OP_UNMAP, OP_READ, OP_WRITE, OP_PIECES, OP_LOAD, OP_STORE,
	OP_SYNC, OP_ADVISE, OP_MOVE, OP_FORK, OP_PRIVATE, OP_SIZE, OP_SEEK, OP_COLD, OP_DROP,
	OP_POISON, OP_HEAL, OP_SELF, OP_PIPE, OPS
};

static const char *const op_names[OPS] = {
	"open", "close", "map", "unmap", "read", "write", "pieces", "load", "store",
	"sync", "advise", "move", "fork", "private", "truncate", "seek", "cold", "drop_caches",
	"poison", "heal", "self-copy", "pipe"
};

enum count {
	N_KILL, N_BAD_PAGE, N_HEALED, N_SIGBUS_BAD, N_EIO_BAD, N_SIGBUS_GONE, N_EIO_GONE,
	N_NO_OPEN, N_EARLY, N_UNSETTLED, N_LATE, N_REFUSAL, N_REFUSED, N_WRONG_SIZE, N_ENXIO,
	N_SIGBUS_SIZE, N_NOTIFIED, N_MAPS, N_PAGES, COUNTS
};

static const char *const count_names[COUNTS] = {
	"workers killed", "pages poisoned", "pages healed", "SIGBUS for a bad page",
	"errors for a bad page", "SIGBUS for a lost device", "errors for a lost device",
	"opens refused without server", "early signals", "pages left half written",
	"late answers", "refusing answers", "opens refused by the server", "wrong sizes told",
	"ENXIO for a wrong size", "SIGBUS for a wrong size", "notifications", "maps given",
	"pages compared"
};

struct table {
	uint64_t seed;
	_Atomic uint64_t round;
	_Atomic uint32_t may, must, weather, stop, failed, paused, held;
	_Atomic uint64_t ops[OPS], counts[COUNTS];
	_Atomic uint64_t beat[WORKERS];
	_Atomic uint32_t doing[WORKERS];
	struct page_state pages[FILES][MAX_PAGES];
};

static struct table *tab;
static char doing_what[200] = "start";

static inline void count(enum count c)
{
	atomic_fetch_add_explicit(&tab->counts[c], 1, memory_order_relaxed);
}

/* wrong - a finding: tell, stop everybody, end. */
static inline __attribute__((noreturn, format(printf, 1, 2))) void wrong(const char *fmt, ...)
{
	char line[600];
	va_list args;
	int n;

	va_start(args, fmt);
	n = snprintf(line, 300, "FAULT pid %d, in %s: ", getpid(), doing_what);
	n += vsnprintf(line + n, sizeof(line) - n - 60, fmt, args);
	va_end(args);
	n += snprintf(line + n, 60, " (may %#x, must %#x)\n", tab->may, tab->must);
	if (write(2, line, n) < 0)
		_exit(4);
	tab->failed = 1;
	tab->stop = 1;
	_exit(3);
}

static inline void table_open(const char *path, int create)
{
	int fd = open(path, O_RDWR | (create ? O_CREAT | O_TRUNC : 0), 0600);

	check(fd >= 0, "%s", path);
	check(!ftruncate(fd, sizeof(*tab)), "size of the table");
	tab = mmap(NULL, sizeof(*tab), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	check(tab != MAP_FAILED, "the table");
	close(fd);
}

/* ---- random numbers, all from the seed -------------------------------------------------- */
static _Thread_local uint64_t dice;

static inline uint64_t mix(uint64_t a, uint64_t b)
{
	return pattern_word(a, b);
}

static inline unsigned int roll(unsigned int n)
{
	dice = mix(dice, 1);
	return (dice >> 20) % n;
}

/* ---- content --------------------------------------------------------------------------- */
static inline uint64_t page_key(int f, unsigned int page, uint32_t gen)
{
	return mix(tab->seed + ((uint64_t)f << 40), ((uint64_t)page << 32) + gen);
}

/* Cheap, as it is done a lot under emulation; position, page and generation all show. */
static inline uint64_t word_at(uint64_t key, unsigned int i)
{
	return key + i * 0x9e3779b97f4a7c15ULL;
}

static inline void page_fill(uint64_t *to, int f, unsigned int page, uint32_t gen)
{
	uint64_t key = page_key(f, page, gen);
	unsigned int i;

	for (i = 0; i < SZ_4K / 8; i++)
		to[i] = word_at(key, i);
}

static inline unsigned int owner_of(int f, unsigned int page)
{
	return mix(tab->seed + f, page / GROUP) % WORKERS;
}

/* What was known of a page before it was looked at. */
struct before {
	uint32_t lo, bad, must;
};

static inline struct before look(int f, unsigned int page)
{
	struct page_state *s = &tab->pages[f][page];

	return (struct before){ .must = tab->must, .bad = s->bad, .lo = s->lo };
}

static inline int surely_bad(int f, unsigned int page, uint32_t bad_before)
{
	return bad_before % 4 == 2 && tab->pages[f][page].bad == bad_before;
}

static inline int maybe_bad(int f, unsigned int page, uint32_t bad_before)
{
	return bad_before % 4 || tab->pages[f][page].bad != bad_before;
}

/* bytes_known - are these eight bytes, each for itself, of one of the generations? */
static inline int bytes_known(uint64_t got, const uint64_t *keys, unsigned int n, unsigned int i)
{
	unsigned int b, k;

	for (b = 0; b < 64; b += 8) {
		for (k = 0; k < n; k++)
			if (!((word_at(keys[k], i) ^ got) >> b & 0xff))
				break;
		if (k == n)
			return 0;
	}
	return 1;
}

/* Whose word is it? For the report only. */
static inline const char *explain(uint64_t got, unsigned int i)
{
	static char text[100];
	unsigned int page;
	uint32_t gen;
	int f;

	for (f = 0; f < FILES; f++)
		for (page = 0; page < pages_of(f); page++)
			for (gen = 1; gen <= tab->pages[f][page].hi; gen++)
				if (word_at(page_key(f, page, gen), i) == got) {
					snprintf(text, sizeof(text), "page %u of %s, generation %u",
						 page, files[f].name, gen);
					return text;
				}
	return "nobody's";
}

/* page_verify - the bytes of a page, @was looked up before they were read. */
static inline void page_verify(const uint64_t *got, int f, unsigned int page, uint32_t lo)
{
	uint32_t hi = tab->pages[f][page].hi;
	uint64_t keys[16];
	unsigned int i, n = 0;
	uint32_t gen;

	/* A slow reader beside a busy writer: nothing can be said. */
	if (hi - lo >= 16)
		return;
	count(N_PAGES);
	for (gen = lo; gen <= hi; gen++)
		keys[n++] = page_key(f, page, gen);
	for (i = 0; i < SZ_4K / 8; i++) {
		if (got[i] == word_at(keys[n - 1], i) || got[i] == word_at(keys[0], i))
			continue;
		if (!bytes_known(got[i], keys, n, i))
			wrong("%s page %u byte %u: %#llx, wanted %#llx: generations %u to %u; is %s",
			      files[f].name, page, i * 8, (unsigned long long)got[i],
			      (unsigned long long)word_at(keys[n - 1], i), lo, hi,
			      explain(got[i], i));
	}
}

/* ---- changing a page, by its owner --------------------------------------------------------- */
/* write_begin - the generation to write. With @whole a bad page may become good by it. */
static inline uint32_t write_begin(int f, unsigned int page, int whole)
{
	struct page_state *s = &tab->pages[f][page];

	if (s->hi - s->lo < MAX_SPREAD)
		s->hi++;
	if (whole && s->bad % 4 == 2)
		s->bad++;
	return s->hi;
}

static inline void write_done(int f, unsigned int page, int whole)
{
	struct page_state *s = &tab->pages[f][page];

	s->lo = s->hi;
	if (whole && s->bad % 4) {
		s->bad = (s->bad + 3) / 4 * 4;
		count(N_HEALED);
	}
}

/* ---- judging results --------------------------------------------------------------------------- */
static inline uint32_t devs_of(int f)
{
	uint32_t devs = 0;
	int i;

	for (i = 0; i < files[f].n; i++)
		devs |= NO_DEV(files[f].p[i].dev);
	return devs;
}

static inline void judge_alive(int f, uint32_t must)
{
	if (must & devs_of(f))
		wrong("%s works although its device is gone", files[f].name);
}

static inline int may_be_gone(int f)
{
	return tab->may & devs_of(f);
}

/* The server may be saying another size, and none of what it says may be let through. */
static inline int may_have_wrong_size(void)
{
	return tab->weather & W_SIZES;
}

/* may_fault - a new fault in a file may come to nothing, though no page is bad. */
static inline int may_fault(int f)
{
	return may_be_gone(f) || may_have_wrong_size();
}

/* judge_open - @err is 0 or an errno. */
static inline void judge_open(int f, uint32_t must, int err)
{
	uint32_t may = tab->may;

	if (!err) {
		if (must & (devs_of(f) | NO_SERVER | NO_PATH))
			wrong("%s can be opened", files[f].name);
		return;
	}
	if (err == EIO && may & devs_of(f)) {
		count(N_EIO_GONE);
		return;
	}
	if (((err == ENOTCONN || err == ECONNABORTED) && may & NO_SERVER) ||
	    (err == ENOENT && may & NO_PATH)) {
		count(N_NO_OPEN);
		return;
	}
	if ((err == REFUSAL || err == ENODEV) && tab->weather & W_REFUSING) {
		count(N_REFUSED);
		return;
	}
	wrong("open of %s: %s", files[f].name, strerrorname_np(err));
}

/* judge_server - a call that the server may have to answer. */
static inline void judge_server(int f, const char *what, int err)
{
	if (err && !((err == ENOTCONN || err == ECONNABORTED) && tab->may & (NO_SERVER | NO_PATH)) &&
	    !(err == EIO && may_be_gone(f)))
		wrong("%s of %s: %s", what, files[f].name, strerrorname_np(err));
}

#endif
