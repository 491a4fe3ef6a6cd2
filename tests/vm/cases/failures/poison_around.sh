# SPDX-License-Identifier: GPL-2.0-only
# If this fails: memory that fails unnoticed is told to the wrong programs, forgotten as server or
# module go, or hangs umount.
# needs: memory failure
# Memory that fails while nobody touches it, as the kernel finds it out: who is told, by the
# system's policy and by a process's own; pages that are lent to direct I/O and to pipes,
# that no file has, that are in another mode; the list of bad pages over the server's end
# and the module's; and faults, reads, umount and unbinding at the same time.
# timeout: 300
. /lab/tests/lib.sh
. /lab/tests/actor.sh

dev=$(dax_dev_dynamic)
bad=$DAX/devices/$dev/badpages
first=$(($(<"$DAX/devices/$dev/resource") / 4096))
policy=/proc/sys/vm/memory_failure_early_kill
mb=$((1 << 20))
must modprobe hwpoison-inject
slow_disk 1
trap 'echo 0 >$policy; wait_for 10 rmmod null_blk' EXIT
# fails OFFSET...: pages of the device, by their bytes. Ends non-zero if the kernel says so.
fails() {
	local at status=0
	for at; do echo $((first + at / 4096)) 2>/dev/null >/sys/kernel/debug/hwpoison/corrupt-pfn || status=1; done
	return $status
}
# listed OFFSET...: these pages, and no others, none of which follows another.
listed() { same "bad pages" "$(xargs <"$bad")" "$(for at; do echo "$at 4096"; done | sort -n | xargs)"; }

# Page 0 of /f is at 2 MiB.
famfs_up "$dev"
cat >/tmp/manifest <<-END
	allow-overlap
	device 0 /dev/$dev
	file /f size=8M extent=0:2M:8M
	file /over size=2M extent=0:4M:2M
	file /load size=8M extent=0:32M:8M
	END
must mount_fmapd /tmp/manifest /mnt/f --require-fmap
mkdir -p /mnt/again
must mount --bind /mnt/f /mnt/again
must daxio -r fill /mnt/f/load 0 8M 3

# ---- who is told
actor_start plain small again late early idle io
for a in plain small late early idle io; do act $a ok open /mnt/f/f rw; done
act again ok open /mnt/again/f rw
for a in plain again late idle; do act $a ok map 0 8M pmd; done
for a in small early; do act $a ok map 0 8M pte; done
act late ok policy late
act early ok policy early
act plain ok set 0 8M 1
for a in small again late early; do act $a ok is 2M 2M 1; done
# told WHO... OFFSET: exactly these hear at once of the page at OFFSET of the file, and
# everybody gets to know at a touch.
told() {
	local at=${*: -1} a page
	page=$((at / 4096))
	must fails $((at + 2 * mb))
	for a in plain small again late early idle; do
		case " $* " in
		*" $a "*) act $a "page $page lsb *" told ;;
		*) act $a nothing told ;;
		esac
	done
	for a in plain small again late early idle; do
		act $a "SIGBUS AR page $page lsb 12" get $at
		act $a nothing told
		act $a ok is $((at + 4096)) 64K 1
	done
	act io "short 1024" pread $((at - 1024)) 8K 1
	act io EIO pread $at 1 1
}
echo 1 >$policy
told plain small again early $((3 * mb))
echo 0 >$policy
for a in plain small again late early; do act $a ok is $((7 * mb / 2)) 64K 1; done
told early $((7 * mb / 2))
listed $((5 * mb)) $((11 * mb / 2))
# Not by way of the kernel either.
act small EFAULT dio /dev/nullb0 3M 4K
rm -f /tmp/lent; mkfifo /tmp/lent
act small ok pipe /tmp/lent
act io ok pipe /tmp/lent
act small EFAULT vmsplice 3M 4K
ok "who is told"

# ---- lent pages: the failure is not held up, nor is anything else
actor_tell plain dio /dev/nullb0 2M 64K
must wait_for 5 slow_disk_busy
must fails $((4 * mb + 4096))
act again "SIGBUS AR page 513 lsb 12" get $((2 * mb + 4096))
act again ok is 2M 4K 1
act again ok set 6M 1M 2
act io EIO pread $((2 * mb + 4096)) 4K 1
slow_disk_busy || echo "the request ended early: nothing learnt"
hear plain ok
act plain "SIGBUS AR page 513 lsb 12" get $((2 * mb + 4096))
act small ok vmsplice 1M 16K
must fails $((3 * mb + 4096))
act small "SIGBUS AR page 257 lsb 12" get $((1 * mb + 4096))
act io ok pwrite $((1 * mb + 4096)) 4K 1
act small ok is 1M 16K 1
ok "lent pages"

# ---- no file has it; and a file that comes to have it later
must fails $((60 * mb))
listed $((4 * mb + 4096)) $((5 * mb)) $((11 * mb / 2)) $((60 * mb))
actor_end plain small again late early idle
umount /mnt/again
act io ok drain 16K 1
act io ok close
# close(2) does not wait until the server has heard of it.
end=$((SECONDS + 5))
while actor_do io open /mnt/f/over rw; [ "$REPLY" = EBUSY ] && [ $SECONDS -lt $end ]; do sleep 0.05; done
same "opening the other file" "$REPLY" ok
act io ok map 0 2M pmd
act io "SIGBUS AR page 1 lsb 12" get 4K
act io "SIGBUS AR page 256 lsb 12" get 1M
act io ok is 0 4K 1
act io "short 4096" pread 0 1M 1
ok "other files over the page"

# ---- nothing that ends takes the list along, but unbinding
must kill_fmapd /mnt/f
must fails $((4 * mb + 65536))
act io "SIGBUS AR page 16 lsb 12" get 64K
act io EIO pread 64K 4K 1
act io ok is 68K 64K 1
actor_end io
must umount /mnt/f
unload famfs_fuse
must fails $((4 * mb + 131072))
pages="$((4 * mb + 4096)) $((4 * mb + 65536)) $((4 * mb + 131072)) $((5 * mb)) $((11 * mb / 2)) $((60 * mb))"
# shellcheck disable=SC2086
listed $pages
must modprobe famfs_fuse
must mount_fmapd /tmp/manifest /mnt/f --require-fmap
actor_start a
act a ok open /mnt/f/f rw
act a ok map 0 8M pmd
for at in $pages; do
	[ $at -gt $((10 * mb)) ] || act a "SIGBUS AR page $((at / 4096 - 512)) lsb 12" get $((at - 2 * mb))
done
act a ok is $((2 * mb + 8192)) 32K 1
actor_end a
# shellcheck disable=SC2086
listed $pages
ok "the list stays"

# ---- everything at once; the last round without the device
for round in 1 2 3; do
	[ $round = 1 ] || must mount_fmapd /tmp/manifest /mnt/f --require-fmap
	load=()
	actor_start p
	act p ok open /mnt/f/load rw
	act p ok map 0 8M pmd
	# What is written whole would be good again, so that nothing could be counted.
	write=fill
	[ $round = 3 ] || write=check
	for job in "-r check" "-a 4096 check" "fill" "-r -b 64K $write"; do
		# shellcheck disable=SC2086
		(for i in 1 2 3; do daxio $job /mnt/f/load 0 8M 3; done) >/dev/null 2>&1 & load+=($!)
	done
	for i in 1 2 3 4 5 6 7 8; do actor_tell p poison $((round * 8192 + i * 512 * 1024)); done
	sleep 0.2
	umount -l /mnt/f
	[ $round != 3 ] || must dax_unbind "$dev"
	for i in 1 2 3 4 5 6 7 8; do
		# Of what was gone before, there is nothing to fail.
		if [ $round = 3 ]; then hear p "@(ok|SIGBUS*|E*)"; else hear p "SIGBUS AR*"; fi
	done
	actor_end p
	for pid in "${load[@]}"; do wait_for 40 gone "$pid" || fail "round $round: a process does not end"; done
	wait "${load[@]}" 2>/dev/null
	wait_for 10 gone "$FMAPD_PID" || fail "round $round: the server stays"
	[ $round != 2 ] || same "pages that failed in two rounds" "$(awk '$1 >= 33554432 && $1 < 62914560' "$bad" | wc -l)" 16
done
ok "with umount and unbinding"

# ---- in another mode it is not ours
must dax_bind "$dev" device_dax
dmesg_mark "another mode"
fails $((70 * mb)) || echo "the kernel cannot do anything about it in device_dax mode"
dmesg_since "another mode" | grep -q "bad page at" && fail "fsdev_dax takes it for its own"
must dax_bind "$dev" $FSDEV
same "bad pages of a new binding" "$(<"$bad")" ""
must mount_fmapd /tmp/manifest /mnt/f --require-fmap
must daxio fill /mnt/f/f 0 8M 5
must daxio -r check /mnt/f/f 0 8M 5
must umount_fmapd /mnt/f
