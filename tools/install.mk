# SPDX-License-Identifier: GPL-2.0-only
# Where the tools and libfmap go.
#
#   make install-tools [PREFIX=/usr/local] [LIBDIR=...] [DESTDIR=...]
#   make install-units [SYSTEMD_DIR=...]     of them what systemd reads
#
# The headers have a directory of their own, which libfmap.pc names: a file in
# /usr/include/linux would stand in the way of the kernel's headers the day that
# they bring one of that name.

PREFIX		?= /usr/local
SBINDIR		?= $(PREFIX)/sbin
LIBDIR		?= $(PREFIX)/lib
INCLUDEDIR	?= $(PREFIX)/include
DATADIR		?= $(PREFIX)/share
MANDIR		?= $(DATADIR)/man
COMPLETIONDIR	?= $(DATADIR)/bash-completion/completions
INSTALL		?= install

.PHONY: install-tools install-libfmap install-fmapd install-units
install-tools: install-libfmap install-fmapd install-units

install-libfmap: $(TOOLS_OUT)/libfmap.a libfmap-shared
	$(INSTALL) -d $(DESTDIR)$(LIBDIR)/pkgconfig $(DESTDIR)$(INCLUDEDIR)/famfs/linux \
		$(DESTDIR)$(MANDIR)/man3
	$(INSTALL) -m 644 $(TOOLS_OUT)/libfmap.a $(TOOLS_OUT)/$(LIBFMAP_FILE) $(DESTDIR)$(LIBDIR)/
	ln -sf $(LIBFMAP_FILE) $(DESTDIR)$(LIBDIR)/$(LIBFMAP_SONAME)
	ln -sf $(LIBFMAP_SONAME) $(DESTDIR)$(LIBDIR)/libfmap.so
	$(INSTALL) -m 644 $(TOP)/tools/libfmap/fmap.h $(DESTDIR)$(INCLUDEDIR)/famfs/
	$(INSTALL) -m 644 $(TOP)/uapi/linux/famfs_fuse.h $(DESTDIR)$(INCLUDEDIR)/famfs/linux/
	$(INSTALL) -m 644 $(TOP)/tools/libfmap/libfmap.3 $(DESTDIR)$(MANDIR)/man3/
	sed -e 's|@prefix@|$(PREFIX)|; s|@libdir@|$(LIBDIR)|; s|@includedir@|$(INCLUDEDIR)|' \
		-e 's|@version@|$(VERSION)|' $(TOP)/tools/libfmap/libfmap.pc.in \
		>$(DESTDIR)$(LIBDIR)/pkgconfig/libfmap.pc
	chmod 644 $(DESTDIR)$(LIBDIR)/pkgconfig/libfmap.pc

# systemd looks for units and generators there with a PREFIX of /usr or /usr/local.
SYSTEMD_DIR	?= $(PREFIX)/lib/systemd

install-units:
	$(INSTALL) -d $(DESTDIR)$(SYSTEMD_DIR)/system $(DESTDIR)$(SYSTEMD_DIR)/system-generators
	sed 's|/usr/sbin/fmapd|$(SBINDIR)/fmapd|' $(TOP)/tools/systemd/fmapd@.service \
		>$(DESTDIR)$(SYSTEMD_DIR)/system/fmapd@.service
	chmod 644 $(DESTDIR)$(SYSTEMD_DIR)/system/fmapd@.service
	$(INSTALL) -m 755 $(TOP)/tools/systemd/famfs-generator $(DESTDIR)$(SYSTEMD_DIR)/system-generators/famfs-generator

install-fmapd: $(TOOLS_OUT)/fmapd
	$(INSTALL) -d $(DESTDIR)$(SBINDIR) $(DESTDIR)$(MANDIR)/man8 $(DESTDIR)$(MANDIR)/man5 \
		$(DESTDIR)$(COMPLETIONDIR)
	$(INSTALL) -m 755 $(TOOLS_OUT)/fmapd $(DESTDIR)$(SBINDIR)/
	$(INSTALL) -m 644 $(TOP)/tools/fmapd/fmapd.8 $(DESTDIR)$(MANDIR)/man8/
	$(INSTALL) -m 644 $(TOP)/tools/fmapd/fmapd.manifest.5 $(DESTDIR)$(MANDIR)/man5/
	$(INSTALL) -m 644 $(TOP)/tools/fmapd/fmapd.bash-completion $(DESTDIR)$(COMPLETIONDIR)/fmapd

.PHONY: install-famfsctl
install-tools: install-famfsctl
install-famfsctl: $(TOOLS_OUT)/famfsctl $(TOOLS_OUT)/famfs-coherence
	$(INSTALL) -d $(DESTDIR)$(SBINDIR) $(DESTDIR)$(MANDIR)/man8 $(DESTDIR)$(COMPLETIONDIR)
	$(INSTALL) -m 755 $(TOOLS_OUT)/famfsctl $(TOOLS_OUT)/famfs-coherence $(DESTDIR)$(SBINDIR)/
	$(INSTALL) -m 644 $(TOP)/tools/famfsctl/famfsctl.8 $(TOP)/tools/famfs-coherence/famfs-coherence.8 \
		$(DESTDIR)$(MANDIR)/man8/
	$(INSTALL) -m 644 $(TOP)/tools/famfsctl/famfsctl.bash-completion \
		$(DESTDIR)$(COMPLETIONDIR)/famfsctl
	$(INSTALL) -m 644 $(TOP)/tools/famfs-coherence/famfs-coherence.bash-completion \
		$(DESTDIR)$(COMPLETIONDIR)/famfs-coherence
