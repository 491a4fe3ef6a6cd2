// SPDX-License-Identifier: GPL-2.0-only
/* famfsctl doctor: mounts and their servers, programs, RDMA. */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "doctor.h"
#include "famfsctl.h"
#include "tables.h"

/* A device that was taken away while mounted: its files fail for good, whatever became of it. */
static void look_gone(const struct famfs_mount *f, const struct table *devices, const char *id,
		      const char *where)
{
	const struct row *r = NULL;
	const char *name;

	while ((r = table_next(devices, r, f->major, f->minor))) {
		name = row_str(r, "name");
		if (row_is(r, "state", "gone"))
			found(V_WARN, pool_printf("%s.%" PRIu64, id, row_u64(r, "index")),
			      pool_printf("umount %s, and mount it anew, with the device in famfs mode", where),
			      "%s was taken away from %s: what is on it can be neither opened nor read",
			      name ? name : "a device", where);
	}
}

static void look_mount(const struct famfs_mount *f, const struct table *devices)
{
	const char *id = pool_printf("mount.%u:%u", f->major, f->minor);
	const char *where = f->point ? f->point : pool_printf("%u:%u", f->major, f->minor);
	const char *name = process_name(f->server);

	if (f->have_state && !f->alive)
		found(V_WARN, id, pool_printf("umount %s, and start the server again", where),
		      "the server of %s is gone: what is open goes on working, nothing else can be opened",
		      where);
	else if (f->server && !name)
		found(V_OK, id, NULL, "%s is served by a process that is not in sight (%" PRIu64 ")", where,
		      f->server);
	else if (f->server)
		found(V_OK, id, NULL, "%s is served by %s (%" PRIu64 ")", where, name, f->server);
	else
		found(V_OK, id, NULL, "%s is a famfs mount", where);
	look_gone(f, devices, id, where);
}

void doctor_mounts(struct doctor *d)
{
	struct table devices;
	const struct mount *m;
	size_t i, k, famfs = 0;

	table_load(&devices, "devices");
	for (i = 0; i < d->famfs.n; i++)
		look_mount(&d->famfs.mount[i], &devices);
	for (i = 0; i < d->mounts.n; i++) {
		m = &d->mounts.mount[i];
		if (!mount_calls_itself_famfs(m))
			continue;
		famfs++;
		for (k = 0; k < i; k++)
			if (d->mounts.mount[k].major == m->major && d->mounts.mount[k].minor == m->minor)
				break;
		if (k < i || d->famfs.err || famfs_mounts_find(&d->famfs, m->major, m->minor))
			continue;
		found(V_WARN, pool_printf("mount.%u:%u", m->major, m->minor),
		      "famfsctl why MOUNT; the kernel's log has a line. Mostly famfs_fuse was not loaded then, or whoever mounted is not root: umount, and mount again",
		      "%s calls itself famfs (%s), and is an ordinary FUSE mount", m->point, m->type);
	}
	if (d->famfs.err && famfs)
		found(V_UNSEEN, "mounts", NULL, "%zu mounts call themselves famfs; whether they are: %s", famfs,
		      debugfs_why("mounts", d->famfs.err));
}

static const char *program(const char *name)
{
	static const char *const dirs[] = {
		"/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin",
	};
	const char *path;
	size_t i;

	for (i = 0; i < sizeof(dirs) / sizeof(dirs[0]); i++) {
		path = pool_printf("%s/%s", dirs[i], name);
		if (sys_exists("%s", path))
			return path;
	}
	return NULL;
}

void doctor_programs(void)
{
	const char *fmapd = program("fmapd"), *famfs = program("famfs"), *mkfs = program("mkfs.famfs");
	struct names rdma;
	size_t i;

	if (fmapd)
		found(V_OK, "program.fmapd", NULL, "%s", fmapd);
	if (famfs && mkfs)
		found(V_OK, "program.famfs", NULL,
		      "%s and %s: mount with famfs mount --fuse; formatting needs no other mode", famfs, mkfs);
	else if (famfs || mkfs)
		found(V_WARN, "program.famfs", "install the famfs user space as a whole",
		      "%s is there, %s is not", famfs ? famfs : mkfs, famfs ? "mkfs.famfs" : "famfs");
	if (!fmapd && !famfs)
		found(V_WARN, "program.server", "install the package fmapd, or the famfs user space; a server of your own needs neither",
		      "there is neither fmapd nor the famfs user space");

	sys_list(&rdma, "/sys/class/infiniband");
	for (i = 0; i < rdma.n; i++)
		if (module_loaded("ib_uverbs") || sys_exists("/sys/class/infiniband_verbs/uverbs0"))
			found(V_OK, pool_printf("rdma.%s", rdma.name[i]), NULL,
			      "%s can register files of famfs on dax devices; registering pins them", rdma.name[i]);
		else
			found(V_WARN, pool_printf("rdma.%s", rdma.name[i]), "modprobe ib_uverbs",
			      "%s is there, but programs cannot reach it", rdma.name[i]);
}
