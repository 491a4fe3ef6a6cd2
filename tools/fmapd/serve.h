/* SPDX-License-Identifier: GPL-2.0-only */
/* What the daemon tells the process that started it. */
#ifndef FMAPD_SERVE_H
#define FMAPD_SERVE_H

/**
 * struct startup - sent once, when INIT has been answered
 * @status: exit code
 * @text:   what was agreed
 */
struct startup {
	int status;
	char text[256];
};

#endif /* FMAPD_SERVE_H */
