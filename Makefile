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
CFLAGS  ?= $(if $(SANITIZE),-O1 -g1,-O2 -g)
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
	        for (g = 1; g <= 5; g++) printf("%s%s\n%s", (g > 1 ? "\n" : ""), title[g], list[g]) }' \
	  $(filter %Makefile %.mk,$(MAKEFILE_LIST))

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

.PHONY: packages test-packages
packages: ## install what the build needs from Debian's packages
	@deploy/packages.sh $(PACKAGES)
test-packages: ## ... and what the tests need
	@deploy/packages.sh $(PACKAGES) $(TEST_PACKAGES)

.PHONY: all lint fmt fmt-check clean
all: $(BUILD)/mindex ## build/mindex

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

# Where they are: a package is built without the tests, and an image without the packaging.
include $(wildcard tests/tests.mk deploy/deploy.mk)

-include $(shell find $(BUILD) -path '$(BUILD)/deb*' -prune -o -name '*.d' -type f -print 2>/dev/null)
