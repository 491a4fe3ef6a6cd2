/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reads, writes, loads and stores of the stress test, each judged against the model.
 */
#ifndef STRESS_IO_H
#define STRESS_IO_H

#include <setjmp.h>
#include <signal.h>
#include <sys/uio.h>
#include "stress_model.h"

/* ---- loads and stores that may end in SIGBUS ------------------------------------------ */
static sigjmp_buf bus_back;
static volatile sig_atomic_t bus_armed;
static siginfo_t bus_info;

static void on_sigbus(int sig, siginfo_t *info, void *context)
{
	(void)context;
	/* A word about memory that we have mapped and did not touch. */
	if (info->si_code == BUS_MCEERR_AO) {
		count(N_EARLY);
		return;
	}
	if (!bus_armed)
		wrong("SIGBUS from nowhere, code %d at %p", info->si_code, info->si_addr);
	bus_info = *info;
	bus_armed = 0;
	siglongjmp(bus_back, sig);
}

/* The handler is left by a jump that does not restore the mask. */
static inline void bus_setup(void)
{
	struct sigaction sa = { .sa_sigaction = on_sigbus,
				.sa_flags = SA_SIGINFO | SA_NODEFER | SA_RESTART };

	sigaction(SIGBUS, &sa, NULL);
}

/* copy_words - 0, or the si_code of the SIGBUS on the way. */
static int copy_words(volatile uint64_t *to, const volatile uint64_t *from, unsigned int n)
{
	unsigned int i;

	if (sigsetjmp(bus_back, 0))
		return bus_info.si_code;
	bus_armed = 1;
	for (i = 0; i < n; i++)
		to[i] = from[i];
	bus_armed = 0;
	return 0;
}

/* judge_touch - @code is 0 or that of the SIGBUS for touching @page, mapped at @at. */
static void judge_touch(int f, unsigned int page, const char *at, const struct before *was, int code)
{
	const char *addr = bus_info.si_addr;

	switch (code) {
	case 0:
		judge_alive(f, was->must);
		if (surely_bad(f, page, was->bad))
			wrong("%s page %u is bad and can be touched", files[f].name, page);
		return;
	case BUS_MCEERR_AR:
		if (!maybe_bad(f, page, was->bad))
			wrong("%s page %u is good, SIGBUS AR at +%ld", files[f].name, page,
			      (long)(addr - at));
		if (addr < at || addr >= at + SZ_4K || bus_info.si_addr_lsb != 12)
			wrong("%s page %u: SIGBUS AR for +%ld, lsb %d", files[f].name, page,
			      (long)(addr - at), bus_info.si_addr_lsb);
		count(N_SIGBUS_BAD);
		return;
	case BUS_ADRERR:
		if (!may_fault(f))
			wrong("%s page %u: SIGBUS ADRERR", files[f].name, page);
		count(may_be_gone(f) ? N_SIGBUS_GONE : N_SIGBUS_SIZE);
		return;
	default:
		wrong("%s page %u: SIGBUS with code %d", files[f].name, page, code);
	}
}

/* map_check - a page by loads. */
static void map_check(int f, unsigned int page, const char *at)
{
	static uint64_t buf[SZ_4K / 8];
	struct before was = look(f, page);
	int code = copy_words(buf, (const volatile uint64_t *)at, SZ_4K / 8);

	judge_touch(f, page, at, &was, code);
	if (!code)
		page_verify(buf, f, page, was.lo);
}

/* map_store - a page by stores; by its owner. */
static void map_store(int f, unsigned int page, char *at)
{
	static uint64_t buf[SZ_4K / 8];
	struct before was = look(f, page);
	int code;

	page_fill(buf, f, page, write_begin(f, page, 0));
	code = copy_words((volatile uint64_t *)at, buf, SZ_4K / 8);
	judge_touch(f, page, at, &was, code);
	if (!code)
		write_done(f, page, 0);
}

/* ---- read(2) and write(2) --------------------------------------------------------------- */
#define MAX_IO	64	/* pages */

static uint64_t io_buf[MAX_IO * SZ_4K / 8 + 512];

/*
 * judge_io - a transfer of @n pages from @page on gave @ret: all bytes, or those before
 * a page that is bad, or an error. @whole: a bad page may take it. True if all were done.
 */
static int judge_io(int f, unsigned int page, unsigned int n, const struct before *was, ssize_t ret,
		    int whole, const char *what)
{
	int err = ret < 0 ? errno : 0;
	unsigned int i, good = ret < 0 ? 0 : ret / SZ_4K;

	if (ret == (ssize_t)(n * SZ_4K)) {
		judge_alive(f, was[0].must);
		for (i = 0; i < n && !whole; i++)
			if (surely_bad(f, page + i, was[i].bad))
				wrong("%s of %s goes over bad page %u", what, files[f].name, page + i);
		return 1;
	}
	if (may_be_gone(f) && (err == EIO || (ret > 0 && !(ret % SZ_4K)))) {
		count(N_EIO_GONE);
		return 0;
	}
	if ((err == ENXIO || ret > 0) && may_have_wrong_size()) {
		count(N_ENXIO);
		return 0;
	}
	/* A stop is right only before a page that may be bad; an error, if that is the first. */
	if (!whole && (err == EIO || (ret > 0 && !(ret % SZ_4K))) && good < n &&
	    maybe_bad(f, page + good, was[good].bad)) {
		count(N_EIO_BAD);
		return 0;
	}
	wrong("%s of %s, %u pages from %u: %zd, %s", what, files[f].name, n, page, ret,
	      err ? strerrorname_np(err) : "ok");
}

/* file_check - pages by one of the ways of reading. */
static void file_check(int fd, int f, unsigned int page, unsigned int n)
{
	struct before was[MAX_IO];
	unsigned int i, way = roll(4);
	uint64_t *buf = io_buf;
	off_t at = page * SZ_4K;
	ssize_t ret;

	for (i = 0; i < n; i++)
		was[i] = look(f, page + i);
	switch (way) {
	case 0:
		if (lseek(fd, at, SEEK_SET) != at)
			wrong("lseek");
		ret = read(fd, buf, n * SZ_4K);
		break;
	case 1: {
		/* Cut where neither pages nor words end. */
		size_t cut = 1 + roll(n * SZ_4K - 1);
		struct iovec iov[2] = {
			{ buf, cut }, { (char *)buf + cut, n * SZ_4K - cut },
		};

		ret = preadv(fd, iov, 2, at);
		break;
	}
	case 2:
		buf = (uint64_t *)((char *)io_buf + 8 * (1 + roll(500)));
		/* fall through */
	default:
		ret = pread(fd, buf, n * SZ_4K, at);
	}
	judge_io(f, page, n, was, ret, 0, "read");
	for (i = 0; ret > 0 && i < ret / SZ_4K; i++)
		page_verify(buf + i * SZ_4K / 8, f, page + i, was[i].lo);
}

/* file_write - whole pages, by their owner. */
static void file_write(int fd, int f, unsigned int page, unsigned int n)
{
	struct before was[MAX_IO];
	off_t at = page * SZ_4K;
	unsigned int i;
	ssize_t ret;

	for (i = 0; i < n; i++) {
		was[i] = look(f, page + i);
		page_fill(io_buf + i * SZ_4K / 8, f, page + i, write_begin(f, page + i, 1));
	}
	if (roll(3)) {
		ret = pwrite(fd, io_buf, n * SZ_4K, at);
	} else {
		if (lseek(fd, at, SEEK_SET) != at)
			wrong("lseek");
		ret = write(fd, io_buf, n * SZ_4K);
	}
	if (judge_io(f, page, n, was, ret, 1, "write"))
		for (i = 0; i < n; i++)
			write_done(f, page + i, 1);
}

/* file_write_pieces - one page in several writes that respect nothing. */
static void file_write_pieces(int fd, int f, unsigned int page)
{
	struct before was = look(f, page);
	size_t done = 0, n;
	ssize_t ret;
	int err;

	page_fill(io_buf, f, page, write_begin(f, page, 0));
	while (done < SZ_4K) {
		n = 1 + roll(2000);
		if (n > SZ_4K - done)
			n = SZ_4K - done;
		ret = pwrite(fd, (char *)io_buf + done, n, page * SZ_4K + done);
		if (ret == (ssize_t)n) {
			judge_alive(f, was.must);
			if (surely_bad(f, page, was.bad))
				wrong("a part of bad page %u of %s can be written", page, files[f].name);
			done += n;
			continue;
		}
		err = ret < 0 ? errno : 0;
		if (err == EIO && may_be_gone(f))
			count(N_EIO_GONE);
		else if (err == ENXIO && may_have_wrong_size())
			count(N_ENXIO);
		else if (err == EIO && maybe_bad(f, page, was.bad))
			count(N_EIO_BAD);
		else
			wrong("write of %zu bytes in page %u of %s: %zd, %s", n, page, files[f].name,
			      ret, err ? strerrorname_np(err) : "ok");
		return;
	}
	write_done(f, page, 0);
}

#endif
