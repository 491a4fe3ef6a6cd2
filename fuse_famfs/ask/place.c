// SPDX-License-Identifier: GPL-2.0-only
/*
 * Places in the background.
 *
 * FUSE limits how many requests may be under way that nobody waits for (the connection's
 * max_background, 12 at first), and for FUSE ours are such. There openers wait for them, or
 * have been killed: with a server that answers some of them late or never, nothing of this
 * kind would get through any more, not even RELEASE. So each request of ours brings a place
 * of its own and takes it away at its end. What the others may use stays what INIT's reply
 * or the administrator said, who may say so at any time.
 */
#include <linux/limits.h>
#include <linux/minmax.h>
#include <linux/spinlock.h>
#include <linux/wait.h>
#include "ask/internal.h"
#include "compat_fuse.h"

/*
 * The limit as it was without us; somebody may have set it since we last did. The highest is
 * that of a connection that has ended, whatever was set before.
 */
static u32 famfs_places_of_others(struct famfs_places *places, u32 now)
{
	if (now != places->set || now == U32_MAX)
		places->others = now;
	return places->others;
}

static void famfs_places_change(struct famfs_calls *calls, int by)
{
	compat_fuse_bg_t *bg = compat_fuse_bg(calls->fm->fc);
	struct famfs_places *places = &calls->places;
	u32 others, max;

	spin_lock(&bg->bg_lock);
	others = famfs_places_of_others(places, bg->max_background);
	places->ours += by;
	/* A connection that ends has all the places there can be, and keeps them. */
	max = others + min(places->ours, U32_MAX - others);
	places->set = max;
	if (max != bg->max_background) {
		bg->max_background = max;
		bg->blocked = bg->num_background >= max;
		if (!bg->blocked)
			wake_up_nr(&bg->blocked_waitq, max - bg->num_background);
	}
	spin_unlock(&bg->bg_lock);
}

/**
 * famfs_place_add() - room for one more request of ours
 * @calls: whose server
 *
 * Context: any but interrupts; fuse_conn.bg_lock is taken.
 */
void famfs_place_add(struct famfs_calls *calls)
{
	famfs_places_change(calls, 1);
}

/**
 * famfs_place_drop() - the request has ended, or was never sent
 * @calls: whose server
 *
 * Context: as famfs_place_add().
 */
void famfs_place_drop(struct famfs_calls *calls)
{
	famfs_places_change(calls, -1);
}
