// SPDX-License-Identifier: GPL-2.0-only
/*
 * famfsctl mode: put a device into a mode. All that can be known beforehand is looked at before
 * anything is changed; what fails later is put back.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <inttypes.h>
#include <signal.h>
#include <string.h>
#include <sys/file.h>
#include <sys/wait.h>
#include <unistd.h>

#include "famfsctl.h"
#include "json.h"
#include "kmods.h"
#include "memory.h"
#include "mode.h"
#include "mounts.h"
#include "persist.h"

static const struct mode {
	const char *name, *driver;
	const char *modules[3];
} modes[] = {
	{ "famfs", "fsdev_dax", { "fsdev_dax", "famfs_fuse" } },
	{ "devdax", "device_dax", { "device_dax" } },
	{ "system-ram", "kmem", { "kmem" } },
};

struct request {
	struct daxdev dev;
	const struct mode *to;
	bool force, dry, online, keep;
	struct persist persist;
	struct users users;
	const char *holder;	/* who has it, in words, or NULL */
};

/* ---- the bus ---- */

static const char *bus_driver(void *arg)
{
	const struct request *r = arg;

	return sys_link(DAX "/devices/%s/driver", r->dev.name);
}

/* Says what is waited for: whoever waits there takes no signal. */
static pid_t say_later(const char *text)
{
	pid_t pid;

	fflush(NULL);
	pid = fork();
	if (!pid) {
		sleep(3);
		complain("%s", text);
		_exit(0);
	}
	return pid;
}

static int bus_unbind(void *arg, const char *driver)
{
	const struct request *r = arg;
	pid_t teller = say_later("this waits until nobody has pages of the device pinned (famfsctl status)");
	int err = sys_write(r->dev.name, DAX "/drivers/%s/unbind", driver);

	if (teller > 0) {
		kill(teller, SIGKILL);
		waitpid(teller, NULL, 0);
	}
	return err;
}

static int bus_new_id(void *arg, const char *driver)
{
	const struct request *r = arg;

	return sys_write(r->dev.name, DAX "/drivers/%s/new_id", driver);
}

static int bus_remove_id(void *arg, const char *driver)
{
	const struct request *r = arg;

	return sys_write(r->dev.name, DAX "/drivers/%s/remove_id", driver);
}

static const struct mode_ops bus = { bus_driver, bus_unbind, bus_new_id, bus_remove_id };

/* ---- may it be done? ---- */

/* Who has a device in famfs mode; an older module does not tell. */
static const char *held_by(const struct daxdev *d)
{
	const char *node = pool_printf("/dev/%s", d->name);
	const struct mount *m, *some = NULL;
	unsigned int major, minor;
	struct mounts mounts;
	size_t i;

	if (strcmp(d->mode, "famfs") && strcmp(d->mode, "fsdev"))
		return NULL;
	if (d->holder && !strcmp(d->holder, "none"))
		return NULL;
	mounts_load(&mounts);
	if (d->holder) {
		if (!devno_parse(d->holder, &major, &minor))
			return pool_printf("its node is in use (%s)", d->holder);
		m = mounts_find(&mounts, major, minor);
		return m ? pool_printf("it belongs to the mount on %s: unmount that first", m->point) :
		       pool_printf("it belongs to a mount that is not in sight (%s)", d->holder);
	}
	for (i = 0; i < mounts.n; i++) {
		m = &mounts.mount[i];
		if (!strcmp(m->source, node))
			return pool_printf("it is the source of the mount on %s: unmount that first",
					   m->point);
		if (mount_calls_itself_famfs(m))
			some = m;
	}
	return some ? pool_printf("the fsdev_dax that is loaded does not tell who has it, and there is a famfs mount on %s: unmount that first",
				  some->point) : NULL;
}

/* kmem takes, beside what it is told of, all such memory that has no driver. */
static const char *others_for_kmem(const struct request *r)
{
	const char *list = NULL;
	struct daxdevs devs;
	size_t i;

	daxdevs_load(&devs);
	for (i = 0; i < devs.n; i++)
		if (!devs.dev[i].driver && strcmp(devs.dev[i].name, r->dev.name) &&
		    strcmp(devs.dev[i].region, "pmem"))
			list = list ? pool_printf("%s, %s", list, devs.dev[i].name) : devs.dev[i].name;
	return list;
}

static const char *users_text(const struct users *u)
{
	const char *s = "";
	size_t i;

	for (i = 0; i < u->n && i < 5; i++)
		s = pool_printf("%s%s%s %" PRIu64 "%s", s, i ? ", " : "",
				u->user[i].name ? u->user[i].name : "process", u->user[i].pid,
				u->user[i].mapped ? " (mapped)" : "");
	return u->n > 5 ? pool_printf("%s and %zu others", s, u->n - 5) : s;
}

/* Why it is refused, or NULL. */
static const char *refused(struct request *r)
{
	const char *others;

	r->holder = held_by(&r->dev);
	users_load(&r->users, &r->dev);
	if (r->force)
		return NULL;
	if (r->holder)
		return pool_printf("%s; --force takes it away, which costs whoever uses its files a SIGBUS",
				   r->holder);
	if (r->users.n)
		return pool_printf("/dev/%s is open in %s; --force takes it away from them", r->dev.name,
				   users_text(&r->users));
	others = !strcmp(r->to->driver, "kmem") ? others_for_kmem(r) : NULL;
	if (others)
		return pool_printf("kmem would take %s as well, which has no driver: give it one, or --force",
				   others);
	return NULL;
}

/* ---- doing it ---- */

static const char *load_modules(const struct mode *m)
{
	const char *why = NULL;
	size_t i;

	for (i = 0; i < 3 && m->modules[i]; i++) {
		if (module_load(m->modules[i], &why))
			return pool_printf("%s cannot be loaded: %s (famfsctl doctor)", m->modules[i], why);
		if (!strcmp(m->modules[i], "fsdev_dax") && !fsdev_is_ours())
			return "the fsdev_dax that is loaded is the kernel's own: modprobe -r fsdev_dax && modprobe famfs_fuse exchanges it";
	}
	if (!sys_exists(DAX "/drivers/%s", m->driver))
		return pool_printf("there is no driver %s on the bus", m->driver);
	return NULL;
}

/* One at a time: two that switch one device would each put back what the other has done. */
static int lock(void)
{
	int fd = open(sys_path("/run/famfsctl.lock"), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);

	if (fd >= 0)
		flock(fd, LOCK_EX);
	return fd;
}

static const char *change(struct request *r, struct mode_result *res)
{
	const char *const told[] = { r->dev.name, NULL };
	const char *why = NULL, *log;
	struct blocks b = { 0 };
	int err;

	why = load_modules(r->to);
	if (why)
		return why;
	/* Memory that does not go offline stays the kernel's: unbinding it would lose both. */
	if (!strcmp(r->dev.mode, "system-ram")) {
		blocks_load(&b, &r->dev);
		if (!b.known)
			return "it is memory of this machine, and where that is cannot be seen";
		if (blocks_offline(&b, &why))
			return why;
	}
	err = mode_switch(&bus, r, r->to->driver, res);
	if (err) {
		log = kernel_log_last(told);
		why = log ? pool_printf("%s (the kernel's log: %s)", res->why, log) : res->why;
	}
	if (!res->now || strcmp(res->now, "kmem"))
		return why;
	if (err) {
		blocks_restore(&b, b.n);
	} else if (r->online) {
		blocks_load(&b, &r->dev);
		blocks_online(&b, &why);
	}
	return why;
}

static void write_json(const struct request *r, const struct mode_result *res, const char *why,
		       const char *now)
{
	size_t i;

	json_begin("mode");
	json_str("device", r->dev.name);
	json_str("was", r->dev.mode);
	json_str("mode", now);
	json_bool("changed", res->changed);
	json_str("error", why);
	json_str("persist", r->persist.file);
	json_str("holder", r->holder);
	json_array("users");
	for (i = 0; i < r->users.n; i++) {
		json_object(NULL);
		json_u64("pid", r->users.user[i].pid);
		json_str("name", r->users.user[i].name);
		json_bool("mapped", r->users.user[i].mapped);
		json_end();
	}
	json_end();
	json_finish();
}

static int parse(struct request *r, int argc, char **argv)
{
	static const struct option options[] = {
		{ "force", no_argument, NULL, 'f' },
		{ "dry-run", no_argument, NULL, 'n' },
		{ "no-online", no_argument, NULL, 'o' },
		{ "persist", optional_argument, NULL, 'p' },
		{ "helper", required_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	const char *name;
	size_t i;
	int c;

	memset(r, 0, sizeof(*r));
	r->online = true;
	r->persist.helper = PERSIST_HELPER;
	while ((c = getopt_long(argc, argv, "fn", options, NULL)) != -1)
		switch (c) {
		case 'f':
			r->force = true;
			break;
		case 'n':
			r->dry = true;
			break;
		case 'o':
			r->online = false;
			break;
		case 'p':
			r->keep = true;
			r->persist.name = optarg;
			break;
		case 'h':
			r->persist.helper = optarg;
			break;
		default:
			return usage_error();
		}
	if (argc - optind != 2)
		return usage_error();
	for (i = 0; i < sizeof(modes) / sizeof(modes[0]); i++)
		if (!strcmp(argv[optind + 1], modes[i].name))
			r->to = &modes[i];
	if (!r->to) {
		complain("%s: there is no such mode; there are famfs, devdax and system-ram", safe(argv[optind + 1]));
		return usage_error();
	}
	if (r->persist.name && !persist_name_good(r->persist.name)) {
		complain("%s: a name is of letters, digits and _", safe(r->persist.name));
		return usage_error();
	}
	name = dax_name(argv[optind]);
	if (!name || !daxdev_load(&r->dev, name)) {
		complain("%s: there is no such dax device", safe(argv[optind]));
		return EXIT_FOUND;
	}
	r->persist.dev = r->dev.name;
	r->persist.famfs = !strcmp(r->to->name, "famfs");
	if (!r->persist.name) {
		char *own = pool_strdup(r->dev.name), *dot = strchr(own, '.');

		if (dot)
			*dot = '_';
		r->persist.name = own;
	}
	return EXIT_FINE;
}

/* What the person who asked reads. */
static void write_text(const struct request *r, const struct mode_result *res, const char *now)
{
	if (r->dry && strcmp(r->dev.mode, r->to->name)) {
		printf("%s: %s, would be %s\n", safe(r->dev.name), safe(r->dev.mode), r->to->name);
		return;
	}
	printf("%s: %s%s\n", safe(r->dev.name), safe(now), res->changed ? "" : ", as before");
	if (r->persist.file)
		printf("%s: %s%s\n", safe(r->dev.name), safe(r->persist.file),
		       !r->persist.famfs ? " removed" : r->persist.changed ? "" : " names it already");
}

int cmd_mode(int argc, char **argv)
{
	struct mode_result res = { 0 };
	struct daxdev after;
	struct request r;
	const char *why;
	int ret, fd;

	ret = parse(&r, argc, argv);
	if (ret)
		return ret;
	if (!*ctl.root && geteuid() && !r.dry) {
		complain("only root can switch modes");
		return EXIT_NOT_HERE;
	}
	fd = r.dry ? -1 : lock();
	/* Somebody else may just have been at it. */
	if (!daxdev_load(&r.dev, r.dev.name)) {
		complain("%s is gone", safe(r.dev.name));
		return EXIT_FOUND;
	}
	why = strcmp(r.dev.mode, r.to->name) ? refused(&r) : NULL;
	if (!why && !r.dry && strcmp(r.dev.mode, r.to->name))
		why = change(&r, &res);
	if (!why && !r.dry && r.keep)
		why = persist(&r.persist);
	if (!daxdev_load(&after, r.dev.name))
		after.mode = "none";
	if (fd >= 0)
		close(fd);
	if (ctl.json)
		write_json(&r, &res, why, after.mode);
	if (why)
		complain("%s: %s", safe(r.dev.name), safe(why));
	else if (!ctl.json)
		write_text(&r, &res, after.mode);
	return why ? EXIT_FOUND : EXIT_FINE;
}
