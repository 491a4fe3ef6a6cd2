// SPDX-License-Identifier: GPL-2.0-only
/* Kernel modules, by libkmod: it reads packed ones, and knows what modprobe would do. */
#include <errno.h>
#include <libkmod.h>
#include <string.h>

#include "famfsctl.h"
#include "kmods.h"

static struct kmod_ctx *context(void)
{
	const char *configs[] = {
		sys_path("/etc/modprobe.d"), sys_path("/run/modprobe.d"),
		sys_path("/usr/local/lib/modprobe.d"), sys_path("/usr/lib/modprobe.d"),
		sys_path("/lib/modprobe.d"), NULL,
	};

	return kmod_new(sys_path("/lib/modules/%s", kernel_release()), configs);
}

/* A name of the machine that is looked at. */
static const char *without_root(const char *path)
{
	size_t len = strlen(ctl.root);

	return pool_strdup(strncmp(path, ctl.root, len) ? path : path + len);
}

static void look_info(struct kmodule *m, struct kmod_module *mod)
{
	const struct { const char *key, **value; } wanted[] = {
		{ "version", &m->version }, { "srcversion", &m->srcversion },
		{ "vermagic", &m->vermagic }, { "signer", &m->signer },
		{ "tested_kernel", &m->tested_kernel },
	};
	struct kmod_list *list = NULL, *e;
	size_t i;
	int err;

	err = kmod_module_get_info(mod, &list);
	if (err < 0) {
		m->err = -err;
		return;
	}
	kmod_list_foreach(e, list)
		for (i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++)
			if (!strcmp(kmod_module_info_get_key(e), wanted[i].key))
				*wanted[i].value = pool_strdup(kmod_module_info_get_value(e));
	kmod_module_info_free_list(list);
}

static void look_symbols(struct kmodule *m, struct kmod_module *mod)
{
	struct kmod_list *list = NULL, *e;

	if (kmod_module_get_dependency_symbols(mod, &list) >= 0)
		kmod_list_foreach(e, list) {
			if (kmod_module_dependency_symbol_get_bind(e) == KMOD_SYMBOL_WEAK)
				continue;
			pool_more(m->needs, m->nneeds);
			m->needs[m->nneeds].name =
				pool_strdup(kmod_module_dependency_symbol_get_symbol(e));
			m->needs[m->nneeds++].crc = kmod_module_dependency_symbol_get_crc(e);
		}
	kmod_module_dependency_symbols_free_list(list);
	list = NULL;
	if (kmod_module_get_symbols(mod, &list) >= 0)
		kmod_list_foreach(e, list) {
			pool_more(m->gives, m->ngives);
			m->gives[m->ngives].name = pool_strdup(kmod_module_symbol_get_symbol(e));
			m->gives[m->ngives++].crc = kmod_module_symbol_get_crc(e);
		}
	kmod_module_symbols_free_list(list);
}

/* Where the packages and DKMS put modules, and where they could be without depmod's knowing. */
static const char *look_stray(const char *name)
{
	static const char *const places[] = { "updates/dkms", "updates", "extra", "kernel/drivers/dax" };
	static const char *const packed[] = { "", ".xz", ".zst", ".gz" };
	const char *path;
	size_t i, k;

	for (i = 0; i < sizeof(places) / sizeof(places[0]); i++)
		for (k = 0; k < sizeof(packed) / sizeof(packed[0]); k++) {
			path = pool_printf("/lib/modules/%s/%s/%s.ko%s", kernel_release(), places[i],
					   name, packed[k]);
			if (sys_exists("%s", path))
				return path;
		}
	return NULL;
}

static bool look_builtin(const char *name)
{
	const char *list = sys_read("/lib/modules/%s/modules.builtin", kernel_release());

	return list && strstr(list, pool_printf("/%s.ko", name));
}

static bool look_blacklisted(struct kmod_ctx *ctx, const char *name)
{
	struct kmod_config_iter *iter = kmod_config_get_blacklists(ctx);
	bool found = false;

	while (iter && !found && kmod_config_iter_next(iter))
		found = !strcmp(kmod_config_iter_get_key(iter), name);
	if (iter)
		kmod_config_iter_free_iter(iter);
	return found;
}

bool module_loaded(const char *name)
{
	return sys_exists("/sys/module/%s/initstate", name);
}

/**
 * kmodule_look() - all that is known of a module, in files and loaded
 */
void kmodule_look(struct kmodule *m, const char *name)
{
	struct kmod_ctx *ctx = context();
	struct kmod_list *list = NULL;
	struct kmod_module *mod;

	memset(m, 0, sizeof(*m));
	m->name = name;
	m->builtin = look_builtin(name);
	m->loaded = module_loaded(name);
	m->loaded_version = sys_read("/sys/module/%s/version", name);
	m->loaded_srcversion = sys_read("/sys/module/%s/srcversion", name);
	if (ctx && !kmod_module_new_from_lookup(ctx, name, &list) && list) {
		mod = kmod_module_get_module(list);
		if (kmod_module_get_path(mod)) {
			m->path = without_root(kmod_module_get_path(mod));
			look_info(m, mod);
			if (!m->err)
				look_symbols(m, mod);
		}
		kmod_module_unref(mod);
	}
	kmod_module_unref_list(list);
	m->stray = look_stray(name);
	if (m->path && m->stray && !strcmp(m->path, m->stray))
		m->stray = NULL;
	if (ctx) {
		m->blacklisted = look_blacklisted(ctx, name);
		kmod_unref(ctx);
	}
}

/**
 * module_load() - as modprobe does
 * @name: a module; one that is there already, or built in, is loaded
 * @why: set if it is not
 *
 * Return: 0 or an errno.
 */
int module_load(const char *name, const char **why)
{
	const char *const told[] = { name, "refusing to load", NULL };
	struct kmod_list *list = NULL;
	struct kmod_module *mod;
	struct kmod_ctx *ctx;
	int err;

	if (module_loaded(name) || look_builtin(name))
		return 0;
	if (*ctl.root) {
		*why = "modules are not loaded for another machine";
		return EPERM;
	}
	ctx = kmod_new(NULL, NULL);
	if (!ctx)
		return ENOMEM;
	kmod_load_resources(ctx);
	err = kmod_module_new_from_lookup(ctx, name, &list);
	if (!err && !list)
		err = -ENOENT;
	if (!err) {
		mod = kmod_module_get_module(list);
		err = kmod_module_probe_insert_module(mod, 0, NULL, NULL, NULL, NULL);
		kmod_module_unref(mod);
	}
	kmod_module_unref_list(list);
	kmod_unref(ctx);
	if (!err)
		return 0;
	*why = kernel_log_last(told);
	if (!*why)
		*why = err == -ENOENT ? "it is not installed for this kernel" : strerror(err < 0 ? -err : err);
	return err < 0 ? -err : err;
}
