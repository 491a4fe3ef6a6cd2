// SPDX-License-Identifier: GPL-2.0-only
/* How much a second. */
#include "watch.h"

/* A counter that was set back starts at 0 again. */
static double rate(uint64_t before, uint64_t now, double seconds)
{
	return (double)(now >= before ? now - before : now) / seconds;
}

struct rates rates_of(const struct counts *before, const struct counts *now, double seconds)
{
	struct rates r = { .first = !before || seconds <= 0 };
	double n;

	if (r.first)
		return r;
	r.sent = rate(before->sent, now->sent, seconds);
	r.answered = rate(before->answered, now->answered, seconds);
	r.failed = rate(before->failed, now->failed, seconds);
	r.errors = rate(before->errors, now->errors, seconds);
	r.pte = rate(before->pte, now->pte, seconds);
	r.pmd = rate(before->pmd, now->pmd, seconds);
	r.pud = rate(before->pud, now->pud, seconds);
	r.fault_errors = rate(before->fault_errors, now->fault_errors, seconds);
	n = r.answered + r.failed;
	r.average_us = n > 0 ? rate(before->ns_total, now->ns_total, seconds) / n / 1000 : 0;
	return r;
}
