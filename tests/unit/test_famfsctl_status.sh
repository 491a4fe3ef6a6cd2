#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# famfsctl status, watch, why, map, resolve and whose, by prepared tables of the module: what
# they say of them, what without one of them, and of text that is meant to do something.
# shellcheck source=tests/unit/famfsctl_lib.sh
. "$(dirname "$0")/famfsctl_lib.sh"
tables=sys/kernel/debug/famfs_fuse

machine() {
	situation=$1
	rm -rf "$tree"
	put proc/sys/kernel/osrelease 6.12.0
	put sys/kernel/mm/transparent_hugepage/hpage_pmd_size 2097152
	put sys/module/fsdev_dax/version 0.2.0
	put sys/module/famfs_fuse/initstate live
	put sys/module/famfs_fuse/parameters/offer auto
	device dax0.0 platform/hmem.0 fsdev_dax
	device dax1.0 platform/hmem.1 fsdev_dax
	for d in dax0.0 dax1.0; do
		attr $d folio_size 2097152
		attr $d holder 0:44
		attr $d resource 0x100000000
	done
	attr dax0.0 badpages '4194304 4096'
	attr dax1.0 badpages ''
	put proc/self/mountinfo $'44 21 0:44 / /mnt/famfs rw - fuse.fmapd /dev/dax0.0 rw\n45 21 0:45 / /mnt/plain rw - fuse.famfs x rw\n46 21 0:46 / /mnt/sshfs rw - fuse.sshfs host: rw\n47 21 8:1 / / rw - ext4 /dev/sda rw'
	put $tables/mounts '0:44 source=/dev/dax0.0 subtype=fmapd server=4711 state=alive minor=41 flags=0x80000000 owner=0 devices=2 files=2 maps_bytes=4096 errors=3 news=yes'
	put $tables/devices $'0:44 index=0 name=dax0.0 state=ok size=536870912 align=2097152 users=2 mode=name block=0\n0:44 index=5 name=dax1.0 state=ok size=536870912 align=2097152 users=1 mode=fd block=0'
	put $tables/requests $'0:44 request=GET_FMAP sent=10 answered=8 failed=2 ns_total=1000000 ns_max=500000 lt_us=0,1,2,7\n0:44 request=GET_DAXDEV sent=0 answered=0 failed=0 ns_total=0 ns_max=0 lt_us=0'
	put $tables/faults 'all pte=1 pmd=20 pud=0 failed=0'
	put $tables/pins $'0:44 waits_for=eviction files=2 since_ms=1500 device=-\n0:99 waits_for=unbind files=1 since_ms=2500 device=dax1.0'
	put $tables/refusals $'ago_ms=5000 kind=open dev=0:44 about=node\\0407 errno=22 times=3 text=its\\040map\\040is\\040empty\nago_ms=200000 kind=mount dev=0:45 about=x errno=0 times=1 text=not\\040offered:\\040whoever\\040mounts\\040is\\040not\\040root\nago_ms=9000 kind=device dev=0:44 ended=1 about=index errno=19 times=1 text="/dev/x":\\040no\\040such\\040device\\040node:\\040error\\040-2'
	put $tables/maps $'0:44 node=2 ino=2 opens=1 type=regular size=8388608 kind=one extents=1 devices=1 memory=100\n0:44 node=3 ino=3 opens=1 type=regular size=16777216 kind=striped extents=1 devices=2 memory=100 dead'
	put $tables/extents $'0:44 ino=2 off=0 len=8388608 dev=0 devoff=2097152\n0:44 ino=3 off=0 len=16777216 dev=0 devoff=16777216 stripe=0/2 chunk=2097152\n0:44 ino=3 off=0 len=16777216 dev=5 devoff=0 stripe=1/2 chunk=2097152'
	put proc/4711/comm fmapd
}

machine "as it should be"
run 0 status
says "/mnt/famfs (0:44) /dev/dax0.0, fmapd"
says "fmapd 4711, alive"
says "5: dax1.0, ok, 512M, maps: 1"
says "10 sent, 8 answered, 2 failed; 100.0 us on average, 500.0 us at most"
says "PINNED   eviction waits since 1.5 s for pages of 2 files (-)"
says "PINNED: unbind waits since 2.5 s for pages of 1 files of a mount that is gone (dax1.0)"
says "faults: 1 small, 20 large"
run_json 0 status
for s in 'mounts[0].server=4711' 'mounts[0].server_name=fmapd' 'mounts[0].requests[0].lt_us[3]=7' \
	'mounts[0].devices[1].index=5' 'mounts[0].pins[0].files=2' 'pins[0].device=dax1.0' 'faults.pmd=20' refusals=3; do
	says "$s"
done
run 0 status /mnt/famfs
says_not "a mount that is gone"
run_json 0 status 0:44
run 1 status /mnt/plain
run 0 watch --count 2 --interval 0.1
[ "$(grep -c '^/mnt/famfs  *2  *4K' <<<"$said")" = 2 ] || fail "not two looks: $said"
run_json 0 watch --count 1
says 'mounts[0].files=2'
says 'faults=null'
run 1 watch -c 1 /mnt/plain
for bad in "-c 0" "-n 0" "-n x" "-n nan" "-c -1"; do
	# shellcheck disable=SC2086
	run 2 watch $bad
done

run 0 map 0:44:2
says "0:44:2: 8M, 1 extent, kept as one"
grep -qE '^0 +8M +dax0.0 +2097152 +- +6M of 8M +- +4K on bad pages; 2M: not where a bad page is' <<<"$said" || fail "map: $said"
run 0 map --plot 0:44:3
says "2 extents or strips"
grep -qE '^0 +8M +dax1.0 +0 +1/2 by 2M +all' <<<"$said" || fail "map: $said"
says '|****************'
run_json 0 map 0:44:3
for s in size=16777216 'extents[1].strip=1' 'extents[1].device=5' 'extents[1].bytes=8388608' 'extents[0].large_limit=null' \
	'extents[0].giant_limit=device' 'devices[0].bad_pages[0].offset=4194304'; do
	says "$s"
done
run 0 map --svg "$work/x.svg" 0:44:2
grep -q '</svg>' "$work/x.svg" || fail "no picture"
run 0 map --svg - 0:44:2
[[ $said == '<?xml'* ]] || fail "--svg - writes $said"
run 1 map 0:44:9
run 1 map /mnt/famfs/file
run 1 map --svg /nowhere/x 0:44:2
run 2 map

run 0 resolve 0:44:2 5M
says "dax0.0 7340032 (0x700000), contiguous for 3M, physical address 0x100700000"
run_json 0 resolve 0:44:3 2M
says device=dax1.0
says device_offset=0
run 1 resolve 0:44:2 8M
run 2 resolve 0:44:2 -1
run 0 whose dax0.0 7340032
says "inode 2 of /mnt/famfs, offset 5242880 (page 1280)"
run_json 0 whose /dev/dax1.0 2097153
says 'files[0].ino=3'
says 'files[0].offset=6291457'
run 1 whose dax0.0 1M
run_json 1 whose dax1.0 100M
says 'files=[]'

run 1 why
says "5.0 s ago, open of node 7: its map is empty (Invalid argument, 3 times)"
says "3 minutes ago, mount of x: not offered: whoever mounts is not root"
says "device of index, of a mount that is gone: \"/dev/x\": no such device node: error -2 (No such device)"
says "famfsctl list shows which devices there are"
run 1 why 0:44:7
says "its map is empty"
run 0 why 0:44:2
says "it has a map (one)"
run 1 why /mnt/famfs
says_not "a mount that is gone"
run 1 why /mnt/plain
says "not offered: whoever mounts is not root"
run 1 why /mnt/sshfs
says "is no dax device"
says "offer=all"
run 0 why /
says "nothing to do with famfs"
run_json 1 why /mnt/plain
says wrong=true

situation="a dead server, a device that is gone"
sed -i s/alive/dead/ "$tree/$tables/mounts"
sed -i 's/dax1.0 state=ok/dax1.0 state=gone/' "$tree/$tables/devices"
run 0 status
says DEAD
run 1 why 0:44:2
says "its server is gone"
says "dax1.0 was taken away"
says "-> unmount, and mount anew"
driver dax1.0 device_dax
run 1 why 0:44:2
says "famfsctl mode"
driver dax1.0 fsdev_dax
run 0 map 0:44:3
says "the device is not there"

machine "offered to nobody"
: >"$tree/$tables/refusals"
put sys/module/famfs_fuse/parameters/offer none
run 1 why /mnt/plain
says "offer=none"
put sys/module/famfs_fuse/parameters/offer auto
put dev/kmsg '6,1,1,-;famfs_fuse: x (0:45): an ordinary FUSE mount: because'
run 1 why /mnt/plain
says "kernel's log: famfs_fuse: x (0:45): an ordinary FUSE mount: because"

machine "a kernel that maps whole folios"
put proc/sys/kernel/osrelease 6.15.0
attr dax0.0 folio_size 1073741824
run 0 map 0:44:2
says "folios are larger"

machine "without some tables"
rm "$tree/$tables"/{pins,refusals,faults,requests,extents}
run 0 status
run_json 0 status
says refusals=null
run_json 0 watch -c 1
run 3 map 0:44:2
case $errors in *'no table "extents"'*) ;; *) fail "says $errors" ;; esac
run 3 whose dax0.0 0
run 3 why
rm -r "$tree/sys/kernel/debug"
run 3 status
case $errors in *"mount -t debugfs"*) ;; *) fail "says $errors" ;; esac
run 3 why /mnt/plain
run 0 why /
rm -r "$tree/sys/module/famfs_fuse"
run 3 status
case $errors in *"modprobe famfs_fuse"*) ;; *) fail "says $errors" ;; esac
run 1 why /mnt/plain
says "famfs_fuse is not loaded"

machine "text that does things"
put $tables/mounts '0:44 source=\033]0;x\007\012\134 subtype=fmapd\233 server=4711 state=al\033ive files=x'
put $tables/devices '0:44 index=0 name=\033[31m state=\012ok size=99999999999999999999'
put $tables/requests $'0:44 request=\\033[2J sent=-1 lt_us=1,x,\n=\n= =\n0:44'
put $tables/pins $'0:44 waits_for=\\033c device=\\012 files='
put $tables/refusals $'ago_ms=x kind=\\033c dev=0:44 about=\\012 errno=99999 text=\\033[2J\n\n===\nkind='
put $tables/maps $'0:44 ino=2 kind=\\033[m size=0'
put proc/self/mountinfo '44 21 0:44 / /mnt/\033[31mred\012 rw - fuse.fmapd x rw'
put proc/4711/comm $'\033[7m'
for command in status "watch -c 1" why "why 0:44:2" "map --plot 0:44:2" "map --svg - 0:44:2" "whose dax0.0 2M" "resolve 0:44:2 0" list; do
	for json in "" --json; do
		# shellcheck disable=SC2086
		"$famfsctl" --root "$tree" $command $json >"$work/out" 2>"$work/err"
		! grep -qE "Sanitizer|runtime error" "$work/err" || fail "$command: $(cat "$work/err")"
		! LC_ALL=C grep -q $'[\001-\011\013-\037\177\233]' "$work/out" "$work/err" || fail "$command $json: raw control characters: $(cat -v "$work/out")"
		[ -z "$json" ] || [ ! -s "$work/out" ] || [[ $command == *svg* ]] || "$jsonflat" <"$work/out" >/dev/null || fail "$command is no JSON: $(cat "$work/out")"
	done
done
done_testing
