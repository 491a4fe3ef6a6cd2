// SPDX-License-Identifier: GPL-2.0-only
/* famfsctl watch: the same again and again, and what has happened meanwhile. */
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "famfsctl.h"
#include "json.h"
#include "mounts.h"
#include "tables.h"
#include "watch.h"

/* The last looks are kept here: the pool is emptied between two. */
struct looks {
	struct counts *count;
	size_t n;
	struct timespec at;
};

static double seconds_between(const struct timespec *a, const struct timespec *b)
{
	return (double)(b->tv_sec - a->tv_sec) + (double)(b->tv_nsec - a->tv_nsec) / 1e9;
}

static void count_mount(struct counts *c, const struct famfs_mount *f, const struct table *requests,
			const struct table *pins)
{
	const struct row *r = NULL;

	memset(c, 0, sizeof(*c));
	c->major = f->major;
	c->minor = f->minor;
	kv_u64(&f->kv, "errors", &c->errors);
	kv_u64(&f->kv, "files", &c->files);
	kv_u64(&f->kv, "maps_bytes", &c->maps_bytes);
	while ((r = table_next(requests, r, f->major, f->minor))) {
		c->sent += row_u64(r, "sent");
		c->answered += row_u64(r, "answered");
		c->failed += row_u64(r, "failed");
		c->ns_total += row_u64(r, "ns_total");
	}
	while ((r = table_next(pins, r, f->major, f->minor)))
		c->pins++;
}

static void count_faults(struct counts *c, const struct table *faults)
{
	memset(c, 0, sizeof(*c));
	if (!faults->n)
		return;
	c->pte = row_u64(&faults->row[0], "pte");
	c->pmd = row_u64(&faults->row[0], "pmd");
	c->pud = row_u64(&faults->row[0], "pud");
	c->fault_errors = row_u64(&faults->row[0], "failed");
}

static const struct counts *before_of(const struct looks *last, const struct counts *c)
{
	size_t i;

	for (i = 0; i < last->n; i++)
		if (last->count[i].major == c->major && last->count[i].minor == c->minor)
			return &last->count[i];
	return NULL;
}

static void write_mount(const struct counts *c, const struct rates *r, const char *where)
{
	if (ctl.json) {
		json_object(NULL);
		json_str("mount", pool_printf("%u:%u", c->major, c->minor));
		json_str("mount_point", where);
		json_u64("files", c->files);
		json_u64("maps_bytes", c->maps_bytes);
		json_u64("waits", c->pins);
		if (!r->first) {
			json_double("requests", r->sent);
			json_double("answers", r->answered);
			json_double("failures", r->failed);
			json_double("average_us", r->average_us);
			json_double("refusals", r->errors);
		}
		json_end();
		return;
	}
	if (r->first)
		table_row(where ? safe(where) : pool_printf("%u:%u", c->major, c->minor),
			  pool_printf("%" PRIu64, c->files), size_text(c->maps_bytes), "-", "-", "-", "-",
			  pool_printf("%" PRIu64, c->pins), NULL);
	else
		table_row(where ? safe(where) : pool_printf("%u:%u", c->major, c->minor),
			  pool_printf("%" PRIu64, c->files), size_text(c->maps_bytes),
			  pool_printf("%.1f", r->sent), pool_printf("%.1f", r->average_us),
			  pool_printf("%.1f", r->failed), pool_printf("%.1f", r->errors),
			  pool_printf("%" PRIu64, c->pins), NULL);
}

static void write_faults(const struct rates *r, bool have)
{
	if (ctl.json) {
		if (have && !r->first) {
			json_object("faults");
			json_double("small", r->pte);
			json_double("large", r->pmd);
			json_double("giant", r->pud);
			json_double("failed", r->fault_errors);
			json_end();
		} else {
			json_null("faults");
		}
	} else if (have && !r->first) {
		printf("faults/s: %.1f small, %.1f large, %.1f of 1 GiB, %.1f failed\n", r->pte, r->pmd,
		       r->pud, r->fault_errors);
	}
}

static int look(struct looks *last, const char *name, bool clear)
{
	struct table requests, pins, faults;
	struct looks now = { .count = NULL };
	struct famfs_mounts famfs;
	const struct famfs_mount *only;
	struct mounts mounts;
	struct rates r;
	double seconds;
	size_t i;

	clock_gettime(CLOCK_MONOTONIC, &now.at);
	mounts_load(&mounts);
	famfs_mounts_load(&famfs, &mounts);
	table_load(&requests, "requests");
	table_load(&pins, "pins");
	table_load(&faults, "faults");
	if (famfs.err) {
		complain("%s", debugfs_why("mounts", famfs.err));
		return EXIT_NOT_HERE;
	}
	only = name ? famfs_mounts_named(&famfs, name) : NULL;
	if (name && !only) {
		complain("%s: it is no famfs mount", safe(name));
		return EXIT_FOUND;
	}
	seconds = seconds_between(&last->at, &now.at);
	now.count = calloc(famfs.n + 1, sizeof(*now.count));
	if (!now.count)
		return EXIT_FOUND;
	if (ctl.json) {
		json_begin("watch");
		json_array("mounts");
	} else if (clear) {
		fputs("\033[H\033[2J", stdout);
	}
	table_begin();
	table_row("MOUNT", "FILES", "MAP BYTES", "REQUESTS/s", "us", "FAILED/s", "REFUSED/s", "WAITS", NULL);
	for (i = 0; i < famfs.n; i++) {
		struct counts *c = &now.count[now.n++];

		count_mount(c, &famfs.mount[i], &requests, &pins);
		if (only && only != &famfs.mount[i])
			continue;
		r = rates_of(before_of(last, c), c, seconds);
		write_mount(c, &r, famfs.mount[i].point);
	}
	count_faults(&now.count[now.n], &faults);
	r = rates_of(before_of(last, &now.count[now.n]), &now.count[now.n], seconds);
	now.n++;
	if (ctl.json)
		json_end();
	else
		table_end();
	write_faults(&r, faults.n);
	if (ctl.json)
		json_finish();
	fflush(stdout);
	free(last->count);
	*last = now;
	return EXIT_FINE;
}

int cmd_watch(int argc, char **argv)
{
	static const struct option options[] = {
		{ "interval", required_argument, NULL, 'n' },
		{ "count", required_argument, NULL, 'c' },
		{ NULL, 0, NULL, 0 },
	};
	struct looks last = { .count = NULL };
	unsigned long count = 0, i;
	double interval = 2;
	char *end, *name;
	int c, ret = EXIT_FINE;

	while ((c = getopt_long(argc, argv, "n:c:", options, NULL)) != -1)
		switch (c) {
		case 'n':
			interval = strtod(optarg, &end);
			if (*end || end == optarg || !(interval >= 0.1 && interval <= 86400))
				return usage_error();
			break;
		case 'c':
			count = strtoul(optarg, &end, 10);
			if (*end || end == optarg || *optarg == '-' || !count)
				return usage_error();
			break;
		default:
			return usage_error();
		}
	if (argc - optind > 1)
		return usage_error();
	name = argv[optind];
	for (i = 0; !ret && (!count || i < count); i++) {
		struct timespec nap = { (time_t)interval, (long)((interval - (double)(time_t)interval) * 1e9) };

		if (i)
			nanosleep(&nap, NULL);
		ret = look(&last, name, i && isatty(STDOUT_FILENO));
		if (ferror(stdout))
			break;
		/* What argv and the command line gave is not of the pool, but its root is. */
		if (!*ctl.root)
			pool_empty();
	}
	free(last.count);
	return ret;
}
