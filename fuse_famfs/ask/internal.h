/* SPDX-License-Identifier: GPL-2.0-only */
/* What the files of ask/ share and nobody else needs. */
#ifndef FAMFS_ASK_INTERNAL_H
#define FAMFS_ASK_INTERNAL_H

#include "ask/ask.h"

/* place.c */
void famfs_place_add(struct famfs_calls *calls);
void famfs_place_drop(struct famfs_calls *calls);

#endif
