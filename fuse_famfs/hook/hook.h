/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * hook/: between mount(2) and the stock FUSE. Sees mounts being set up, decides which are offered
 * the protocol, sends INIT with the offer, and makes a mount whose server agrees a famfs mount.
 *
 * It is above all others but show/: a mount that begins or ends begins or ends with all of them.
 */
#ifndef FAMFS_HOOK_H
#define FAMFS_HOOK_H

/* type.c: into and out of the stock file system type */
int famfs_hook(void);
void famfs_unhook(void);

/* session.c */
void famfs_session_init(void);

#endif
