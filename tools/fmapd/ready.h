/* SPDX-License-Identifier: GPL-2.0-only */
/* What a service manager is told, as sd_notify(3) has it. */
#ifndef FMAPD_READY_H
#define FMAPD_READY_H

/*
 * What is told is a datagram of lines to a socket that the environment names, and that is stable:
 * a library would be another dependency for these lines.  Nobody who listens is no error.
 */

/* ready_served - mounted, or the manifest has been read again; @status: a line for people */
void ready_served(const char *status);

/* ready_reloading - the manifest is being read again. */
void ready_reloading(void);

/* ready_stopping - the end. */
void ready_stopping(void);

#endif /* FMAPD_READY_H */
