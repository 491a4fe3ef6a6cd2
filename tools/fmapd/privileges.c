// SPDX-License-Identifier: GPL-2.0-only
/*
 * Mounting takes a lot of privileges, serving none, unmounting at the end a few.
 *
 * The kernel keeps capabilities for each thread.  What is given up here is given up by the
 * calling one and those that it starts later.
 */
#include <linux/capability.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "fmapd.h"

void privileges_seal(void)
{
	unsigned long cap;

	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
	/* Refused to who could not use them either. */
	for (cap = 0; prctl(PR_CAPBSET_READ, cap, 0, 0, 0) >= 0; cap++)
		prctl(PR_CAPBSET_DROP, cap, 0, 0, 0);
}

int privileges_reduce(const struct options *o)
{
	struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3];
	/* To unmount, below a directory of whoever's. */
	uint64_t keep = 1ULL << CAP_SYS_ADMIN | 1ULL << CAP_DAC_READ_SEARCH;
	size_t i;

	/* To replace a file in such a directory, whoever's it is. */
	if (o->log_requests)
		keep |= 1ULL << CAP_DAC_OVERRIDE | 1ULL << CAP_FOWNER;
	if (syscall(SYS_capget, &head, data))
		return -1;
	for (i = 0; i < _LINUX_CAPABILITY_U32S_3; i++) {
		data[i].permitted &= (uint32_t)(keep >> 32 * i);
		data[i].effective &= data[i].permitted;
		data[i].inheritable = 0;
	}
	return (int)syscall(SYS_capset, &head, data);
}
