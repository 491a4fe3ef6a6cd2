// SPDX-License-Identifier: GPL-2.0-only
/* famfsctl map: where a file lies, which large pages map it, and which of its pages are bad. */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include "famfsctl.h"
#include "json.h"
#include "map.h"

#define PLOT_WIDTH	64

static const char *reach_text(const struct extent *e, const struct reach *r)
{
	if (r->why == WHY_NOT_AT_ALL)
		return "all";
	return r->bytes ? pool_printf("%s of %s", size_text(r->bytes), size_text(extent_bytes(e))) : "-";
}

static void write_text(const struct map *m)
{
	const struct layout *l = &m->layout;
	const struct extent *e;
	struct reach huge, giant;
	const char *notes, *more;
	uint64_t bad;
	size_t i;

	printf("%s: %s, %zu %s%s%s\n", safe(m->target.name), size_text(l->size), l->n,
	       l->n == 1 ? "extent" : "extents or strips", m->kind ? ", kept as " : "",
	       m->kind ? safe(m->kind) : "");
	table_begin();
	table_row("OFFSET", "LENGTH", "DEVICE", "AT", "STRIP", size_text(l->huge),
		  l->giant ? size_text(l->giant) : "-", "NOTE", NULL);
	for (i = 0; i < l->n; i++) {
		e = &l->extent[i];
		huge = layout_reach(l, e, l->huge);
		giant = layout_reach(l, e, l->giant);
		bad = layout_bad(l, e);
		notes = why_text(huge.why, l->huge);
		more = huge.why == giant.why ? "" : why_text(giant.why, l->giant);
		/* What has no folio of 1 GiB is most: nothing to tell of. */
		if (giant.why == WHY_DEVICE || giant.why == WHY_SHORT || huge.why == WHY_GONE)
			more = "";
		table_row(pool_printf("%" PRIu64, e->off), size_text(extent_bytes(e)),
			  map_device_name(l, e->dev), pool_printf("%" PRIu64, e->devoff),
			  e->nstrips > 1 ? pool_printf("%u/%u by %s", e->strip, e->nstrips, size_text(e->chunk)) : "-",
			  reach_text(e, &huge), reach_text(e, &giant),
			  pool_printf("%s%s%s%s%s", bad ? pool_printf("%s on bad pages", size_text(bad)) : "",
				      bad && *notes ? "; " : "", notes, (bad || *notes) && *more ? "; " : "", more),
			  NULL);
	}
	table_end();
}

static const char *why_word(enum why why)
{
	static const char *const word[] = {
		NULL, "device", "folio", "phase", "short", "chunk", "bad-page", "kernel", "gone",
	};

	return word[why];
}

static void write_json(const struct map *m)
{
	const struct layout *l = &m->layout;
	const struct extent *e;
	struct reach huge, giant;
	size_t i, k;

	json_begin("map");
	json_str("file", m->target.name);
	json_str("mount", pool_printf("%u:%u", m->target.major, m->target.minor));
	json_u64("ino", m->target.ino);
	json_u64("size", l->size);
	json_str("kind", m->kind);
	json_u64("large_page", l->huge);
	json_u64_if("giant_page", l->giant, l->giant);
	json_array("extents");
	for (i = 0; i < l->n; i++) {
		e = &l->extent[i];
		huge = layout_reach(l, e, l->huge);
		giant = layout_reach(l, e, l->giant);
		json_object(NULL);
		json_u64("offset", e->off);
		json_u64("length", e->len);
		json_u64("bytes", extent_bytes(e));
		json_u64("device", e->dev);
		json_u64("device_offset", e->devoff);
		json_u64("strip", e->strip);
		json_u64("strips", e->nstrips);
		json_u64_if("chunk", e->nstrips > 1, e->chunk);
		json_u64("large_bytes", huge.bytes);
		json_str("large_limit", why_word(huge.why));
		json_u64("giant_bytes", giant.bytes);
		json_str("giant_limit", why_word(giant.why));
		json_u64("bad_bytes", layout_bad(l, e));
		json_end();
	}
	json_end();
	json_array("devices");
	for (i = 0; i < l->ndevices; i++) {
		json_object(NULL);
		json_u64("index", l->device[i].index);
		json_str("name", l->device[i].name);
		json_str("state", l->device[i].state);
		json_u64_if("size", l->device[i].size, l->device[i].size);
		json_u64_if("align", l->device[i].align, l->device[i].align);
		json_u64_if("folio_size", l->device[i].folio, l->device[i].folio);
		json_array("bad_pages");
		for (k = 0; k < l->device[i].nbad; k++) {
			json_object(NULL);
			json_u64("offset", l->device[i].bad[k].off);
			json_u64("length", l->device[i].bad[k].len);
			json_end();
		}
		json_end();
		json_end();
	}
	json_end();
	json_finish();
}

static int write_svg(const struct map *m, const char *path)
{
	char *text = layout_svg(&m->layout, m->target.name);
	size_t len = strlen(text), done = 0;
	ssize_t n = 0;
	int fd, err = 0;

	fd = strcmp(path, "-") ? open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666) : dup(1);
	while (fd >= 0 && done < len && (n = write(fd, text + done, len - done)) > 0)
		done += (size_t)n;
	if (fd < 0 || done < len)
		err = errno;
	if (fd >= 0 && close(fd) && !err)
		err = errno;
	if (!err)
		return EXIT_FINE;
	complain("%s: %s", safe(path), strerror(err));
	return EXIT_FOUND;
}

int cmd_map(int argc, char **argv)
{
	static const struct option options[] = {
		{ "plot", no_argument, NULL, 'p' },
		{ "svg", required_argument, NULL, 's' },
		{ NULL, 0, NULL, 0 },
	};
	const char *why = NULL, *svg = NULL;
	bool plot = false;
	struct map m;
	int c, ret;

	while ((c = getopt_long(argc, argv, "p", options, NULL)) != -1)
		switch (c) {
		case 'p':
			plot = true;
			break;
		case 's':
			svg = optarg;
			break;
		default:
			return usage_error();
		}
	if (argc - optind != 1)
		return usage_error();
	ret = map_load(&m, argv[optind], &why);
	if (ret) {
		complain("%s: %s", safe(argv[optind]), why);
	} else {
		if (ctl.json)
			write_json(&m);
		else if (!svg || strcmp(svg, "-"))
			write_text(&m);
		if (plot && !ctl.json)
			fputs(layout_plot(&m.layout, PLOT_WIDTH), stdout);
		fflush(stdout);
		if (svg)
			ret = write_svg(&m, svg);
	}
	target_close(&m.target);
	return ret;
}
