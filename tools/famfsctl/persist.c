// SPDX-License-Identifier: GPL-2.0-only
/*
 * famfsctl mode --persist: the same mode whenever the device comes. What a device is known by
 * from boot to boot, and which file names it, only famfs-mode knows, which acts by these files
 * (famfs-modes.d(5)): it is asked.
 */
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "famfsctl.h"
#include "kv.h"
#include "persist.h"

#define MODES_D	"/etc/famfs/modes.d"

/* What a program writes, or NULL if it ends otherwise than well. */
static char *output_of(const char *program, const char *what, const char *dev)
{
	const char *const argv[] = { program, what, dev, NULL };
	int status;
	char *said = program_says(argv, &status);

	return WIFEXITED(status) && !WEXITSTATUS(status) ? said : NULL;
}

/* As famfs-mode takes names: letters, digits and _, no _ first. */
bool persist_name_good(const char *name)
{
	const char *c;

	for (c = name; *c; c++)
		if (!isascii(*c) || !(isalnum(*c) || (*c == '_' && c != name)))
			return false;
	return *name;
}

/**
 * persist_text() - what a file says
 * @identity: lines KEY=VALUE of all that a device could be known by
 * @dev: its name now
 *
 * A device that has a name of its own (uuid) is known by that, also when it comes up elsewhere;
 * one that has none by its place, and by the memory that it is on.
 *
 * Return: the text, or NULL if there is nothing that it could be known by.
 */
const char *persist_text(const char *identity, const char *dev)
{
	const char *uuid = NULL, *serial = "", *start = NULL, *size = "";
	char *text = pool_strdup(identity), *line;

	while ((line = kv_next_line(&text))) {
		if (!strncmp(line, "uuid=", 5))
			uuid = line;
		else if (!strncmp(line, "serial=", 7))
			serial = pool_printf("%s\n", line);
		else if (!strncmp(line, "start=", 6))
			start = line;
		else if (!strncmp(line, "size=", 5))
			size = pool_printf("%s\n", line);
	}
	if (!uuid && !start)
		return NULL;
	if (uuid)
		return pool_printf("# %s, by famfsctl\n%s\n%smode=famfs\n", dev, uuid, size);
	return pool_printf("# %s, by famfsctl\n%s%s\n%smode=famfs\n", dev, serial, start, size);
}

/* Whole or not at all, whenever the machine stops. */
static int write_whole(const char *path, const char *text)
{
	const char *tmp = pool_printf("%s.new", path);
	int fd, err = 0;

	fd = open(tmp, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0644);
	if (fd < 0)
		return errno;
	if (write(fd, text, strlen(text)) != (ssize_t)strlen(text) || fsync(fd))
		err = errno ? errno : EIO;
	close(fd);
	if (!err && rename(tmp, path))
		err = errno;
	if (err)
		unlink(tmp);
	return err;
}

static const char *make_dirs(void)
{
	if (mkdir(sys_path("/etc/famfs"), 0755) && errno != EEXIST)
		return pool_printf("/etc/famfs: %s", strerror(errno));
	if (mkdir(sys_path(MODES_D), 0755) && errno != EEXIST)
		return pool_printf(MODES_D ": %s", strerror(errno));
	return NULL;
}

/**
 * persist_match() - which file names a device?
 * @helper: program that knows
 *
 * Return: the file's name without .conf, or NULL.
 */
const char *persist_match(const char *helper, const char *dev)
{
	const char *said = access(helper, X_OK) ? NULL : output_of(helper, "match", dev);

	if (!said || strncmp(said, "FAMFS_NAME=", 11))
		return NULL;
	return pool_strndup(said + 11, strcspn(said + 11, "\n"));
}

/**
 * persist() - have a device come up in a mode, or as the kernel and its drivers will have it
 * @p: what is wanted; @p->file is set to the file that was written or removed, if any
 *
 * Return: what went wrong, or NULL.
 */
const char *persist(struct persist *p)
{
	const char *said, *text, *why, *name;
	int err;

	if (access(p->helper, X_OK))
		return pool_printf("--persist takes famfs-mode, and there is no %s", p->helper);
	name = persist_match(p->helper, p->dev);
	if (name && !persist_name_good(name))
		return pool_printf("%s names a file that it cannot have: %s", p->helper, name);
	if (name)
		p->file = pool_printf(MODES_D "/%s.conf", name);
	if (!p->famfs) {
		if (p->file && unlink(sys_path("%s", p->file)))
			return pool_printf("%s: %s", p->file, strerror(errno));
		p->changed = p->file;
		return NULL;
	}
	if (p->file)
		return NULL;
	said = output_of(p->helper, "identify", p->dev);
	text = said ? persist_text(said, p->dev) : NULL;
	if (!text)
		return "there is nothing that it could be known by at the next boot";
	why = make_dirs();
	if (why)
		return why;
	p->file = pool_printf(MODES_D "/%s.conf", p->name);
	if (sys_exists("%s", p->file))
		return pool_printf("%s names another device: choose a name, --persist=NAME", p->file);
	err = write_whole(sys_path("%s", p->file), text);
	if (err)
		return pool_printf("%s: %s", p->file, strerror(err));
	p->changed = true;
	return NULL;
}
