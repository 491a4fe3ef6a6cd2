# SPDX-License-Identifier: GPL-2.0-only
# Packages.
#
#   make deb             the Debian packages of this checkout, in build/deb
#   make debtest [SUITE="bookworm trixie"]   install, upgrade and purge them in
#                        throw-away copies of the lab's chroots
#   make debtest-machine [KERNEL=6.12]    the autopkgtest that loads the modules, in a VM
#   make rpm             the RPM packages of this checkout, in build/rpm
#   make rpmtest         install, upgrade and erase them with rpm in throw-away copies
#                        of the lab's Debian 13
#   make install-dkms    what DKMS needs, below /usr/src (DESTDIR)
#   make install-conf    what udev, systemd and modprobe read about them, and their manual pages
#                        (DESTDIR)
#   make check-version   VERSION of the Makefile is the version of everything

.PHONY: deb debtest debtest-machine rpm rpmtest install-dkms install-conf check-version

deb: check-version
	@packaging/deb

debtest:
	@tests/deb/run $(SUITE)

debtest-machine:
	@tests/vm/run $(or $(KERNEL),6.12) TEST=package_machine

rpm: check-version
	@packaging/rpm

rpmtest:
	@tests/rpm/run

# The sources of the modules and nothing that a build leaves among them.
DKMS_DIR	?= /usr/src/famfs-$(VERSION)
DKMS_SOURCES	= find Makefile Kbuild dkms.conf compat fsdev_dax fuse_famfs uapi packaging/judge.sh \
		  -type f \( -name '*.[ch]' -o -name '*.mk' -o -name '*.spec' -o -name Kbuild \
		     -o -name Makefile -o -name dkms.conf -o -name judge.sh \) \
		  ! -name '*.mod.c' ! -path 'compat/generated/*'

install-dkms: check-version
	$(DKMS_SOURCES) | LC_ALL=C sort | while read -r f; do \
		install -D -m 644 "$$f" "$(DESTDIR)$(DKMS_DIR)/$$f" || exit 1; \
	done

UNIT_TESTS	+= tests/unit/test_spec_forms.sh tests/unit/test_famfs_mode.sh \
		   tests/unit/test_famfs_generator.sh

UDEV_RULES_DIR	?= /usr/lib/udev/rules.d
MODPROBE_DIR	?= /usr/lib/modprobe.d

# Where units name them.
LIBEXEC_DIR	?= /usr/libexec
UNIT_DIR	?= /usr/lib/systemd/system
CONF_MANDIR	?= /usr/share/man

install-conf:
	install -D -m 644 packaging/90-famfs.rules $(DESTDIR)$(UDEV_RULES_DIR)/90-famfs.rules
	install -D -m 755 tools/famfs-mode/famfs-mode $(DESTDIR)$(LIBEXEC_DIR)/famfs-mode
	install -D -m 644 tools/systemd/famfs-mode@.service $(DESTDIR)$(UNIT_DIR)/famfs-mode@.service
	install -D -m 644 tools/famfs-mode/famfs-modes.d.5 $(DESTDIR)$(CONF_MANDIR)/man5/famfs-modes.d.5
	install -D -m 644 fuse_famfs/famfs_fuse.4 $(DESTDIR)$(CONF_MANDIR)/man4/famfs_fuse.4
	install -D -m 644 fsdev_dax/fsdev_dax.4 $(DESTDIR)$(CONF_MANDIR)/man4/fsdev_dax.4
	install -D -m 644 packaging/famfs.conf $(DESTDIR)$(MODPROBE_DIR)/famfs.conf

# Packages read these files, not the Makefile. A distribution may add ~... or +... .
check-version:
	@for v in "dkms.conf $$(sed -n 's/^PACKAGE_VERSION="\(.*\)"$$/\1/p' dkms.conf)" \
		"debian/changelog $$(sed -n '1s/^[^(]*(\([^)~+]*\)[^)]*).*/\1/p' debian/changelog)" \
		"rpm/famfs-stock.spec $$(sed -n 's/^Version:[[:space:]]*//p' rpm/famfs-stock.spec)" \
		"rpm/famfs-stock.spec's_changelog $$(sed -n '/^%changelog/{n;s/.* \([^ -]*\)-[^ ]*$$/\1/p;q}' \
			rpm/famfs-stock.spec)"; do \
		[ "$${v#* }" = "$(VERSION)" ] || { echo "$${v%% *} says version \"$${v#* }\"," \
			"the Makefile $(VERSION)" >&2; exit 1; }; \
	done
