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

VERSION	:= 0.1.0
TOP	:= $(patsubst %/,%,$(dir $(abspath $(firstword $(MAKEFILE_LIST)))))
KVER	?= $(shell uname -r)
KDIR	?= /lib/modules/$(KVER)/build

.DEFAULT_GOAL := modules

include compat/compat.mk
# What DKMS gets is the modules alone, without these.
include $(wildcard tools/tools.mk tests/*.mk lab/*.mk packaging/*.mk)

.PHONY: modules modules_install clean

modules: layouts
	$(MAKE) -C $(KDIR) M=$(TOP) FAMFS_VERSION=$(VERSION) W=1 modules

modules_install:
	$(MAKE) -C $(KDIR) M=$(TOP) modules_install

clean:: 
	-$(MAKE) -C $(KDIR) M=$(TOP) clean
