// SPDX-License-Identifier: GPL-2.0-only
/*
 * actor: a process that does with one file what it is told, a line at a time, so
 * that a script can stop between any two steps. It answers each line with one:
 * "ok", a number, the name of an errno, SIGBUS, "short N" or "differs at N".
 *
 *	open PATH r|w|rw		close
 *	map OFFSET LENGTH pmd|pte|private|read|any	unmap
 *	get OFFSET			the byte, through the mapping
 *	set OFFSET LENGTH VALUE		store bytes through the mapping
 *	is OFFSET LENGTH VALUE		are all of them VALUE?
 *	pread OFFSET LENGTH VALUE	the same with read(2)
 *	pwrite OFFSET LENGTH VALUE
 *	fsync
 *	stat PATH			its size
 *	list PATH			how many names
 *	pipe PATH			take hold of a named pipe, both ends
 *	vmsplice OFFSET LENGTH		lend pages of the mapping to the pipe
 *	drain LENGTH VALUE		take them out
 *	dio PATH OFFSET LENGTH		write them to PATH by direct I/O
 *	umem OFFSET LENGTH		have pages of the mapping pinned for a network card (AF_XDP)
 *	ring OFFSET LENGTH		have them pinned for io_uring
 *	rdma OFFSET LENGTH [r|o]	for an RDMA card, which r: only reads them, o: has none
 *					pinned, and asks for each when it wants it
 *	dma OFFSET LENGTH [r]		for a PCI device, by VFIO: the one that vfio-pci drives
 *	move FROM TO LENGTH		the card or device copies; no mapping or file is needed
 *	unpin				let go of these
 *	policy early|late|default	when to be told of failed memory
 *	poison OFFSET			let the page at OFFSET of the mapping fail
 *	told				"page N lsb M": what failed memory we were told of
 *	quit
 *
 * Offsets of mapped bytes are the file's. The mapping is placed so that large
 * pages can serve it (pmd, private, read) or cannot (pte), or by the kernel (any).
 *
 * Touching memory that failed is answered "SIGBUS AR page N lsb M": page N of the
 * file, and how much is lost, as the signal says.
 */
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>
#include "actor_pins.h"

#define SZ_2M	(2UL << 20)

static int fd = -1, pipe_fd = -1;
static volatile char *map;
static uint64_t map_off, map_len;
static sigjmp_buf bus;
static siginfo_t bus_info, told_info;

static void on_sigbus(int sig, siginfo_t *info, void *context)
{
	(void)context;
	/* Not our doing: a word about memory that we have mapped. */
	if (info->si_code == BUS_MCEERR_AO) {
		told_info = *info;
		return;
	}
	bus_info = *info;
	siglongjmp(bus, sig);
}

static uint64_t number(const char *s)
{
	char *end;
	uint64_t n = strtoull(s, &end, 0);

	switch (toupper((unsigned char)*end)) {
	case 'G':
		n <<= 10;
		/* fall through */
	case 'M':
		n <<= 10;
		/* fall through */
	case 'K':
		n <<= 10;
	}
	return n;
}

static void say(const char *text)
{
	puts(text);
	fflush(stdout);
}

static void say_number(const char *before, uint64_t n)
{
	printf("%s%llu\n", before, (unsigned long long)n);
	fflush(stdout);
}

static void say_errno(void)
{
	const char *name = strerrorname_np(errno);

	say(name ? name : "errno?");
}

/* What a call that moves @len bytes gave. */
static void say_moved(ssize_t n, uint64_t len)
{
	if (n < 0)
		say_errno();
	else if ((uint64_t)n < len)
		say_number("short ", n);
	else
		say("ok");
}

static void say_result(int failed)
{
	if (failed)
		say_errno();
	else
		say("ok");
}

static void say_where(const char *before, const siginfo_t *info)
{
	uint64_t at = (uint64_t)((volatile char *)info->si_addr - map) + map_off;

	printf("%spage %llu lsb %d\n", before, (unsigned long long)at / 4096,
	       info->si_addr_lsb);
	fflush(stdout);
}

static void say_bus(void)
{
	if (bus_info.si_code == BUS_MCEERR_AR)
		say_where("SIGBUS AR ", &bus_info);
	else
		say("SIGBUS");
}

static void do_open(const char *path, const char *how)
{
	int flags = !strcmp(how, "r") ? O_RDONLY :
		    !strcmp(how, "w") ? O_WRONLY : O_RDWR;

	if (fd >= 0)
		close(fd);
	fd = open(path, flags | O_CLOEXEC);
	say_result(fd < 0);
}

static void do_map(uint64_t off, uint64_t len, const char *how)
{
	size_t skew = !strcmp(how, "pte") ? 4096 : 0;
	int type = !strcmp(how, "private") ? MAP_PRIVATE : MAP_SHARED;
	int prot = !strcmp(how, "read") ? PROT_READ : PROT_READ | PROT_WRITE;
	char *room, *at;

	/* Same remainder as the file offset, so that only the skew decides. */
	room = mmap(NULL, len + 2 * SZ_2M, PROT_NONE,
		    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (room == MAP_FAILED) {
		say_errno();
		return;
	}
	at = (char *)(((uintptr_t)room + SZ_2M - 1) & ~(SZ_2M - 1)) + off % SZ_2M + skew;
	at = mmap(strcmp(how, "any") ? at : NULL, len, prot,
		  strcmp(how, "any") ? type | MAP_FIXED : type, fd, off);
	if (at == MAP_FAILED) {
		say_errno();
		return;
	}
	map = at;
	map_off = off;
	map_len = len;
	say("ok");
}

/* Are these bytes mapped? */
static int inside(uint64_t off, uint64_t len)
{
	if (map && off >= map_off && len <= map_len && off - map_off <= map_len - len)
		return 1;
	say("not mapped");
	return 0;
}

static void do_get(uint64_t off)
{
	if (!inside(off, 1))
		return;
	if (sigsetjmp(bus, 1))
		say_bus();
	else
		say_number("", (unsigned char)map[off - map_off]);
}

static void do_set(uint64_t off, uint64_t len, int value)
{
	if (!inside(off, len))
		return;
	if (sigsetjmp(bus, 1)) {
		say_bus();
		return;
	}
	memset((char *)map + (off - map_off), value, len);
	say("ok");
}

static void compare(const char *p, uint64_t len, int value)
{
	uint64_t want = 0x0101010101010101ULL * (unsigned char)value, word, i;

	for (i = 0; i + sizeof(word) <= len; i += sizeof(word)) {
		memcpy(&word, p + i, sizeof(word));
		if (word != want)
			break;
	}
	for (; i < len; i++)
		if (p[i] != (char)value) {
			say_number("differs at ", i);
			return;
		}
	say("ok");
}

static void do_is(uint64_t off, uint64_t len, int value)
{
	if (!inside(off, len))
		return;
	if (sigsetjmp(bus, 1))
		say_bus();
	else
		compare((const char *)map + (off - map_off), len, value);
}

static void do_rw(int writing, uint64_t off, uint64_t len, int value)
{
	char *buf = malloc(len);
	ssize_t n;

	if (!buf) {
		say_errno();
		return;
	}
	memset(buf, writing ? value : ~value, len);
	n = writing ? pwrite(fd, buf, len, off) : pread(fd, buf, len, off);
	if (n < 0)
		say_errno();
	else if ((uint64_t)n < len)
		say_number("short ", n);
	else
		compare(buf, len, value);
	free(buf);
}

static void do_stat(const char *path)
{
	struct stat st;

	if (stat(path, &st))
		say_errno();
	else
		say_number("", st.st_size);
}

static void do_list(const char *path)
{
	DIR *dir = opendir(path);
	struct dirent *e;
	uint64_t n = 0;

	if (!dir) {
		say_errno();
		return;
	}
	while (errno = 0, e = readdir(dir))
		n += e->d_name[0] != '.';
	if (errno)
		say_errno();
	else
		say_number("", n);
	closedir(dir);
}

static void do_vmsplice(uint64_t off, uint64_t len)
{
	struct iovec iov;
	ssize_t n;

	if (!inside(off, len))
		return;
	iov.iov_base = (char *)map + (off - map_off);
	iov.iov_len = len;
	n = vmsplice(pipe_fd, &iov, 1, 0);
	say_moved(n, len);
}

static void do_drain(uint64_t len, int value)
{
	char *buf = malloc(len);
	uint64_t got = 0;
	ssize_t n = 1;

	while (buf && got < len && n > 0) {
		n = read(pipe_fd, buf + got, len - got);
		if (n > 0)
			got += n;
	}
	if (!buf || n < 0)
		say_errno();
	else if (got < len)
		say_number("short ", got);
	else
		compare(buf, len, value);
	free(buf);
}

/* Pinned for as long as it is not told otherwise, mapping or not. */
static void do_pin(const char *way, uint64_t off, uint64_t len, const char *how)
{
	if (inside(off, len))
		say_result(pin(way, (void *)(map + (off - map_off)), off, len, *how));
}

static void do_dio(const char *path, uint64_t off, uint64_t len)
{
	ssize_t n;
	int to;

	if (!inside(off, len))
		return;
	to = open(path, O_WRONLY | O_DIRECT | O_CLOEXEC);
	n = to < 0 ? -1 : pwrite(to, (const char *)map + (off - map_off), len, 0);
	say_moved(n, len);
	if (to >= 0)
		close(to);
}

static void do_policy(const char *policy)
{
	int how = !strcmp(policy, "early") ? PR_MCE_KILL_EARLY :
		  !strcmp(policy, "late") ? PR_MCE_KILL_LATE : PR_MCE_KILL_DEFAULT;

	say_result(prctl(PR_MCE_KILL, PR_MCE_KILL_SET, how, 0, 0));
}

static void do_poison(uint64_t off)
{
	if (!inside(off, 1))
		return;
	if (sigsetjmp(bus, 1))
		say_bus();
	else
		say_result(madvise((void *)(map + (off - map_off)), 4096, MADV_HWPOISON));
}

static void do_told(void)
{
	if (told_info.si_code)
		say_where("", &told_info);
	else
		say("nothing");
	told_info.si_code = 0;
}

int main(void)
{
	struct sigaction sa = { .sa_sigaction = on_sigbus, .sa_flags = SA_SIGINFO | SA_RESTART };
	char line[512], verb[16], a[256], b[64], c[64];

	sigaction(SIGBUS, &sa, NULL);
	while (fgets(line, sizeof(line), stdin)) {
		a[0] = b[0] = c[0] = '\0';
		if (sscanf(line, "%15s %255s %63s %63s", verb, a, b, c) < 1)
			continue;
		if (!strcmp(verb, "quit")) {
			say("ok");
			break;
		}
		if (!strcmp(verb, "open")) {
			do_open(a, b);
		} else if (!strcmp(verb, "close")) {
			say_result(close(fd));
			fd = -1;
		} else if (!strcmp(verb, "map")) {
			do_map(number(a), number(b), c);
		} else if (!strcmp(verb, "unmap")) {
			say_result(munmap((void *)map, map_len));
			map = NULL;
		} else if (!strcmp(verb, "get")) {
			do_get(number(a));
		} else if (!strcmp(verb, "set")) {
			do_set(number(a), number(b), number(c));
		} else if (!strcmp(verb, "is")) {
			do_is(number(a), number(b), number(c));
		} else if (!strcmp(verb, "pread")) {
			do_rw(0, number(a), number(b), number(c));
		} else if (!strcmp(verb, "pwrite")) {
			do_rw(1, number(a), number(b), number(c));
		} else if (!strcmp(verb, "fsync")) {
			say_result(fsync(fd));
		} else if (!strcmp(verb, "stat")) {
			do_stat(a);
		} else if (!strcmp(verb, "list")) {
			do_list(a);
		} else if (!strcmp(verb, "pipe")) {
			pipe_fd = open(a, O_RDWR | O_CLOEXEC);
			say_result(pipe_fd < 0);
		} else if (!strcmp(verb, "vmsplice")) {
			do_vmsplice(number(a), number(b));
		} else if (!strcmp(verb, "drain")) {
			do_drain(number(a), number(b));
		} else if (!strcmp(verb, "dio")) {
			do_dio(a, number(b), number(c));
		} else if (pin_is_a_way(verb)) {
			do_pin(verb, number(a), number(b), c);
		} else if (!strcmp(verb, "move")) {
			say_result(pin_move(number(a), number(b), number(c)));
		} else if (!strcmp(verb, "unpin")) {
			say_result(unpin());
		} else if (!strcmp(verb, "policy")) {
			do_policy(a);
		} else if (!strcmp(verb, "poison")) {
			do_poison(number(a));
		} else if (!strcmp(verb, "told")) {
			do_told();
		} else {
			say("what?");
		}
	}
	return 0;
}
