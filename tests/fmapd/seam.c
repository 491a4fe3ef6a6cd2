// SPDX-License-Identifier: GPL-2.0-only
/* Answers late and wrongly, as the command line says, for tests of the kernel side. */
#include "seam.h"

#include <stdlib.h>

#include "faults.h"
#include "forms.h"

static struct fault_options fault_options;
static struct form_options form_options;
static struct faults *faults;

const char seam_usage[] =
"\n"
"To test the kernel side:\n"
"      --delay-init=MS      answer INIT late\n"
"      --delay-fmap=MS      answer GET_FMAP late\n"
"      --delay-daxdev=MS    answer GET_DAXDEV late\n"
"      --fail-fmap=ERRNO[:COUNT]    refuse GET_FMAP (the first COUNT times)\n"
"      --fail-daxdev=ERRNO[:COUNT]  refuse GET_DAXDEV\n"
"      --first-generation   answer GET_FMAP as the first servers did: at most\n"
"                           4096 bytes, and without a size in the header\n"
"      --announce=BYTES     answer the first GET_FMAP by the announcement of\n"
"                           a map of BYTES\n"
"      --announce-again=BYTES  the same for one with more room\n"
"      --claim=BYTES        say of whole maps that they have BYTES\n";

enum {
	OPT_DELAY_INIT = SEAM_OPTIONS, OPT_DELAY_FMAP, OPT_DELAY_DAXDEV, OPT_FAIL_FMAP,
	OPT_FAIL_DAXDEV, OPT_FIRST_GENERATION, OPT_ANNOUNCE, OPT_ANNOUNCE_AGAIN, OPT_CLAIM,
};

const struct option seam_options[] = {
	{ "delay-init", required_argument, NULL, OPT_DELAY_INIT },
	{ "delay-fmap", required_argument, NULL, OPT_DELAY_FMAP },
	{ "delay-daxdev", required_argument, NULL, OPT_DELAY_DAXDEV },
	{ "fail-fmap", required_argument, NULL, OPT_FAIL_FMAP },
	{ "fail-daxdev", required_argument, NULL, OPT_FAIL_DAXDEV },
	{ "first-generation", no_argument, NULL, OPT_FIRST_GENERATION },
	{ "announce", required_argument, NULL, OPT_ANNOUNCE },
	{ "announce-again", required_argument, NULL, OPT_ANNOUNCE_AGAIN },
	{ "claim", required_argument, NULL, OPT_CLAIM },
	{ NULL, 0, NULL, 0 },
};

static int number(const char *s, unsigned long max, uint32_t *v)
{
	char *end;
	unsigned long n = strtoul(s, &end, 10);

	*v = (uint32_t)n;
	return *s < '0' || *s > '9' || *end || n > max ? -1 : 0;
}

static int milliseconds(const char *s, unsigned int *v)
{
	return number(s, 3600000, v);
}

static int bytes(const char *s, uint32_t *v)
{
	return number(s, UINT32_MAX, v);
}

int seam_set_option(int opt, const char *arg)
{
	switch (opt) {
	case OPT_DELAY_INIT:
		return milliseconds(arg, &fault_options.delay_init_ms);
	case OPT_DELAY_FMAP:
		return milliseconds(arg, &fault_options.delay_ms[SEAM_FMAP]);
	case OPT_DELAY_DAXDEV:
		return milliseconds(arg, &fault_options.delay_ms[SEAM_DAXDEV]);
	case OPT_FAIL_FMAP:
		return faults_parse_error(&fault_options, SEAM_FMAP, arg);
	case OPT_FAIL_DAXDEV:
		return faults_parse_error(&fault_options, SEAM_DAXDEV, arg);
	case OPT_FIRST_GENERATION:
		form_options.first_generation = true;
		return 0;
	case OPT_ANNOUNCE:
		return bytes(arg, &form_options.announce[0]);
	case OPT_ANNOUNCE_AGAIN:
		return bytes(arg, &form_options.announce[1]);
	case OPT_CLAIM:
		return bytes(arg, &form_options.claim);
	}
	return -1;
}

int seam_start(void)
{
	faults = faults_new(&fault_options);
	return faults ? 0 : -1;
}

void seam_stop(void)
{
	faults_free(faults);
}

void seam_init(void)
{
	faults_init(faults);
}

void seam_answer(enum seam_site site, struct fmap_req *req, uint64_t id,
		 void (*answer)(struct fmap_req *req, uint64_t id))
{
	faults_answer(faults, site, req, id, answer);
}

void seam_reply_map(struct fmap_req *req, uint32_t room, const struct fmap_map *map)
{
	forms_reply(&form_options, req, room, map);
}
