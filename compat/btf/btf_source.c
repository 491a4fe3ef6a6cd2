// SPDX-License-Identifier: GPL-2.0-only
/* Where the BTF of the kernel being built for comes from. */
#define _GNU_SOURCE
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>
#include <bpf/libbpf.h>
#include "layoutgen.h"

static struct btf *checked(struct btf *btf)
{
	return libbpf_get_error(btf) ? NULL : btf;
}

/**
 * lg_kdir_release - release of the kernel whose headers these are
 * @kdir: directory given to the kernel build as -C
 *
 * utsrelease.h is what ends up in vermagic.  include/config/kernel.release is
 * second: Debian 6.1 has only "6.1.x" in it.
 *
 * Return: the release, or NULL.
 */
char *lg_kdir_release(const char *kdir)
{
	char *s = lg_read_file(lg_printf("%s/include/generated/utsrelease.h", kdir), NULL);
	char *p = s ? strstr(s, "UTS_RELEASE \"") : NULL;

	if (p) {
		p += strlen("UTS_RELEASE \"");
		p[strcspn(p, "\"\n")] = '\0';
		return p;
	}
	s = lg_read_file(lg_printf("%s/include/config/kernel.release", kdir), NULL);
	if (s)
		s[strcspn(s, "\n")] = '\0';
	return s;
}

/* Headers unpacked below some directory: the image is looked for there too. */
static char *root_of(const char *kdir)
{
	static const char *const marks[] = { "/usr/src/", "/lib/modules/", "/usr/lib/modules/" };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(marks); i++) {
		const char *p = strstr(kdir, marks[i]);

		if (p)
			return lg_printf("%.*s", (int)(p - kdir), kdir);
	}
	return lg_strdup("");
}

static bool running(const struct lg_kernel *k)
{
	struct utsname u;

	return !uname(&u) && !strcmp(u.release, k->release);
}

static bool try_elf(struct lg_kernel *k, char *path)
{
	if (k->base || !lg_exists(path))
		return k->base;
	k->base = checked(btf__parse_elf(path, NULL));
	if (k->base)
		k->origin = path;
	return k->base;
}

static bool try_image(struct lg_kernel *k, char *path)
{
	if (k->base || !lg_exists(path))
		return k->base;
	k->base = lg_btf_from_image(path);
	if (k->base)
		k->origin = path;
	return k->base;
}

static void try_images(struct lg_kernel *k, const char *root)
{
	const char *rel = k->release;

	try_image(k, lg_printf("%s/boot/vmlinuz-%s", root, rel));
	try_image(k, lg_printf("%s/lib/modules/%s/vmlinuz", root, rel));
	try_image(k, lg_printf("%s/usr/lib/modules/%s/vmlinuz", root, rel));
	try_elf(k, lg_printf("%s/usr/lib/debug/boot/vmlinux-%s", root, rel));
}

/**
 * lg_kernel_load - find and load the base BTF
 * @k: kdir, release and base_file are set
 *
 * Fills in base, origin and root; exits with one line when there is no BTF.
 */
void lg_kernel_load(struct lg_kernel *k)
{
	char *up;

	libbpf_set_print(NULL);
	if (!k->root)
		k->root = root_of(k->kdir ? k->kdir : "");
	if (k->base_file) {
		k->base = checked(btf__parse(k->base_file, NULL));
		if (!k->base)
			k->base = lg_btf_from_image(k->base_file);
		if (!k->base)
			lg_die("no BTF in %s", k->base_file);
		k->origin = lg_strdup(k->base_file);
		return;
	}
	try_elf(k, lg_printf("%s/vmlinux", k->kdir));
	try_images(k, k->root);
	/* /lib/modules/REL/build is a link: go up by name, not by directory */
	up = lg_strdup(k->kdir);
	while (*up && up[strlen(up) - 1] == '/')
		up[strlen(up) - 1] = '\0';
	if (strrchr(up, '/')) {
		*strrchr(up, '/') = '\0';
		try_image(k, lg_printf("%s/vmlinuz", up));
	}
	if (*k->root)
		try_images(k, "");
	if (!k->base && running(k)) {
		k->base = checked(btf__parse_raw("/sys/kernel/btf/vmlinux"));
		k->origin = lg_strdup("/sys/kernel/btf/vmlinux");
	}
	if (!k->base)
		lg_die("no BTF found for this kernel (no vmlinux in %s, no vmlinuz-%s in %s/boot); install the image of the kernel (linux-image-%s or kernel-core-%s)",
		       k->kdir, k->release, k->root, k->release, k->release);
}

static struct btf *split_from(struct lg_kernel *k, const char *path, bool packed)
{
	char *plain = packed ? lg_unpack_module(path) : NULL;
	struct btf *btf;

	btf = checked(btf__parse_elf_split(plain ? plain : path, k->base));
	if (plain)
		lg_delete_temporary(plain);
	return btf;
}

/* Directories of the module tree that hold what the specs ask for. */
static struct btf *module_below(struct lg_kernel *k, const char *root, const char *name)
{
	static const char *const dirs[] = {
		"fs/fuse", "drivers/dax", "drivers/dax/hmem", "drivers/dax/pmem", "drivers/nvdimm",
	};
	static const char *const ext[] = { "", ".xz", ".zst", ".gz" };
	static const char *const lib[] = { "/lib", "/usr/lib" };
	size_t d, e, l;

	for (l = 0; l < 2; l++)
		for (d = 0; d < ARRAY_SIZE(dirs); d++)
			for (e = 0; e < ARRAY_SIZE(ext); e++) {
				char *p = lg_printf("%s%s/modules/%s/kernel/%s/%s.ko%s", root,
						    lib[l], k->release, dirs[d], name, ext[e]);
				struct btf *btf = NULL;

				if (lg_exists(p))
					btf = split_from(k, p, *ext[e]);
				if (btf)
					return btf;
			}
	return NULL;
}

/**
 * lg_kernel_module - split BTF of a module of this kernel
 * @k: loaded kernel
 * @name: module name
 *
 * Return: BTF on top of @k->base, or NULL: built in, not built, or not
 * installed here.
 */
struct btf *lg_kernel_module(struct lg_kernel *k, const char *name)
{
	struct btf *btf = NULL;
	size_t i;

	for (i = 0; i < k->nmods; i++)
		if (!strcmp(k->mods[i].name, name))
			break;
	if (i == k->nmods) {
		if (i == LG_MAX_MODS)
			lg_die("too many modules named at %s", name);
		k->mods[i].name = lg_strdup(name);
		k->nmods++;
	}
	if (k->mods[i].tried)
		return k->mods[i].btf;
	k->mods[i].tried = true;

	if (k->mods[i].file) {
		btf = checked(btf__parse_split(k->mods[i].file, k->base));
		if (!btf)
			lg_die("no BTF of module %s in %s", name, k->mods[i].file);
	} else if (!k->base_file) {
		btf = module_below(k, k->root, name);
		if (!btf && *k->root)
			btf = module_below(k, "", name);
		if (!btf && running(k))
			btf = checked(btf__parse_split(lg_printf("/sys/kernel/btf/%s", name),
						       k->base));
	}
	k->mods[i].btf = btf;
	return btf;
}
