// SPDX-License-Identifier: GPL-2.0-only
/*
 * Who calls the holder of a device, and who waits for whom: fsdev_dax/hold/holder.c, with threads
 * for tasks. The holder's calls last as long as a test wants.
 */
#include <check.h>
#include <unistd.h>
#include "holder_kernel.h"
#include "../../fsdev_dax/core/device.c"
#include "../../fsdev_dax/hold/holder.c"

_Thread_local bool task_sleeps;
atomic_int slept_twice;

bool fsdev_is_on_bus(dev_t devt) { return devt == 2; }
const struct fsdev_holder_ops fsdev_raw_ops;
bool fsdev_raw_refuses(struct fsdev *fsdev) { (void)fsdev; return false; }
void fsdev_left_later(const struct fsdev_holder_ops *ops, void *cookie) { (void)ops, (void)cookie; }

static struct fsdev *dev;
static atomic_int calls, in_gone, in_poison, told_gone, told_poison;
static atomic_bool let_gone, let_poison;

static bool becomes(atomic_int *what, int value)
{
	int i;

	for (i = 0; i < 5000 && *what != value; i++)
		usleep(1000);
	return *what == value;
}

static void *gone(void *holder)
{
	ck_assert_int_eq(++calls, 1);
	for (in_gone = 1; !let_gone; )
		usleep(1000);
	in_gone = 0;
	told_gone++;
	calls--;
	return holder;
}

static int poison(void *holder, u64 off, u64 len, int mf_flags, void **cookie)
{
	(void)holder, (void)off, (void)len, (void)mf_flags, (void)cookie;
	ck_assert_int_eq(++calls, 1);
	for (in_poison = 1; !let_poison; )
		usleep(1000);
	in_poison = 0;
	told_poison++;
	calls--;
	return 0;
}

static const struct fsdev_holder_ops ops = { .gone = gone, .poison = poison };

static atomic_int put_done, withdraw_done, tell_done;

static void *put_task(void *arg)
{
	(void)arg;
	fsdev_put(dev);
	put_done = 1 + told_gone + told_poison;
	return NULL;
}

static void *withdraw_task(void *arg)
{
	const struct fsdev_holder_ops *op;

	(void)arg;
	fsdev_withdraw(dev, &op);
	withdraw_done = 1 + told_poison;
	return NULL;
}

static void *tell_task(void *arg)
{
	(void)arg;
	fsdev_tell_poison(dev, 0, 4096, 0);
	tell_done++;
	return NULL;
}

static pthread_t start(void *(*task)(void *))
{
	pthread_t t;

	ck_assert_int_eq(pthread_create(&t, NULL, task, NULL), 0);
	return t;
}

static void setup(void)
{
	dev = calloc(1, sizeof(*dev));
	dev->ref.n = 1;
	dev->devt = 1;
	fsdev_publish(dev);
	ck_assert_ptr_eq(fsdev_get(1, &calls, &ops), dev);
}

static void teardown(void)
{
	ck_assert_int_eq(slept_twice, 0);
	kref_put(&dev->ref, fsdev_free);
}

START_TEST(one_holder)
{
	ck_assert_ptr_eq(fsdev_get(1, &dev, &ops), ERR_PTR(-EBUSY));
	ck_assert_ptr_eq(fsdev_get(2, &dev, &ops), ERR_PTR(-ENODEV));
	ck_assert_ptr_eq(fsdev_get(3, &dev, &ops), ERR_PTR(-EINVAL));
	fsdev_put(dev);
	ck_assert_ptr_eq(fsdev_get(1, &dev, &ops), dev);
	fsdev_put(dev);
}
END_TEST

START_TEST(put_waits_for_gone)
{
	pthread_t w = start(withdraw_task), p;

	ck_assert(becomes(&in_gone, 1));
	p = start(put_task);
	usleep(50000);
	ck_assert_int_eq(put_done, 0);
	let_gone = true;
	pthread_join(w, NULL);
	pthread_join(p, NULL);
	ck_assert_int_eq(put_done, 2);
	ck_assert_ptr_eq(fsdev_get(1, &dev, &ops), ERR_PTR(-EINVAL));
}
END_TEST

START_TEST(put_waits_for_poison)
{
	pthread_t t = start(tell_task), p;

	ck_assert(becomes(&in_poison, 1));
	p = start(put_task);
	usleep(50000);
	ck_assert_int_eq(put_done, 0);
	let_poison = true;
	pthread_join(t, NULL);
	pthread_join(p, NULL);
	ck_assert_int_eq(put_done, 2);
}
END_TEST

START_TEST(withdraw_waits_for_poison)
{
	pthread_t t = start(tell_task), w;

	ck_assert(becomes(&in_poison, 1));
	w = start(withdraw_task);
	usleep(50000);
	ck_assert_int_eq(in_gone, 0);
	let_poison = let_gone = true;
	pthread_join(t, NULL);
	pthread_join(w, NULL);
	ck_assert_int_eq(told_gone, 1);
	ck_assert_int_eq(withdraw_done, 2);
	fsdev_put(dev);
}
END_TEST

/* Whoever tells of bad memory is not held up by a holder that takes long to leave. */
START_TEST(poison_does_not_wait_for_gone)
{
	pthread_t a = start(tell_task), b, w;

	ck_assert(becomes(&in_poison, 1));
	b = start(tell_task);
	usleep(50000);
	w = start(withdraw_task);
	usleep(50000);
	/* The second one waits, or came so late that the device was leaving already. */
	ck_assert_int_le(tell_done, 1);
	ck_assert_int_eq(in_gone, 0);
	let_poison = true;
	ck_assert(becomes(&in_gone, 1));
	ck_assert(becomes(&tell_done, 2));
	ck_assert_int_eq(in_gone, 1);
	/* The second one came before the end, or was told nothing. */
	ck_assert_int_le(told_poison, 2);
	ck_assert_int_eq(fsdev_tell_poison(dev, 0, 4096, 0), 0);
	ck_assert_int_eq(in_gone, 1);
	let_gone = true;
	pthread_join(a, NULL);
	pthread_join(b, NULL);
	pthread_join(w, NULL);
	fsdev_put(dev);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("holder");
	TCase *tc = tcase_create("holder");
	SRunner *sr = srunner_create(s);
	int failed;

	suite_add_tcase(s, tc);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, one_holder);
	tcase_add_test(tc, put_waits_for_gone);
	tcase_add_test(tc, put_waits_for_poison);
	tcase_add_test(tc, withdraw_waits_for_poison);
	tcase_add_test(tc, poison_does_not_wait_for_gone);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed != 0;
}
