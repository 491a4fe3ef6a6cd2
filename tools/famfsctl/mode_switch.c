// SPDX-License-Identifier: GPL-2.0-only
/* From one driver to another, and back if that one does not take the device. */
#include <errno.h>
#include <string.h>

#include "famfsctl.h"
#include "mode.h"

static bool same(const char *a, const char *b)
{
	return a && b ? !strcmp(a, b) : a == b;
}

/*
 * A driver takes a device when it is told of its name, and the command does not say whether it
 * did. The name is taken away again: else the driver would claim the device whenever it comes.
 */
static int bind_to(const struct mode_ops *ops, void *arg, const char *driver)
{
	int err = ops->new_id(arg, driver);

	ops->remove_id(arg, driver);
	if (same(ops->driver(arg), driver))
		return 0;
	return err ? err : ENODEV;
}

/**
 * mode_switch() - have @to, and no other driver, have the device
 * @ops: what is done to the bus
 * @arg: for these
 * @to: a driver that is on the bus
 * @r: what became of it
 *
 * If @to does not take the device the driver that it had gets it back.
 *
 * Return: 0 or an errno.
 */
int mode_switch(const struct mode_ops *ops, void *arg, const char *to, struct mode_result *r)
{
	int err;

	memset(r, 0, sizeof(*r));
	r->was = r->now = ops->driver(arg);
	if (same(r->was, to))
		return 0;
	if (r->was) {
		err = ops->unbind(arg, r->was);
		r->now = ops->driver(arg);
		if (err || r->now) {
			r->changed = !same(r->was, r->now);
			r->why = pool_printf("%s does not let go of it: %s", r->was,
					     strerror(err ? err : EBUSY));
			return err ? err : EBUSY;
		}
		r->changed = true;
	}
	err = bind_to(ops, arg, to);
	r->now = ops->driver(arg);
	if (!err) {
		r->changed = true;
		return 0;
	}
	r->why = pool_printf("%s does not take it: %s", to, strerror(err));
	if (r->was && !r->now) {
		if (bind_to(ops, arg, r->was))
			r->why = pool_printf("%s, and neither does %s any more: it has no driver", r->why,
					     r->was);
		r->now = ops->driver(arg);
	}
	return err;
}
