/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A FUSE that has maps of extents of its own, for the same use in another form.
 *
 * Which INIT flag a server agrees to them by is in no type. They are a kind of passthrough,
 * so it cannot be without that flag; where the kernel's header has one for them alone, it is that.
 */
#ifndef COMPAT_ASIDE_H
#define COMPAT_ASIDE_H

#include <linux/types.h>

#if defined(HAVE_FUSE_CONN_BACKING_ID_64) || defined(HAVE_ENUMERATOR_FUSE_BACKING_EXTMAP) || \
	defined(HAVE_ENUMERATOR_FUSE_BACKING_MAP_CREATE)
#ifdef FUSE_PASSTHROUGH_V2
#define COMPAT_FUSE_OWN_MAPS	FUSE_PASSTHROUGH_V2
#else
#define COMPAT_FUSE_OWN_MAPS	(1ULL << 37)	/* FUSE_PASSTHROUGH, which old headers lack */
#endif
#else
#define COMPAT_FUSE_OWN_MAPS	0ULL		/* there are none */
#endif

/* Of the INIT flags @offered the server has @agreed to the kernel's own maps. */
static inline bool compat_fuse_own_maps_agreed(u64 offered, u64 agreed)
{
	return offered & agreed & COMPAT_FUSE_OWN_MAPS;
}

#endif
