/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the kernel is told unasked: names that lead elsewhere, attributes that are others.
 *
 * To take a name away the kernel locks the directory, and whoever has it locked may be waiting
 * for an answer of ours. So this is done by a thread that serves nothing and holds no lock; it
 * has to end while the others still serve.
 */
#ifndef FMAPD_NOTIFY_H
#define FMAPD_NOTIFY_H

#include "fmapd.h"

struct notifier;

struct notifier *notifier_new(struct fmapd *d);

/* notifier_changes - tell of them, soon; @ch is to be freed, by the notifier. */
void notifier_changes(struct notifier *n, struct manifest_changes *ch);

/* notifier_poke - let the kernel forget files whose map is to change and that nobody has open. */
void notifier_poke(struct notifier *n);

/* notifier_stop - no more; before the session's end, and more than once if one likes. */
void notifier_stop(struct notifier *n);

/* notifier_free - NULL is fine. */
void notifier_free(struct notifier *n);

#endif /* FMAPD_NOTIFY_H */
