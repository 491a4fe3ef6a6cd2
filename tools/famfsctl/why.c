// SPDX-License-Identifier: GPL-2.0-only
/*
 * famfsctl why: why is this mount an ordinary one, why can that file not be opened? The kernel
 * remembers what it refused; what it does not tell is looked for here.
 */
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "dax.h"
#include "famfsctl.h"
#include "json.h"
#include "kmods.h"
#include "mounts.h"
#include "tables.h"

static struct {
	const char *what, *remedy;
	bool bad;
} *answer;

static size_t nanswers;

static void say(bool bad, const char *remedy, const char *format, ...) __attribute__((format(printf, 3, 4)));
static void say(bool bad, const char *remedy, const char *format, ...)
{
	va_list args;

	pool_more(answer, nanswers);
	va_start(args, format);
	answer[nanswers].what = pool_vprintf(format, args);
	va_end(args);
	answer[nanswers].remedy = remedy;
	answer[nanswers++].bad = bad;
}

static const char *ago(const struct row *r)
{
	uint64_t ms = row_u64(r, "ago_ms");

	if (ms < 100000)
		return pool_printf("%.1f s ago", (double)ms / 1000);
	if (ms < 7200000)
		return pool_printf("%" PRIu64 " minutes ago", ms / 60000);
	return pool_printf("%" PRIu64 " hours ago", ms / 3600000);
}

/* What to do where the kernel's words say only what is wrong. */
static const char *remedy_of(const char *text)
{
	static const char which[] = "famfsctl list shows which devices there are; correct the server's list of devices";
	static const struct {
		const char *words, *remedy;
	} known[] = {
		{ "no such device node", which },
		{ "is no dax device", which },
		{ "another mount holds it", "famfsctl list shows who; end that mount or that use" },
		{ "is memory of this machine", "famfsctl mode DEV famfs" },
		{ "passes the end of its device", "famfsctl list shows how large devices are; correct the server's extents" },
	};
	size_t i;

	for (i = 0; text && i < sizeof(known) / sizeof(known[0]); i++)
		if (strstr(text, known[i].words))
			return known[i].remedy;
	return NULL;
}

static bool of_ended_mount(const struct row *r)
{
	return row_u64(r, "ended");
}

static void say_refusal(const struct row *r)
{
	uint64_t times = row_u64(r, "times"), err = row_u64(r, "errno");
	const char *text = row_str(r, "text"), *about = row_str(r, "about");

	say(true, remedy_of(text), "%s, %s%s%s%s: %s%s", ago(r), row_str(r, "kind") ? row_str(r, "kind") : "refused",
	    about ? " of " : "", about ? about : "", of_ended_mount(r) ? ", of a mount that is gone" : "",
	    text ? text : "?",
	    err ? pool_printf(" (%s%s)", err < 4096 ? strerror((int)err) : "?",
			      times > 1 ? pool_printf(", %" PRIu64 " times", times) : "") : "");
}

/*
 * Those of a mount and of a kind, and about something, unless that is NULL. How many. A former mount
 * can have had its number.
 */
static size_t refusals_of(const struct table *refusals, unsigned int major, unsigned int minor,
			  const char *kind, const char *about)
{
	const struct row *r = NULL;
	size_t n = 0;

	while ((r = table_next(refusals, r, major, minor))) {
		if (of_ended_mount(r) || (kind && !row_is(r, "kind", kind)) ||
		    (about && !row_is(r, "about", about)))
			continue;
		say_refusal(r);
		n++;
	}
	return n;
}

/* A mount of which the module does not know. An exit status: whether that can be told. */
static int why_no_famfs(const struct mount *m, const struct table *refusals, int err)
{
	const char *offer = sys_read("/sys/module/famfs_fuse/parameters/offer");
	const char *const told[] = { pool_printf("(%u:%u)", m->major, m->minor), "famfs_fuse", "ordinary", NULL };
	const char *log;

	if (strcmp(m->type, "fuse") && strncmp(m->type, "fuse.", 5)) {
		say(false, NULL, "%s is %s, and has nothing to do with famfs", m->point, m->type);
		return EXIT_FINE;
	}
	if (!module_loaded("famfs_fuse")) {
		say(true, "modprobe famfs_fuse, unmount, and mount again (famfsctl doctor tells what is in the way)",
		    "famfs_fuse is not loaded: %s is an ordinary FUSE mount", m->point);
		return EXIT_FINE;
	}
	if (err) {
		say(true, NULL, "whether %s is a famfs mount cannot be told: %s", m->point,
		    debugfs_why("mounts", err));
		return EXIT_NOT_HERE;
	}
	say(true, NULL, "%s is an ordinary FUSE mount", m->point);
	if (refusals_of(refusals, m->major, m->minor, "mount", NULL))
		return EXIT_FINE;
	/* A later mount has a former one's number: of the log only what is said of ordinary ones. */
	log = kernel_log_last(told);
	if (offer && !strcmp(offer, "none"))
		say(true, "echo auto > /sys/module/famfs_fuse/parameters/offer, and mount again",
		    "no mount is offered the protocol (offer=none)");
	else if (!mount_calls_itself_famfs(m) && offer && !strcmp(offer, "auto"))
		say(true, "have a subtype that begins with famfs or fmap, or the device as source; or offer=all",
		    "it is not offered the protocol: its source (%s) is no dax device, and its type (%s) does not begin with fuse.famfs or fuse.fmap",
		    m->source, m->type);
	else if (log)
		say(true, NULL, "the kernel's log: %s", log);
	else
		say(true, "unmount, and mount as root, with a server that knows the protocol",
		    "it was mounted before famfs_fuse was loaded, or not by root of this machine, or its server does not agree to the protocol");
	return EXIT_FINE;
}

static bool in_famfs_mode(const char *name)
{
	struct daxdev dev;

	return name && daxdev_load(&dev, name) && !strcmp(dev.mode, "famfs");
}

static void why_mount(const struct famfs_mount *f, const struct table *devices)
{
	const struct row *r = NULL;
	const char *name;

	say(false, NULL, "it is a famfs mount, of %s", f->source ? f->source : "?");
	if (f->have_state && !f->alive)
		say(true, pool_printf("umount %s, and start the server again", f->point ? f->point : "it"),
		    "its server is gone: what is open goes on working, nothing else can be opened");
	while ((r = table_next(devices, r, f->major, f->minor))) {
		name = row_str(r, "name");
		if (row_is(r, "state", "gone"))
			say(true, in_famfs_mode(name) ? "unmount, and mount anew" :
			    "put it into famfs mode again (famfsctl mode), unmount, and mount anew",
			    "its device %s was taken away", name ? name : "?");
		else if (row_is(r, "state", "failed"))
			say(true, NULL, "it could not get its device of index %" PRIu64, row_u64(r, "index"));
	}
}

static bool in_memory(const struct target *t, bool *dead, const char **kind)
{
	const struct row *r = NULL;
	struct table maps;
	uint64_t ino;

	table_load(&maps, "maps");
	while ((r = table_next(&maps, r, t->major, t->minor))) {
		if (!kv_u64(&r->kv, "ino", &ino) && !kv_u64(&r->kv, "node", &ino))
			continue;
		if (ino != t->ino)
			continue;
		*dead = kv_get(&r->kv, "dead");
		*kind = row_str(r, "kind");
		return true;
	}
	return false;
}

static void why_file(const struct target *t, const struct table *refusals)
{
	const char *kind = NULL;
	size_t n = 0;
	bool dead;

	n = refusals_of(refusals, t->major, t->minor, "open", pool_printf("node %" PRIu64, t->ino));
	if (n || t->err)
		refusals_of(refusals, t->major, t->minor, "device", NULL);
	if (t->err)
		say(true, NULL, "opening it fails: %s", strerror(t->err));
	else if (in_memory(t, &dead, &kind))
		say(false, NULL, "it has a map (%s), which is in memory: it is read, written and mapped without its server (famfsctl map)",
		    kind ? kind : "?");
	else if (t->fd >= 0)
		say(true, "open it as it is used; an empty file has none", "it can be opened, and has no map in memory");
}

static int write_all(const char *name, int ret)
{
	bool bad = false;
	size_t i;

	for (i = 0; i < nanswers; i++)
		bad |= answer[i].bad;
	if (ctl.json) {
		json_begin("why");
		json_str("about", name);
		json_bool("wrong", bad);
		json_array("answers");
		for (i = 0; i < nanswers; i++) {
			json_object(NULL);
			json_str("what", answer[i].what);
			json_str("remedy", answer[i].remedy);
			json_bool("wrong", answer[i].bad);
			json_end();
		}
		json_end();
		json_finish();
	} else {
		for (i = 0; i < nanswers; i++) {
			puts(safe(answer[i].what));
			if (answer[i].remedy)
				printf("        -> %s\n", safe(answer[i].remedy));
		}
	}
	return ret ? ret : bad ? EXIT_FOUND : EXIT_FINE;
}

/* All that is remembered, for who does not know what to ask. */
static int why_all(const struct table *refusals)
{
	size_t i;

	if (refusals->err) {
		complain("%s", debugfs_why("refusals", refusals->err));
		return EXIT_NOT_HERE;
	}
	for (i = 0; i < refusals->n; i++)
		say_refusal(&refusals->row[i]);
	if (!refusals->n)
		say(false, NULL, "nothing that was refused is remembered");
	return write_all(NULL, EXIT_FINE);
}

/* Which mount is it, and which file of it? */
static bool locate(const char *name, const struct mounts *mounts, struct target *t)
{
	size_t i;
	int err;

	for (i = mounts->n; i; i--)
		if (!strcmp(mounts->mount[i - 1].point, name)) {
			memset(t, 0, sizeof(*t));
			t->fd = -1;
			t->major = mounts->mount[i - 1].major;
			t->minor = mounts->mount[i - 1].minor;
			return true;
		}
	err = target_open(t, name);
	if (err && err != EISDIR) {
		say(true, err == ENOTCONN ? "the server is gone: umount, and start it again" : NULL, "%s: %s",
		    name, err == EXDEV ? "files of a prepared tree are named MAJ:MIN:INO" : strerror(err));
		return false;
	}
	if (err == EISDIR)
		t->ino = 0;
	return true;
}

int cmd_why(int argc, char **argv)
{
	static const struct option options[] = { { NULL, 0, NULL, 0 } };
	struct table refusals, devices;
	const struct famfs_mount *f;
	struct famfs_mounts famfs;
	const struct mount *at;
	struct mounts mounts;
	int ret = EXIT_FINE;
	struct target t;

	if (getopt_long(argc, argv, "", options, NULL) != -1 || argc - optind > 1)
		return usage_error();
	mounts_load(&mounts);
	if (optind == argc) {
		table_load(&refusals, "refusals");
		return why_all(&refusals);
	}
	/* First the file: what opening it is refused for is told of then. */
	if (!locate(argv[optind], &mounts, &t))
		return write_all(argv[optind], EXIT_FOUND);
	table_load(&refusals, "refusals");
	table_load(&devices, "devices");
	famfs_mounts_load(&famfs, &mounts);
	f = famfs_mounts_find(&famfs, t.major, t.minor);
	at = mounts_find(&mounts, t.major, t.minor);
	if (f) {
		why_mount(f, &devices);
		if (t.ino)
			why_file(&t, &refusals);
		else
			refusals_of(&refusals, t.major, t.minor, NULL, NULL);
	} else if (at) {
		ret = why_no_famfs(at, &refusals, famfs.err);
	} else {
		say(true, NULL, "%s is of no mount that is in sight (%u:%u)", argv[optind], t.major, t.minor);
	}
	target_close(&t);
	return write_all(argv[optind], ret);
}
