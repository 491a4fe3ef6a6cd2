/* SPDX-License-Identifier: GPL-2.0-only */
/* User-space stand-in for the kernel header of this name: what marks need. */
#ifndef SHIM_LINUX_MUTEX_H
#define SHIM_LINUX_MUTEX_H

struct mutex { int unused; };

static inline void mutex_init(struct mutex *mutex)
{
	mutex->unused = 0;
}

#endif
