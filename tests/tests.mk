# The tests: what they are built from, and the targets that run them. Part of the Makefile.

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

# --- running them ---------------------------------------------------------------------------------

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

# --- building them --------------------------------------------------------------------------------

.PHONY: tests threaded covering
tests: $(TESTS) $(FUZZ_TESTS) $(BENCHES) $(BUILD)/tests/disk/mindex-disk \
       $(BUILD)/tests/crash/mindex-points
threaded: $(THREADED:%=$(BUILD)/tests/%)
covering: $(foreach room,$(COVERING),$(filter $(BUILD)/tests/$(room)/%,$(TESTS) $(FUZZ_TESTS))) \
          $(BUILD)/tests/bench/read_book

$(BUILD)/tests/crash/mindex-points: $(MAIN_O) $(BUILD)/tests/crash/points.o \
  $(BUILD)/libservices.a $(BUILD)/libcore.a
	$(SAY) LINK $@
	$(Q)$(CC) $(LDFLAGS) $(CRASH_WRAPS:%=-Wl,--wrap=%) -o $@ $^ $(LDLIBS)

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
