/* SPDX-License-Identifier: GPL-2.0-only */
/* Switching a dax device between drivers: the order of steps, apart from what does them. */
#ifndef FAMFSCTL_MODE_H
#define FAMFSCTL_MODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dax.h"

/* What is done to the bus; each but driver() returns 0 or an errno. */
struct mode_ops {
	const char *(*driver)(void *arg);	/* the device's, or NULL */
	int (*unbind)(void *arg, const char *driver);
	int (*new_id)(void *arg, const char *driver);
	int (*remove_id)(void *arg, const char *driver);
};

struct mode_result {
	const char *was;	/* the driver before, or NULL */
	const char *now;	/* and after */
	bool changed;		/* the device was unbound, or bound */
	const char *why;	/* what went wrong, or NULL */
};

int mode_switch(const struct mode_ops *ops, void *arg, const char *to, struct mode_result *r);

/* A process that has a device's node open or mapped. */
struct user {
	uint64_t pid;
	const char *name;
	bool mapped;
};

struct users {
	struct user *user;
	size_t n;
	bool all;	/* no process was out of sight */
};

void users_load(struct users *u, const struct daxdev *d);

#endif /* FAMFSCTL_MODE_H */
