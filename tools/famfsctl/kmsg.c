// SPDX-License-Identifier: GPL-2.0-only
/* The kernel's log: the modules say there in a line why they do not load, or bind. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "famfsctl.h"
#include "kmods.h"
#include "kv.h"

#define RECORD_MAX	16384

static bool has_all(const char *s, const char *const *words)
{
	for (; *words; words++)
		if (!strstr(s, *words))
			return false;
	return true;
}

/* A record: numbers, a semicolon, the message; more lines, which begin with a blank. */
static const char *message_of(char *record)
{
	char *text = strchr(record, ';');

	if (!text || *record == ' ')
		return NULL;
	text++;
	text[strcspn(text, "\n")] = '\0';
	return text;
}

/* The last message that has all these words, or NULL: also if the log cannot be read. */
const char *kernel_log_last(const char *const *words)
{
	static char record[RECORD_MAX];
	const char *found = NULL, *text;
	char *all, *line;
	struct stat st;
	ssize_t n;
	int fd;

	fd = open(sys_path("/dev/kmsg"), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0)
		return NULL;
	if (!fstat(fd, &st) && S_ISREG(st.st_mode)) {
		all = sys_read("/dev/kmsg");
		while ((line = kv_next_line(&all))) {
			text = message_of(line);
			if (text && has_all(text, words))
				found = text;
		}
		close(fd);
		return found;
	}
	for (;;) {
		n = read(fd, record, sizeof(record) - 1);
		/* EPIPE: it has been overwritten; the next one is the oldest that is left. */
		if (n < 0 && (errno == EPIPE || errno == EINTR))
			continue;
		if (n <= 0)
			break;
		record[n] = '\0';
		text = message_of(record);
		if (text && has_all(text, words))
			found = pool_strdup(text);
	}
	close(fd);
	return found;
}
