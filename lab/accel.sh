# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# Who runs the guest's instructions: KVM, or TCG, QEMU's emulator. Sourced after lab/lib.sh.
#
# LAB_ACCEL=tcg or kvm is for who knows; auto, the default, is KVM if the kernel boots with it
# on this machine. That there is a /dev/kvm says little: in a cloud it may be that of a
# hypervisor that comes to no end with a kernel like these. So one boot shows it, within
# ACCEL_LIMIT seconds, and what came out is kept in LAB_CACHE/run for this QEMU, this kernel
# image, and as long as this machine is up.

ACCEL_LIMIT=30
ACCEL_DEVICE=/dev/kvm

# accel_load: for the kernel of kernel_load, LAB_ACCEL as kvm or tcg, and ACCEL_WHY.
accel_load() {
	local kept
	ACCEL_WHY="LAB_ACCEL=${LAB_ACCEL:-}"
	case ${LAB_ACCEL:-auto} in
	tcg) export LAB_ACCEL; return ;;
	kvm|auto) ;;
	*) die "LAB_ACCEL=$LAB_ACCEL: it is kvm, tcg or auto" ;;
	esac
	if [ "$ARCH" != "$(dpkg --print-architecture)" ]; then
		ACCEL_WHY="this machine is of another architecture"
	elif [ ! -c $ACCEL_DEVICE ]; then
		ACCEL_WHY="this machine has no $ACCEL_DEVICE"
	elif ! { : <>$ACCEL_DEVICE; } 2>/dev/null; then
		ACCEL_WHY="$ACCEL_DEVICE cannot be opened"
	else
		kept=$(accel_kept)
		mkdir -p "$LAB_CACHE/run"
		(
			with_lock "kvm-$K_NAME"
			[ ! -s "$kept" ] || exit 0
			accel_probe >"$kept.new"
			mv "$kept.new" "$kept"
		) || true
		ACCEL_WHY=$(cat "$kept" 2>/dev/null) || ACCEL_WHY="nothing is known of KVM here"
		if [ "$ACCEL_WHY" = boots ]; then
			ACCEL_WHY="this kernel boots with it"
			export LAB_ACCEL=kvm
			return
		fi
	fi
	[ "${LAB_ACCEL:-auto}" = auto ] || die "LAB_ACCEL=kvm: $ACCEL_WHY"
	export LAB_ACCEL=tcg
}

accel_image() { echo "$CHROOT$GUEST/boot/vmlinuz-$K_REL"; }
accel_kept() {
	echo "$LAB_CACHE/run/kvm-$K_NAME-$({ cat /proc/sys/kernel/random/boot_id
		stat -L -c '%n %s %Y' "$(accel_image)" "$(type -P qemu-system-x86_64 || echo /)"; } | sha256sum | cut -c1-12)"
}

# accel_probe: boot the kernel with a program that says a word, and tell what came of it.
accel_probe() {
	local work stage said status=0
	mkdir -p "$CHROOT/var/lab"
	work=$(mktemp -d "$LAB_CACHE/run/probe.XXXXXX")
	stage=$(mktemp -d "$CHROOT/var/lab/probe.XXXXXX")
	mkdir -p "$stage"/{bin,dev}
	cp "$CHROOT/usr/bin/busybox" "$stage/bin/"
	cat >"$stage/init" <<-'END'
		#!/bin/busybox sh
		busybox mount -t devtmpfs dev /dev
		echo it boots >/dev/ttyS1
		busybox poweroff -n -f
	END
	chmod 755 "$stage/init"
	# shellcheck disable=SC2016
	in_chroot sh -c 'cd "$1" && find . -mindepth 1 | cpio -o -H newc --quiet -R 0:0' sh \
		"${stage#"$CHROOT"}" >"$work/initrd"
	said=$(ACCEL_PROBING=1 LAB_ACCEL=kvm LAB_SLOW=1 LAB_TIMEOUT=$ACCEL_LIMIT LAB_DAX='' LAB_MCE='' LAB_MONITOR='' LAB_MACHINE='' \
		LAB_ICOUNT='' LAB_CMDLINE='' "$TOP/lab/boot" "$K_NAME" "$work/initrd" "$work/console" 2>&1) || status=$?
	case $status:$said in
	0:*"it boots"*) echo boots ;;
	124:*) echo "with KVM this kernel did not boot within $ACCEL_LIMIT s" ;;
	*) echo "with KVM this kernel does not boot ($(tail -n 1 <<<"$said" | tr -d '\r' | sed 's/^qemu[^:]*: *//' | cut -c1-100))" ;;
	esac
	rm -rf "$work" "$stage"
}
