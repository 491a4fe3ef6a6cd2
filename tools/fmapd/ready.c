// SPDX-License-Identifier: GPL-2.0-only
/* See ready.h. */
#include "ready.h"

#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

static void tell(const char *text)
{
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	const char *path = getenv("NOTIFY_SOCKET");
	size_t len = path ? strlen(path) : 0;
	int fd;

	if (len < 2 || len >= sizeof(to.sun_path) || (*path != '/' && *path != '@'))
		return;
	memcpy(to.sun_path, path, len);
	/* An abstract name has no byte after it, and a zero where the text has an "@". */
	if (*path == '@')
		to.sun_path[0] = '\0';
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return;
	if (sendto(fd, text, strlen(text), MSG_NOSIGNAL, (struct sockaddr *)&to,
		   (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len)) < 0)
		perror("fmapd: NOTIFY_SOCKET");
	close(fd);
}

void ready_served(const char *status)
{
	char text[1200];

	snprintf(text, sizeof(text), "READY=1\nSTATUS=%s\n", status);
	tell(text);
}

void ready_reloading(void)
{
	struct timespec now;
	char text[80];

	clock_gettime(CLOCK_MONOTONIC, &now);
	snprintf(text, sizeof(text), "RELOADING=1\nMONOTONIC_USEC=%" PRId64 "\n",
		 (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000);
	tell(text);
}

void ready_stopping(void)
{
	tell("STOPPING=1\n");
}
