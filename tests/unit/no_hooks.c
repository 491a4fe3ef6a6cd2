// SPDX-License-Identifier: GPL-2.0-only
/*
 * A libfuse that was built without fuse_session_custom_io(), under each of its names: the
 * tests that are linked with this are those of libfmap's own loop.
 */
#include <errno.h>

int __wrap_fuse_session_custom_io(void);
int __wrap_fuse_session_custom_io_317(void);

int __wrap_fuse_session_custom_io(void)
{
	return -ENOTSUP;
}

int __wrap_fuse_session_custom_io_317(void)
{
	return -ENOTSUP;
}
