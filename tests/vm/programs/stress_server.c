// SPDX-License-Identifier: GPL-2.0-only
/* lab-flags: tests/vm/programs/hostile/rawfuse.c */
/*
 * stress_server TABLE MNT DEV0 DEV1: serves the files of the stress test, as badly as the
 * table's `weather` says: late, refusing, telling wrong sizes, or notifying without end.
 * It stays true in one thing: the maps that it gives are right.
 */
#include <pthread.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include "hostile/rawfuse.h"
#include "stress_model.h"

#define NODE		10	/* nodeid of the first file */
#define MOST_LATE	250	/* milliseconds */

static int session;
static char *const *devices;

static uint64_t lookup(const char *name)
{
	int f;

	for (f = 0; f < FILES; f++)
		if (!strcmp(name, files[f].name))
			return NODE + f;
	return 0;
}

static int attr(uint64_t nodeid, struct fuse_attr *attr)
{
	uint64_t size = files[nodeid - NODE].size;

	attr->mode = S_IFREG | 0666;
	attr->size = size;
	if (tab->weather & W_SIZES && !roll(6)) {
		const uint64_t wrong[] = { 0, 1, size - SZ_4K, size - 1, size + 1, size + SZ_2M };

		attr->size = wrong[roll(6)];
		count(N_WRONG_SIZE);
	}
	return 0;
}

/* ---- answers, some of them late -------------------------------------------------------- */
struct answer {
	uint64_t unique;
	unsigned int late;	/* ms */
	int err;
	size_t len;
	char data[FUSE_FAMFS_GEN1_CAPACITY];
};

/* Who waited may have been killed, and the mount may be gone: no error counts. */
static void *give(void *arg)
{
	struct answer *a = arg;

	if (a->late)
		usleep(a->late * 1000);
	rawfuse_reply(session, a->unique, a->err, a->data, a->err ? 0 : a->len);
	free(a);
	return NULL;
}

static void reply(struct answer *a)
{
	pthread_t thread;

	if (tab->weather & W_LATE && roll(2))
		a->late = 1 + roll(MOST_LATE);
	if (!a->late) {
		give(a);
		return;
	}
	count(N_LATE);
	check(!pthread_create(&thread, NULL, give, a), "thread");
	pthread_detach(thread);
}

static struct answer *answer(uint64_t unique)
{
	struct answer *a = calloc(1, sizeof(*a));

	check(a, "memory");
	a->unique = unique;
	return a;
}

static void add(struct answer *a, const void *data, size_t len)
{
	check(a->len + len <= sizeof(a->data), "room");
	memcpy(a->data + a->len, data, len);
	a->len += len;
}

static void get_fmap(int fd, const struct fuse_in_header *in, uint32_t capacity)
{
	const struct file_def *d = &files[in->nodeid - NODE];
	struct fuse_famfs_fmap_header hdr = {
		.fmap_version = 1, .file_size = d->size,
		.ext_type = d->chunk ? FUSE_FAMFS_EXT_INTERLEAVE : FUSE_FAMFS_EXT_SIMPLE,
		.nextents = d->chunk ? 1 : (uint32_t)d->n,
	};
	struct fuse_famfs_iext iext = {
		.ie_nstrips = (uint32_t)d->n, .ie_chunk_size = (uint32_t)d->chunk, .ie_nbytes = d->size,
	};
	struct answer *a = answer(in->unique);
	int i;

	(void)fd;
	(void)capacity;
	add(a, &hdr, sizeof(hdr));
	if (d->chunk)
		add(a, &iext, sizeof(iext));
	for (i = 0; i < d->n; i++) {
		struct fuse_famfs_simple_ext ext = {
			.se_devindex = (uint32_t)d->p[i].dev, .se_offset = d->p[i].off, .se_len = d->p[i].len,
		};

		add(a, &ext, sizeof(ext));
	}
	if (tab->weather & W_REFUSING && !roll(3)) {
		a->err = REFUSAL;
		count(N_REFUSAL);
	} else {
		count(N_MAPS);
	}
	reply(a);
}

static void get_daxdev(int fd, const struct fuse_in_header *in)
{
	struct fuse_daxdev_out out = { .index = (uint16_t)in->nodeid };
	struct answer *a = answer(in->unique);

	(void)fd;
	snprintf(out.name, sizeof(out.name), "/dev/%s", devices[in->nodeid]);
	add(a, &out, sizeof(out));
	if (tab->weather & W_REFUSING && !roll(3)) {
		a->err = REFUSAL;
		count(N_REFUSAL);
	}
	reply(a);
}

/* ---- notifications ---------------------------------------------------------------------- */
/* Names are forgotten while files are in use; and inodes that nobody uses go, in this thread. */
static void forget_name(int f)
{
	struct {
		uint64_t parent;
		uint32_t namelen, flags;
	} out = { FUSE_ROOT_ID, (uint32_t)strlen(files[f].name), 0 };

	rawfuse_notify(session, FUSE_NOTIFY_INVAL_ENTRY, &out, sizeof(out), files[f].name, out.namelen + 1);
}

static void forget_data(int f)
{
	struct fuse_notify_inval_inode_out out = { .ino = NODE + f };

	out.off = roll(3) ? (int64_t)(roll(pages_of(f)) * SZ_4K) : -1;
	out.len = roll(2) ? (int64_t)SZ_4K : 0;
	rawfuse_notify(session, FUSE_NOTIFY_INVAL_INODE, &out, sizeof(out), NULL, 0);
}

/* Bytes for a page cache that is not there: nobody must ever see them. */
static void store_data(int f)
{
	static char other_bytes[SZ_4K];
	struct fuse_notify_store_out out = { .nodeid = NODE + f, .size = sizeof(other_bytes) };

	memset(other_bytes, 0xee, sizeof(other_bytes));
	out.offset = roll(pages_of(f)) * SZ_4K;
	rawfuse_notify(session, FUSE_NOTIFY_STORE, &out, sizeof(out), other_bytes, sizeof(other_bytes));
}

static void *notifier(void *unused)
{
	static void (*const kinds[])(int) = { forget_name, forget_name, forget_data, store_data };

	(void)unused;
	dice = mix(tab->seed, tab->round + 1000000);
	for (;;) {
		usleep(1000 + roll(15000));
		if (!(tab->weather & W_NOTIFIED))
			continue;
		kinds[roll(4)](roll(FILES));
		count(N_NOTIFIED);
	}
	return NULL;
}

static bool other(int fd, const struct fuse_in_header *in, const void *arg)
{
	(void)fd;
	(void)arg;
	/* After the end of the mount there is nobody to tell. */
	return in->opcode == FUSE_NOTIFY_REPLY;
}

int main(int argc, char **argv)
{
	static const struct rawfuse_ops ops = {
		.lookup = lookup, .attr = attr, .get_fmap = get_fmap, .get_daxdev = get_daxdev, .other = other,
	};
	static struct rawfuse_counts counts;
	pthread_t thread;
	char path[100];

	check(argc == 5, "usage: stress_server TABLE MNT DEV0 DEV1");
	table_open(argv[1], 0);
	dice = mix(tab->seed, tab->round + 2000000);
	devices = argv + 3;
	snprintf(doing_what, sizeof(doing_what), "server");
	snprintf(path, sizeof(path), "/dev/%s", devices[0]);
	session = rawfuse_mount(argv[2], path);
	/* As fmapd says it. */
	printf("famfs protocol agreed\n");
	fflush(stdout);
	check(!pthread_create(&thread, NULL, notifier, NULL), "thread");
	rawfuse_serve(session, &ops, &counts);
	if (counts.reads)
		wrong("%llu READ or WRITE requests", (unsigned long long)counts.reads);
	return 0;
}
