// SPDX-License-Identifier: GPL-2.0-only
/*
 * futexes FILE: processes that share a file's memory wait for each other in it, each with a
 * mapping of its own, by large pages or by small ones, as with locks in shared memory.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define SZ_2M	(2UL << 20)
#define LEN	(2 * SZ_2M)

static int fd;

static void die(const char *what)
{
	printf("%s: %s\n", what, strerror(errno));
	exit(1);
}

/* All of the file, so that a large page fits, or so that none does. */
static char *map_file(int large)
{
	char *room = mmap(NULL, LEN + 2 * SZ_2M, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	char *at = (char *)(((uintptr_t)room + SZ_2M - 1) & -SZ_2M) + (large ? 0 : 4096);

	if (room == MAP_FAILED)
		die("room");
	at = mmap(at, LEN, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, fd, 0);
	if (at == MAP_FAILED)
		die("mmap");
	return at;
}

static long futex(volatile uint32_t *word, int op, uint32_t value)
{
	struct timespec limit = { .tv_sec = 60 };

	return syscall(SYS_futex, word, op, value, op == FUTEX_WAIT ? &limit : NULL, NULL, 0);
}

static void waits(int large, size_t off)
{
	volatile uint32_t *word = (void *)(map_file(large) + off);

	while (!*word)
		if (futex(word, FUTEX_WAIT, 0) && errno != EAGAIN && errno != EINTR)
			die("FUTEX_WAIT");
	_exit(0);
}

static void look(int waiter_large, int waker_large, size_t off)
{
	char *map = map_file(waker_large);
	volatile uint32_t *word = (void *)(map + off);
	/* Another page of the same large one, and the same place of the next. */
	size_t others[] = { off ^ 4096, off + SZ_2M };
	int status, i, woken = 0;
	pid_t pid;

	*word = 0;
	pid = fork();
	if (pid < 0)
		die("fork");
	if (!pid)
		waits(waiter_large, off);
	for (i = 0; i < 100; i++) {
		usleep(10000);
		if (futex((void *)(map + others[i % 2]), FUTEX_WAKE, 1) != 0) {
			puts("somebody else was woken");
			exit(1);
		}
	}
	/* It sleeps by now: it has to be woken, not only to see the value. */
	for (i = 0; i < 1000 && !woken; i++) {
		woken = futex(word, FUTEX_WAKE, 1);
		if (woken < 0)
			die("FUTEX_WAKE");
		usleep(woken ? 0 : 10000);
	}
	if (woken != 1) {
		puts("nobody waited there");
		exit(1);
	}
	*word = 1;
	futex(word, FUTEX_WAKE, 1);
	if (waitpid(pid, &status, 0) != pid || status) {
		printf("the one who waits ended with %#x\n", status);
		exit(1);
	}
	munmap(map, LEN);
}

/* A lock whose owner dies: the next one is told. */
static void robust(void)
{
	pthread_mutex_t *lock = (void *)(map_file(1) + 8192);
	pthread_mutexattr_t attr;
	int status;
	pid_t pid;

	pthread_mutexattr_init(&attr);
	pthread_mutexattr_setpshared(&attr, PTHREAD_PROCESS_SHARED);
	pthread_mutexattr_setrobust(&attr, PTHREAD_MUTEX_ROBUST);
	if (pthread_mutex_init(lock, &attr))
		die("pthread_mutex_init");
	pid = fork();
	if (!pid) {
		lock = (void *)(map_file(0) + 8192);
		pthread_mutex_lock(lock);
		usleep(500000);
		_exit(0);
	}
	usleep(200000);
	if (pthread_mutex_lock(lock) != EOWNERDEAD) {
		puts("a lock whose owner died was just had");
		exit(1);
	}
	pthread_mutex_consistent(lock);
	pthread_mutex_unlock(lock);
	if (waitpid(pid, &status, 0) != pid || status)
		die("the lock's owner");
}

int main(int argc, char **argv)
{
	int i;

	if (argc != 2)
		return 2;
	fd = open(argv[1], O_RDWR);
	if (fd < 0)
		die("open");
	for (i = 0; i < 4; i++)
		look(i & 1, i >> 1, 3 * 4096 + 64);
	robust();
	puts("ok");
	return 0;
}
