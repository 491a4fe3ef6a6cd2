// SPDX-License-Identifier: GPL-2.0-only
/* famfsctl resolve: which byte of memory is this one of a file? And whose: the way back. */
#define _GNU_SOURCE
#include <errno.h>
#include <ftw.h>
#include <getopt.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "famfsctl.h"
#include "json.h"
#include "map.h"
#include "mounts.h"

/* Where that is in physical memory, if it can be seen. */
static bool physical(const char *dev, uint64_t off, uint64_t *phys)
{
	uint64_t start, end, page;
	struct daxdev d;
	unsigned int i;

	if (!dev || !daxdev_load(&d, dev))
		return false;
	for (i = 0; sys_u64(&start, DAX "/devices/%s/mapping%u/start", dev, i) &&
		    sys_u64(&end, DAX "/devices/%s/mapping%u/end", dev, i) &&
		    sys_u64(&page, DAX "/devices/%s/mapping%u/page_offset", dev, i); i++) {
		if (!start || __builtin_mul_overflow(page, (uint64_t)sysconf(_SC_PAGESIZE), &page))
			return false;
		if (off >= page && off - page <= end - start) {
			*phys = start + (off - page);
			return true;
		}
	}
	if (i || !d.have_resource || off >= d.size)
		return false;
	*phys = d.resource + off;
	return true;
}

int cmd_resolve(int argc, char **argv)
{
	static const struct option options[] = { { NULL, 0, NULL, 0 } };
	const struct layout_device *d;
	const char *why = NULL;
	uint64_t pos, off, phys = 0;
	struct piece p;
	struct map m;
	bool seen;
	int ret;

	if (getopt_long(argc, argv, "", options, NULL) != -1 || argc - optind != 2 ||
	    !size_parse(argv[optind + 1], &pos))
		return usage_error();
	ret = map_load(&m, argv[optind], &why);
	if (!ret && (pos >= m.layout.size || !layout_resolve(&m.layout, pos, &p))) {
		why = pool_printf("it ends at %" PRIu64, m.layout.size);
		ret = EXIT_FOUND;
	}
	target_close(&m.target);
	if (ret) {
		complain("%s: %s", safe(argv[optind]), why);
		return ret;
	}
	d = layout_device(&m.layout, p.extent->dev);
	off = p.devoff + (pos - p.off);
	seen = d && physical(d->name, off, &phys);
	if (ctl.json) {
		json_begin("resolve");
		json_str("file", argv[optind]);
		json_u64("offset", pos);
		json_u64("device_index", p.extent->dev);
		json_str("device", d ? d->name : NULL);
		json_u64("device_offset", off);
		json_u64("contiguous", p.len - (pos - p.off));
		json_u64_if("physical", seen, phys);
		json_finish();
	} else {
		printf("%s %" PRIu64 " (%#" PRIx64 "), contiguous for %s", map_device_name(&m.layout, p.extent->dev),
		       off, off, size_text(p.len - (pos - p.off)));
		if (seen)
			printf(", physical address %#" PRIx64, phys);
		putchar('\n');
	}
	return EXIT_FINE;
}

/* ---- whose ---- */

static struct {
	uint64_t ino;
	dev_t dev;
	const char *path;
} wanted;

static int look(const char *path, const struct stat *st, int type, struct FTW *at)
{
	(void)at;
	if (type != FTW_F || st->st_ino != wanted.ino || st->st_dev != wanted.dev)
		return 0;
	wanted.path = pool_strdup(path);
	return 1;
}

/* Asks the server for the names of the mount, until the file is found. */
static const char *find_name(const char *point, uint64_t ino)
{
	struct stat st;

	if (*ctl.root || !point || stat(point, &st))
		return NULL;
	wanted.ino = ino;
	wanted.dev = st.st_dev;
	wanted.path = NULL;
	nftw(point, look, 32, FTW_PHYS | FTW_MOUNT);
	return wanted.path;
}

/* The index that a mount has a device under. */
static bool index_of(const struct table *devices, unsigned int major, unsigned int minor,
		     const char *dev, uint64_t index)
{
	const struct row *r = NULL;
	const char *name, *slash;

	while ((r = table_next(devices, r, major, minor))) {
		name = row_str(r, "name");
		slash = name ? strrchr(name, '/') : NULL;
		if (row_u64(r, "index") == index && name && !strcmp(slash ? slash + 1 : name, dev))
			return true;
	}
	return false;
}

static void tell(const struct mounts *mounts, const struct row *r, uint64_t pos, bool find)
{
	const struct mount *at = mounts_find(mounts, r->major, r->minor);
	uint64_t ino = row_u64(r, "ino");
	const char *path = find ? find_name(at ? at->point : NULL, ino) : NULL;

	if (ctl.json) {
		json_object(NULL);
		json_str("mount", pool_printf("%u:%u", r->major, r->minor));
		json_str("mount_point", at ? at->point : NULL);
		json_u64("ino", ino);
		json_u64("offset", pos);
		json_str("path", path);
		json_end();
		return;
	}
	if (path)
		printf("%s", safe(path));
	else
		printf("inode %" PRIu64 " of %s", ino,
		       at ? safe(at->point) : pool_printf("the mount %u:%u", r->major, r->minor));
	printf(", offset %" PRIu64 " (page %" PRIu64 ")\n", pos, pos / 4096);
}

int cmd_whose(int argc, char **argv)
{
	static const struct option options[] = {
		{ "find", no_argument, NULL, 'f' },
		{ NULL, 0, NULL, 0 },
	};
	struct table extents, devices;
	struct mounts mounts;
	const struct row *r;
	const char *dev, *slash;
	struct extent e;
	uint64_t off, pos;
	bool find = false;
	size_t i, n = 0;
	char *text, *copy;
	int c, err;

	while ((c = getopt_long(argc, argv, "f", options, NULL)) != -1) {
		if (c != 'f')
			return usage_error();
		find = true;
	}
	if (argc - optind != 2 || !size_parse(argv[optind + 1], &off))
		return usage_error();
	dev = argv[optind];
	slash = strrchr(dev, '/');
	dev = slash ? slash + 1 : dev;
	text = debugfs_read("extents", &err);
	if (err) {
		complain("%s", debugfs_why("extents", err));
		return EXIT_NOT_HERE;
	}
	copy = pool_strdup(text);
	table_parse(&extents, copy);
	table_load(&devices, "devices");
	mounts_load(&mounts);
	if (ctl.json) {
		json_begin("whose");
		json_str("device", dev);
		json_u64("device_offset", off);
		json_array("files");
	}
	for (i = 0; i < extents.n; i++) {
		char *line = kv_next_line(&text);

		r = &extents.row[i];
		if (!line || !r->has_dev ||
		    !extent_parse(&e, line, r->major, r->minor, row_u64(r, "ino")) ||
		    !index_of(&devices, r->major, r->minor, dev, e.dev) || !extent_whose(&e, off, &pos))
			continue;
		tell(&mounts, r, pos, find);
		n++;
	}
	if (ctl.json) {
		json_end();
		json_finish();
	} else if (!n) {
		puts("no file whose map is in memory: open those that it could be, and ask again");
	}
	return n ? EXIT_FINE : EXIT_FOUND;
}
