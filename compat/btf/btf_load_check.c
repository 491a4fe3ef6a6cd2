// SPDX-License-Identifier: GPL-2.0-only
/*
 * Refuses to load on a kernel whose structs are not those of the build.
 *
 * Kernels without MODVERSIONS accept any module with the right vermagic, and
 * a distribution may change private structs without changing that.  So the
 * running kernel's own BTF is asked before anything is touched.
 */
#ifdef __KERNEL__
#include <linux/err.h>
#include <linux/fs.h>
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/printk.h>
#include <linux/sizes.h>
#include <linux/string.h>
#include <linux/utsname.h>
#include <linux/vmalloc.h>
#endif	/* a unit test brings its own */
#include "btf_blob.h"
#include "btf_verify.h"

/* A module's BTF is a hundredth, a kernel's a tenth of this. */
#define BTF_MAX_BYTES	SZ_64M

static int read_whole(struct file *file, void **bufp, size_t *len)
{
	loff_t size = i_size_read(file_inode(file)), pos = 0;
	void *buf;

	if (size <= 0 || size > BTF_MAX_BYTES)
		return -EFBIG;
	/* Our caller tells, in a line. */
	buf = __vmalloc(size, GFP_KERNEL | __GFP_NOWARN);
	if (!buf)
		return -ENOMEM;
	while (pos < size) {
		ssize_t got = kernel_read(file, buf + pos, size - pos, &pos);

		if (got <= 0) {
			vfree(buf);
			return got ? got : -EIO;
		}
	}
	*bufp = buf;
	*len = size;
	return 0;
}

/*
 * Opens by path, so in the mount namespace of whoever loads the module.
 * Returns -ENOMEM, or -EIO whatever else went wrong, with the reason in @why.
 */
static int read_btf(const char *name, const char *ask, void **buf, size_t *len, char *why,
		    size_t whylen)
{
	struct file *file;
	char path[96];
	int err;

	snprintf(path, sizeof(path), "/sys/kernel/btf/%s", name);
	/*
	 * Not kernel_read_file(): security modules have a rule for each kind of
	 * file it reads, and IPE warns about a kind of no rule.
	 */
	file = filp_open(path, O_RDONLY, 0);
	if (IS_ERR(file)) {
		err = PTR_ERR(file);
	} else {
		err = read_whole(file, buf, len);
		filp_close(file, NULL);
	}
	if (!err)
		return 0;
	snprintf(why, whylen, "%s cannot be read (error %d)%s%s", path, err,
		 err == -ENOENT ? ": " : "", err == -ENOENT ? ask : "");
	return err == -ENOMEM ? err : -EIO;
}

static int check_module(struct famfs_btf_view *v, const void *base, size_t len,
			const char *module, const struct famfs_layout_entry *tab, size_t n,
			char *why, size_t whylen)
{
	size_t modlen;
	void *mod;
	int err;

	err = read_btf(module,
		       "is it loaded, and do this kernel's modules have BTF (CONFIG_DEBUG_INFO_BTF_MODULES)?",
		       &mod, &modlen, why, whylen);
	if (err)
		return err;
	err = famfs_btf_view_init(v, base, len, mod, modlen, why, whylen);
	if (!err)
		err = famfs_btf_check(v, module, tab, n, why, whylen);
	vfree(mod);
	return err;
}

static int check_all(struct famfs_btf_view *v, const void *base, size_t len,
		     const struct famfs_layout_entry *tab, size_t n, char *why, size_t whylen)
{
	const char *last = NULL;
	size_t i;
	int err;

	err = famfs_btf_view_init(v, base, len, NULL, 0, why, whylen);
	if (!err)
		err = famfs_btf_check(v, NULL, tab, n, why, whylen);
	for (i = 0; i < n && !err; i++) {
		if (!tab[i].module || (last && !strcmp(last, tab[i].module)))
			continue;
		last = tab[i].module;
		err = check_module(v, base, len, last, tab, n, why, whylen);
	}
	return err;
}

/**
 * famfs_layout_check - is this the kernel the module was built for?
 * @what: name of the module, for the kernel log
 * @tab: its table from famfs_layout_table.h
 * @n: entries in @tab
 *
 * Context: module init; may sleep, reads sysfs and allocates some megabytes
 * for a moment.
 * Return: 0, or -ENOMEM or -ENOEXEC after one line in the kernel log.
 */
int famfs_layout_check(const char *what, const struct famfs_layout_entry *tab, size_t n)
{
	struct famfs_btf_view *v;
	char why[192];
	size_t len;
	void *base;
	int err;

	v = kvmalloc(sizeof(*v), GFP_KERNEL);
	if (!v)
		return -ENOMEM;
	err = read_btf("vmlinux", "is /sys mounted?", &base, &len, why, sizeof(why));
	if (!err) {
		err = check_all(v, base, len, tab, n, why, sizeof(why));
		vfree(base);
	}
	kvfree(v);
	if (!err)
		return 0;
	if (err == -ENOMEM)
		pr_err("%s: not loaded: no memory for comparing kernel %s with the one this module was built for\n",
		       what, utsname()->release);
	else if (err == -EIO || err == -EINVAL)
		pr_err("%s: refusing to load: cannot tell whether kernel %s is the one this module was built for: %s\n",
		       what, utsname()->release, why);
	else
		pr_err("%s: refusing to load: kernel %s differs from the one this module was built for: %s; rebuild it (dkms)\n",
		       what, utsname()->release, why);
	return err == -ENOMEM ? err : -ENOEXEC;
}
