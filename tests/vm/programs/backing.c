// SPDX-License-Identifier: GPL-2.0-only
/*
 * backing: devices registered on a session by descriptor, case by case.
 *
 *	backing errors DEV OTHER BLOCK	OTHER is not in famfs mode, BLOCK has no dax
 *	backing cases DEV OTHER		both in famfs mode
 */
#include <linux/capability.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include "miniserv.h"

static int dev, other;			/* open */
static const char *dev_path;

static void write_to(const char *path, const char *s)
{
	int fd = open_or_die(path, O_WRONLY);

	check(write(fd, s, strlen(s)) == (ssize_t)strlen(s), "%s to %s", s, path);
	close(fd);
}

/* Throws unused inodes out until the device can be closed. */
static void close_after_eviction(struct mini *m, uint32_t id)
{
	int i;

	for (i = 0; i < 50 && mini_backing_close(m->fd, id); i++) {
		check(errno == EBUSY, "close");
		write_to("/proc/sys/vm/drop_caches", "2");
		usleep(100000);
	}
	check(i < 50, "a map still refers to device %u", id);
}

/* ---- what cannot be registered ---- */

static void with_rawio(bool on)
{
	struct __user_cap_header_struct h = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct d[2];

	check(!syscall(SYS_capget, &h, d), "capget");
	if (on)
		d[0].effective |= 1U << CAP_SYS_RAWIO;
	else
		d[0].effective &= ~(1U << CAP_SYS_RAWIO);
	check(!syscall(SYS_capset, &h, d), "capset");
}

static void errors(const char *block)
{
	static const char *const no_device[] = { "/tmp", "/dev/null", "/dev/zero", "/proc/self/status" };
	struct mini m = famfs_at("/mnt/backing");
	int p[2], fd;
	size_t i;

	m.file[0] = (struct mini_file){ .size = SZ_2M, .dev = 5 };
	start_famfs(&m);

	with_rawio(false);
	fails_with(mini_backing_open(m.fd, dev, CHOSEN, 5), EPERM);
	fails_with(mini_backing_open(m.fd, dev, IS_DEV, 0), EPERM);
	with_rawio(true);
	/* A program that is set-user-ID root, run by a user: it has the capability. */
	check(!setresuid(65534, 0, 0), "another real id");
	fails_with(mini_backing_open(m.fd, dev, CHOSEN, 5), EPERM);
	check(!setresuid(0, 0, 0), "root again");

	/* Flags and ids. */
	fails_with(mini_backing_open(m.fd, dev, ID_64, 5), EINVAL);
	for (i = 1; i < 32; i++) {
		if (i == 30)
			continue;
		fails_with(mini_backing_open(m.fd, dev, CHOSEN | 1U << i, 5), EINVAL);
		fails_with(mini_backing_open(m.fd, dev, IS_DEV | 1U << i, 0), EINVAL);
		fails_with(mini_backing_open(m.fd, dev, 1U << i, 0), EINVAL);
	}
	fails_with(mini_backing_open(m.fd, dev, IS_DEV, 1), EINVAL);
	fails_with(mini_backing_open(m.fd, dev, IS_DEV, 1ULL << 32), EINVAL);
	fails_with(ioctl(m.fd, FUSE_DEV_IOC_BACKING_OPEN, NULL), EFAULT);
	fails_with(ioctl(m.fd, FUSE_DEV_IOC_BACKING_CLOSE, NULL), EFAULT);

	/* Descriptors. */
	fails_with(mini_backing_open(m.fd, -1, CHOSEN, 5), EBADF);
	fails_with(mini_backing_open(m.fd, 9999, CHOSEN, 5), EBADF);
	fd = open_or_die(dev_path, O_PATH);
	fails_with(mini_backing_open(m.fd, fd, CHOSEN, 5), EBADF);
	close(fd);
	for (i = 0; i < sizeof(no_device) / sizeof(*no_device); i++) {
		fd = open(no_device[i], O_RDWR);
		if (fd < 0)
			fd = open_or_die(no_device[i], O_RDONLY);
		fails_with(mini_backing_open(m.fd, fd, CHOSEN, 5), EINVAL);
		fails_with(mini_backing_open(m.fd, fd, IS_DEV, 0), EINVAL);
		close(fd);
	}
	check(!pipe(p), "pipe");
	fails_with(mini_backing_open(m.fd, p[0], CHOSEN, 5), EINVAL);
	check(!socketpair(AF_UNIX, SOCK_STREAM, 0, p), "sockets");
	fails_with(mini_backing_open(m.fd, p[0], CHOSEN, 5), EINVAL);
	fails_with(mini_backing_open(m.fd, m.fd, CHOSEN, 5), EINVAL);
	fd = open_or_die(block, O_RDWR);
	fails_with(mini_backing_open(m.fd, fd, CHOSEN, 5), EINVAL);
	close(fd);
	/* Not open for all that a file may be. */
	for (i = 0; i < 2; i++) {
		fd = open_or_die(dev_path, i ? O_RDONLY : O_WRONLY);
		fails_with(mini_backing_open(m.fd, fd, CHOSEN, 5), EACCES);
		fails_with(mini_backing_open(m.fd, fd, IS_DEV, 0), EACCES);
		close(fd);
	}
	/* In another mode. */
	fails_with(mini_backing_open(m.fd, other, CHOSEN, 5), ENODEV);
	fails_with(mini_backing_open(m.fd, other, IS_DEV, 0), ENODEV);

	/* Nothing of that has left a trace. */
	for (i = 0; i < 8; i++)
		fails_with(mini_backing_close(m.fd, i), ENOENT);
	fails_with(mini_file_open(&m, 0, O_RDONLY), ENODEV);
	check(!mini_backing_open(m.fd, dev, CHOSEN, 5), "a good one");
	put(&m, 0, 1);
	look(&m, 0, 1);
	mini_end(&m);
	puts("ok: what cannot be registered");
}

/* ---- ids ---- */

static void chosen_ids(void)
{
	static const uint64_t ids[] = { 0, 5, 4095, 70000, UINT32_MAX };
	static const uint64_t wide[] = { (1ULL << 32) | 7, UINT64_MAX };
	struct mini m;
	size_t i;
	int fd;

	for (i = 0; i < sizeof(ids) / sizeof(*ids); i++) {
		m = famfs_at("/mnt/backing");
		m.file[0] = (struct mini_file){ .size = SZ_2M, .dev = (uint32_t)ids[i] };
		m.file[1] = (struct mini_file){ .size = SZ_2M, .dev = 7 };
		start_famfs(&m);
		check(mini_backing_open(m.fd, dev, CHOSEN, ids[i]) == 0, "id %lu", (long)ids[i]);
		fails_with(mini_backing_open(m.fd, other, CHOSEN, ids[i]), EEXIST);
		fails_with(mini_backing_open(m.fd, dev, CHOSEN, 6), EBUSY);
		fails_with(mini_backing_open(m.fd, dev, IS_DEV, 0), EBUSY);
		/* It is the same memory under each id. */
		if (i)
			look(&m, 0, 100 + i - 1);
		put(&m, 0, 100 + i);
		look(&m, 0, 100 + i);
		check(!m.count[FUSE_GET_DAXDEV], "asked for a name");
		mini_end(&m);
	}

	/* Taken, but too wide for a map to name. */
	for (i = 0; i < 2; i++) {
		m = famfs_at("/mnt/backing");
		m.file[1] = (struct mini_file){ .size = SZ_2M, .dev = (uint32_t)wide[i] };
		start_famfs(&m);
		check(mini_backing_open(m.fd, dev, CHOSEN, wide[i]) == 0, "a 64-bit id");
		fails_with(mini_backing_open(m.fd, other, CHOSEN, wide[i]), EEXIST);
		fails_with(mini_file_open(&m, 1, O_RDONLY), ENODEV);
		fails_with(mini_backing_close(m.fd, (uint32_t)wide[i]), ENOENT);
		check(mini_backing_open(m.fd, other, CHOSEN, (uint32_t)wide[i]) == 0, "its lower half");
		fd = mini_file_open(&m, 1, O_RDONLY);
		check(fd >= 0, "file on the other device");
		close(fd);
		mini_end(&m);
	}
	puts("ok: ids of the server's choice");
}

static void given_ids(void)
{
	struct mini m = famfs_at("/mnt/backing");
	int id, id2;

	start_famfs(&m);
	id = mini_backing_open(m.fd, dev, IS_DEV, 0);
	check(id >= 1, "id %d", id);
	id2 = mini_backing_open(m.fd, other, IS_DEV, 0);
	check(id2 >= 1 && id2 != id, "ids %d, %d", id, id2);
	fails_with(mini_backing_open(m.fd, dev, IS_DEV, 0), EBUSY);
	m.file[0] = (struct mini_file){ .size = SZ_2M, .dev = (uint32_t)id };
	m.file[1] = (struct mini_file){ .size = SZ_2M, .dev = (uint32_t)id2 };
	put(&m, 0, 200);
	put(&m, 1, 201);
	look(&m, 0, 200);
	look(&m, 1, 201);
	check(!m.count[FUSE_GET_DAXDEV], "asked for a name");
	mini_end(&m);
	puts("ok: ids of the kernel's choice");
}

/* Some devices by descriptor, some by name. */
static void both_ways(void)
{
	struct mini m = famfs_at("/mnt/backing");

	m.daxdev[0] = dev_path;
	m.file[0] = (struct mini_file){ .size = SZ_2M, .dev = 0 };
	m.file[1] = (struct mini_file){ .size = SZ_2M, .dev = 1 };
	start_famfs(&m);
	put(&m, 0, 300);
	fails_with(mini_backing_open(m.fd, other, CHOSEN, 0), EEXIST);
	fails_with(mini_backing_open(m.fd, dev, CHOSEN, 2), EBUSY);
	fails_with(mini_file_open(&m, 1, O_RDWR), ENODEV);
	/* What could not be had a moment ago. */
	check(mini_backing_open(m.fd, other, CHOSEN, 1) == 0, "the other");
	put(&m, 1, 301);
	look(&m, 0, 300);
	look(&m, 1, 301);
	check(m.count[FUSE_GET_DAXDEV] == 2, "%u names asked for", m.count[FUSE_GET_DAXDEV]);
	check(mini_backing_close(m.fd, 0), "device 0 has not been registered");
	look(&m, 0, 300);
	mini_end(&m);
	puts("ok: by descriptor and by name");
}

/* ---- closing ---- */

static void closing(void)
{
	struct mini m = famfs_at("/mnt/backing"), n = famfs_at("/mnt/backing2");
	unsigned char *p;
	int fd;

	m.file[0] = (struct mini_file){ .size = SZ_2M, .dev = 3 };
	n.file[0] = (struct mini_file){ .size = SZ_2M, .dev = 9 };
	start_famfs(&m);
	start_famfs(&n);
	check(mini_backing_open(m.fd, dev, CHOSEN, 3) == 0, "register");
	fails_with(mini_backing_open(n.fd, dev, CHOSEN, 9), EBUSY);
	fails_with(mini_backing_close(m.fd, 2), ENOENT);
	fails_with(mini_backing_close(n.fd, 3), ENOENT);

	/* Never used. */
	check(!mini_backing_close(m.fd, 3), "close");
	fails_with(mini_backing_close(m.fd, 3), ENOENT);
	check(mini_backing_open(m.fd, dev, CHOSEN, 3) == 0, "again");

	put(&m, 0, 400);
	fd = mini_file_open(&m, 0, O_RDWR);
	check(fd >= 0, "open");
	fails_with(mini_backing_close(m.fd, 3), EBUSY);
	p = mmap(NULL, SZ_2M, PROT_READ, MAP_SHARED, fd, 0);
	check(p != MAP_FAILED, "map");
	close(fd);
	write_to("/proc/sys/vm/drop_caches", "2");
	fails_with(mini_backing_close(m.fd, 3), EBUSY);
	fails_with(mini_backing_open(n.fd, dev, CHOSEN, 9), EBUSY);
	check(pattern_differs(p + AT, 400, AT, PIECE) < 0, "mapped data");
	munmap(p, SZ_2M);
	close_after_eviction(&m, 3);

	/* Free at once, and the first mount can do without. */
	check(mini_backing_open(n.fd, dev, CHOSEN, 9) == 0, "free for another mount");
	look(&n, 0, 400);
	put(&n, 0, 401);
	fails_with(mini_backing_open(m.fd, dev, CHOSEN, 3), EBUSY);
	fails_with(mini_file_open(&m, 0, O_RDONLY), ENODEV);
	mini_umount(&n);
	/* With the session still open. */
	check(mini_backing_open(m.fd, dev, CHOSEN, 3) == 0, "free after umount");
	look(&m, 0, 401);
	check(mini_backing_open(n.fd, other, CHOSEN, 1) < 0, "the mount has gone");
	check(mini_backing_close(n.fd, 9) < 0, "the mount has gone");
	close(n.fd);
	mini_end(&m);
	puts("ok: closing");
}

/* Registering, closing and opening all at once, until they have met. */
static volatile int met;

static void *come_and_go(void *arg)
{
	struct mini *m = arg;
	int i, closed = 0;

	for (i = 0; i < 300 || (!met && i < 30000); i++) {
		check(!mini_backing_open(m->fd, dev, CHOSEN, 3) || errno == EEXIST || errno == EBUSY,
		      "register");
		if (!mini_backing_close(m->fd, 3))
			closed++;
		else
			check(errno == EBUSY || errno == ENOENT, "close");
		usleep(200);
	}
	check(closed, "never closed");
	return NULL;
}

static void race(void)
{
	struct mini m = famfs_at("/mnt/backing");
	static unsigned char buf[PIECE];
	int i, fd, tries, opened = met = 0;
	pthread_t t;

	m.file[0] = (struct mini_file){ .size = SZ_2M, .dev = 3 };
	start_famfs(&m);
	check(mini_backing_open(m.fd, dev, CHOSEN, 3) == 0, "register");
	put(&m, 0, 500);
	/* Its inode goes with the last RELEASE. */
	mini_drop(&m, 0);
	for (i = 0; i < 1000 && mini_backing_close(m.fd, 3); i++)
		usleep(5000);
	check(i < 1000, "never closed");
	check(mini_backing_open(m.fd, dev, CHOSEN, 3) == 0, "register");
	check(!pthread_create(&t, NULL, come_and_go, &m), "thread");
	for (i = 0; i < 300 || (!opened && i < 30000); i++) {
		fd = mini_file_open(&m, 0, O_RDONLY);
		if (fd < 0) {
			check(errno == ENODEV, "open");
			continue;
		}
		met = ++opened;
		check(pread(fd, buf, PIECE, AT) == PIECE, "read");
		check(pattern_differs(buf, 500, AT, PIECE) < 0, "data");
		close(fd);
		mini_drop(&m, 0);
	}
	tries = i;
	pthread_join(t, NULL);
	if (mini_backing_open(m.fd, dev, CHOSEN, 3))
		check(errno == EEXIST, "register at last");
	look(&m, 0, 500);
	mini_drop(&m, 0);
	for (i = 0; i < 1000 && mini_backing_close(m.fd, 3); i++)
		usleep(5000);
	check(i < 1000, "never closed at last");
	mini_end(&m);
	check(opened, "never opened");
	printf("ok: opening (%d of %d) against closing\n", opened, tries);
}

/* ---- a device that is taken away ---- */

static void taken_away(void)
{
	struct mini m = famfs_at("/mnt/backing");
	const char *name = strrchr(dev_path, '/') + 1;
	int fd, fd2;
	char c;

	m.file[0] = (struct mini_file){ .size = SZ_2M, .dev = 3 };
	m.file[1] = (struct mini_file){ .size = SZ_2M, .dev = 3, .offset = SZ_2M };
	start_famfs(&m);
	check(mini_backing_open(m.fd, dev, CHOSEN, 3) == 0, "register");
	put(&m, 0, 600);
	fd = mini_file_open(&m, 0, O_RDWR);
	check(fd >= 0, "open");
	write_to("/sys/bus/dax/drivers/fsdev_dax/unbind", name);
	fails_with(pread(fd, &c, 1, 0), EIO);
	check(mini_file_open(&m, 1, O_RDWR) < 0, "a file of a device that has gone");
	fails_with(mini_backing_close(m.fd, 3), EBUSY);
	close(fd);
	close_after_eviction(&m, 3);

	/* Back again, in the same mount, under the same id. */
	write_to("/sys/bus/dax/drivers/fsdev_dax/new_id", name);
	fd2 = open_or_die(dev_path, O_RDWR);
	check(mini_backing_open(m.fd, fd2, CHOSEN, 3) == 0, "register again");
	write_to("/sys/bus/dax/drivers/fsdev_dax/remove_id", name);
	close(fd2);
	close(dev);
	dev = open_or_die(dev_path, O_RDWR);
	look(&m, 0, 600);
	put(&m, 1, 601);
	look(&m, 1, 601);
	mini_end(&m);
	puts("ok: a device taken away and given back");
}

int main(int argc, char **argv)
{
	setvbuf(stdout, NULL, _IOLBF, 0);
	check(argc >= 4, "backing errors DEV OTHER BLOCK | backing cases DEV OTHER");
	dev_path = argv[2];
	dev = open_or_die(dev_path, O_RDWR);
	other = open_or_die(argv[3], O_RDWR);
	if (!strcmp(argv[1], "errors")) {
		check(argc == 5, "arguments");
		errors(argv[4]);
		return 0;
	}
	chosen_ids();
	given_ids();
	both_ways();
	closing();
	race();
	taken_away();
	return 0;
}
