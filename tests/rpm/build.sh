#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Build the packages, once more elsewhere (same bytes?), as a later release, and as a later
# version; look at them with rpmlint, and compare them with the Debian packages.
# Leaves /var/lab/packages/1, /release and /2.
# shellcheck source=tests/deb/lib.sh
. "$(dirname "$0")/../deb/lib.sh"

# other_build: the packages of the tree in which this runs, without the unit tests.
other_build() { quietly env RPMBUILD_OPTIONS="--nocheck" make rpm; }

first_build rpm 7
other_tree /var/lab/elsewhere
(cd /var/lab/elsewhere && other_build) || exit 1
same_bytes /var/lab/elsewhere/build/rpm

other_tree /var/lab/release
(
	cd /var/lab/release
	sed -i 's/^Release: *1%/Release: 2%/' rpm/famfs-stock.spec
	sed -i 's/^MODULE_DESCRIPTION("/&Second: /' fsdev_dax/*.c
	other_build
) || exit 1
mv /var/lab/release/build/rpm /var/lab/packages/release
other_tree /var/lab/next
(cd /var/lab/next && become_next && other_build) || exit 1
mv /var/lab/next/build/rpm /var/lab/packages/2
ok "release $version-2 and version $next"

# What both kinds of packages have is the same. One line per file: package, path, digest.
digests() {
	local file path sum
	while IFS= read -r file; do
		path=${file#"$2"}
		case $path in
		# what each kind has of its own, and what a compiler made for paths of its own
		*/copyright | */changelog* | */NEWS.Debian* | /usr/share/licenses/* | /usr/lib/.build-id/*) continue ;;
		*/libfmap.so* | */libfmap.a | */libfmap.pc | */sbin/fmapd | */sbin/famfsctl | */sbin/famfs-coherence | */README.Debian* | */README.rpm) sum=- ;;
		*.gz) sum=$(zcat "$file" | sha256sum) ;;
		*) sum=$(sha256sum <"$file") ;;
		esac
		sed -E 's|/usr/lib(64\|/x86_64-linux-gnu)/|LIB/|; s|/README\.(Debian\|rpm)|/README.PACKAGE|
			s|/usr/share/doc/[^/]*/(examples/)?|DOC/|; s|\.gz ? ?| |' <<<"$1 $path ${sum%% *}"
	done < <(find "$2" ! -type d)
}
quietly env DEB_BUILD_OPTIONS=nocheck make deb
scratch=/var/lab/scratch
unpacked() { rm -rf $scratch; mkdir -p $scratch; }
for name in famfs-dkms fmapd famfsctl libfmap libfmap-devel; do
	# A static library has a package of its own.
	with=()
	case $name in
	libfmap) deb=libfmap1 ;;
	libfmap-devel) deb=libfmap-dev with=(/var/lab/packages/1/libfmap-static-[0-9]*.rpm) ;;
	*) deb=$name ;;
	esac
	unpacked
	dpkg-deb -x build/deb/${deb}_*.deb $scratch
	digests $name $scratch >>/var/lab/digests.deb
	unpacked
	quietly rpm --root $scratch -i --nodeps --noscripts /var/lab/packages/1/$name-[0-9]*.rpm "${with[@]}"
	rm -rf ${scratch:?}/var
	digests $name $scratch >>/var/lab/digests.rpm
done
sort -o /var/lab/digests.deb /var/lab/digests.deb
sort -o /var/lab/digests.rpm /var/lab/digests.rpm
[ "$(wc -l </var/lab/digests.deb)" -gt 60 ] || fail "the Debian packages have few files"
diff /var/lab/digests.deb /var/lab/digests.rpm >&2 || fail "Debian (<) and RPM packages (>) differ"
ok "$(wc -l </var/lab/digests.rpm) files, as in the Debian packages"

quietly apt-get -qy install --no-install-recommends rpmlint
rpmlint -c tests/rpm/rpmlint.toml -r rpm/famfs-stock.rpmlintrc /var/lab/packages/1/*.rpm \
	/var/lab/packages/1/src/*.rpm rpm/famfs-stock.spec >"$log" 2>&1 || true
grep -q ' 7 packages and 1 specfiles checked; 0 errors, 0 warnings' "$log" || { cat "$log" >&2; fail "rpmlint"; }
ok "$(sed -n 's/^rpmlint: /rpmlint /p' "$log")"
