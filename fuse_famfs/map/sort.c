// SPDX-License-Identifier: GPL-2.0-only
/*
 * Sorting the device ranges of a map.
 *
 * There can be hundreds of thousands of them, in an order that the server chose. They are
 * parted by one bit after the other of their address, the uppermost first: as quicksort
 * does, but no order makes that dearer than 64 steps for each. It needs no memory.
 */
#include <linux/bitops.h>
#include <linux/minmax.h>
#include <linux/sched.h>
#include <linux/types.h>

#include "map/internal.h"

/* As few as are sorted sooner by moving each to its place. */
#define FEW		16

static void sort_few(struct fmap_claim *claim, u32 n)
{
	u32 i, at;

	for (i = 1; i < n; i++) {
		struct fmap_claim new = claim[i];

		for (at = i; at && claim[at - 1].addr > new.addr; at--)
			claim[at] = claim[at - 1];
		claim[at] = new;
	}
}

/* Those without the bit go before those with it. Return: how many have it not. */
static u32 part(struct fmap_claim *claim, u32 n, u64 bit)
{
	struct fmap_claim *lo = claim, *hi = claim + n;

	for (;;) {
		while (lo < hi && !(lo->addr & bit))
			lo++;
		while (lo < hi && hi[-1].addr & bit)
			hi--;
		if (lo == hi)
			return lo - claim;
		/* At least two are left: the first has the bit, the last one has not. */
		swap(*lo, hi[-1]);
		lo++;
		hi--;
	}
}

/* The bits in which the addresses are not all the same. */
static u64 differing(const struct fmap_claim *claim, u32 n)
{
	u64 bits = 0;
	u32 i;

	for (i = 1; i < n; i++)
		bits |= claim[i].addr ^ claim[0].addr;
	return bits;
}

/* The next bit below @bit of those that differ, or -1. */
static int next_bit(u64 differ, int bit)
{
	return fls64(differ & ((1ULL << bit) - 1)) - 1;
}

/**
 * fmap_sort_claims() - sort ranges by their address
 * @claim: where they are
 * @n: how many
 *
 * Context: process context, may sleep.
 */
void fmap_sort_claims(struct fmap_claim *claim, u32 n)
{
	u64 differ = differing(claim, n), pending = 0;
	int bit = fls64(differ) - 1;
	u32 at = 0, end = n;
	/* By a bit: where those end that have it, which are waiting for those without it. */
	u32 ends[64];

	for (;;) {
		while (end - at > FEW && bit >= 0) {
			u32 low = part(claim + at, end - at, 1ULL << bit);

			if (low && at + low < end) {
				ends[bit] = end;
				pending |= 1ULL << bit;
				end = at + low;
			}
			bit = next_bit(differ, bit);
			cond_resched();
		}
		/* More of them are all at one address. */
		if (end - at <= FEW)
			sort_few(claim + at, end - at);
		if (!pending)
			return;
		/* The last one that began to wait: what waits longer is behind it. */
		bit = __ffs64(pending);
		pending &= pending - 1;
		at = end;
		end = ends[bit];
		bit = next_bit(differ, bit);
	}
}
