# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
# shellcheck disable=SC3043 # every /bin/sh of the distributions that have packages has `local`
# What every package of the modules does when it is installed, beside what DKMS asks of it.
# The builds of the packages fill in the names between # and put their own part below.
version=#FAMFS_VERSION#

# kernels: those whose headers are installed.
kernels() {
	local build kernel
	for build in /lib/modules/*/build; do
		[ -e "$build/include" ] || continue
		kernel=${build#/lib/modules/}
		echo "${kernel%/build}"
	done
}

# build_where_missing [OPTION]: for all kernels, also those that are not booted yet. A kernel
# that the modules cannot be built for is no reason to fail. OPTION is for dkms install.
# Of one that is left out, dkms.conf has told.
build_where_missing() {
	local kernel status
	for kernel in $(kernels); do
		case $(dkms status -m famfs -v "$version" -k "$kernel") in
		*": installed"*) continue ;;
		esac
		status=0
		dkms install -m famfs -v "$version" -k "$kernel" "$@" >/dev/null || status=$?
		case $status in
		0) echo "famfs-dkms: built and installed for $kernel" ;;
		77) ;;
		*)
			echo "famfs-dkms: no modules for $kernel: the build failed, see" \
				"/var/lib/dkms/famfs/$version/build/make.log" ;;
		esac
	done
}

# tell_missing_headers: the package manager brings headers of the newest kernel of one flavour, and
# another kernel may be running. Who packages this says by headers_for KERNEL what to install, and
# in $headers what there is in general.
tell_missing_headers() {
	local running
	running=$(uname -r)
	if [ -e "/lib/modules/$running/build/include" ]; then
		return
	elif [ -d "/lib/modules/$running" ]; then
		echo "famfs-dkms: no modules for the running kernel $running, whose headers are missing:" \
			"install $(headers_for "$running")"
	elif [ -z "$(kernels)" ]; then
		# shellcheck disable=SC2154 # it is in what this is put into
		echo "famfs-dkms: no headers of any kernel are installed: install $headers"
	fi
}

# What is in use stays in use until it is unloaded.
tell_what_is_loaded() {
	local module loaded
	for module in fsdev_dax famfs_fuse; do
		[ -d "/sys/module/$module" ] || continue
		loaded=$(cat "/sys/module/$module/version" 2>/dev/null || true)
		if [ -z "$loaded" ]; then
			echo "famfs-dkms: the kernel's own $module is loaded and stays in use until" \
				"'modprobe -r $module && modprobe $module' or the next boot"
		elif [ "$loaded" != "$version" ]; then
			echo "famfs-dkms: $module $loaded is loaded and stays in use until it is" \
				"unloaded; $version is used from then on"
		fi
	done
}
