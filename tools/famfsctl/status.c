// SPDX-License-Identifier: GPL-2.0-only
/* famfsctl status: famfs mounts, their servers, devices, requests, and what is waited for. */
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <string.h>

#include "famfsctl.h"
#include "json.h"
#include "mounts.h"
#include "tables.h"

struct status {
	struct mounts mounts;
	struct famfs_mounts famfs;
	struct table devices, requests, pins, refusals, faults;
};

static void load(struct status *s)
{
	mounts_load(&s->mounts);
	famfs_mounts_load(&s->famfs, &s->mounts);
	table_load(&s->devices, "devices");
	table_load(&s->requests, "requests");
	table_load(&s->pins, "pins");
	table_load(&s->refusals, "refusals");
	table_load(&s->faults, "faults");
}

static uint64_t mount_u64(const struct famfs_mount *f, const char *key)
{
	uint64_t v;

	return kv_u64(&f->kv, key, &v) ? v : 0;
}

static uint64_t answers(const struct row *r)
{
	return row_u64(r, "answered") + row_u64(r, "failed");
}

static void mount_text(const struct status *s, const struct famfs_mount *f)
{
	const struct row *r = NULL;
	const char *server = process_name(f->server);

	printf("%s (%u:%u) %s%s%s\n", safe(f->point ? f->point : "(not in sight)"), f->major, f->minor,
	       safe(f->source), f->subtype && *f->subtype ? ", " : "", f->subtype ? safe(f->subtype) : "");
	printf("  server   %s%s\n", f->server ? pool_printf("%s %" PRIu64, server ? safe(server) : "process", f->server) :
	       "not known", !f->have_state ? "" : f->alive ? ", alive" : ", DEAD: what is open goes on working, no more can be opened");
	printf("  files    %" PRIu64 " with a map in memory, of %s bytes in all; %" PRIu64 " refusals\n",
	       mount_u64(f, "files"), size_text(mount_u64(f, "maps_bytes")), mount_u64(f, "errors"));
	while ((r = table_next(&s->devices, r, f->major, f->minor)))
		printf("  device   %" PRIu64 ": %s, %s, %s, maps: %" PRIu64 "\n", row_u64(r, "index"),
		       safe(row_str(r, "name")), safe(row_str(r, "state")), size_text(row_u64(r, "size")),
		       row_u64(r, "users"));
	while ((r = table_next(&s->requests, r, f->major, f->minor)))
		printf("  %-11s %" PRIu64 " sent, %" PRIu64 " answered, %" PRIu64 " failed; %.1f us on average, %.1f us at most\n",
		       safe(row_str(r, "request")), row_u64(r, "sent"), row_u64(r, "answered"),
		       row_u64(r, "failed"),
		       answers(r) ? (double)row_u64(r, "ns_total") / (double)answers(r) / 1000 : 0,
		       (double)row_u64(r, "ns_max") / 1000);
	while ((r = table_next(&s->pins, r, f->major, f->minor)))
		printf("  PINNED   %s waits since %.1f s for pages of %" PRIu64 " files (%s)\n",
		       safe(row_str(r, "waits_for")), (double)row_u64(r, "since_ms") / 1000,
		       row_u64(r, "files"), safe(row_str(r, "device")));
}

static void json_row_numbers(const struct row *r, const char *const *keys)
{
	uint64_t v;

	for (; *keys; keys++)
		json_u64_if(*keys, kv_u64(&r->kv, *keys, &v), kv_u64(&r->kv, *keys, &v) ? v : 0);
}

static void pin_json(const struct row *r)
{
	static const char *const numbers[] = { "files", "since_ms", NULL };

	json_object(NULL);
	json_str("waits_for", row_str(r, "waits_for"));
	json_str("device", row_str(r, "device"));
	json_row_numbers(r, numbers);
	json_end();
}

static void mount_json(const struct status *s, const struct famfs_mount *f)
{
	static const char *const device_numbers[] = { "index", "size", "align", "users", NULL };
	static const char *const request_numbers[] = { "sent", "answered", "failed", "ns_total", "ns_max", NULL };
	const struct row *r = NULL;
	uint64_t lt[64];
	size_t n, i;

	json_object(NULL);
	json_str("mount", pool_printf("%u:%u", f->major, f->minor));
	json_str("mount_point", f->point);
	json_str("source", f->source);
	json_str("subtype", f->subtype);
	json_u64_if("server", f->server, f->server);
	json_str("server_name", process_name(f->server));
	json_str("state", kv_get(&f->kv, "state"));
	json_u64("files", mount_u64(f, "files"));
	json_u64("maps_bytes", mount_u64(f, "maps_bytes"));
	json_u64("errors", mount_u64(f, "errors"));
	json_array("devices");
	while ((r = table_next(&s->devices, r, f->major, f->minor))) {
		json_object(NULL);
		json_str("name", row_str(r, "name"));
		json_str("state", row_str(r, "state"));
		json_row_numbers(r, device_numbers);
		json_end();
	}
	json_end();
	json_array("requests");
	while ((r = table_next(&s->requests, r, f->major, f->minor))) {
		json_object(NULL);
		json_str("request", row_str(r, "request"));
		json_row_numbers(r, request_numbers);
		json_array("lt_us");
		n = kv_list(row_str(r, "lt_us"), lt, 64);
		for (i = 0; i < n; i++)
			json_u64(NULL, lt[i]);
		json_end();
		json_end();
	}
	json_end();
	json_array("pins");
	while ((r = table_next(&s->pins, r, f->major, f->minor)))
		pin_json(r);
	json_end();
	json_end();
}

/* Pages that are waited for by what is no mount any more. */
static bool orphan(const struct status *s, const struct row *r)
{
	return !r->has_dev || !famfs_mounts_find(&s->famfs, r->major, r->minor);
}

static const struct row *faults_row(const struct status *s)
{
	return s->faults.n ? &s->faults.row[0] : NULL;
}

static void all_json(const struct status *s, const struct famfs_mount *only)
{
	static const char *const fault_numbers[] = { "pte", "pmd", "pud", "failed", NULL };
	size_t i;

	json_begin("status");
	json_array("mounts");
	for (i = 0; i < s->famfs.n; i++)
		if (!only || only == &s->famfs.mount[i])
			mount_json(s, &s->famfs.mount[i]);
	json_end();
	json_array("pins");
	for (i = 0; i < s->pins.n; i++)
		if (orphan(s, &s->pins.row[i]))
			pin_json(&s->pins.row[i]);
	json_end();
	if (faults_row(s)) {
		json_object("faults");
		json_row_numbers(faults_row(s), fault_numbers);
		json_end();
	} else {
		json_null("faults");
	}
	json_u64_if("refusals", !s->refusals.err, s->refusals.n);
	json_finish();
}

static void all_text(const struct status *s, const struct famfs_mount *only)
{
	const struct row *r;
	size_t i;

	for (i = 0; i < s->famfs.n; i++)
		if (!only || only == &s->famfs.mount[i])
			mount_text(s, &s->famfs.mount[i]);
	if (only)
		return;
	if (!s->famfs.n)
		puts("no famfs mounts");
	for (i = 0; i < s->pins.n; i++) {
		r = &s->pins.row[i];
		if (orphan(s, r))
			printf("PINNED: %s waits since %.1f s for pages of %" PRIu64 " files of a mount that is gone (%s)\n",
			       safe(row_str(r, "waits_for")), (double)row_u64(r, "since_ms") / 1000,
			       row_u64(r, "files"), safe(row_str(r, "device")));
	}
	r = faults_row(s);
	if (r && (row_u64(r, "pte") || row_u64(r, "pmd") || row_u64(r, "pud") || row_u64(r, "failed")))
		printf("faults: %" PRIu64 " small, %" PRIu64 " large, %" PRIu64 " of 1 GiB, %" PRIu64 " failed\n",
		       row_u64(r, "pte"), row_u64(r, "pmd"), row_u64(r, "pud"), row_u64(r, "failed"));
	if (s->refusals.n)
		printf("refusals that are remembered: %zu (famfsctl why)\n", s->refusals.n);
}

/* A mount that is named wants to be found. */
static int find(struct status *s, const char *name, const struct famfs_mount **f)
{
	load(s);
	if (s->famfs.err) {
		complain("%s", debugfs_why("mounts", s->famfs.err));
		return EXIT_NOT_HERE;
	}
	*f = name ? famfs_mounts_named(&s->famfs, name) : NULL;
	if (!name || *f)
		return EXIT_FINE;
	complain("%s: it is no famfs mount (famfsctl why tells more)", safe(name));
	return EXIT_FOUND;
}

int cmd_status(int argc, char **argv)
{
	static const struct option options[] = { { NULL, 0, NULL, 0 } };
	const struct famfs_mount *only = NULL;
	struct status s;
	int ret;

	if (getopt_long(argc, argv, "", options, NULL) != -1 || argc - optind > 1)
		return usage_error();
	ret = find(&s, argv[optind], &only);
	if (!ret)
		(ctl.json ? all_json : all_text)(&s, only);
	return ret;
}
