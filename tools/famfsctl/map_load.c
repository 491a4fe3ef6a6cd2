// SPDX-License-Identifier: GPL-2.0-only
/* A file's layout from the module's tables and from sysfs. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "famfsctl.h"
#include "map.h"
#include "mounts.h"

static void load_device(struct layout_device *d, const struct row *r)
{
	const char *slash;
	struct daxdev dev;

	memset(d, 0, sizeof(*d));
	d->index = row_u64(r, "index");
	d->name = row_str(r, "name");
	d->state = row_str(r, "state");
	d->size = row_u64(r, "size");
	d->align = row_u64(r, "align");
	d->block = row_u64(r, "block");
	if (d->name && !strcmp(d->name, "-"))
		d->name = NULL;
	slash = d->name ? strrchr(d->name, '/') : NULL;
	if (slash)
		d->name = slash + 1;
	if (!d->name || d->block || !daxdev_load(&dev, d->name))
		return;
	d->folio = dev.have_folio ? dev.folio_size : 0;
	d->have_resource = dev.have_resource;
	d->resource = dev.resource;
	d->bad = dev.bad;
	d->nbad = dev.nbad;
}

static int by_offset(const void *a, const void *b)
{
	const struct extent *x = a, *y = b;

	if (x->off != y->off)
		return x->off < y->off ? -1 : 1;
	return x->strip < y->strip ? -1 : x->strip > y->strip;
}

/* The size that the map has: a server may say another one. */
static uint64_t size_of(const struct layout *l, const struct target *t, const char **kind)
{
	struct table maps;
	const struct row *r = NULL;
	uint64_t end = 0, ino;
	size_t i;

	*kind = NULL;
	for (i = 0; i < l->n; i++)
		if (l->extent[i].off + l->extent[i].len > end)
			end = l->extent[i].off + l->extent[i].len;
	table_load(&maps, "maps");
	while ((r = table_next(&maps, r, t->major, t->minor)))
		if (kv_u64(&r->kv, "ino", &ino) && ino == t->ino) {
			*kind = row_str(r, "kind");
			if (row_u64(r, "size"))
				end = row_u64(r, "size");
		}
	return end;
}

void layout_kernel(struct layout *l)
{
	l->huge = 2 << 20;
	sys_u64(&l->huge, "/sys/kernel/mm/transparent_hugepage/hpage_pmd_size");
	if (!l->huge || l->huge & (l->huge - 1))
		l->huge = 2 << 20;
	/* Seen nowhere: README tells which kernels do so. */
	l->giant = l->huge == 2 << 20 && kernel_at_least(6, 12) ? 1 << 30 : 0;
	l->folio_only = kernel_at_least(6, 15);
}

/**
 * map_load() - where a file lies
 * @why: set if that cannot be told
 *
 * Return: an exit status.
 */
int map_load(struct map *m, const char *name, const char **why)
{
	struct layout *l = &m->layout;
	const struct row *r = NULL;
	struct table devices;
	char *text, *line;
	int err;

	memset(m, 0, sizeof(*m));
	err = target_open(&m->target, name);
	if (err) {
		*why = err == EXDEV ? "in a prepared tree, files are named MAJ:MIN:INO" : strerror(err);
		return EXIT_FOUND;
	}
	if (m->target.err) {
		*why = pool_printf("%s (famfsctl why tells more)", strerror(m->target.err));
		return EXIT_FOUND;
	}
	text = debugfs_read("extents", &err);
	if (err) {
		*why = debugfs_why("extents", err);
		return EXIT_NOT_HERE;
	}
	while ((line = kv_next_line(&text))) {
		pool_more(l->extent, l->n);
		l->n += extent_parse(&l->extent[l->n], line, m->target.major, m->target.minor,
				     m->target.ino);
	}
	if (!l->n) {
		*why = "it is no file of a famfs mount, or has no map (famfsctl why tells more)";
		return EXIT_FOUND;
	}
	qsort(l->extent, l->n, sizeof(*l->extent), by_offset);
	table_load(&devices, "devices");
	while ((r = table_next(&devices, r, m->target.major, m->target.minor))) {
		pool_more(l->device, l->ndevices);
		load_device(&l->device[l->ndevices++], r);
	}
	l->size = size_of(l, &m->target, &m->kind);
	layout_kernel(l);
	return EXIT_FINE;
}

const char *map_device_name(const struct layout *l, uint64_t index)
{
	const struct layout_device *d = layout_device(l, index);

	return d && d->name ? safe(d->name) : pool_printf("device %" PRIu64, index);
}
