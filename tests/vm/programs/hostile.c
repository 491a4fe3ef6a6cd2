// SPDX-License-Identifier: GPL-2.0-only
/* lab-flags: tests/vm/programs/hostile/oracle.c tests/vm/programs/hostile/mutate.c tests/vm/programs/hostile/valid.c */
/* lab-flags: tests/vm/programs/hostile/session.c tests/vm/programs/hostile/rawfuse.c */
/*
 * hostile: a server that answers GET_FMAP and GET_DAXDEV with all kinds of wrong
 * messages, while others use honest files of the same mount.
 *
 *	hostile stamp   DEV 0|1		write what every page is known by; DEV in device_dax mode
 *	hostile stamped DEV 0|1		all of it still there?
 *	hostile maps MNT DEV DEV SEED COUNT	that many GET_FMAP replies
 *	hostile devices MNT DEV DEV SEED COUNT here|away
 *					GET_DAXDEV replies; "away": the second device is
 *					not in famfs mode
 *
 * For every reply it is calculated beforehand what has to become of the open.
 */
#include <sched.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include "check.h"
#include "hostile/session.h"

static struct rng rng;
static unsigned long tally[32][V_KINDS], sum[V_KINDS];
static int second_device;	/* in famfs mode */

static void dump(const char *what, const struct answer *a)
{
	uint32_t i;

	fprintf(stderr, "%s: error %d, %u bytes:", what, a->err, a->len);
	for (i = 0; i < a->len && i < 400; i++)
		fprintf(stderr, "%s%02x", i % 8 ? "" : " ", a->data[i]);
	fprintf(stderr, "\n");
}

static void print_names(unsigned int set)
{
	unsigned int i;

	for (i = 0; i < V_KINDS; i++)
		if (set & 1u << i)
			fprintf(stderr, " %s", verdict_name(1u << i));
}

/* ---- GET_FMAP ------------------------------------------------------------------------ */

static unsigned int resolve(uint32_t index, int *dev)
{
	switch (index) {
	case INDEX_A:
		*dev = 0;
		return V_OK;
	case INDEX_B:
		*dev = 1;
		return V_OK;
	case INDEX_ALIAS:
		/* One device under two indices: nothing is said about that. */
		*dev = 0;
		return V_OK | V_EBUSY;
	}
	return V_ENODEV;
}

static unsigned int judge_answer(const struct answer *a, uint32_t capacity)
{
	if (a->err)
		return verdict_of_errno(a->err);
	/* FUSE itself does not let it through: EIO. */
	if (a->len > capacity)
		return V_EINVAL | V_EIO;
	return judge(a->data, a->len, &scene);
}

/* What has to come of an attack; *final: the answer that counted. */
static unsigned int judge_attack(const struct attack *at, const struct answer **final)
{
	struct fuse_famfs_fmap_header hdr;

	*final = &at->first;
	if (at->first.err || at->first.len != sizeof(hdr))
		return judge_answer(&at->first, shared->capacity[0]);
	memcpy(&hdr, at->first.data, sizeof(hdr));
	if (hdr.fmap_version != 1 || hdr.reserved0 <= shared->capacity[0] || hdr.reserved0 > MSG_MAX)
		return judge_answer(&at->first, shared->capacity[0]);
	/* Header only, and more than there was room for: asked again, with that much. */
	check(shared->asked == 2 && shared->capacity[1] == hdr.reserved0, "asked %u times, then for %u, not %u",
	      shared->asked, shared->capacity[1], hdr.reserved0);
	*final = &at->second;
	return judge_answer(&at->second, hdr.reserved0);
}

static void map_and_verify(int fd, const void *msg, uint64_t from, uint64_t len, uint64_t size)
{
	unsigned char *p = mmap(NULL, len, PROT_READ, MAP_SHARED, fd, (off_t)from);
	uint64_t at;

	check(p != MAP_FAILED, "mmap");
	for (at = 0; at < len && from + at < size; at += PAGE * (len > 64 * PAGE ? 37 : 1))
		verify_page(p + at, msg, from + at, 0, size - from - at);
	munmap(p, len);
}

/* An accepted file: its ends, where its parts meet, and some places between. */
static void verify_accepted(int fd, const void *msg)
{
	struct fuse_famfs_fmap_header hdr;
	struct stat st;
	unsigned char byte;
	uint64_t size, last;
	int i;

	memcpy(&hdr, msg, sizeof(hdr));
	size = hdr.file_size;
	check(!fstat(fd, &st) && (uint64_t)st.st_size == size, "size %lld, not %llu", (long long)st.st_size,
	      (unsigned long long)size);
	check(pread(fd, &byte, 1, (off_t)size) == 0, "the end");
	if (!size)
		return;
	last = (size - 1) / PAGE * PAGE;
	verify_file(fd, msg, 0, size < 2 * PAGE ? size : 2 * PAGE);
	verify_file(fd, msg, last, size);
	map_and_verify(fd, msg, last, PAGE, size);
	for (i = 0; i < 3; i++) {
		uint64_t page = below(&rng, size / PAGE + 1) * PAGE, end;

		if (page >= size)
			continue;
		end = size - page < 5 * PAGE ? size : page + 5 * PAGE;
		if (i & 1)
			map_and_verify(fd, msg, page, PAGE, size);
		else
			verify_file(fd, msg, page, end);
	}
	if (size <= 16ULL << 20 && !below(&rng, 8))
		map_and_verify(fd, msg, 0, size, size);
}

/*
 * A file keeps its memory until the server has answered RELEASE: the next one may
 * have a map over the same.
 */
static void close_accepted(int fd, unsigned long n)
{
	int tries;

	close(fd);
	for (tries = 0; shared->released != HOSTILE_NODE + n; tries++) {
		check(tries < 20000, "no RELEASE");
		if (tries > 100)
			usleep(1000);
		else
			sched_yield();
	}
}

static void count(unsigned int kind, unsigned int got)
{
	unsigned int i = (unsigned int)__builtin_ctz(got);

	tally[kind][i]++;
	sum[i]++;
}

static unsigned int kind_number(const char *name)
{
	unsigned int i;

	for (i = 0; strcmp(attack_kind(i), name); i++)
		;
	return i;
}

static void one_map(unsigned long n)
{
	const struct answer *final;
	struct attack *at = &shared->attack;
	unsigned int want, got;
	char name[32];
	int fd, err;

	make_attack(&rng, at, &scene);
	shared->asked = 0;
	shared->size = below(&rng, 1 << 30);
	snprintf(name, sizeof(name), "x%lu", n);
	fd = open(name, O_RDWR);
	err = fd < 0 ? errno : 0;
	got = verdict_of_errno(err);
	check(shared->asked, "GET_FMAP did not come: %s", strerror(err));
	want = judge_attack(at, &final);
	if (!(got & want)) {
		fprintf(stderr, "reply %lu of seed %llu, %s: %s (%s), wanted", n, (unsigned long long)rng.seed, at->kind,
			verdict_name(got), strerror(err));
		print_names(want);
		fprintf(stderr, "\n");
		dump("first", &at->first);
		dump("second", &at->second);
		_exit(1);
	}
	count(kind_number(at->kind), got);
	if (fd < 0)
		return;
	/* The kernel took the size from the map; the server says the same from now on. */
	memcpy(&shared->size, final->data + offsetof(struct fuse_famfs_fmap_header, file_size), 8);
	verify_accepted(fd, final->data);
	close_accepted(fd, n);
}

static void attack_maps(const char *mnt, unsigned long replies)
{
	unsigned long n;

	scene.resolve = resolve;
	session_begin(mnt, 1);
	for (n = 0; n < replies; n++)
		one_map(n);
	session_end(mnt);
}

/* ---- GET_DAXDEV -------------------------------------------------------------------------- */

#define FIRST_ODD	2
#define ODD_INDICES	61

static int resolved[FIRST_ODD + ODD_INDICES];	/* device + 1, 0: not yet */
static int second_held;

static unsigned int resolve_odd(uint32_t index, int *dev)
{
	if (index == INDEX_A) {
		*dev = 0;
		return V_OK;
	}
	if (index >= FIRST_ODD && index < FIRST_ODD + ODD_INDICES && resolved[index]) {
		*dev = resolved[index] - 1;
		return V_OK;
	}
	return V_ENODEV;
}

/* What the protocol says of a reply, *dev the device that it names if any. */
static unsigned int judge_device(const struct answer *a, uint32_t index, int *dev)
{
	struct fuse_daxdev_out out;
	struct statvfs fs;
	struct stat st;

	if (a->err || a->len != sizeof(out))
		return V_ENODEV;
	memcpy(&out, a->data, sizeof(out));
	if (out.index != index || !memchr(out.name, 0, sizeof(out.name)) || out.name[0] != '/')
		return V_ENODEV;
	if (stat(out.name, &st) || !S_ISCHR(st.st_mode) || statvfs(out.name, &fs) || (fs.f_flag & ST_NODEV))
		return V_ENODEV;
	if (st.st_rdev == devices[0].rdev) {
		*dev = 0;
		return V_OK | V_EBUSY;
	}
	if (st.st_rdev != devices[1].rdev || !second_device)
		return V_ENODEV;
	*dev = 1;
	return second_held ? V_OK | V_EBUSY : V_OK;
}

static const char *const kinds[] = { "whole", "bytes flipped", "index", "length", "unterminated", "name", "error" };

#define NKINDS (sizeof(kinds) / sizeof(kinds[0]))

static void name_device(struct answer *a, const char *name)
{
	memset(a->data + offsetof(struct fuse_daxdev_out, name), 0, 256);
	memcpy(a->data + offsetof(struct fuse_daxdev_out, name), name, strlen(name));
}

/* Slashes in front until the path has this many characters: the same file. */
static void name_padded(struct answer *a, const char *name, size_t len)
{
	char *to = (char *)a->data + offsetof(struct fuse_daxdev_out, name);

	memset(to, '/', 256);
	memcpy(to + len - strlen(name), name, strlen(name));
	if (len < 256)
		memset(to + len, 0, 256 - len);
}

static unsigned int make_odd(struct answer *a, uint32_t index, const char *mnt)
{
	static const char *const names[] = { "", "/", ".", "/dev", "/dev/null", "/dev/zero", "/dev/none", "/dev/fuse",
		"/etc/passwd", "/tmp/hostile.file", "/tmp/hostile.loop", "/tmp/hostile.dangling", "/dev/null/x",
		"/tmp/hostile.nodev/dax", "dev/dax0.0", "dax0.0", "../dev/dax0.0", "/dev/dax", "/dev/dax0.0/",
		"/dev/dax0.0 ", "/dev/dax9.9", "\n", "%s%n", "/proc/self/mem", "/proc/kcore", "/tmp/hostile.block" };
	static const int errors[] = { EIO, ENOENT, EINTR, ENOMEM, EAGAIN, ENOSYS, EOPNOTSUPP, EBUSY };
	struct fuse_daxdev_out out = { .index = (uint16_t)index };
	unsigned int kind = (unsigned int)below(&rng, NKINDS), i;
	const char *good = devices[below(&rng, 3) ? 1 : 0].path;
	char path[256];

	a->err = 0;
	a->len = sizeof(out);
	memcpy(a->data, &out, sizeof(out));
	name_device(a, good);
	switch (kind) {
	case 0:	/* right, if unusual */
		if (below(&rng, 2))
			name_padded(a, good, below(&rng, 2) ? 255 : 100);
		if (below(&rng, 2))
			memset(a->data + 2, 0xff, 22);
		if (!below(&rng, 3))
			name_device(a, "/tmp/hostile.link");
		break;
	case 1:
		flip(&rng, a->data, below(&rng, 2) ? a->len : 48);
		break;
	case 2:
		out.index = (uint16_t)(below(&rng, 2) ? index + 1 : below(&rng, 65536));
		memcpy(a->data, &out.index, 2);
		break;
	case 3:
		a->len = (uint32_t)below(&rng, 400);
		break;
	case 4:
		if (below(&rng, 2)) {
			for (i = 24; i < 280; i++)
				a->data[i] = (unsigned char)(1 + below(&rng, 255));
			a->data[24] = '/';
		} else {
			/* What one who cuts the last byte off would take for a device. */
			name_padded(a, good, 255);
			a->data[279] = '0';
		}
		break;
	case 5:
		i = (unsigned int)below(&rng, sizeof(names) / sizeof(names[0]) + 3);
		if (i < sizeof(names) / sizeof(names[0])) {
			name_device(a, names[i]);
			break;
		}
		/* Within the mount itself: its server is asked for it. */
		snprintf(path, sizeof(path), "%s/%s", mnt, below(&rng, 2) ? "h0" : below(&rng, 2) ? "" : "none");
		name_device(a, path);
		break;
	case 6:
		a->err = below(&rng, 2) ? errors[below(&rng, 8)] : 1 + (int)below(&rng, 133);
		break;
	}
	return kind;
}

static void one_device(unsigned long n, const char *mnt)
{
	struct fuse_famfs_fmap_header hdr = { .fmap_version = 1, .nextents = 1, .file_size = 3 * PAGE - 9 };
	struct fuse_famfs_simple_ext ext = { .se_offset = PLAYGROUND, .se_len = 3 * PAGE };
	uint32_t index = FIRST_ODD + (uint32_t)below(&rng, ODD_INDICES);
	struct answer *first = &shared->attack.first;
	unsigned int want, got, kind, asked;
	int dev = -1, fd, err;
	char name[32];

	ext.se_devindex = index;
	memcpy(first->data, &hdr, sizeof(hdr));
	memcpy(first->data + sizeof(hdr), &ext, sizeof(ext));
	first->err = 0;
	first->len = sizeof(hdr) + sizeof(ext);
	shared->attack.header = HEADER_RIGHT;
	shared->asked = 0;
	shared->size = hdr.file_size;
	kind = make_odd(&shared->odd, index, mnt);
	want = resolved[index] ? V_OK : judge_device(&shared->odd, index, &dev);
	shared->odd_index = index;
	asked = shared->odd_asked;
	snprintf(name, sizeof(name), "x%lu", n);
	fd = open(name, O_RDONLY);
	err = fd < 0 ? errno : 0;
	got = verdict_of_errno(err);
	check(shared->odd_asked == asked + !resolved[index], "GET_DAXDEV %u times", shared->odd_asked - asked);
	if (!(got & want)) {
		fprintf(stderr, "device reply %lu of seed %llu, index %u, %s: %s (%s), wanted", n,
			(unsigned long long)rng.seed, index, kinds[kind], verdict_name(got), strerror(err));
		print_names(want);
		fprintf(stderr, "\n");
		dump("reply", &shared->odd);
		_exit(1);
	}
	if (!resolved[index])
		count(kind, got);
	if (fd < 0)
		return;
	if (!resolved[index]) {
		resolved[index] = dev + 1;
		second_held |= dev == 1;
	}
	verify_accepted(fd, first->data);
	close_accepted(fd, n);
}

static void attack_devices(const char *mnt, unsigned long replies)
{
	unsigned long n = 0, done = 0;

	scene.resolve = resolve_odd;
	while (done < replies) {
		unsigned long until = done + 100;

		/* A device once had is had until the mount ends: so several mounts. */
		memset(resolved, 0, sizeof(resolved));
		second_held = 0;
		shared->odd_index = UINT32_MAX;
		shared->odd_asked = 0;
		session_begin(mnt, 0);
		for (; done + shared->odd_asked < until && done + shared->odd_asked < replies; n++)
			one_device(n, mnt);
		done += shared->odd_asked;
		session_end(mnt);
	}
}

static void report(const char *what, unsigned int n, const char *(*name)(unsigned int))
{
	unsigned long total = 0;
	unsigned int i, k;

	for (k = 0; k < V_KINDS; k++)
		total += sum[k];
	printf("%lu %s replies:", total, what);
	for (k = 0; k < V_KINDS; k++)
		if (sum[k])
			printf(" %lu %s", sum[k], verdict_name(1u << k));
	printf("\n");
	for (i = 0; i < n; i++) {
		printf("  %s:", name(i));
		for (k = 0; k < V_KINDS; k++)
			if (tally[i][k])
				printf(" %lu %s", tally[i][k], verdict_name(1u << k));
		printf("\n");
	}
}

static const char *device_kind(unsigned int i)
{
	return kinds[i];
}

int main(int argc, char **argv)
{
	unsigned long replies;

	if (argc == 4 && !strncmp(argv[1], "stamp", 5)) {
		stamp(argv[2], argv[3][0] - '0', !strcmp(argv[1], "stamp"));
		return 0;
	}
	check(argc >= 7, "usage: see the source");
	setup(argv[3], argv[4]);
	rng.seed = strtoull(argv[5], NULL, 0);
	replies = strtoul(argv[6], NULL, 0);
	if (!strcmp(argv[1], "maps")) {
		attack_maps(argv[2], replies);
		report("GET_FMAP", attack_kinds(), attack_kind);
		/* A test where nothing gets through, or everything, tests nothing. */
		check(sum[0] > replies / 20 && sum[1] > replies / 3, "the mixture");
	} else {
		check(argc == 8 && !strcmp(argv[1], "devices"), "usage");
		second_device = !strcmp(argv[7], "here");
		attack_devices(argv[2], replies);
		report("GET_DAXDEV", NKINDS, device_kind);
	}
	return 0;
}
