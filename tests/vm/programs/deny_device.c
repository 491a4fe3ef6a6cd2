// SPDX-License-Identifier: GPL-2.0-only
/*
 * deny_device CGROUP NODE: from now on processes in that control group (a directory of
 * cgroup2) may not open that device, nor any other node of it.
 */
#include <linux/bpf.h>
#include <stddef.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include "check.h"

#define R(n)			BPF_REG_##n
#define LOAD(dst, src, offset)	{ BPF_LDX | BPF_W | BPF_MEM, dst, src, offset, 0 }
#define SET(dst, value)		{ BPF_ALU64 | BPF_MOV | BPF_K, dst, 0, 0, value }
#define UNLESS(reg, value, by)	{ BPF_JMP | BPF_JNE | BPF_K, reg, 0, by, value }
#define EXIT			{ BPF_JMP | BPF_EXIT, 0, 0, 0, 0 }

static int bpf(int cmd, union bpf_attr *attr)
{
	return (int)syscall(SYS_bpf, cmd, attr, sizeof(*attr));
}

int main(int argc, char **argv)
{
	static char log[4096];
	struct stat st;

	check(argc == 3 && !stat(argv[2], &st), "usage: deny_device CGROUP NODE");

	struct bpf_insn program[] = {
		LOAD(R(2), R(1), offsetof(struct bpf_cgroup_dev_ctx, major)),
		LOAD(R(3), R(1), offsetof(struct bpf_cgroup_dev_ctx, minor)),
		SET(R(0), 1),
		UNLESS(R(2), (int)major(st.st_rdev), 2),
		UNLESS(R(3), (int)minor(st.st_rdev), 1),
		SET(R(0), 0),
		EXIT,
	};
	union bpf_attr load = {
		.prog_type = BPF_PROG_TYPE_CGROUP_DEVICE,
		.insn_cnt = sizeof(program) / sizeof(*program),
		.insns = (uintptr_t)program,
		.license = (uintptr_t)"GPL",
		.log_buf = (uintptr_t)log, .log_size = sizeof(log), .log_level = 1,
	};
	union bpf_attr attach = { .attach_type = BPF_CGROUP_DEVICE };
	int fd = bpf(BPF_PROG_LOAD, &load);

	check(fd >= 0, "load: %s", log);
	attach.attach_bpf_fd = (uint32_t)fd;
	attach.target_fd = (uint32_t)open_or_die(argv[1], O_RDONLY | O_DIRECTORY);
	check(!bpf(BPF_PROG_ATTACH, &attach), "attach to %s", argv[1]);
	return 0;
}
