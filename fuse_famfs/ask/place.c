// SPDX-License-Identifier: GPL-2.0-only
/*
 * Places in the background.
 *
 * FUSE limits how many background requests may be under way (the connection's max_background,
 * 12 at first), and sends ours as such. A server can answer some of ours late or never. These
 * would fill the limit, and no background request would get through any more, not even RELEASE.
 * So each request of ours raises the limit by one, and lowers it again at its end. The rest of
 * the limit stays what INIT's reply or the administrator set; the latter may do so at any time.
 */
#include <linux/limits.h>
#include <linux/minmax.h>
#include <linux/spinlock.h>
#include <linux/wait.h>
#include "ask/internal.h"
#include "compat_fuse.h"

/*
 * The limit without our part. If it is not what we left, the administrator has set it since.
 * A connection that has ended has the highest limit there is, whatever was set before.
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
 * Context: any but interrupts; the bg_lock of compat_fuse_bg() is taken.
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
