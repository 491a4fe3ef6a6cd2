// SPDX-License-Identifier: GPL-2.0-only
/* famfsctl list: dax devices, what they are used for, and by whom. */
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <string.h>

#include "dax.h"
#include "famfsctl.h"
#include "json.h"
#include "mounts.h"

struct holder {
	const char *kind;	/* none, mount, raw, NULL if not known */
	unsigned int major, minor;
	const struct mount *at;
	const struct famfs_mount *famfs;
};

static struct holder holder_of(const struct daxdev *d, const struct mounts *m,
			       const struct famfs_mounts *f)
{
	struct holder h = { 0 };

	if (!d->holder)
		return h;
	if (devno_parse(d->holder, &h.major, &h.minor)) {
		h.kind = "mount";
		h.at = mounts_find(m, h.major, h.minor);
		h.famfs = famfs_mounts_find(f, h.major, h.minor);
	} else {
		h.kind = !strcmp(d->holder, "none") ? "none" : !strcmp(d->holder, "raw") ? "raw" : NULL;
	}
	return h;
}

static const char *holder_text(const struct daxdev *d, const struct holder *h)
{
	const char *s, *name;

	if (strcmp(d->mode, "famfs"))
		return "-";
	if (!d->holder)
		return "?";
	if (!h->kind || strcmp(h->kind, "mount"))
		return safe(d->holder);
	s = h->at ? safe(h->at->point) : pool_printf("%u:%u", h->major, h->minor);
	if (!h->famfs || !h->famfs->server)
		return s;
	name = process_name(h->famfs->server);
	return pool_printf("%s (%s %" PRIu64 ")", s, name ? safe(name) : "server", h->famfs->server);
}

static void list_json(const struct daxdev *d, const struct holder *h)
{
	size_t i;

	json_object(NULL);
	json_str("name", d->name);
	json_u64_if("size", d->size, d->size);
	json_u64_if("align", d->align, d->align);
	json_u64_if("numa_node", d->numa_node >= 0, (uint64_t)d->numa_node);
	json_u64_if("target_node", d->target_node >= 0, (uint64_t)d->target_node);
	json_str("region", d->region);
	json_str("mode", d->mode);
	json_str("driver", d->driver);
	if (d->driver && !strcmp(d->driver, "fsdev_dax"))
		json_str("driver_owner", fsdev_is_ours() ? "famfs" : "kernel");
	else
		json_str("driver_owner", d->driver ? "kernel" : NULL);
	if (h->kind) {
		json_object("holder");
		json_str("kind", h->kind);
		if (!strcmp(h->kind, "mount")) {
			json_str("device", d->holder);
			json_str("mount_point", h->at ? h->at->point : NULL);
			json_u64_if("server", h->famfs && h->famfs->server,
				    h->famfs ? h->famfs->server : 0);
		}
		json_end();
	} else {
		json_null("holder");
	}
	json_u64_if("folio_size", d->have_folio, d->folio_size);
	json_u64_if("page_structs", d->have_structs, d->page_structs);
	if (d->have_bad) {
		json_array("bad_pages");
		for (i = 0; i < d->nbad; i++) {
			json_object(NULL);
			json_u64("offset", d->bad[i].off);
			json_u64("length", d->bad[i].len);
			json_end();
		}
		json_end();
	} else {
		json_null("bad_pages");
	}
	json_end();
}

static void list_text(const struct daxdev *d, const struct holder *h)
{
	bool famfs = !strcmp(d->mode, "famfs");

	table_row(safe(d->name), d->size ? size_text(d->size) : "?",
		  d->align ? size_text(d->align) : "?",
		  d->target_node >= 0 ? pool_printf("%d", d->target_node) : "-", d->region,
		  !strcmp(d->mode, "fsdev") ? "fsdev (the kernel's)" : safe(d->mode),
		  famfs ? d->have_bad ? pool_printf("%zu", d->nbad) : "?" : "-",
		  famfs ? d->have_structs ? size_text(d->page_structs) : "?" : "-",
		  holder_text(d, h), NULL);
}

int cmd_list(int argc, char **argv)
{
	static const struct option options[] = { { NULL, 0, NULL, 0 } };
	struct famfs_mounts famfs;
	struct mounts mounts;
	struct daxdevs devs;
	const char *name;
	struct holder h;
	size_t i, shown = 0;

	if (getopt_long(argc, argv, "+", options, NULL) != -1 || argc - optind > 1)
		return usage_error();
	name = optind < argc ? dax_name(argv[optind]) : NULL;
	daxdevs_load(&devs);
	if (optind < argc && (!name || !daxdevs_find(&devs, name))) {
		complain("%s: there is no such dax device", safe(argv[optind]));
		return EXIT_FOUND;
	}
	if (devs.err && devs.err != ENOENT) {
		complain("%s: %s", DAX "/devices", strerror(devs.err));
		return EXIT_NOT_HERE;
	}
	mounts_load(&mounts);
	famfs_mounts_load(&famfs, &mounts);
	if (ctl.json) {
		json_begin("list");
		json_array("devices");
	}
	table_begin();
	table_row("DEVICE", "SIZE", "ALIGN", "NODE", "REGION", "MODE", "BAD", "STRUCTS", "HOLDER", NULL);
	for (i = 0; i < devs.n; i++) {
		if (name && strcmp(name, devs.dev[i].name))
			continue;
		h = holder_of(&devs.dev[i], &mounts, &famfs);
		(ctl.json ? list_json : list_text)(&devs.dev[i], &h);
		shown++;
	}
	if (ctl.json) {
		json_end();
		json_finish();
	} else if (shown) {
		table_end();
	} else {
		puts("no dax devices");
	}
	return EXIT_FINE;
}
