# SPDX-License-Identifier: GPL-2.0-only
# If this fails: with many devices a file is on the wrong one, or one device's failure fails opens
# of other files.
# timeout: 600
# Devices by the server's index, small and large: each is asked for once, however many opens
# need it at the same moment; a failure is that one open's alone.
. /lab/tests/lib.sh
FMAPD=fmapd-test
. /lab/tests/actor.sh

dyn=$(dax_dev_dynamic)
sta=$(dax_dev_static)
must dax_split 3 8
# shellcheck disable=SC2207
parts=($(dax_parts))
same "devices cut off" "${#parts[@]}" 3
mnt=/mnt/many
{
	echo "device 0 /dev/$dyn"
	echo "device 1 /dev/$sta"
	echo "device 40 /dev/${parts[0]}"
	echo "device 4095 /dev/${parts[1]}"
	echo "device 65535 /dev/${parts[2]}"
	for i in 0 1 40 4095 65535; do echo "file /i$i size=100000 extent=$i:2M:100K"; done
	echo "file /all size=130000"
	echo "stripe chunk=4K bytes=128K strips=4095:4M:28K,0:4M:28K,65535:4M:28K,1:4M:28K,40:4M:28K"
	for i in $(seq 0 15); do echo "file /r$i size=8K extent=40:$(((5 << 20) + i * 8192)):8K"; done
} >/tmp/manifest
must rawmap fill /tmp/manifest 10
famfs_up "$dyn" "$sta" "${parts[@]}"
content() { must rawmap see /tmp/manifest 10 $mnt; }
asked() { same "GET_DAXDEV requests" "$(request_count $mnt GET_DAXDEV)" "$1"; }
# each WANTED PATH...: all at once; WANTED says which errors came how often.
each() {
	local wanted=$1; shift
	same "errors of $# opens at once" "$(manyopen each "$@" | xargs)" "$wanted"
}

must mount_fmapd /tmp/manifest $mnt --require-fmap
n=0
for i in 4095 0 65535 1 40; do
	must manyopen 1 $mnt/i$i
	n=$((n + 1))
	asked $n
done
content
asked 5
must umount_fmapd $mnt
ok "indexes from 0 to 65535"

# Late answers, so that the openers meet.
race=$(echo $mnt/r{0..15})
must mount_fmapd /tmp/manifest $mnt --require-fmap --delay-daxdev=500
# shellcheck disable=SC2086
each "" $race
asked 1
# shellcheck disable=SC2086
each "" $mnt/all $race $mnt/i{4095,1,0,65535} $mnt/all
asked 5
content
must umount_fmapd $mnt
ok "openers that meet"

# The server's refusal reaches one of them, and the next one's question is answered.
for err in ENODEV EIO; do
	must mount_fmapd /tmp/manifest $mnt --require-fmap --delay-daxdev=500 --fail-daxdev=$err:1
	# shellcheck disable=SC2086
	each "1 ENODEV" $race
	asked 2
	# shellcheck disable=SC2086
	each "" $race $mnt/i40
	asked 2
	must umount_fmapd $mnt
done
must mount_fmapd /tmp/manifest $mnt --require-fmap --fail-daxdev=EIO:3
actor_start a
for i in 1 2 3; do
	act a ENODEV open $mnt/i4095 rw
	asked $i
done
act a ok open $mnt/i4095 rw
asked 4
# A map of five devices, one of which is not there yet.
must dax_unbind "${parts[2]}"
act a ENODEV open $mnt/all rw
act a ENODEV open $mnt/i65535 rw
act a ok open $mnt/i4095 rw
must daxio -r check $mnt/i4095 0 100000 13
must dax_bind "${parts[2]}" $FSDEV
act a ok open $mnt/all rw
content
actor_end a
for op in READ WRITE; do same "$op requests" "$(request_count $mnt $op)" 0; done
must umount_fmapd $mnt
ok "refusals"

# Two indexes for one device: the second is as good as somebody else's.
cat >/tmp/twice <<-END
	device 2 /dev/${parts[0]}
	device 3 /dev/${parts[0]}
	file /two size=8K extent=2:5M:8K
	file /three size=8K extent=3:6M:8K
	END
must mount_fmapd /tmp/twice $mnt --require-fmap
actor_start a b
act a ok open $mnt/two rw
act b EBUSY open $mnt/three rw
must daxio -r check $mnt/two 0 8K 16
actor_end a b
must umount_fmapd $mnt
must dax_whole
