/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * More operations of a worker: calls that are not about data, files used once, failing
 * memory; and how often each of all operations is done.
 */
#ifndef STRESS_CALLS_H
#define STRESS_CALLS_H

#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include "stress_ops.h"

/* ---- other calls -------------------------------------------------------------------------------------- */
static void do_fork(void)
{
	int status;
	pid_t pid = fork();

	if (pid < 0)
		wrong("fork: %s", strerrorname_np(errno));
	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		do_load();
		do_read();
		if (roll(2))
			do_load();
		_exit(0);
	}
	if (waitpid(pid, &status, 0) != pid || status)
		wrong("child ended with %#x", status);
}

/* A private mapping: its own copy of what was written, the file's page of the others. */
static void do_private(void)
{
	struct open_slot *s = an_open_file();
	static uint64_t buf[SZ_4K / 8], back[SZ_4K / 8];
	unsigned int page, n, i;
	struct before was;
	int code;
	char *at;

	if (!s)
		return;
	n = 2 + roll(20);
	page = roll(pages_of(s->f) - n);
	at = mmap(NULL, n * SZ_4K, PROT_READ | PROT_WRITE, MAP_PRIVATE, s->fd, page * SZ_4K);
	if (at == MAP_FAILED) {
		judge_server(s->f, "private mmap", errno);
		return;
	}
	map_check(s->f, page + n - 1, at + (n - 1) * SZ_4K);
	for (i = 0; i < SZ_4K / 8; i++)
		buf[i] = mix(i, me);
	was = look(s->f, page);
	code = copy_words((uint64_t *)at, buf, SZ_4K / 8);
	judge_touch(s->f, page, at, &was, code);
	if (!code) {
		map_check(s->f, page + 1, at + SZ_4K);
		if (copy_words(back, (uint64_t *)at, SZ_4K / 8) || memcmp(back, buf, SZ_4K))
			wrong("the private copy of %s page %u is lost", files[s->f].name, page);
		if (madvise(at, SZ_4K, MADV_DONTNEED))
			wrong("madvise of a private copy: %s", strerrorname_np(errno));
		map_check(s->f, page, at);
	}
	munmap(at, n * SZ_4K);
}

/* The size is the map's for ever. */
static void do_size(void)
{
	struct open_slot *s = an_open_file();
	int ret, wanted = EINVAL;
	char path[100] = "";

	if (!s)
		return;
	switch (roll(4)) {
	case 0:
		ret = ftruncate(s->fd, roll(8 * MIB));
		break;
	case 1:
		wanted = EOPNOTSUPP;
		ret = fallocate(s->fd, roll(2) ? 0 : 3 /* punch a hole, keep the size */, 0, SZ_4K);
		break;
	case 2:
		wanted = ENOSPC;
		ret = pwrite(s->fd, path, 8, files[s->f].size);
		break;
	default:
		snprintf(path, sizeof(path), "%s/%s", mnt, files[s->f].name);
		ret = open(path, O_RDWR | O_TRUNC | O_CLOEXEC);
	}
	if (ret >= 0)
		wrong("%s gets another size", files[s->f].name);
	if (errno != wanted && !(errno == ENOENT && tab->may & NO_PATH) &&
	    !(errno == ENXIO && may_have_wrong_size()))
		judge_server(s->f, "change of size", errno);
}

static void do_seek(void)
{
	struct open_slot *s = an_open_file();
	struct stat st;
	off_t at;

	if (!s)
		return;
	at = lseek(s->fd, 0, SEEK_END);
	if (at < 0)
		judge_server(s->f, "lseek", errno);
	else if (at != (off_t)files[s->f].size && !may_have_wrong_size())
		wrong("%s ends at %lld", files[s->f].name, (long long)at);
	if (fstat(s->fd, &st))
		judge_server(s->f, "fstat", errno);
	else if (st.st_size != (off_t)files[s->f].size && !may_have_wrong_size())
		wrong("%s has the size %lld", files[s->f].name, (long long)st.st_size);
	if (at == (off_t)files[s->f].size && read(s->fd, io_buf, SZ_4K) > 0)
		wrong("%s goes on behind its end", files[s->f].name);
}

/* A file that is opened for just one use, so that it meets eviction. */
static void do_cold(void)
{
	int f = HOT_FILES + roll(FILES - HOT_FILES);
	int page = own_page(f, 0, pages_of(f));
	int fd = file_open(f, O_RDWR);
	char *at;

	if (fd < 0)
		return;
	file_check(fd, f, roll(pages_of(f) - 4), 1 + roll(4));
	at = roll(2) ? mmap(NULL, files[f].size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0) : MAP_FAILED;
	if (at != MAP_FAILED) {
		file_close(fd);
		if (page >= 0)
			map_store(f, page, at + page * SZ_4K);
		page = roll(pages_of(f));
		map_check(f, page, at + page * SZ_4K);
		munmap(at, files[f].size);
		return;
	}
	if (page >= 0)
		file_write(fd, f, page, own_run(f, page));
	file_close(fd);
}

static void do_drop(void)
{
	int fd = open("/proc/sys/vm/drop_caches", O_WRONLY | O_CLOEXEC);

	/* Often is slow, and gives no inode the time to be used. */
	if (fd < 0 || (!roll(3) && write(fd, roll(2) ? "2" : "3", 1) != 1))
		wrong("drop_caches: %s", strerrorname_np(errno));
	close(fd);
}

/* ---- failing memory ------------------------------------------------------------------------------------- */
static void do_poison(void)
{
	struct map_slot *m = a_mapping();
	struct page_state *s;
	volatile int ret = 0;
	int page;

	if (!m || roll(3) || may_fault(m->f))
		return;
	page = own_page(m->f, m->first, m->pages);
	if (page < 0)
		return;
	s = &tab->pages[m->f][page];
	if (s->bad % 4)
		return;
	prctl(PR_MCE_KILL, PR_MCE_KILL_SET, roll(2) ? PR_MCE_KILL_EARLY : PR_MCE_KILL_DEFAULT, 0, 0);
	s->bad++;
	/* The one who hits it is told by a signal, sent while still in the call. */
	if (!sigsetjmp(bus_back, 0)) {
		bus_armed = 1;
		ret = madvise(page_at(m, page), SZ_4K, MADV_HWPOISON);
		bus_armed = 0;
	}
	if (ret && may_fault(m->f))
		return;
	if (ret)
		wrong("poison of %s page %d: %s", files[m->f].name, page, strerrorname_np(errno));
	s->bad++;
	count(N_BAD_PAGE);
}

static void do_heal(void)
{
	struct open_slot *s = an_open_file();
	unsigned int i, from, pages;

	if (!s)
		return;
	pages = pages_of(s->f);
	from = roll(pages);
	for (i = 0; i < pages; i++) {
		unsigned int page = (from + i) % pages;

		if (tab->pages[s->f][page].bad % 4 && owner_of(s->f, page) == me) {
			file_write(s->fd, s->f, page, 1);
			return;
		}
	}
}

/* How often each is done. */
static const struct {
	void (*fn)(void);
	enum op op;
	int weight;
} ops[] = {
	{ do_open, OP_OPEN, 6 }, { do_close, OP_CLOSE, 3 }, { do_map, OP_MAP, 6 },
	{ do_unmap, OP_UNMAP, 2 }, { do_read, OP_READ, 14 }, { do_write, OP_WRITE, 14 },
	{ do_pieces, OP_PIECES, 6 }, { do_load, OP_LOAD, 14 }, { do_store, OP_STORE, 14 },
	{ do_sync, OP_SYNC, 5 }, { do_advise, OP_ADVISE, 4 }, { do_move, OP_MOVE, 3 },
	{ do_fork, OP_FORK, 2 }, { do_private, OP_PRIVATE, 4 }, { do_size, OP_SIZE, 3 },
	{ do_seek, OP_SEEK, 3 }, { do_cold, OP_COLD, 8 }, { do_drop, OP_DROP, 1 },
	{ do_poison, OP_POISON, 3 }, { do_heal, OP_HEAL, 3 }, { do_self, OP_SELF, 3 },
	{ do_pipe, OP_PIPE, 3 },
};

#endif
