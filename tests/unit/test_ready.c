// SPDX-License-Identifier: GPL-2.0-only
/* What a service manager hears of fmapd, and that nobody need listen. */
#define _GNU_SOURCE
#include <check.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "ready.h"

/* Return: a socket of that address, as the environment then names it. */
static int listen_at(const char *name)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	strcpy(at.sun_path, name);
	if (*name == '@')
		at.sun_path[0] = '\0';
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&at, (socklen_t)(offsetof(struct sockaddr_un,
			      sun_path) + strlen(name))), 0);
	setenv("NOTIFY_SOCKET", name, 1);
	return fd;
}

static const char *heard(int fd)
{
	static char text[4096];
	ssize_t n = recv(fd, text, sizeof(text) - 1, 0);

	text[n > 0 ? n : 0] = '\0';
	return text;
}

static void all_of_it(const char *name)
{
	int fd = listen_at(name);

	ready_served("/mnt: agreed");
	ck_assert_str_eq(heard(fd), "READY=1\nSTATUS=/mnt: agreed\n");
	ready_reloading();
	ck_assert_int_eq(strncmp(heard(fd), "RELOADING=1\nMONOTONIC_USEC=", 27), 0);
	ready_stopping();
	ck_assert_str_eq(heard(fd), "STOPPING=1\n");
	ck_assert_str_eq(heard(fd), "");
	close(fd);
}

START_TEST(test_path)
{
	char dir[] = "/tmp/ready.XXXXXX", name[64];

	ck_assert_ptr_nonnull(mkdtemp(dir));
	snprintf(name, sizeof(name), "%s/socket", dir);
	all_of_it(name);
	unlink(name);
	/* Who does not listen any more is no reason to fail, nor to wait. */
	ready_served("nobody");
	rmdir(dir);
}
END_TEST

START_TEST(test_abstract)
{
	char name[64];

	snprintf(name, sizeof(name), "@famfs-ready-%d", (int)getpid());
	all_of_it(name);
}
END_TEST

START_TEST(test_nobody)
{
	char name[300];

	unsetenv("NOTIFY_SOCKET");
	ready_served("nobody");
	setenv("NOTIFY_SOCKET", "", 1);
	ready_served("nobody");
	setenv("NOTIFY_SOCKET", "relative/path", 1);
	ready_stopping();
	memset(name, 'x', sizeof(name));
	name[0] = '/';
	name[sizeof(name) - 1] = '\0';
	setenv("NOTIFY_SOCKET", name, 1);
	ready_reloading();
}
END_TEST

int main(void)
{
	Suite *s = suite_create("ready");
	TCase *tc = tcase_create("all");
	SRunner *sr;
	int failed;

	tcase_add_test(tc, test_path);
	tcase_add_test(tc, test_abstract);
	tcase_add_test(tc, test_nobody);
	suite_add_tcase(s, tc);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
