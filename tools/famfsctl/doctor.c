// SPDX-License-Identifier: GPL-2.0-only
/* famfsctl doctor: will famfs work here, and if not, what is to be done? Changes nothing. */
#include <getopt.h>
#include <string.h>
#include <unistd.h>

#include "doctor.h"
#include "famfsctl.h"
#include "json.h"
#include "persist.h"

static struct finding {
	enum verdict verdict;
	const char *id, *what, *remedy;
} *findings;

static size_t nfindings, count[V_UNSEEN + 1];

void found(enum verdict v, const char *id, const char *remedy, const char *format, ...)
{
	va_list args;

	pool_more(findings, nfindings);
	va_start(args, format);
	findings[nfindings++] = (struct finding){
		.verdict = v, .id = id, .remedy = remedy, .what = pool_vprintf(format, args),
	};
	va_end(args);
	count[v]++;
}

static void write_text(bool all)
{
	static const char *const word[] = { "ok   ", "warn ", "FAIL ", "?    " };
	const struct finding *f;
	size_t i;

	for (i = 0; i < nfindings; i++) {
		f = &findings[i];
		if (!all && f->verdict == V_OK)
			continue;
		printf("%s %s: %s\n", word[f->verdict], safe(f->id), safe(f->what));
		if (f->remedy)
			printf("        -> %s\n", safe(f->remedy));
	}
	printf("%zu failures, %zu warnings, %zu things that could not be seen%s\n", count[V_FAIL],
	       count[V_WARN], count[V_UNSEEN], count[V_UNSEEN] && geteuid() ? " (root sees more)" : "");
}

static void write_json(void)
{
	static const char *const word[] = { "ok", "warn", "fail", "unseen" };
	size_t i;

	json_begin("doctor");
	json_str("verdict", count[V_FAIL] ? "fail" : count[V_WARN] ? "warn" : "ok");
	json_array("findings");
	for (i = 0; i < nfindings; i++) {
		json_object(NULL);
		json_str("id", findings[i].id);
		json_str("verdict", word[findings[i].verdict]);
		json_str("what", findings[i].what);
		json_str("remedy", findings[i].remedy);
		json_end();
	}
	json_end();
	json_finish();
}

int cmd_doctor(int argc, char **argv)
{
	static const struct option options[] = {
		{ "quiet", no_argument, NULL, 'q' },
		{ "strict", no_argument, NULL, 's' },
		{ "judge", required_argument, NULL, 'j' },
		{ "helper", required_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	bool quiet = false, strict = false;
	struct doctor d = { .judge = NULL };
	int c;

	while ((c = getopt_long(argc, argv, "+q", options, NULL)) != -1)
		switch (c) {
		case 'q':
			quiet = true;
			break;
		case 's':
			strict = true;
			break;
		case 'j':
			d.judge = optarg;
			break;
		case 'h':
			d.helper = optarg;
			break;
		default:
			return usage_error();
		}
	if (optind != argc)
		return usage_error();

	d.root = *ctl.root || !geteuid();
	/* Programs of another machine's tree are not run. */
	if (!d.helper && !*ctl.root)
		d.helper = PERSIST_HELPER;
	kmodule_look(&d.fsdev, "fsdev_dax");
	kmodule_look(&d.fuse, "famfs_fuse");
	daxdevs_load(&d.devs);
	mounts_load(&d.mounts);
	famfs_mounts_load(&d.famfs, &d.mounts);
	doctor_kernel(&d);
	doctor_modules(&d);
	doctor_symbols(&d);
	doctor_signatures(&d);
	doctor_devices(&d);
	doctor_mounts(&d);
	doctor_programs();
	if (ctl.json)
		write_json();
	else
		write_text(!quiet);
	return count[V_FAIL] || (strict && count[V_WARN]) ? EXIT_FOUND : EXIT_FINE;
}
