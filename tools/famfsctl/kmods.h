/* SPDX-License-Identifier: GPL-2.0-only */
/* Kernel modules: which file modprobe would take, what is in it, and loading. By libkmod. */
#ifndef FAMFSCTL_KMODS_H
#define FAMFSCTL_KMODS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ksym {
	const char *name;
	uint64_t crc;	/* 0: it has none */
};

struct kmodule {
	const char *name;
	bool builtin;		/* in the kernel's image */
	bool blacklisted;
	const char *path;	/* that modprobe takes, or NULL */
	const char *stray;	/* a file of that name that modprobe does not know, or NULL */
	int err;		/* why the file cannot be read, or 0 */
	const char *version, *srcversion, *vermagic, *signer, *tested_kernel;
	struct ksym *needs, *gives;	/* of an module whose file was read */
	size_t nneeds, ngives;
	/* of what is loaded now, not of the file */
	bool loaded;
	const char *loaded_version, *loaded_srcversion;
};

void kmodule_look(struct kmodule *m, const char *name);
bool module_loaded(const char *name);
int module_load(const char *name, const char **why);
const char *kernel_log_last(const char *const *words);

#endif /* FAMFSCTL_KMODS_H */
