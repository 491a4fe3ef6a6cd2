// SPDX-License-Identifier: GPL-2.0-only
/*
 * famfsctl doctor: does this kernel export what the modules need? Module.symvers tells of the
 * kernel that the headers are of; that the running one is the same shows in its symbols. And
 * will it take modules that nobody has signed?
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "doctor.h"
#include "famfsctl.h"
#include "kv.h"

struct export {
	const char *name;
	uint64_t crc;
	bool vmlinux;
};

struct exports {
	struct export *export;
	size_t n;
};

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct export *)a)->name, ((const struct export *)b)->name);
}

static struct export *find(struct exports *e, const char *name)
{
	struct export key = { .name = name };

	return e->n ? bsearch(&key, e->export, e->n, sizeof(key), by_name) : NULL;
}

/* Lines: CRC, name, where, kind, namespace, with tabs between them. */
static bool exports_load(struct exports *e)
{
	char *text = sys_read("/lib/modules/%s/build/Module.symvers", kernel_release());
	char *line, *crc, *name, *where;

	memset(e, 0, sizeof(*e));
	if (!text)
		return false;
	while ((line = kv_next_line(&text))) {
		crc = strsep(&line, "\t");
		name = strsep(&line, "\t");
		where = strsep(&line, "\t");
		if (!where)
			continue;
		pool_more(e->export, e->n);
		e->export[e->n].name = name;
		e->export[e->n].crc = strtoull(crc, NULL, 16);
		e->export[e->n++].vmlinux = !strcmp(where, "vmlinux");
	}
	if (e->n)
		qsort(e->export, e->n, sizeof(*e->export), by_name);
	return true;
}

/* The names of the running kernel itself, without its modules'. */
static bool running_load(struct exports *e)
{
	char *text = sys_read("/proc/kallsyms"), *line, *name;

	memset(e, 0, sizeof(*e));
	while ((line = kv_next_line(&text))) {
		strsep(&line, " ");
		strsep(&line, " ");
		if (!line || strchr(line, '\t'))
			continue;
		name = line;
		pool_more(e->export, e->n);
		e->export[e->n++].name = name;
	}
	if (e->n)
		qsort(e->export, e->n, sizeof(*e->export), by_name);
	return e->n;
}

/* The other of our modules exports some. */
static bool is_of(const struct kmodule *m, const char *name)
{
	size_t i;

	for (i = 0; i < m->ngives; i++)
		if (!strcmp(m->gives[i].name, name))
			return true;
	return false;
}

/* Up to three names, and how many more. */
static const char *some(const char *sofar, size_t n, const char *name)
{
	return n > 3 ? sofar : n > 1 ? pool_printf("%s, %s", sofar, name) : name;
}

static void look_needs(const struct kmodule *m, const struct kmodule *other, struct exports *symvers,
		       struct exports *running)
{
	const char *id = pool_printf("symbols.%s", m->name), *missing = "", *changed = "", *gone = "";
	size_t nmissing = 0, nchanged = 0, ngone = 0, i;
	struct export *e;

	for (i = 0; i < m->nneeds; i++) {
		if (is_of(other, m->needs[i].name))
			continue;
		e = find(symvers, m->needs[i].name);
		if (!e)
			missing = some(missing, ++nmissing, m->needs[i].name);
		else if (e->crc && m->needs[i].crc && e->crc != m->needs[i].crc)
			changed = some(changed, ++nchanged, m->needs[i].name);
		else if (e->vmlinux && running->n && !find(running, m->needs[i].name))
			gone = some(gone, ++ngone, m->needs[i].name);
	}
	if (nmissing)
		found(V_FAIL, id, "boot another kernel, or install a later version of famfs-dkms",
		      "the kernel does not export %s%s (%zu in all), which %s needs", missing,
		      nmissing > 3 ? " and others" : "", nmissing, m->name);
	if (nchanged)
		found(V_FAIL, id, pool_printf("dkms install --force famfs/%s -k %s",
					      m->version ? m->version : "VERSION", kernel_release()),
		      "%s was built for other versions of %s%s (%zu in all) than the kernel's headers tell of",
		      m->name, changed, nchanged > 3 ? " and others" : "", nchanged);
	if (ngone)
		found(V_FAIL, id, "boot the kernel that the headers are of, or install those of this one",
		      "the running kernel has no %s%s (%zu in all), though its headers say so", gone,
		      ngone > 3 ? " and others" : "", ngone);
	if (!nmissing && !nchanged && !ngone)
		found(V_OK, id, NULL, "all %zu functions that %s needs are exported%s", m->nneeds, m->name,
		      running->n ? "" : ", as the headers say");
}

void doctor_symbols(struct doctor *d)
{
	struct exports symvers, running;

	if (!d->fsdev.nneeds && !d->fuse.nneeds)
		return;
	if (!exports_load(&symvers)) {
		found(V_UNSEEN, "symbols", NULL, "there is no Module.symvers (%s): what the kernel exports cannot be told",
		      errno == ENOENT ? "no headers" : strerror(errno));
		return;
	}
	running_load(&running);
	if (d->fsdev.nneeds)
		look_needs(&d->fsdev, &d->fuse, &symvers, &running);
	if (d->fuse.nneeds)
		look_needs(&d->fuse, &d->fsdev, &symvers, &running);
}

/* Does the kernel know a key of that name? Root alone sees all keys. */
static bool key_known(const char *signer, bool *seen)
{
	const char *keys = sys_read("/proc/keys");

	*seen = keys && strstr(keys, "asymmetri");
	return *seen && strstr(keys, pool_printf(" %s: ", signer));
}

void doctor_signatures(struct doctor *d)
{
	static const char enrol[] = "mokutil --import /var/lib/dkms/mok.pub, reboot, and choose \"Enroll MOK\" (\"Secure Boot\" in README.Debian or README.rpm has the steps)";
	const char *lockdown = sys_read("/sys/kernel/security/lockdown");
	const char *enforce = sys_read("/sys/module/module/parameters/sig_enforce");
	const char *sb, *why;
	struct kmodule *m[] = { &d->fsdev, &d->fuse };
	bool locked, seen;
	size_t len, i;

	sb = sys_read_all(&len, "/sys/firmware/efi/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c");
	locked = lockdown && !strstr(lockdown, "[none]");
	why = locked ? pool_printf("lockdown is on (%s)", lockdown) :
	      enforce && *enforce == 'Y' ? "the kernel takes signed modules only (sig_enforce)" : NULL;
	if (lockdown && strstr(lockdown, "[confidentiality]"))
		found(V_WARN, "kernel.lockdown", NULL,
		      "lockdown=confidentiality closes debugfs: famfsctl status, why and map tell nothing");
	if (!why && !(sb && len == 5 && sb[4] == 1)) {
		found(V_OK, "signatures", NULL, "this kernel takes modules whoever signed them");
		return;
	}
	if (!why)
		why = "Secure Boot is on";
	for (i = 0; i < 2; i++) {
		const char *id = pool_printf("signature.%s", m[i]->name);

		if (!m[i]->path || m[i]->err || m[i]->loaded)
			continue;
		if (!m[i]->signer)
			found(locked || enforce ? V_FAIL : V_WARN, id,
			      pool_printf("apt install openssl (or your distribution's), dpkg-reconfigure famfs-dkms or dkms install --force, so that DKMS signs it; then %s",
					  enrol), "%s, and %s is not signed", why, m[i]->path);
		else if (key_known(m[i]->signer, &seen))
			found(V_OK, id, NULL, "signed by \"%s\", which the kernel knows", m[i]->signer);
		else if (!seen)
			found(V_UNSEEN, id, "mokutil --test-key /var/lib/dkms/mok.pub tells",
			      "%s; %s is signed by \"%s\"; whether the kernel knows that key cannot be seen",
			      why, m[i]->name, m[i]->signer);
		else
			found(V_FAIL, id, enrol, "%s, and the kernel does not know the key \"%s\" that signed %s",
			      why, m[i]->signer, m[i]->name);
	}
}
