// SPDX-License-Identifier: GPL-2.0-only
/* Where fmapd's messages go: to stderr, or, once a daemon has let go of it, to the log. */
#include "fmapd.h"

#include <fuse_log.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>

static atomic_bool logging;

void message(int priority, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	if (atomic_load(&logging)) {
		vsyslog(priority, format, args);
	} else {
		flockfile(stderr);
		fputs("fmapd: ", stderr);
		vfprintf(stderr, format, args);
		fputc('\n', stderr);
		funlockfile(stderr);
	}
	va_end(args);
}

/* libfuse's levels are those of syslog(3). */
static void log_libfuse(enum fuse_log_level level, const char *format, va_list args)
{
	vsyslog((int)level, format, args);
}

static void say_nothing(enum fuse_log_level level, const char *format, va_list args)
{
	(void)level;
	(void)format;
	(void)args;
}

void messages_of_libfuse(bool wanted)
{
	fuse_set_log_func(!wanted ? say_nothing : atomic_load(&logging) ? log_libfuse : NULL);
}

void messages_to_log(void)
{
	openlog("fmapd", LOG_PID, LOG_DAEMON);
	atomic_store(&logging, true);
	messages_of_libfuse(true);
}
