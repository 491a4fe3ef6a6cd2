// SPDX-License-Identifier: GPL-2.0-only
/* Writes what fuzz_btf begins with, one file per kernel, to the directory that is named. */
#include "test_btf_synth.h"

int main(int argc, char **argv)
{
	static const struct synth kernels[] = {
		{ 0 }, { .shift = 3 }, { .moved = true, .renamed = true }, { .same_widget = true },
		{ .stranger = true }, { .stranger = true, .described = true },
		{ .list_strange = true, .described = true },
		{ .init_strange = true, .early_strange = true, .described = true },
	};
	size_t i;

	for (i = 0; argc == 2 && i < sizeof(kernels) / sizeof(kernels[0]); i++) {
		struct writer *base = synth_base(&kernels[i]), *mod = synth_module(base, 32);
		uint32_t len, modlen;
		void *raw = w_raw(base, &len), *modraw = w_raw(mod, &modlen);
		char path[4096];
		FILE *f;

		snprintf(path, sizeof(path), "%s/kernel%zu", argv[1], i);
		f = fopen(path, "w");
		if (!f || fwrite(&len, sizeof(len), 1, f) != 1 || fwrite(raw, len, 1, f) != 1 ||
		    fwrite(modraw, modlen, 1, f) != 1 || fclose(f)) {
			perror(path);
			return 1;
		}
		free(raw);
		free(modraw);
		free(base);
		free(mod);
	}
	return argc != 2;
}
