# Bringing it to where it runs: install, package, image. Part of the Makefile.

# Where it is installed. A package says PREFIX=/usr DESTDIR=its folder.
PREFIX    ?= /usr/local
DESTDIR   ?=
# In quotes, for the shell: a blank in a folder's name must not make two of it, least of all for rm.
TO         = '$(DESTDIR)$(PREFIX)'
ETC        = '$(DESTDIR)/etc/mindex'
UNITS     := $(patsubst deploy/systemd/%,%,$(wildcard $(addprefix deploy/systemd/, \
               *.service *.target *.service.d/*.conf)))
PACKS     := $(patsubst %/index.yaml,%,$(wildcard deploy/*/index.yaml)) $(wildcard deploy/monitoring)
# zsh looks into vendor-completions under /usr alone.
ZSH_FOLDER = $(if $(filter /usr,$(PREFIX)),vendor-completions,site-functions)
COMPLETION = bash:bash-completion/completions/mindex zsh:zsh/$(ZSH_FOLDER)/_mindex \
             fish:fish/vendor_completions.d/mindex.fish

.PHONY: install uninstall
install: all man ## install under PREFIX (/usr/local): program, manual, completion, units, packs
	@install -D -m 755 -t $(TO)/bin $(BUILD)/mindex
	@install -D -m 644 -t $(TO)/share/man/man1 $(BUILD)/man/*.1
	@for pair in $(COMPLETION); do \
	  $(BUILD)/mindex completion $${pair%%:*} | \
	    install -D -m 644 /dev/stdin $(TO)/share/$${pair#*:} || exit 1; done
	@for unit in $(UNITS); do \
	  sed 's,/usr/\(bin/mindex\|share/doc\),$(PREFIX)/\1,' deploy/systemd/$$unit | \
	    install -D -m 644 /dev/stdin $(TO)/lib/systemd/system/$$unit || exit 1; done
	@install -D -m 644 deploy/systemd/mindex.sysusers $(TO)/lib/sysusers.d/mindex.conf
	@install -D -m 644 -t $(TO)/share/doc/mindex CHANGELOG.md LICENSE deploy/*.md
	@install -D -m 644 -t $(TO)/share/doc/mindex/examples deploy/systemd/examples/*
	@install -d $(TO)/share/mindex && cp -R -t $(TO)/share/mindex $(PACKS)
	@chmod -R u=rwX,go=rX $(TO)/share/mindex
	@rm -f $(TO)/share/mindex/*/*.sh $(TO)/share/mindex/*/*.py
	@# The documents and those of the packs lead to each other.
	@for name in $(notdir $(PACKS)); do ln -sfn ../../mindex/$$name $(TO)/share/doc/mindex/$$name; done
	@[ -e $(ETC)/mindex.conf ] || \
	  $(BUILD)/mindex config default | install -D -m 644 /dev/stdin $(ETC)/mindex.conf
	@echo Installed under $(TO). As a service: '$(PREFIX)/share/doc/mindex/INSTALL.md'

# What people wrote stays: the state folder, and a configuration that is not as it came.
uninstall: ## remove what 'make install' put there
	@if $(TO)/bin/mindex config default 2>/dev/null | cmp -s - $(ETC)/mindex.conf; then \
	  rm $(ETC)/mindex.conf && rmdir --ignore-fail-on-non-empty $(ETC); fi
	@rm -f $(TO)/bin/mindex $(TO)/share/man/man1/mindex.1 $(TO)/share/man/man1/mindex-*.1 \
	  $(foreach pair,$(COMPLETION),$(TO)/share/$(lastword $(subst :, ,$(pair)))) \
	  $(UNITS:%=$(TO)/lib/systemd/system/%) $(TO)/lib/sysusers.d/mindex.conf
	@rm -rf $(TO)/share/mindex $(TO)/share/doc/mindex
	@for folder in $(sort $(dir $(filter-out %.service %.target,$(UNITS)))); do \
	  [ ! -d $(TO)/lib/systemd/system/$$folder ] || \
	    rmdir --ignore-fail-on-non-empty $(TO)/lib/systemd/system/$$folder; done

# The packages' names and the folder's are Debian's; what dpkg-buildpackage makes lies beside the sources.
.PHONY: deb
DEB := $(BUILD)/deb/mindex
deb: packages ## a Debian package of this checkout: build/deb/*.deb, looked at by lintian
	@deploy/packages.sh build-essential debhelper lintian
	@rm -rf $(BUILD)/deb && mkdir -p $(DEB)
	@cp -R -t $(DEB) Makefile README.md CHANGELOG.md LICENSE proto core services deploy
	@mv $(DEB)/deploy/debian $(DEB)/
	@cd $(DEB) && DEB_BUILD_OPTIONS=parallel=$(JOBS) dpkg-buildpackage -b -us -uc >../log 2>&1 || \
	  { tail -n 30 ../log; exit 1; }
	@cd $(BUILD)/deb && lintian --allow-root --profile debian --fail-on error,warning *.changes && ls -1 *.deb

SUITE     ?= bookworm
DEB_ROOT  ?= $(BUILD)/deb-$(SUITE)
.PHONY: test-deb
test-deb: deb ## the package in a fresh Debian 12, and under a systemd booted there (needs root)
	@command -v debootstrap >/dev/null || deploy/packages.sh debootstrap
	@[ -e $(DEB_ROOT)/etc/debian_version ] || debootstrap --variant=minbase \
	  --include=ca-certificates,systemd $(SUITE) $(DEB_ROOT) >$(BUILD)/deb/debootstrap.log 2>&1 || \
	  { tail $(BUILD)/deb/debootstrap.log; exit 1; }
	@for what in deb booted; do \
	  /usr/bin/python3 tests/package/$$what.py $(BUILD) $(BUILD)/deb/mindex_*.deb $(DEB_ROOT) || exit 1; done

# IMAGE and the image that it is built on, if it is not to be made here: make image BASE=debian:12-slim
IMAGE ?= mindex
.PHONY: image test-image
image: ## the container image by buildah, on a Debian made of its packages (needs root), or on BASE
	@command -v buildah >/dev/null || deploy/packages.sh buildah
	@[ -n "$(BASE)" ] || deploy/packages.sh debootstrap
	@BASE='$(BASE)' deploy/container/build.sh $(BUILD) $(IMAGE)
test-image: image ## the image run confined, by compose, and as the pods for Kubernetes (needs root)
	@deploy/packages.sh podman podman-compose python3-yaml util-linux iproute2
	@IMAGE=$(IMAGE):latest /usr/bin/python3 tests/cluster/image.py $(BUILD)
