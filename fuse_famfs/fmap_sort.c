// SPDX-License-Identifier: GPL-2.0-only
/*
 * Sorting the device ranges of a map.
 *
 * There can be hundreds of thousands of them, in an order that the server chose: a radix
 * sort takes the same few steps for each, whatever the order is.
 */
#include <linux/bitops.h>
#include <linux/errno.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/types.h>

#include "fmap_int.h"

#define DIGIT_BITS	8
#define DIGITS		(1U << DIGIT_BITS)

/* As few as are sorted sooner by moving each to its place. */
#define FEW		24

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

/* From @from to @to, in the order of the digit at @shift; among equals as they were. */
static void sort_digit(const struct fmap_claim *from, struct fmap_claim *to, u32 n, u32 shift,
		       u32 *place)
{
	u32 i, sum = 0;

	memset(place, 0, DIGITS * sizeof(*place));
	for (i = 0; i < n; i++)
		place[from[i].addr >> shift & (DIGITS - 1)]++;
	for (i = 0; i < DIGITS; i++) {
		u32 count = place[i];

		place[i] = sum;
		sum += count;
	}
	for (i = 0; i < n; i++)
		to[place[from[i].addr >> shift & (DIGITS - 1)]++] = from[i];
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

/**
 * fmap_sort_claims() - sort ranges by their address
 * @claims: made by kvmalloc(); on success perhaps another such, which is in order
 * @n: how many
 *
 * Takes as much memory again while it runs, and at most eight passes over all of them.
 *
 * Context: process context, may sleep.
 * Return: 0 or -ENOMEM.
 */
int fmap_sort_claims(struct fmap_claim **claims, u32 n)
{
	u64 differ = differing(*claims, n);
	struct fmap_claim *other;
	int err = -ENOMEM;
	u32 shift, *place;

	if (n <= FEW) {
		sort_few(*claims, n);
		return 0;
	}
	place = kvmalloc_array(DIGITS, sizeof(*place), GFP_KERNEL_ACCOUNT);
	other = kvmalloc_array(n, sizeof(*other), GFP_KERNEL_ACCOUNT);
	if (!place || !other)
		goto out;
	err = 0;
	for (shift = differ ? __ffs64(differ) : 64; shift < 64 && differ >> shift;
	     shift += DIGIT_BITS) {
		if (!(differ >> shift & (DIGITS - 1)))
			continue;
		sort_digit(*claims, other, n, shift, place);
		swap(*claims, other);
		cond_resched();
	}
out:
	kvfree(other);
	kvfree(place);
	return err;
}
