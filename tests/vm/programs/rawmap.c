// SPDX-License-Identifier: GPL-2.0-only
/* lab-flags: -static */
/*
 * rawmap: the files of an fmapd manifest, seen through the devices themselves
 * (in device_dax mode), by an arithmetic of its own.
 *
 *	rawmap paint MANIFEST LIMIT	a canary in the first LIMIT bytes of each device
 *	rawmap fill  MANIFEST SEED	file number n gets the pattern of SEED + n
 *	rawmap check MANIFEST SEED [LIMIT]	that pattern, and with LIMIT the canary in
 *					every byte that is in no file, or status 1
 *	rawmap list  MANIFEST		number, size, path of each file
 *	rawmap tails MANIFEST		the same, and what lies behind the file's last
 *					byte: the seed of the canary there, and its place
 *	rawmap see   MANIFEST SEED DIR	that pattern in the files themselves, mounted on DIR,
 *					by read(2) and by a mapping
 *	rawmap store MANIFEST SEED DIR	the pattern, by write(2) and by a mapping in turn
 *
 * Files count from 0. The pattern is that of `daxio`. It reads what the tests use
 * of the manifest's grammar: device, dir, file with extent=, extent, stripe.
 */
#include <inttypes.h>
#include <sys/stat.h>
#include "check.h"

/* Bytes that read(2) and write(2) move at a time: across every boundary there is. */
#define ODD_BYTES 12345

#define MAX_DEVS 16
#define MAX_FILES 64
#define MAX_PARTS 4096
#define MAX_STRIPS 128
#define CANARY 0xca00

struct dev {
	unsigned int index;
	char path[64];
	unsigned char *mem;
	unsigned char *owned;	/* a byte for each of the device: in a file? */
	uint64_t len;
};

struct part {			/* of a file, in order; one chunk of a stripe is one */
	struct dev *dev;
	uint64_t offset;
	uint64_t len;
};

struct file {
	char path[128];
	uint64_t size;
	uint64_t described;
	struct part *parts;
	unsigned int nparts;
};

static struct dev devs[MAX_DEVS];
static unsigned int ndevs;
static struct file files[MAX_FILES];
static unsigned int nfiles;

static uint64_t size_of(const char *s, char **end)
{
	uint64_t v = strtoull(s, end, 0);

	check(*end != s, "a size at '%s'", s);
	switch (**end) {
	case 'G':
		v <<= 10;
		/* fall through */
	case 'M':
		v <<= 10;
		/* fall through */
	case 'K':
		v <<= 10;
		(*end)++;
	}
	return v;
}

static struct dev *dev_of(uint64_t index)
{
	unsigned int i;

	for (i = 0; i < ndevs; i++)
		if (devs[i].index == index)
			return &devs[i];
	check(0, "device %" PRIu64 " is not declared", index);
	return NULL;
}

static void add_part(struct file *f, struct dev *dev, uint64_t offset, uint64_t len)
{
	if (!f->parts)
		f->parts = calloc(MAX_PARTS, sizeof(*f->parts));
	check(f->parts && f->nparts < MAX_PARTS, "room for the parts of %s", f->path);
	f->parts[f->nparts++] = (struct part){ dev, offset, len };
	f->described += len;
}

/* DEV:OFFSET:LENGTH */
static struct part extent_of(const char *s, char **end)
{
	struct part p;

	p.dev = dev_of(strtoull(s, end, 0));
	check(**end == ':', "an extent at '%s'", s);
	p.offset = size_of(*end + 1, end);
	check(**end == ':', "an extent at '%s'", s);
	p.len = size_of(*end + 1, end);
	return p;
}

/* Deals the chunks out one by one, as one would by hand. */
static void add_stripe(struct file *f, char *words)
{
	uint64_t chunk = 0, bytes = 0, used[MAX_STRIPS] = { 0 };
	struct part strips[MAX_STRIPS];
	unsigned int n = 0, turn = 0;
	char *w, *end;

	for (w = strtok(words, " \t\n"); w; w = strtok(NULL, " \t\n")) {
		if (!strncmp(w, "chunk=", 6)) {
			chunk = size_of(w + 6, &end);
		} else if (!strncmp(w, "bytes=", 6)) {
			bytes = size_of(w + 6, &end);
		} else if (!strncmp(w, "strips=", 7)) {
			end = w + 6;
			do {
				check(n < MAX_STRIPS, "strips");
				strips[n++] = extent_of(end + 1, &end);
			} while (*end == ',');
		} else {
			check(0, "stripe word '%s'", w);
		}
	}
	check(chunk && bytes && n, "a whole stripe");
	while (bytes) {
		uint64_t now = bytes < chunk ? bytes : chunk;

		add_part(f, strips[turn].dev, strips[turn].offset + used[turn], now);
		used[turn] += now;
		check(used[turn] <= strips[turn].len, "strip %u is too short", turn);
		turn = (turn + 1) % n;
		bytes -= now;
	}
}

static void add_extents(struct file *f, char *words)
{
	char *w, *end;

	for (w = strtok(words, " \t\n"); w; w = strtok(NULL, " \t\n")) {
		struct part p;

		if (!strncmp(w, "size=", 5)) {
			f->size = size_of(w + 5, &end);
			continue;
		}
		if (!strncmp(w, "extent=", 7))
			w += 7;
		else if (strchr(w, '='))
			continue;
		else if (!strcmp(w, "ro") || !strcmp(w, "rw"))
			continue;
		p = extent_of(w, &end);
		add_part(f, p.dev, p.offset, p.len);
	}
}

static void read_manifest(const char *path)
{
	FILE *in = fopen(path, "r");
	char line[4096];

	check(in, "%s", path);
	while (fgets(line, sizeof(line), in)) {
		char word[16] = "", arg[128] = "";
		int rest = 0, after = 0;
		struct file *f = nfiles ? &files[nfiles - 1] : NULL;

		if (strchr(line, '#'))
			*strchr(line, '#') = 0;
		if (sscanf(line, " %15s%n", word, &after) < 1)
			continue;
		if (!strcmp(word, "device")) {
			struct dev *d = &devs[ndevs++];

			check(ndevs <= MAX_DEVS, "devices");
			check(sscanf(line + after, "%u %63s", &d->index, d->path) == 2, "%s", line);
		} else if (!strcmp(word, "file")) {
			check(nfiles < MAX_FILES, "files");
			f = &files[nfiles++];
			check(sscanf(line + after, " %127s%n", arg, &rest) == 1, "%s", line);
			strcpy(f->path, arg);
			add_extents(f, line + after + rest);
		} else if (!strcmp(word, "extent")) {
			add_extents(f, line + after);
		} else if (!strcmp(word, "stripe")) {
			add_stripe(f, line + after);
		} else {
			check(!strcmp(word, "dir") || !strcmp(word, "allow-overlap"), "%s", line);
		}
	}
	fclose(in);
}

/* Map as much of each device as the files or the limit reach, whole units. */
static void map_devices(uint64_t limit)
{
	unsigned int i, j;

	for (i = 0; i < ndevs; i++)
		devs[i].len = limit;
	for (i = 0; i < nfiles; i++) {
		check(files[i].described >= files[i].size, "%s is not described to its end", files[i].path);
		for (j = 0; j < files[i].nparts; j++) {
			struct part *p = &files[i].parts[j];

			if (p->dev->len < p->offset + p->len)
				p->dev->len = p->offset + p->len;
		}
	}
	for (i = 0; i < ndevs; i++) {
		int fd = open_or_die(devs[i].path, O_RDWR);

		devs[i].len = (devs[i].len + SZ_2M - 1) / SZ_2M * SZ_2M;
		devs[i].mem = mmap(NULL, devs[i].len, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
		check(devs[i].mem != MAP_FAILED, "map %s", devs[i].path);
		devs[i].owned = calloc(1, devs[i].len);
		check(devs[i].owned, "memory");
		close(fd);
	}
}

/* Go through a file's bytes; true if the pattern is there (or was put there). */
static int each_part(struct file *f, uint64_t seed, int write)
{
	uint64_t pos = 0;
	unsigned int i;

	for (i = 0; i < f->nparts && pos < f->size; i++) {
		struct part *p = &f->parts[i];
		uint64_t n = f->size - pos < p->len ? f->size - pos : p->len;
		unsigned char *mem = p->dev->mem + p->offset;
		long at;

		memset(p->dev->owned + p->offset, 1, n);
		if (write) {
			pattern_fill(mem, seed, pos, n);
		} else {
			at = pattern_differs(mem, seed, pos, n);
			if (at >= 0) {
				fprintf(stderr, "rawmap: %s at %" PRIu64 " (%s at %" PRIu64 ") is %02x\n", f->path,
					pos + at, p->dev->path, p->offset + at, mem[at]);
				return 0;
			}
		}
		pos += n;
	}
	return 1;
}

/* Where the byte would be that follows the file's last in its page. */
static uint64_t tail_of(const struct file *f, uint64_t *seed)
{
	uint64_t pos = 0;
	unsigned int i;

	for (i = 0; pos + f->parts[i].len < f->size; i++)
		pos += f->parts[i].len;
	*seed = CANARY + f->parts[i].dev->index;
	return f->parts[i].offset + f->size - pos;
}

static int canary_alive(struct dev *d, uint64_t limit)
{
	uint64_t pos, i;
	static unsigned char want[4096], all[4096];

	memset(all, 1, sizeof(all));
	for (pos = 0; pos < limit; pos += sizeof(want)) {
		if (!memcmp(d->owned + pos, all, sizeof(all)))
			continue;
		pattern_fill(want, CANARY + d->index, pos, sizeof(want));
		if (!memcmp(d->mem + pos, want, sizeof(want)))
			continue;
		for (i = 0; i < sizeof(want); i++) {
			if (d->owned[pos + i] || d->mem[pos + i] == want[i])
				continue;
			fprintf(stderr, "rawmap: %s at %" PRIu64 ", which is in no file, has changed to %02x\n",
				d->path, pos + i, d->mem[pos + i]);
			return 0;
		}
	}
	return 1;
}

static void compare(const struct file *f, const void *p, uint64_t seed, uint64_t pos, uint64_t n, const char *how)
{
	long at = pattern_differs(p, seed, pos, n);

	check(at < 0, "%s at %" PRIu64 " by %s", f->path, pos + at, how);
}

/* Placed so that large pages can serve it. */
static char *map_file(const struct file *f, int fd, int prot)
{
	char *p = mmap(aligned_area(f->size), f->size, prot, MAP_SHARED | MAP_FIXED, fd, 0);

	check(p != MAP_FAILED, "map %s", f->path);
	return p;
}

static void see_file(const struct file *f, int fd, uint64_t seed)
{
	static char buf[ODD_BYTES];
	uint64_t pos;
	ssize_t n;
	char *p;

	for (pos = 0; pos < f->size; pos += n) {
		n = pread(fd, buf, sizeof(buf), (off_t)pos);
		check(n > 0, "read %s at %" PRIu64, f->path, pos);
		compare(f, buf, seed, pos, n, "read");
	}
	check(pread(fd, buf, 1, (off_t)pos) == 0, "%s ends at %" PRIu64, f->path, pos);
	p = map_file(f, fd, PROT_READ);
	compare(f, p, seed, 0, f->size, "mapping");
	check(!munmap(p, f->size), "munmap");
}

static void store_file(const struct file *f, int fd, uint64_t seed, int by_write)
{
	static char buf[ODD_BYTES];
	uint64_t pos, n;
	char *p;

	for (pos = 0; by_write && pos < f->size; pos += n) {
		n = f->size - pos < sizeof(buf) ? f->size - pos : sizeof(buf);
		pattern_fill(buf, seed, pos, n);
		check(pwrite(fd, buf, n, (off_t)pos) == (ssize_t)n, "write %s at %" PRIu64, f->path, pos);
	}
	if (by_write)
		return;
	p = map_file(f, fd, PROT_READ | PROT_WRITE);
	pattern_fill(p, seed, 0, f->size);
	check(!munmap(p, f->size), "munmap");
}

static void each_file(const char *dir, uint64_t seed, int storing)
{
	char path[512];
	unsigned int i;

	for (i = 0; i < nfiles; i++) {
		struct stat st;
		int fd;

		check(snprintf(path, sizeof(path), "%s/%s", dir, files[i].path) < (int)sizeof(path), "%s", dir);
		fd = open_or_die(path, storing ? O_RDWR : O_RDONLY);
		check(!fstat(fd, &st) && (uint64_t)st.st_size == files[i].size, "size of %s", path);
		if (storing)
			store_file(&files[i], fd, seed + i, i % 2);
		else
			see_file(&files[i], fd, seed + i);
		close(fd);
	}
}

int main(int argc, char **argv)
{
	uint64_t limit = 0, seed;
	unsigned int i;
	char *end;

	check(argc >= 3, "usage: rawmap paint|fill|check|list|tails|see|store MANIFEST [SEED] [LIMIT|DIR]");
	read_manifest(argv[2]);
	if (!strcmp(argv[1], "list")) {
		for (i = 0; i < nfiles; i++)
			printf("%u %" PRIu64 " %s\n", i, files[i].size, files[i].path);
		return 0;
	}
	if (!strcmp(argv[1], "tails")) {
		for (i = 0; i < nfiles; i++) {
			uint64_t at = tail_of(&files[i], &seed);

			printf("%u %" PRIu64 " %s %" PRIu64 " %" PRIu64 "\n", i, files[i].size, files[i].path, seed, at);
		}
		return 0;
	}
	check(argc >= 4, "SEED or LIMIT");
	if (!strcmp(argv[1], "see") || !strcmp(argv[1], "store")) {
		check(argc == 5, "DIR");
		each_file(argv[4], strtoull(argv[3], &end, 0), !strcmp(argv[1], "store"));
		return 0;
	}
	if (!strcmp(argv[1], "paint") || argc == 5)
		limit = size_of(argv[argc - 1], &end);
	map_devices(limit);
	if (!strcmp(argv[1], "paint")) {
		for (i = 0; i < ndevs; i++)
			pattern_fill(devs[i].mem, CANARY + devs[i].index, 0, limit);
		return 0;
	}
	seed = strtoull(argv[3], &end, 0);
	check(!strcmp(argv[1], "fill") || !strcmp(argv[1], "check"), "verb %s", argv[1]);
	for (i = 0; i < nfiles; i++)
		if (!each_part(&files[i], seed + i, !strcmp(argv[1], "fill")))
			return 1;
	for (i = 0; i < ndevs; i++)
		if (!canary_alive(&devs[i], limit))
			return 1;
	return 0;
}
