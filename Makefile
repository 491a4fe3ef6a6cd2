# SPDX-License-Identifier: GPL-2.0-only
# famfs for stock kernels: the targets a person calls.
#
#   make modules KDIR=...   both kernel modules for one installed kernel
#   make tools              user-space tools and the libfmap library
#   make lab                boot a stock kernel in a VM and show it working
#   make check              unit tests, then the VM tests on every kernel
#   make deb                Debian packages of all that, in build/deb
#   make rpm                RPM packages, in build/rpm
#   make install-tools      fmapd, libfmap and their documentation (PREFIX, DESTDIR)
#
# Each area brings its own rules in a *.mk file beside its sources.

VERSION	:= 0.2.0
ifneq ($(words $(CURDIR)),1)
$(error make and the kernel's build cannot work below a path with a blank: $(CURDIR))
endif
TOP	:= $(patsubst %/,%,$(dir $(abspath $(firstword $(MAKEFILE_LIST)))))
KVER	?= $(shell uname -r)
KDIR	?= /lib/modules/$(KVER)/build
# What stops who works on this must not stop who installs it, with whatever compiler: the lab
# has W=1, the packages have an empty WERROR.
W	?=
WERROR	?= -Werror

.DEFAULT_GOAL := modules

include compat/compat.mk
# What DKMS gets is the modules alone, without these.
include $(wildcard tools/tools.mk tests/*.mk lab/*.mk packaging/*.mk)

.PHONY: modules modules_install clean

modules: layouts
	$(MAKE) -C $(KDIR) M=$(TOP) FAMFS_VERSION=$(VERSION) \
		KERNEL_OWN="$$(cat $(KERNEL_OWN_FILE))" W=$(W) modules

modules_install:
	$(MAKE) -C $(KDIR) M=$(TOP) modules_install
	# Kbuild leaves it out where there is no System.map, as with Debian's headers.
	$(if $(INSTALL_MOD_PATH),,depmod "$$($(MAKE) -s --no-print-directory -C $(KDIR) kernelrelease)")

clean:: 
	-$(MAKE) -C $(KDIR) M=$(TOP) clean
