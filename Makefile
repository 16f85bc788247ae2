# mindex: `make run` and `make test` are all that a newcomer needs; `make help` lists the rest.

BUILD   ?= build
CC      ?= cc
LIBS    := libczmq libzmq libprotobuf-c sqlite3 jansson libsodium nettle yaml-0.1 \
           libzip expat zlib libmicrohttpd libcurl xlsxwriter libsystemd

PACKAGES := gcc libc6-dev pkg-config libczmq-dev libprotobuf-c-dev protobuf-c-compiler \
            libsqlite3-dev libjansson-dev libsodium-dev nettle-dev libyaml-dev libzip-dev \
            libexpat1-dev zlib1g-dev libmicrohttpd-dev libcurl4-openssl-dev ca-certificates \
            libxlsxwriter-dev libsystemd-dev
TEST_PACKAGES := check mandoc iproute2 python3-zmq python3-protobuf python3-numpy \
                 protobuf-compiler librsvg2-bin curl

# Same inputs, same bits: no fused multiply-add that one machine has and another has not.
# Sanitizers are for mistakes and not for speed: -O1 takes two thirds of the time to build.
CFLAGS  ?= $(if $(SANITIZE),-O1,-O2) -g
CFLAGS  += -std=c11 -D_GNU_SOURCE -Wall -Wextra -Wconversion -Wshadow -Wstrict-prototypes \
           -Wformat=2 -Wvla -Wformat-security -Werror -ffp-contract=off -fno-fast-math
# What makes a mistake in memory end the process and not more (tests/services/test_hardening.py).
CFLAGS  += -fPIE -fstack-protector-strong -fstack-clash-protection
CFLAGS  += $(if $(filter x86_64 i686,$(shell uname -m)),-fcf-protection=full)
LDFLAGS += -pie -Wl,-z,relro,-z,now,-z,noexecstack,-z,separate-code -Wl,--as-needed
# One line for each thing built; V=1 shows the commands.
Q    := $(if $(V),,@)
SAY   = @printf '  %-6s %s\n'
JOBS ?= $(shell nproc)

SANITIZE ?=
ifneq ($(SANITIZE),)
CFLAGS  += -fsanitize=$(SANITIZE) -fno-omit-frame-pointer -fno-sanitize-recover=all
LDFLAGS += -fsanitize=$(SANITIZE)
else
CFLAGS  += -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3
endif
CPPFLAGS += -I. -I$(BUILD) $(shell pkg-config --cflags $(LIBS) 2>/dev/null)
LDLIBS   = $(shell pkg-config --libs $(LIBS)) -lm

PROTOS   := $(wildcard proto/*.proto)
PROTO_C  := $(PROTOS:%.proto=$(BUILD)/%.pb-c.c)
PROTO_H  := $(PROTO_C:.c=.h)
PROTO_O  := $(PROTO_C:.c=.o)
CORE_O   := $(patsubst %.c,$(BUILD)/%.o,$(wildcard core/*.c))
SERVICE_O := $(patsubst %.c,$(BUILD)/%.o,$(wildcard services/*/*.c))
ASSETS   := $(wildcard services/views/web/*)
ASSETS_O := $(BUILD)/services/views/assets_data.o
MAIN_O   := $(BUILD)/services/cli/main.o
C_FILES   := $(wildcard core/*.[ch] services/*/*.[ch] tests/*.h tests/*/*.[ch])
TIDY     := $(patsubst %.c,$(BUILD)/tidy$(ANALYSE)/%.ok,$(wildcard core/*.c services/*/*.c))
TESTS    := $(patsubst %.c,$(BUILD)/%,$(wildcard tests/*/test_*.c))
BENCHES  := $(patsubst %.c,$(BUILD)/%,$(wildcard tests/bench/*.c))
# What has threads: workers (and their hand), the inbox, the stream, and what they do at the end.
THREADED := services/test_chain services/test_insight services/test_ingestion \
            services/test_publishing services/test_client services/test_serving services/test_log
# A sample for valgrind, which finds the use of what was never set, as no sanitizer that we have does.
SAMPLE   := core/test_definition core/test_edition core/test_xlsx \
            services/test_convert services/test_read_files services/test_store
VALGRIND := valgrind --quiet --error-exitcode=99 --leak-check=full --errors-for-leak-kinds=definite
FUZZ     := http csv xlsx ods archive gzip texts release extract schema guess boundaries definition \
            pack plain options settings messages roles stream hub tally study channels
FUZZ_TESTS := $(FUZZ:%=$(BUILD)/tests/fuzz/test_fuzz_%)
FUZZ_SECONDS ?= 60

# Linked with these wrapped, the same objects have named points at which they can be made to die.
CRASH_WRAPS := process_start store_begin store_commit store_set_pack store_add_release \
  store_hold_again store_put_in_force store_withdraw store_add_edition store_set_comparison \
  store_set_published store_retire store_fail_task store_begin_relaxed store_add_job store_put_piece \
  store_end_job store_fail_job store_add_subscription store_remove_subscription \
  store_set_subscription store_add_secret store_forget_secrets store_add_resend \
  store_note_deliveries hook_post sqlite3_exec wire_send wire_send_frame zframe_send rename \
  renameat2 refusal_write worker_run
CRASH_KILLS ?= 2000
CRASH_SEED  ?=

.DEFAULT_GOAL := help
.PHONY: help
help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { \
	  group = $$1 ~ /^(run|serve|help)$$/ ? 1 : \
	          $$1 ~ /^(all|man|packages|test-packages|install|uninstall|deb|image|clean)$$/ ? 2 : \
	          $$1 ~ /^test/ ? 3 : $$1 ~ /^(bench|soak|coverage|fuzz)$$/ ? 4 : 5; \
	  list[group] = list[group] sprintf("  make %-16s %s\n", $$1, $$2) } \
	  END { split("See it at work|Build and install|Test: all that must hold, and what takes longer" \
	              "|Measure, and search for faults|Change the sources", title, "|"); \
	        for (g = 1; g <= 5; g++) printf("%s%s\n%s", (g > 1 ? "\n" : ""), title[g], list[g]) }' Makefile

.PHONY: man
man: all ## the pages of the manual: build/man
	@rm -rf $(BUILD)/man && mkdir -p $(BUILD)/man
	@$(BUILD)/mindex help --man >$(BUILD)/man/mindex.1
	@for command in $$($(BUILD)/mindex help | sed -n 's/^  \([a-z-]*\)  *[A-Z].*/\1/p'); do \
	  $(BUILD)/mindex help --man $$command >$(BUILD)/man/mindex-$$command.1 || exit 1; done

.PHONY: run serve test
PACK ?= deploy/england
run: packages ## build, load a pack (PACK, England), hand in a newer release, show what it changed
	@$(MAKE) --no-print-directory -j$(JOBS) all
	@deploy/tour.sh $(BUILD) $(PACK)

HTTP ?= http://127.0.0.1:5605
serve: packages ## the same service with PACK until Ctrl-C; its page: HTTP
	@$(MAKE) --no-print-directory -j$(JOBS) all
	@echo 'The page is at $(HTTP) in a moment; Ctrl-C ends it. The log:'
	@$(BUILD)/mindex up --state $(BUILD)/serve --pack $(PACK) --http $(HTTP)

test: test-packages ## build and run every test
	@$(MAKE) --no-print-directory -j$(JOBS) all tests
	@tests/run.sh $(BUILD)

.PHONY: test-threads test-valgrind
test-threads: test-packages ## the tests of what has threads, under the thread sanitizer
	@$(MAKE) --no-print-directory -j$(JOBS) BUILD=build/threads SANITIZE=thread all threaded
	@CK_TIMEOUT_MULTIPLIER=5 TSAN_OPTIONS='ignore_noninstrumented_modules=1 exitcode=66' \
	  tests/run.sh build/threads $(THREADED:%=build/threads/tests/%) tests/services/test_stop.py \
	  tests/services/test_batch.py

test-valgrind: test-packages ## a sample of the tests under valgrind: unset values, leaks
	@deploy/packages.sh valgrind
	@$(MAKE) --no-print-directory -j$(JOBS) all $(SAMPLE:%=$(BUILD)/tests/%)
	@CK_TIMEOUT_MULTIPLIER=20 RUN_UNDER='$(VALGRIND)' tests/run.sh $(BUILD) \
	  $(SAMPLE:%=$(BUILD)/tests/%)

.PHONY: test-disk
test-disk: test-packages ## let each operation on the disk fail in every way
	@$(MAKE) --no-print-directory -j$(JOBS) all tests
	@MINDEX_DISK_ALL=1 $(BUILD)/tests/disk/test_disk 2>/dev/null
	@for name in full_disk verify backup schemas; do \
	  /usr/bin/python3 tests/disk/test_$$name.py $(BUILD) || exit 1; done

# The program of the last release, from the repository's history.
RELEASED_VERSION := 0.1.0
RELEASED_COMMIT  := 7672671
RELEASED         := $(BUILD)/upgrade/$(RELEASED_VERSION)
.PHONY: test-upgrade
test-upgrade: test-packages ## upgrades from 0.1.0: mixed versions, one role at a time under releases, and back
	@$(MAKE) --no-print-directory -j$(JOBS) all
	@$(MAKE) --no-print-directory $(RELEASED)/build/mindex
	@/usr/bin/python3 tests/upgrade/upgrade.py $(BUILD) $(RELEASED)/build/mindex
	@/usr/bin/python3 tests/disk/test_schemas.py $(BUILD)
$(RELEASED)/build/mindex:
	@git cat-file -e $(RELEASED_COMMIT) || { echo "the history lacks $(RELEASED_COMMIT), which is\
	  version $(RELEASED_VERSION): fetch all of it ('git fetch --unshallow')"; exit 1; }
	@mkdir -p $(RELEASED) && git archive $(RELEASED_COMMIT) | tar x -C $(RELEASED)
	@$(MAKE) --no-print-directory -C $(RELEASED) -j$(JOBS) BUILD=build SANITIZE= all

.PHONY: test-load
test-load: test-packages ## the overload tests with ten times as much of everything (minutes)
	@$(MAKE) --no-print-directory -j$(JOBS) all $(BUILD)/tests/services/test_overload
	@MINDEX_LOAD=1 $(BUILD)/tests/services/test_overload

.PHONY: test-slurm test-kubernetes
test-slurm: test-packages ## workers placed by a real Slurm on this machine: array, requeue, cancel
	@deploy/packages.sh munge slurm-wlm
	@$(MAKE) --no-print-directory -j$(JOBS) all
	@/usr/bin/python3 tests/cluster/slurm.py $(BUILD)

# The schemas are the Kubernetes API's and KEDA's, as npm has them; kubectl is Debian's or another.
test-kubernetes: test-packages ## the manifests, by kustomize and by the schemas of the Kubernetes API
	@command -v kubectl >/dev/null || deploy/packages.sh kubernetes-client
	@command -v npm >/dev/null || deploy/packages.sh npm
	@deploy/packages.sh python3-yaml
	@$(MAKE) --no-print-directory -j$(JOBS) all
	@mkdir -p $(BUILD)/kubernetes
	@npm install --silent --no-audit --no-fund --ignore-scripts --prefix $(BUILD)/kubernetes \
	  kubernetes-models@4.5.1 @kubernetes-models/keda@0.4.2
	@/usr/bin/python3 tests/cluster/test_kubernetes.py $(BUILD)

# promtool is in the package of Prometheus, whose daemon nobody here wants: the program alone is taken.
.PHONY: test-monitoring
test-monitoring: test-packages ## the alert rules and the dashboard, by Prometheus' promtool
	@command -v promtool >/dev/null || $(MAKE) --no-print-directory $(BUILD)/promtool/usr/bin/promtool
	@$(MAKE) --no-print-directory -j$(JOBS) all
	@/usr/bin/python3 tests/services/test_monitoring.py $(BUILD)
$(BUILD)/promtool/usr/bin/promtool:
	@rm -rf $(BUILD)/promtool && mkdir -p $(BUILD)/promtool
	@cd $(BUILD)/promtool && apt-get -o APT::Sandbox::User=root download -qq prometheus && \
	  dpkg-deb --fsys-tarfile prometheus_*.deb | tar -x ./usr/bin/promtool && rm prometheus_*.deb

.PHONY: test-operator
test-operator: test-packages ## every command of the runbook, on two installed machines; needs root
	@command -v promtool >/dev/null || $(MAKE) --no-print-directory $(BUILD)/promtool/usr/bin/promtool
	@deploy/packages.sh curl
	@$(MAKE) --no-print-directory -j$(JOBS) all
	@/usr/bin/python3 tests/operator/test_runbook.py $(BUILD)

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

# playwright-core and axe-core, as the lock file has them, drive Debian's chromium.
.PHONY: test-browser browser-tools
BROWSER_PARTS ?=
test-browser: test-packages browser-tools ## the pages in a real browser; BROWSER_PARTS="map live": some
	@$(MAKE) --no-print-directory -j$(JOBS) all
	@node tests/browser/run.mjs $(BUILD) $(BROWSER_PARTS)
browser-tools:
	@command -v chromium >/dev/null || deploy/packages.sh chromium
	@command -v npm >/dev/null || deploy/packages.sh nodejs npm
	@$(MAKE) --no-print-directory $(BUILD)/browser/installed
$(BUILD)/browser/installed: tests/browser/package.json tests/browser/package-lock.json
	@mkdir -p $(@D)
	$(SAY) NPM $(@D)
	$(Q)cp $^ $(@D) && npm ci --silent --no-audit --no-fund --ignore-scripts --prefix $(@D)
	@touch $@

.PHONY: test-clients
test-clients: test-packages ## the clients in other languages, the one in JavaScript over ZeroMQ too
	@command -v npm >/dev/null || deploy/packages.sh nodejs npm
	@$(MAKE) --no-print-directory -j$(JOBS) all
	@mkdir -p $(BUILD)/clients && cp -r deploy/clients/javascript $(BUILD)/clients/
	@npm ci --silent --no-audit --no-fund --prefix $(BUILD)/clients/javascript
	@/usr/bin/python3 tests/clients/test_clients.py $(BUILD)

.PHONY: bench soak
BENCH ?=
bench: test-packages ## measure mindex beside its rivals, one table and JSON; BENCH=readers: one part
	@deploy/packages.sh python3-pandas python3-openpyxl python3-yaml libopenblas0-pthread wrk nginx # rivals
	@$(MAKE) --no-print-directory -j$(JOBS) all $(BENCHES)
	@BUILT_WITH='$(CC) $(CFLAGS)' /usr/bin/python3 tests/bench/bench.py $(BUILD) $(BENCH)

# Of core/ alone: the services are measured by what they promise, in tests/services. No branch is
# left out of the count. Counts of threads add up only where they are atomic.
COVERAGE_BRANCHES ?= 95
COVERING := core memory fuzz
.PHONY: coverage
coverage: test-packages ## how much of core/ its tests go through; fails under COVERAGE_BRANCHES (95)
	@deploy/packages.sh gcovr
	@CFLAGS='-O0 -g --coverage -fprofile-update=atomic' LDFLAGS=--coverage \
	  $(MAKE) --no-print-directory -j$(JOBS) BUILD=build/coverage all covering
	@find build/coverage -name '*.gcda' -delete
	@tests/run.sh build/coverage $(COVERING)
	@tests/coverage.sh build/coverage $(COVERAGE_BRANCHES)

SOAK_RELEASES ?= 10000
soak: test-packages ## hand in SOAK_RELEASES (10000) releases: memory and descriptors must not grow
	@$(MAKE) --no-print-directory -j$(JOBS) all
	@/usr/bin/python3 tests/bench/soak.py $(BUILD) $(SOAK_RELEASES)

.PHONY: fuzz
fuzz: ## fuzz every reader and message handler for FUZZ_SECONDS (60) each; finds: build-fuzz/finds
	@deploy/packages.sh $(PACKAGES) clang
	@deploy/packages.sh libclang-rt-$$(clang -dumpversion | cut -d . -f 1)-dev
	@CFLAGS='-O2 -g' $(MAKE) --no-print-directory BUILD=build-fuzz CC=clang \
	  SANITIZE=fuzzer-no-link,address,undefined \
	  $(FUZZ:%=build-fuzz/tests/fuzz/fuzz_%)
	@for name in $(FUZZ); do tests/fuzz/run.sh build-fuzz $$name $(FUZZ_SECONDS) || exit 1; done

.PHONY: test-crash
test-crash: test-packages ## kill roles CRASH_KILLS times (2000) at random; CRASH_SEED makes it again
	@$(MAKE) --no-print-directory -j$(JOBS) all $(BUILD)/tests/crash/mindex-points
	@/usr/bin/python3 tests/crash/test_every_point.py $(BUILD) $(CRASH_SEED)
	@/usr/bin/python3 tests/crash/attack.py $(BUILD) $(CRASH_KILLS) $(CRASH_SEED)

.PHONY: packages test-packages
packages: ## install what the build needs from Debian's packages
	@deploy/packages.sh $(PACKAGES)
test-packages: ## ... and what the tests need
	@deploy/packages.sh $(PACKAGES) $(TEST_PACKAGES)

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

.PHONY: all tests threaded covering lint fmt fmt-check clean
all: $(BUILD)/mindex ## build/mindex
tests: $(TESTS) $(FUZZ_TESTS) $(BENCHES) $(BUILD)/tests/disk/mindex-disk \
       $(BUILD)/tests/crash/mindex-points
threaded: $(THREADED:%=$(BUILD)/tests/%)
covering: $(foreach room,$(COVERING),$(filter $(BUILD)/tests/$(room)/%,$(TESTS) $(FUZZ_TESTS))) \
          $(BUILD)/tests/bench/read_book
# clang's analyser takes twenty times as long as all other checks of clang-tidy together (one file each,
# core/guess.c: 3.2 s and 0.2 s), and is run on what is to be released, not on each change.
ANALYSE ?=
lint: ## cppcheck and clang-tidy (see .clang-tidy) over the sources; ANALYSE=1: clang's analyser, too
	$(Q)cppcheck --std=c11 --enable=warning,performance,portability --inline-suppr --error-exitcode=1 \
	  --quiet -j $(JOBS) -I. core services
	@$(MAKE) --no-print-directory -j$(JOBS) $(TIDY)
fmt: ## bring the sources into the house's format
	clang-format -i $(C_FILES)
fmt-check: ## fail if a source is not in the house's format
	@clang-format --dry-run --Werror $(C_FILES)
	@! grep -nE '^.{101,}' $(C_FILES) # comments too, which clang-format leaves alone
clean: ## remove what was built
	rm -rf $(BUILD)

$(BUILD)/mindex: $(MAIN_O) $(BUILD)/libservices.a $(BUILD)/libcore.a
	$(SAY) LINK $@
	$(Q)$(CC) $(LDFLAGS) -o $@ $^ $(LDLIBS)

$(BUILD)/tests/crash/mindex-points: $(MAIN_O) $(BUILD)/tests/crash/points.o \
  $(BUILD)/libservices.a $(BUILD)/libcore.a
	$(SAY) LINK $@
	$(Q)$(CC) $(LDFLAGS) $(CRASH_WRAPS:%=-Wl,--wrap=%) -o $@ $^ $(LDLIBS)

$(BUILD)/libcore.a: $(CORE_O)
$(BUILD)/libservices.a: $(filter-out $(MAIN_O),$(SERVICE_O)) $(PROTO_O) $(ASSETS_O)
$(BUILD)/%.a:
	$(SAY) AR $@
	$(Q)rm -f $@ && ar rcs $@ $^

$(BUILD)/proto/%.pb-c.c $(BUILD)/proto/%.pb-c.h &: proto/%.proto
	@mkdir -p $(@D)
	$(SAY) PROTO $<
	$(Q)protoc-c --proto_path=proto --c_out=$(BUILD)/proto $<

# Generated code is not ours to hold to our warnings.
$(PROTO_O): $(BUILD)/%.o: $(BUILD)/%.c $(PROTO_H)
	$(SAY) CC $@
	$(Q)$(CC) $(CPPFLAGS) $(filter-out -W%,$(CFLAGS)) -I$(BUILD)/proto -c -o $@ $<

# The files of the page become part of the program; the folder's own time tells of one that is gone.
$(ASSETS_O:.o=.c): services/views/assets.sh services/views/web $(ASSETS)
	@mkdir -p $(@D)
	$(SAY) ASSETS $@
	$(Q)services/views/assets.sh services/views/web >$@.new && mv $@.new $@
$(ASSETS_O): $(ASSETS_O:.o=.c)
	$(SAY) CC $@
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) -c -o $@ $<

# Loops over columns, which GCC's -O2 leaves scalar; the bits are the same.
CORE_CFLAGS := $(if $(filter -O2,$(CFLAGS)),-O3)
$(BUILD)/core/%.o: core/%.c
	@mkdir -p $(@D)
	$(SAY) CC $@
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) $(CORE_CFLAGS) -MMD -MP -c -o $@ $<

# Of services/ and tests/.
$(BUILD)/%.o: %.c | $(PROTO_H)
	@mkdir -p $(@D)
	$(SAY) CC $@
	$(Q)$(CC) $(CPPFLAGS) -I$(BUILD)/proto $(CFLAGS) -MMD -MP -c -o $@ $<

# What it says on stderr is how many warnings it does not show.
$(BUILD)/tidy$(ANALYSE)/%.ok: %.c .clang-tidy $(wildcard core/*.h services/*/*.h) | $(PROTO_H)
	@mkdir -p $(@D)
	$(SAY) TIDY $<
	$(Q)clang-tidy --quiet $(if $(ANALYSE),,--checks='-clang-analyzer-*') $< -- -std=c11 -D_GNU_SOURCE -I. -I$(BUILD) -I$(BUILD)/proto 2>/dev/null
	@touch $@

$(BUILD)/tests/core/%: tests/core/%.c $(BUILD)/libcore.a
	@mkdir -p $(@D)
	$(SAY) LINK $@
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) -MMD -MP $(LDFLAGS) -o $@ $< $(BUILD)/libcore.a $(LDLIBS) $(shell pkg-config --libs check)

# Tests that let memory run out: see tests/memory/failing_memory.h.
MEMORY_WRAPS := arena_alloc arena_copy
ifneq ($(SANITIZE),)
MEMORY_WRAPS += malloc calloc realloc reallocarray strdup strndup open_memstream
$(BUILD)/tests/memory/failing_memory.o: CPPFLAGS += -DFAILING_MEMORY_WRAPS
endif

# What the hub says is heard in place of the socket.
$(BUILD)/tests/memory/test_hub: private MEMORY_WRAPS += wire_send library_keep_edition
$(BUILD)/tests/memory/test_reload: private MEMORY_WRAPS += notify_reloading notify_ready
$(BUILD)/tests/memory/test_%: tests/memory/test_%.c $(BUILD)/tests/memory/failing_memory.o \
    $(BUILD)/libservices.a $(BUILD)/libcore.a
	@mkdir -p $(@D)
	$(SAY) LINK $@
	$(Q)$(CC) $(CPPFLAGS) -I$(BUILD)/proto $(CFLAGS) -MMD -MP $(LDFLAGS) \
	  $(MEMORY_WRAPS:%=-Wl,--wrap=%) -o $@ $(filter %.c %.o %.a,$^) $(LDLIBS) \
	  $(shell pkg-config --libs check)

# $^ has what the last build found to be included, too.
FUZZ_PARTS := $(BUILD)/libservices.a $(BUILD)/libcore.a
FUZZ_FLAGS  = $(CPPFLAGS) -I$(BUILD)/proto $(CFLAGS) -MMD -MP
FUZZ_LIBS   = $(LDLIBS) $(shell pkg-config --libs check)
# What the hub sends and what time it is: the target's.
HUB_WRAPS := clock_ms clock_wall_ms wire_send wire_send_frame process_lock
$(BUILD)/tests/fuzz/test_fuzz_hub $(BUILD)/tests/fuzz/fuzz_hub: \
  LDFLAGS += $(HUB_WRAPS:%=-Wl,--wrap=%)
# What these log is heard by nobody (tests/fuzz/unheard.h).
$(foreach name,hub roles stream,$(BUILD)/tests/fuzz/test_fuzz_$(name) $(BUILD)/tests/fuzz/fuzz_$(name)): \
  LDFLAGS += -Wl,--wrap=write
$(BUILD)/tests/fuzz/test_fuzz_%: tests/fuzz/%.c tests/fuzz/driver.c $(FUZZ_PARTS)
	@mkdir -p $(@D)
	$(SAY) LINK $@
	$(Q)$(CC) $(FUZZ_FLAGS) -MF $@.d $(LDFLAGS) -o $@ $(filter tests/%.c %.a,$^) $(FUZZ_LIBS)

$(BUILD)/tests/fuzz/fuzz_%: tests/fuzz/%.c $(FUZZ_PARTS)
	@mkdir -p $(@D)
	$(SAY) LINK $@
	$(Q)$(CC) $(FUZZ_FLAGS) -fsanitize=fuzzer $(LDFLAGS) -o $@ $(filter tests/%.c %.a,$^) $(FUZZ_LIBS)

$(BUILD)/tests/bench/%: tests/bench/%.c $(BUILD)/libservices.a $(BUILD)/libcore.a
	@mkdir -p $(@D)
	$(SAY) LINK $@
	$(Q)$(CC) $(CPPFLAGS) -I$(BUILD)/proto $(CFLAGS) -MMD -MP $(LDFLAGS) -o $@ $(filter-out %.h,$^) $(LDLIBS)

# The program as it ships and one object more: an SQLite file system that fails when told to.
FAULTY_O := $(BUILD)/tests/disk/faulty.o
$(BUILD)/tests/disk/mindex-disk: $(MAIN_O) $(FAULTY_O) $(BUILD)/libservices.a $(BUILD)/libcore.a
	$(SAY) LINK $@
	$(Q)$(CC) $(LDFLAGS) -o $@ $^ $(LDLIBS)

$(BUILD)/tests/disk/test_%: tests/disk/test_%.c $(FAULTY_O) $(BUILD)/libservices.a $(BUILD)/libcore.a
	@mkdir -p $(@D)
	$(SAY) LINK $@
	$(Q)$(CC) $(CPPFLAGS) -I$(BUILD)/proto $(CFLAGS) -MMD -MP $(LDFLAGS) -o $@ $(filter-out %.h,$^) $(LDLIBS) $(shell pkg-config --libs check)

# What time it is, is the test's.
$(BUILD)/tests/services/test_notify: private LDFLAGS += -Wl,--wrap=clock_ms
$(BUILD)/tests/services/test_log: private LDFLAGS += -Wl,--wrap=clock_gettime
$(BUILD)/tests/services/%: tests/services/%.c $(BUILD)/libservices.a $(BUILD)/libcore.a
	@mkdir -p $(@D)
	$(SAY) LINK $@
	$(Q)$(CC) $(CPPFLAGS) -I$(BUILD)/proto $(CFLAGS) -MMD -MP $(LDFLAGS) -o $@ $< $(BUILD)/libservices.a $(BUILD)/libcore.a $(LDLIBS) $(shell pkg-config --libs check)

-include $(shell find $(BUILD) -path '$(BUILD)/deb*' -prune -o -name '*.d' -type f -print 2>/dev/null)
