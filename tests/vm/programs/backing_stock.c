// SPDX-License-Identifier: GPL-2.0-only
/*
 * backing_stock DEV OTHER: the ioctls that register devices, where they are
 * stock's (compared with what they do on a mount that the module does not touch),
 * and on clones of a session. Both devices are in famfs mode.
 */
#include "miniserv.h"

static int dev, other;			/* open */

/* ---- where the ioctls are stock's ---- */

/* How the ioctls go here: results or negative errnos. */
struct answers {
	int file, device, any_device, flagged, closed;
};

static int result(int r)
{
	return r < 0 ? -errno : r;
}

static struct answers ask_all(int session)
{
	int file = open_or_die("/tmp/backing-file", O_RDWR | O_CREAT);
	struct answers a = {
		.file = result(mini_backing_open(session, file, 0, 0)),
		.device = result(mini_backing_open(session, dev, CHOSEN, 3)),
		.any_device = result(mini_backing_open(session, dev, IS_DEV, 0)),
		.flagged = result(mini_backing_open(session, file, 1U << 4, 0)),
	};

	a.closed = result(mini_backing_close(session, a.file > 0 ? (uint32_t)a.file : 77));
	close(file);
	return a;
}

static bool same_answers(struct answers a, struct answers b)
{
	printf("stock: file %d device %d %d flag %d close %d\n", b.file, b.device, b.any_device,
	       b.flagged, b.closed);
	return !memcmp(&a, &b, sizeof(a));
}

/* Before the mount, before INIT is answered, and where it was not agreed. */
static void stocks_part(void)
{
	struct mini m = famfs_at("/mnt/backing"), n = plain_at("/mnt/backing2");
	struct answers stock;

	mini_mount(&m);
	mini_mount(&n);
	stock = ask_all(n.fd);
	check(stock.device < 0 && stock.any_device < 0, "stock takes devices");
	check(same_answers(ask_all(m.fd), stock), "before INIT");
	mini_read_init(&m, m.fd);
	mini_read_init(&n, n.fd);
	check(same_answers(ask_all(m.fd), stock), "before INIT is answered");
	m.agree = n.agree = MINI_PASSTHROUGH;
	mini_answer_init(&m, m.fd);
	mini_answer_init(&n, n.fd);
	mini_serve(&m, m.fd);
	mini_serve(&n, n.fd);
	stock = ask_all(n.fd);
	check(stock.device < 0 && stock.any_device < 0, "stock takes devices");
	check((stock.file > 0) == !!(n.offered & MINI_PASSTHROUGH), "stock's passthrough");
	check(same_answers(ask_all(m.fd), stock), "offered and not agreed");
	mini_end(&m);
	mini_end(&n);
	puts("ok: stock's where the protocol is not agreed");
}

/* Files stay stock's where it is. */
static void files_are_stocks(bool passthrough)
{
	struct mini m = famfs_at("/mnt/backing"), n = plain_at("/mnt/backing2");
	int file = open_or_die("/tmp/backing-file", O_RDWR | O_CREAT);
	int got, stock;

	if (passthrough) {
		m.agree |= MINI_PASSTHROUGH;
		n.agree |= MINI_PASSTHROUGH;
	}
	m.file[0] = (struct mini_file){ .size = SZ_2M, .dev = 1 };
	start_famfs(&m);
	mini_start(&n);
	check(mini_backing_open(m.fd, dev, CHOSEN, 1) == 0, "register");
	got = result(mini_backing_open(m.fd, file, 0, 0));
	stock = result(mini_backing_open(n.fd, file, 0, 0));
	check((got > 0) == (stock > 0) && (got > 0 || got == stock), "got %d, stock %d", got, stock);
	check((stock > 0) == (passthrough && (n.offered & MINI_PASSTHROUGH)), "stock's passthrough");
	got = result(mini_backing_open(m.fd, file, 0, 1));
	stock = result(mini_backing_open(n.fd, file, 0, 1));
	check(got == stock, "with an id: got %d, stock %d", got, stock);
	if (stock == -EINVAL) {
		/* The first id that stock gives is 1; we close one that is not ours. */
		got = result(mini_backing_open(m.fd, file, 0, 0));
		check(got > 1, "id %d", got);
		check(!mini_backing_close(m.fd, (uint32_t)got), "close stock's");
		fails_with(mini_backing_close(m.fd, (uint32_t)got), ENOENT);
	}
	fails_with(mini_backing_close(m.fd, 77), ENOENT);
	put(&m, 0, 700);
	look(&m, 0, 700);
	mini_end(&m);
	mini_end(&n);
	close(file);
	printf("ok: files are stock's, %s passthrough\n", passthrough ? "with" : "without");
}

/* ---- clones ---- */

static void clones(bool init_by_clone)
{
	struct mini m = famfs_at("/mnt/backing");
	int clone, late;
	uint32_t fd;

	m.file[0] = (struct mini_file){ .size = SZ_2M, .dev = 1 };
	m.file[1] = (struct mini_file){ .size = SZ_2M, .dev = 2 };
	mini_mount(&m);
	clone = open_or_die("/dev/fuse", O_RDWR | O_CLOEXEC);
	fd = (uint32_t)m.fd;
	check(!ioctl(clone, FUSE_DEV_IOC_CLONE, &fd), "clone before INIT");
	mini_read_init(&m, init_by_clone ? clone : m.fd);
	mini_answer_init(&m, init_by_clone ? clone : m.fd);
	mini_serve(&m, m.fd);
	mini_serve(&m, clone);

	check(mini_backing_open(clone, dev, CHOSEN, 1) == 0, "by the clone");
	check(mini_backing_open(m.fd, other, CHOSEN, 2) == 0, "by the first");
	fails_with(mini_backing_open(clone, other, CHOSEN, 2), EEXIST);
	put(&m, 0, 800);
	put(&m, 1, 801);
	look(&m, 0, 800);
	look(&m, 1, 801);
	fails_with(mini_backing_close(clone, 2), EBUSY);

	late = open_or_die("/dev/fuse", O_RDWR | O_CLOEXEC);
	fails_with(ioctl(late, FUSE_DEV_IOC_CLONE, &fd), EINVAL);
	fd = (uint32_t)clone;
	fails_with(ioctl(late, FUSE_DEV_IOC_CLONE, &fd), EINVAL);
	close(late);
	mini_end(&m);
	close(clone);
	printf("ok: a clone, INIT answered by %s\n", init_by_clone ? "it" : "the first");
}

int main(int argc, char **argv)
{
	setvbuf(stdout, NULL, _IOLBF, 0);
	check(argc == 3, "backing_stock DEV OTHER");
	dev = open_or_die(argv[1], O_RDWR);
	other = open_or_die(argv[2], O_RDWR);
	stocks_part();
	files_are_stocks(false);
	files_are_stocks(true);
	clones(false);
	clones(true);
	return 0;
}
