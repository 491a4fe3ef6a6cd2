// SPDX-License-Identifier: GPL-2.0-only
/* famfsctl doctor: dax devices, and memory that the kernel has taken for itself. */
#include <errno.h>
#include <string.h>

#include "doctor.h"
#include "famfsctl.h"
#include "memory.h"
#include "persist.h"

#define KEEP_AWAY	"a line \"blacklist kmem\" in /etc/modprobe.d/no-kmem.conf keeps the kernel from taking it at boot"

/* That can be meant so: what is to be in famfs mode look_boot() knows. */
static void look_kmem(const struct daxdev *d, const char *id)
{
	struct blocks b;

	blocks_load(&b, d);
	if (!b.known)
		found(V_WARN, id, pool_printf("famfsctl mode %s famfs, as root; " KEEP_AWAY, d->name),
		      "%s is ordinary memory of this machine (kmem); whether that is online only root can see",
		      d->name);
	else if (b.online)
		found(V_WARN, id,
		      pool_printf("famfsctl mode %s famfs takes it offline first (daxctl offline-memory %s); if the kernel does not give it back do not unbind it: " KEEP_AWAY ", and reboot. What the device held is gone",
				  d->name, d->name),
		      "%s is ordinary memory of this machine, and online (%zu of %zu blocks)", d->name,
		      b.online, b.n);
	else
		found(V_WARN, id, pool_printf("famfsctl mode %s famfs; " KEEP_AWAY, d->name),
		      "%s belongs to kmem; its memory is offline", d->name);
}

static void look_mode(const struct daxdev *d, const char *id)
{
	if (!strcmp(d->mode, "famfs"))
		found(V_OK, id, NULL, "%s is in famfs mode (%s, %s)", d->name, size_text(d->size), d->region);
	else if (!strcmp(d->mode, "fsdev"))
		found(V_FAIL, id, "exchange fsdev_dax (see there), then famfsctl mode DEV famfs",
		      "%s is bound to the kernel's own fsdev_dax", d->name);
	else if (!strcmp(d->mode, "system-ram"))
		look_kmem(d, id);
	else if (!strcmp(d->mode, "devdax") || !strcmp(d->mode, "none"))
		found(V_WARN, id, pool_printf("famfsctl mode %s famfs", d->name),
		      !strcmp(d->mode, "none") ? "%s has no driver" : "%s is in devdax mode", d->name);
	else
		found(V_WARN, id, pool_printf("famfsctl mode %s famfs, if that driver needs it no more", d->name),
		      "%s has the driver %s, which is not known here", d->name, d->driver);
	/* From the next boot on it can be kmem's. */
	if ((!strcmp(d->region, "hmem") || !strcmp(d->region, "cxl")) && kernel_at_least(6, 3) &&
	    strcmp(d->mode, "system-ram")) {
		struct kmodule kmem;

		kmodule_look(&kmem, "kmem");
		if (kmem.builtin || (kmem.path && !kmem.blacklisted))
			found(V_WARN, pool_printf("kmem.%s", d->name), KEEP_AWAY,
			      "when %s is found again, at boot, the kernel can make it ordinary memory, and write over what it holds",
			      d->name);
	}
}

/* One that should have come up in famfs mode. */
static void look_boot(const struct doctor *doc, const struct daxdev *d)
{
	const char *name = doc->helper ? persist_match(doc->helper, d->name) : NULL;

	if (name && strcmp(d->mode, "famfs"))
		found(V_WARN, pool_printf("boot.%s", d->name),
		      pool_printf("journalctl -u famfs-mode@%s.service says why; famfsctl mode %s famfs", name, d->name),
		      "/etc/famfs/modes.d/%s.conf has %s in famfs mode, and it is not", name, d->name);
	else if (name)
		found(V_OK, pool_printf("boot.%s", d->name), NULL,
		      "%s comes up in famfs mode (/etc/famfs/modes.d/%s.conf)", d->name, name);
}

static void look_align(const struct daxdev *d, const char *id)
{
	uint64_t large = 2 << 20;

	/* The size of a large page is that of the kernel's. */
	sys_u64(&large, "/sys/kernel/mm/transparent_hugepage/hpage_pmd_size");
	if (!d->align)
		found(V_UNSEEN, id, NULL, "the alignment of %s cannot be read", d->name);
	else if (d->align < large)
		found(V_WARN, id, pool_printf("make the device anew with daxctl create-device -a %s, or the namespace with ndctl create-namespace -m devdax -a %s",
					      size_text(large), size_text(large)),
		      "%s is aligned to %s: it is mapped by single pages, not by %s", d->name,
		      size_text(d->align), size_text(large));
	else if (d->have_folio && d->folio_size > large && kernel_at_least(6, 15))
		found(V_OK, id, NULL, "%s is mapped by %s where file and device allow it, elsewhere by single pages",
		      d->name, size_text(d->folio_size));
	else
		found(V_OK, id, NULL, "%s can be mapped by %s%s", d->name, size_text(large),
		      d->align >= 1 << 30 ? d->have_folio && d->folio_size >= 1 << 30 ? " and 1G" :
		      " (and 1G, if it is bound with folio_max=1G)" : "");
}

static void look_holder(const struct doctor *doc, const struct daxdev *d, const char *id)
{
	const struct famfs_mount *f;
	const struct mount *m;
	unsigned int major, minor;

	if (!d->holder || !strcmp(d->holder, "none"))
		return;
	if (!devno_parse(d->holder, &major, &minor)) {
		found(V_OK, id, NULL, "%s: its node is in use (%s)", d->name, d->holder);
		return;
	}
	m = mounts_find(&doc->mounts, major, minor);
	f = famfs_mounts_find(&doc->famfs, major, minor);
	if (m)
		found(V_OK, id, NULL, "%s belongs to the mount on %s", d->name, m->point);
	else
		found(V_WARN, id, "end whoever has files of it open or mapped, or pages of them pinned (famfsctl status); unless it is mounted in another mount namespace",
		      "%s belongs to a mount (%s%s%s) that is not in sight", d->name, d->holder,
		      f && f->source ? ", " : "", f && f->source ? f->source : "");
}

void doctor_devices(struct doctor *doc)
{
	const struct daxdev *d;
	struct names disks;
	size_t i, blocks = 0;
	uint64_t dax;

	sys_list(&disks, "/sys/block");
	for (i = 0; i < disks.n; i++)
		if (sys_u64(&dax, "/sys/block/%s/queue/dax", disks.name[i]) && dax) {
			blocks++;
			found(V_OK, pool_printf("block.%s", disks.name[i]), NULL,
			      "/dev/%s can hold files, too (fmapd --devices-by-fd)", disks.name[i]);
		}
	if (doc->devs.err && doc->devs.err != ENOENT)
		found(V_UNSEEN, "devices", NULL, DAX "/devices: %s", strerror(doc->devs.err));
	else if (!doc->devs.n)
		found(blocks ? V_WARN : V_FAIL, "devices",
		      "load the driver of the memory (modprobe -a cxl_acpi cxl_pci cxl_mem dax_cxl dax_hmem dax_pmem device_dax), make a region or namespace (cxl create-region, ndctl create-namespace -m devdax); on Ubuntu install linux-modules-extra",
		      "there are no dax devices");
	for (i = 0; i < doc->devs.n; i++) {
		d = &doc->devs.dev[i];
		look_mode(d, pool_printf("device.%s", d->name));
		look_boot(doc, d);
		look_align(d, pool_printf("align.%s", d->name));
		if (d->driver && (d->major || d->minor) && !sys_exists("/dev/%s", d->name) &&
		    strcmp(d->mode, "system-ram"))
			found(V_FAIL, pool_printf("node.%s", d->name), "start udev, or mount devtmpfs on /dev",
			      "there is no /dev/%s, by which servers name the device", d->name);
		if (strcmp(d->mode, "famfs"))
			continue;
		if (d->nbad)
			found(V_WARN, pool_printf("badpages.%s", d->name),
			      pool_printf("famfsctl whose %s OFFSET names the file; write the page anew (docs/failures.md)",
					  d->name),
			      "%s has bad pages (%zu ranges, the first at %#jx)", d->name, d->nbad,
			      (uintmax_t)d->bad[0].off);
		look_holder(doc, d, pool_printf("holder.%s", d->name));
	}
}
