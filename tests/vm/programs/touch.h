/* SPDX-License-Identifier: GPL-2.0-only */
/* Loads and stores that may end in a signal. */
#ifndef TESTS_VM_TOUCH_H
#define TESTS_VM_TOUCH_H

#include <setjmp.h>
#include <signal.h>
#include <stddef.h>

static sigjmp_buf touch_back;
static volatile int touch_got;

static void touch_on_signal(int sig)
{
	touch_got = sig;
	siglongjmp(touch_back, 1);
}

/* touch_setup - once, before any touch_gets(). */
static inline void touch_setup(void)
{
	struct sigaction act = { .sa_handler = touch_on_signal };

	sigaction(SIGBUS, &act, NULL);
	sigaction(SIGSEGV, &act, NULL);
}

/* touch_gets - the signal that a load, or a store of the byte 1, gives: 0 for none. */
static inline int touch_gets(volatile char *p, int write)
{
	touch_got = 0;
	if (!sigsetjmp(touch_back, 1)) {
		if (write)
			*p = 1;
		else
			(void)*p;
	}
	return touch_got;
}

#endif
