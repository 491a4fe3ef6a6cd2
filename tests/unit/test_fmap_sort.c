// SPDX-License-Identifier: GPL-2.0-only
/* Sorting device ranges, in the orders that somebody would choose who wants it to fail. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "map/internal.h"
#include "fmap_msg.h"

#define MANY	70000U

/* Check's own asserts are too slow to be called for each of so many. */
#define hot_assert(expr)	do { if (!(expr)) ck_abort_msg("%s", #expr); } while (0)

/* The address of the @i-th of @n. */
typedef u64 (*order_fn)(u32 i, u32 n);

static u64 ascending(u32 i, u32 n)
{
	(void)n;
	return i;
}

static u64 descending(u32 i, u32 n)
{
	return n - i;
}

static u64 all_the_same(u32 i, u32 n)
{
	(void)i;
	(void)n;
	return 0x123456789abcdef0ULL;
}

/* Up, and down again between those that were there. */
static u64 organ_pipe(u32 i, u32 n)
{
	return i < n / 2 ? 2ULL * i : 2ULL * (n - i) + 1;
}

static u64 saw(u32 i, u32 n)
{
	(void)n;
	return i % 7 << 20 | i % 3;
}

/* Sorted but for the last one, which is the first. */
static u64 one_astray(u32 i, u32 n)
{
	return i + 1 < n ? i + 1 : 0;
}

/* Two alternating, which only the uppermost bit tells apart. */
static u64 uppermost(u32 i, u32 n)
{
	(void)n;
	return (u64)!(i & 1) << 63;
}

/* Ends that differ, and nothing between them. */
static u64 both_ends(u32 i, u32 n)
{
	return (u64)(n - i) << 60 | (i * 2654435761U) % 16;
}

static u64 bits_reversed(u32 i, u32 n)
{
	u64 rev = 0;
	u32 b;

	(void)n;
	for (b = 0; b < 32; b++)
		rev |= (u64)(i >> b & 1) << (31 - b);
	return rev;
}

/* The packed form: devices in turn, pages downwards. */
static u64 devices_in_turn(u32 i, u32 n)
{
	return (u64)(i % 5) << FMAP_PAGE_BITS | (n - i) * 512ULL;
}

static u64 random_bits(u32 i, u32 n)
{
	struct rng r = { .state = 77 + i };

	(void)n;
	return rng_below(&r, 1ULL << 63) * 2 + (i & 1);
}

/* Each bit tells one of them from the others. */
static u64 one_at_each_bit(u32 i, u32 n)
{
	(void)n;
	return i < 63 ? ~0ULL << (63 - i) : 1ULL << 63 >> i % 64;
}

static const order_fn orders[] = {
	ascending, descending, all_the_same, organ_pipe, saw, one_astray, uppermost, both_ends,
	bits_reversed, devices_in_turn, random_bits, one_at_each_bit,
};

static struct fmap_claim *made(order_fn order, u32 n)
{
	struct fmap_claim *claim = calloc(n ? n : 1, sizeof(*claim));
	u32 i;

	ck_assert_ptr_nonnull(claim);
	/* The length tells which one it was. */
	for (i = 0; i < n; i++)
		claim[i] = (struct fmap_claim) { .addr = order(i, n), .pages = i };
	return claim;
}

/* Ascending, none lost, none twice. */
static void sorted(const struct fmap_claim *claim, order_fn order, u32 n)
{
	u8 *seen = calloc(1, n + 1);
	u32 i;

	for (i = 0; i < n; i++) {
		hot_assert(claim[i].pages < n && !seen[claim[i].pages]);
		seen[claim[i].pages] = 1;
		hot_assert(claim[i].addr == order(claim[i].pages, n));
		if (i)
			hot_assert(claim[i - 1].addr <= claim[i].addr);
	}
	free(seen);
}

START_TEST(hostile_orders)
{
	static const u32 sizes[] = { 0, 1, 2, 3, 15, 16, 17, 18, 33, 255, 256, 257, 4096, MANY };
	struct fmap_claim *claim;
	u32 s;

	for (s = 0; s < sizeof(sizes) / sizeof(*sizes); s++) {
		claim = made(orders[_i], sizes[s]);
		fmap_sort_claims(claim, sizes[s]);
		sorted(claim, orders[_i], sizes[s]);
		free(claim);
	}
}
END_TEST

int main(void)
{
	Suite *s = suite_create("fmap_sort");
	TCase *tc = tcase_create("sort");
	SRunner *sr;
	int failed;

	suite_add_tcase(s, tc);
	tcase_add_loop_test(tc, hostile_orders, 0, sizeof(orders) / sizeof(*orders));
	sr = srunner_create(s);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
