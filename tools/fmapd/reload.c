// SPDX-License-Identifier: GPL-2.0-only
/* The manifest is read again: what may change does, or nothing. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "fmapd.h"
#include "notify.h"
#include "ready.h"

unsigned int ro_line(const struct manifest *m)
{
	size_t i;

	for (i = 0; i < m->nnodes; i++)
		if (m->nodes[i].ro)
			return m->nodes[i].line;
	return 0;
}

/* As when fmapd was started, and what --check finds is no warning. */
static struct manifest *load(const struct options *o, char *err, size_t len)
{
	struct manifest *m;
	unsigned int line;
	struct stat st;

	/* What was a pipe then has nothing more to say. */
	if (!stat(o->manifest, &st) && !S_ISREG(st.st_mode)) {
		snprintf(err, len, "%s: it is no regular file", o->manifest);
		return NULL;
	}
	m = manifest_load(o->manifest, err, len);
	if (!m)
		return NULL;
	line = o->open ? 0 : ro_line(m);
	if (line)
		snprintf(err, len, "%s:%u: ro, with --no-open", o->manifest, line);
	if (!line && !manifest_check_ends(m, o->manifest, err, len))
		return m;
	manifest_free(m);
	return NULL;
}

/* Return: 0; -1 with the reason in @err and nothing changed. */
static int renew(struct fmapd *d, struct manifest *next, char *err, size_t len)
{
	const struct manifest_rules rules = {
		.name = d->opt->manifest,
		.fixed_devices = d->opt->devices_by_fd,
		.opens_unknown = !d->opt->open,
	};
	struct manifest_changes *ch;
	char text[256];
	size_t later;
	int n, ret;

	if (!d->notifier)
		d->notifier = notifier_new(d);
	ch = malloc(sizeof(*ch));
	if (!d->notifier || !ch) {
		snprintf(err, len, "out of memory");
		free(ch);
		return -1;
	}
	pthread_rwlock_wrlock(&d->tree_lock);
	ret = manifest_renew(d->m, next, &rules, ch, err, len);
	later = d->m->nlater;
	pthread_rwlock_unlock(&d->tree_lock);
	if (ret) {
		free(ch);
		return -1;
	}
	n = snprintf(text, sizeof(text),
		     "the manifest was read again: %zu added, %zu removed, %zu grown, %zu changed",
		     ch->added, ch->removed, ch->grown, ch->changed);
	if (later)
		snprintf(text + n, sizeof(text) - (size_t)n,
			 "; %zu will have grown when nobody uses them", later);
	message(LOG_NOTICE, "%s: %s", d->opt->mountpoint, text);
	ready_served(text);
	notifier_changes(d->notifier, ch);
	return 0;
}

void reload(struct fmapd *d)
{
	struct manifest *next = NULL;
	char err[1024], text[1100];
	int ret = -1;

	ready_reloading();

	if (d->opt->serve_data)
		snprintf(err, sizeof(err), "not with --serve-data");
	else
		next = load(d->opt, err, sizeof(err));
	if (next)
		ret = renew(d, next, err, sizeof(err));
	if (ret) {
		snprintf(text, sizeof(text), "the manifest as it was stays in force: %s", err);
		message(LOG_ERR, "%s: %s", d->opt->mountpoint, text);
		ready_served(text);
	}
	manifest_free(next);
}
