/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What an actor has memory pinned with, one at a time. All return 0, or -1 with errno.
 */
#include <linux/if_xdp.h>
#include <linux/io_uring.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include "actor_rdma.h"
#include "actor_vfio.h"

/* One way to pin: @at, which is at @off of the file; undone by closing what @fd is. */
struct pin_way {
	const char *name;
	int (*pin)(void *at, uint64_t off, uint64_t len, char how);
	int (*move)(uint64_t from, uint64_t to, uint64_t len);
	int (*unpin)(void);
};

static const struct pin_way *pinned;
static int pin_fd = -1;

static int pin_umem(void *at, uint64_t off, uint64_t len, char how)
{
	struct xdp_umem_reg reg = { .addr = (uintptr_t)at, .len = len, .chunk_size = 4096 };

	(void)off;
	(void)how;
	pin_fd = socket(AF_XDP, SOCK_RAW | SOCK_CLOEXEC, 0);
	if (pin_fd < 0)
		return -1;
	return setsockopt(pin_fd, SOL_XDP, XDP_UMEM_REG, &reg, sizeof(reg));
}

static int pin_ring(void *at, uint64_t off, uint64_t len, char how)
{
	struct io_uring_params params = { 0 };
	struct iovec iov = { .iov_base = at, .iov_len = len };

	(void)off;
	(void)how;
	pin_fd = syscall(SYS_io_uring_setup, 1, &params);
	if (pin_fd < 0)
		return -1;
	return syscall(SYS_io_uring_register, pin_fd, IORING_REGISTER_BUFFERS, &iov, 1);
}

static int unpin_fd(void)
{
	int err = pin_fd < 0 ? 0 : close(pin_fd);

	pin_fd = -1;
	return err;
}

static const struct pin_way pin_ways[] = {
	{ "umem", pin_umem, NULL, unpin_fd },
	{ "ring", pin_ring, NULL, unpin_fd },
	{ "rdma", pin_rdma, move_rdma, unpin_rdma },
	{ "dma", pin_vfio, move_vfio, unpin_vfio },
};

static const struct pin_way *pin_is_a_way(const char *name)
{
	size_t i;

	for (i = 0; i < sizeof(pin_ways) / sizeof(pin_ways[0]); i++)
		if (!strcmp(pin_ways[i].name, name))
			return &pin_ways[i];
	return NULL;
}

static int unpin(void)
{
	int err = pinned ? pinned->unpin() : 0;

	pinned = NULL;
	return err;
}

static int pin(const char *way, void *at, uint64_t off, uint64_t len, char how)
{
	if (unpin())
		return -1;
	pinned = pin_is_a_way(way);
	return pinned->pin(at, off, len, how);
}

static int pin_move(uint64_t from, uint64_t to, uint64_t len)
{
	if (!pinned || !pinned->move) {
		errno = ENODEV;
		return -1;
	}
	return pinned->move(from, to, len);
}
