/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The operations of a worker on open and mapped files. It keeps some files open and some
 * mapped, in slots; each operation takes what its dice point at.
 */
#ifndef STRESS_OPS_H
#define STRESS_OPS_H

#include <sys/mman.h>
#include "stress_io.h"

#define SLOTS	4
#define AREA	(12UL << 20)	/* of a mapping slot: the largest file, and to align */

struct open_slot {
	int fd, f;
};

/* @at is where page @first of the file is mapped; @pages 0: nothing is. */
struct map_slot {
	char *area, *at;
	int f;
	unsigned int first, pages;
};

static const char *mnt = "/mnt/f";
static unsigned int me;
static struct open_slot opened[SLOTS];
static struct map_slot mapped[SLOTS];

static int dead_server(int err)
{
	return (err == ENOTCONN || err == ECONNABORTED) && tab->may & (NO_SERVER | NO_PATH);
}

static int file_open(int f, int flags)
{
	struct before was = look(f, 0);
	char path[100];
	int fd;

	snprintf(path, sizeof(path), "%s/%s", mnt, files[f].name);
	fd = open(path, flags | O_CLOEXEC);
	judge_open(f, was.must, fd < 0 ? errno : 0);
	return fd;
}

static void file_close(int fd)
{
	/* FLUSH goes to the server. */
	if (close(fd) && !dead_server(errno))
		wrong("close: %s", strerrorname_np(errno));
}

static struct open_slot *an_open_file(void)
{
	unsigned int i, from = roll(SLOTS);

	for (i = 0; i < SLOTS; i++)
		if (opened[(from + i) % SLOTS].fd >= 0)
			return &opened[(from + i) % SLOTS];
	return NULL;
}

static struct map_slot *a_mapping(void)
{
	unsigned int i, from = roll(SLOTS);

	for (i = 0; i < SLOTS; i++)
		if (mapped[(from + i) % SLOTS].pages)
			return &mapped[(from + i) % SLOTS];
	return NULL;
}

/* own_page - one of ours among @pages from @first on, or -1. */
static int own_page(int f, unsigned int first, unsigned int pages)
{
	unsigned int i, from = roll(pages);

	for (i = 0; i < pages; i++)
		if (owner_of(f, first + (from + i) % pages) == me)
			return first + (from + i) % pages;
	return -1;
}

/* How many from @page on are ours, and what of it to take. */
static unsigned int own_run(int f, unsigned int page)
{
	unsigned int n = 1, end = (page / GROUP + 1) * GROUP;

	if (end > pages_of(f))
		end = pages_of(f);
	while (page + n < end && roll(4))
		n++;
	return n;
}

static char *page_at(const struct map_slot *m, unsigned int page)
{
	return m->at + (page - m->first) * SZ_4K;
}

/* ---- having files open and mapped ------------------------------------------------------------ */
static void do_open(void)
{
	struct open_slot *s = &opened[roll(SLOTS)];

	if (s->fd >= 0)
		file_close(s->fd);
	s->f = roll(HOT_FILES);
	s->fd = file_open(s->f, roll(4) ? O_RDWR : O_RDWR | O_DIRECT);
}

static void do_close(void)
{
	struct open_slot *s = an_open_file();

	if (!s || roll(2))
		return;
	file_close(s->fd);
	s->fd = -1;
}

/* area_clear - nothing mapped there, but nobody else's. */
static void area_clear(struct map_slot *m)
{
	void *p = mmap(m->area, AREA, PROT_NONE,
		       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED, -1, 0);

	if (p == MAP_FAILED)
		wrong("address space");
	m->pages = 0;
}

static char *area_place(const struct map_slot *m, unsigned int first)
{
	/* Large pages fit where file and address agree modulo 2 MiB. */
	return m->area + first * SZ_4K % SZ_2M + (roll(3) ? 0 : SZ_4K);
}

static void do_map(void)
{
	struct open_slot *s = an_open_file();
	struct map_slot *m = &mapped[roll(SLOTS)];
	unsigned int first = 0, pages;

	if (!s)
		return;
	if (m->pages)
		area_clear(m);
	pages = pages_of(s->f);
	if (!roll(3)) {
		first = roll(pages);
		pages = 1 + roll(pages - first);
	}
	m->at = mmap(area_place(m, first), pages * SZ_4K, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED,
		     s->fd, first * SZ_4K);
	if (m->at == MAP_FAILED) {
		judge_server(s->f, "mmap", errno);
		return;
	}
	m->f = s->f;
	m->first = first;
	m->pages = pages;
}

static void do_unmap(void)
{
	struct map_slot *m = a_mapping();

	if (m && !roll(2))
		area_clear(m);
}

static void do_move(void)
{
	struct map_slot *m = a_mapping(), *to = &mapped[roll(SLOTS)];
	unsigned int pages;
	char *at;

	if (!m || to == m)
		return;
	if (to->pages)
		area_clear(to);
	/* All of it, or the beginning, or up to the end of the file. */
	pages = roll(2) ? m->pages : roll(2) ? 1 + roll(m->pages) : pages_of(m->f) - m->first;
	at = mremap(m->at, m->pages * SZ_4K, pages * SZ_4K, MREMAP_MAYMOVE | MREMAP_FIXED,
		    area_place(to, m->first));
	if (at == MAP_FAILED)
		wrong("mremap of %s: %s", files[m->f].name, strerrorname_np(errno));
	to->at = at;
	to->f = m->f;
	to->first = m->first;
	to->pages = pages;
	area_clear(m);
}

static void do_advise(void)
{
	struct map_slot *m = a_mapping();
	unsigned int page;

	if (!m)
		return;
	page = roll(m->pages);
	if (madvise(m->at + page * SZ_4K, (1 + roll(m->pages - page)) * SZ_4K,
		    roll(3) ? MADV_DONTNEED : MADV_WILLNEED))
		judge_server(m->f, "madvise", errno);
}

/* ---- data ----------------------------------------------------------------------------------------- */
static void do_read(void)
{
	struct open_slot *s = an_open_file();
	unsigned int page, n;

	if (!s)
		return;
	n = roll(8) ? 1 + roll(6) : 1 + roll(MAX_IO - 1);
	page = roll(pages_of(s->f) - n);
	file_check(s->fd, s->f, page, n);
}

static void do_write(void)
{
	struct open_slot *s = an_open_file();
	int page = s ? own_page(s->f, 0, pages_of(s->f)) : -1;

	if (page >= 0)
		file_write(s->fd, s->f, page, own_run(s->f, page));
}

static void do_pieces(void)
{
	struct open_slot *s = an_open_file();
	int page = s ? own_page(s->f, 0, pages_of(s->f)) : -1;

	if (page >= 0)
		file_write_pieces(s->fd, s->f, page);
}

static void do_load(void)
{
	struct map_slot *m = a_mapping();
	unsigned int n = 1 + roll(8), page;

	for (; m && n; n--) {
		page = m->first + roll(m->pages);
		map_check(m->f, page, page_at(m, page));
	}
}

static void do_store(void)
{
	struct map_slot *m = a_mapping();
	unsigned int n = 1 + roll(4);
	int page;

	for (; m && n; n--) {
		page = own_page(m->f, m->first, m->pages);
		if (page >= 0)
			map_store(m->f, page, page_at(m, page));
	}
}

static void do_sync(void)
{
	struct open_slot *s = an_open_file();
	struct map_slot *m = a_mapping();

	if (s && roll(2)) {
		if (roll(2) ? fsync(s->fd) : fdatasync(s->fd))
			judge_server(s->f, "fsync", errno);
	} else if (m) {
		if (msync(m->at, m->pages * SZ_4K, roll(4) ? MS_SYNC : MS_ASYNC))
			judge_server(m->f, "msync", errno);
	}
}

/* A page written from a mapping of itself: what is there stays. */
static void do_self(void)
{
	struct map_slot *m = a_mapping();
	struct open_slot *s = an_open_file();
	struct before was;
	ssize_t ret;
	int page;

	if (!m || !s || s->f != m->f)
		return;
	page = own_page(m->f, m->first, m->pages);
	if (page < 0 || tab->pages[m->f][page].bad % 4)
		return;
	was = look(m->f, page);
	ret = pwrite(s->fd, page_at(m, page), SZ_4K, page * SZ_4K);
	if (ret == SZ_4K)
		judge_alive(m->f, was.must);
	else if (!(may_fault(m->f) && ret < 0 && (errno == EIO || errno == EFAULT || errno == ENXIO)))
		wrong("%s page %d onto itself: %zd, %s", files[m->f].name, page, ret, strerrorname_np(errno));
}

/* Pages lent to a pipe, which holds on to them: nobody writes them meanwhile. */
static void do_pipe(void)
{
	struct map_slot *m = a_mapping();
	struct before was;
	struct iovec iov;
	int page, ends[2];
	ssize_t n;

	if (!m)
		return;
	page = own_page(m->f, m->first, m->pages);
	if (page < 0 || tab->pages[m->f][page].bad % 4)
		return;
	if (pipe(ends))
		wrong("pipe");
	was = look(m->f, page);
	iov = (struct iovec){ page_at(m, page), SZ_4K };
	n = vmsplice(ends[1], &iov, 1, 0);
	if (n == SZ_4K) {
		judge_alive(m->f, was.must);
		if (roll(2))
			usleep(roll(20000));
		n = read(ends[0], io_buf, SZ_4K);
		if (n != SZ_4K)
			wrong("%zd bytes of a lent page", n);
		page_verify(io_buf, m->f, page, was.lo);
	} else if (!(n < 0 && (errno == EFAULT || errno == EIO) && may_fault(m->f))) {
		wrong("vmsplice of %s page %d: %zd, %s", files[m->f].name, page, n, strerrorname_np(errno));
	}
	close(ends[0]);
	close(ends[1]);
}

#endif
