// SPDX-License-Identifier: GPL-2.0-only
/*
 * Dax devices: what sysfs tells of each. libdaxctl is not used: it knows no famfs mode, and its
 * versions differ in what they take a driver for that they do not know.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "dax.h"
#include "famfsctl.h"
#include "kv.h"

/* Ours has a version, the kernel's own has none. */
bool fsdev_is_ours(void)
{
	return sys_exists("/sys/module/fsdev_dax/version");
}

/* The name of a device that was named by itself or by its node. */
const char *dax_name(const char *name)
{
	if (!strncmp(name, "/dev/", 5))
		name += 5;
	return strncmp(name, "dax", 3) || strchr(name, '/') ? NULL : name;
}

/**
 * region_kind() - what a device is on, told by where it is
 * @place: its path in sysfs
 */
const char *region_kind(const char *place)
{
	if (!place)
		return "other";
	if (strstr(place, "/ndbus"))
		return "pmem";
	if (strstr(place, "/dax_region"))
		return "cxl";
	if (strstr(place, "/hmem"))
		return "hmem";
	return "other";
}

/* Lines of an offset and a length, in bytes. How many; what is none is passed over. */
size_t badpages_parse(struct range **bad, char *text)
{
	char *line, *word;
	uint64_t end;
	size_t n = 0;

	*bad = NULL;
	while ((line = kv_next_line(&text))) {
		pool_more(*bad, n);
		word = strsep(&line, " ");
		if (number_parse(word, &(*bad)[n].off) && number_parse(line, &(*bad)[n].len) &&
		    !__builtin_add_overflow((*bad)[n].off, (*bad)[n].len, &end))
			n++;
	}
	return n;
}

static const char *mode_of(const char *driver)
{
	if (!driver)
		return "none";
	if (!strcmp(driver, "fsdev_dax"))
		return fsdev_is_ours() ? "famfs" : "fsdev";
	if (!strcmp(driver, "device_dax"))
		return "devdax";
	if (!strcmp(driver, "kmem"))
		return "system-ram";
	return driver;
}

static int node_of(const char *name, const char *attr)
{
	char *s = sys_read(DAX "/devices/%s/%s", name, attr);

	return s && *s ? atoi(s) : -1;
}

bool daxdev_load(struct daxdev *d, const char *name)
{
	char *text;

	memset(d, 0, sizeof(*d));
	d->name = name;
	if (!*name || strchr(name, '/') || !strcmp(name, ".") || !strcmp(name, "..") ||
	    !sys_exists(DAX "/devices/%s", name))
		return false;
	d->place = sys_real(DAX "/devices/%s", name);
	d->region = region_kind(d->place);
	sys_u64(&d->size, DAX "/devices/%s/size", name);
	sys_u64(&d->align, DAX "/devices/%s/align", name);
	d->have_resource = sys_u64(&d->resource, DAX "/devices/%s/resource", name);
	/* Who may not know reads 0. */
	if (!d->resource)
		d->have_resource = false;
	d->numa_node = node_of(name, "numa_node");
	d->target_node = node_of(name, "target_node");
	d->driver = sys_link(DAX "/devices/%s/driver", name);
	d->mode = mode_of(d->driver);
	text = sys_read(DAX "/devices/%s/dev", name);
	if (text)
		devno_parse(text, &d->major, &d->minor);
	if (strcmp(d->mode, "famfs"))
		return true;
	d->holder = sys_read(DAX "/devices/%s/holder", name);
	d->have_folio = sys_u64(&d->folio_size, DAX "/devices/%s/folio_size", name);
	d->have_structs = sys_u64(&d->page_structs, DAX "/devices/%s/page_structs", name);
	text = sys_read(DAX "/devices/%s/badpages", name);
	d->have_bad = text;
	d->nbad = badpages_parse(&d->bad, text);
	return true;
}

void daxdevs_load(struct daxdevs *d)
{
	struct names names;
	size_t i;

	memset(d, 0, sizeof(*d));
	d->err = sys_list(&names, DAX "/devices");
	for (i = 0; i < names.n; i++) {
		pool_more(d->dev, d->n);
		d->n += daxdev_load(&d->dev[d->n], names.name[i]);
	}
}

const struct daxdev *daxdevs_find(const struct daxdevs *d, const char *name)
{
	size_t i;

	for (i = 0; i < d->n; i++)
		if (!strcmp(d->dev[i].name, name))
			return &d->dev[i];
	return NULL;
}
