# Two commands matter: `make run` sets up and does the main job, `make test` sets up and tests everything.
# Both work from a clean clone on Debian 12 with Swift 6.1 or newer.

PREFIX ?= /usr/local
DESTDIR ?=
BUILD := .build/release
BIN := $(BUILD)/adapt
GOLDEN ?= Tests/AdaptGoldenTests/Golden

.PHONY: run test golden interop figures bench install uninstall build setup lint clean help

help: ## list the targets
	@grep -E '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 12

run: setup build ## set up, index knowledge/, advise once, answer once
	@.ci/first-run $(BIN)

build: ## build the release binary
	@swift build -c release --product adapt

setup: ## install what is missing: packages and the embedder
	@.ci/setup run

test: ## set up and run all tests
	@.ci/setup test
	@$(MAKE) --no-print-directory build
	@.ci/test

lint: ## formatting, size limits, shell scripts
	@.ci/lint

golden: ## compare with the references in the folder GOLDEN
	@.ci/setup build
	@swift build -c release --product AdaptGolden >&2
	@$(BUILD)/AdaptGolden "$(GOLDEN)"

interop: ## load our adapters into Python's peft and compare
	@.ci/setup build
	@.ci/interop

figures: setup build ## measure the figures that the project answers for
	@.ci/figures $(BIN)

bench: ## measure limits, products, attention and cross-entropy on this machine
	@.ci/setup build
	@swift build -c release --product AdaptBench
	@for part in limits products attention cross-entropy; do $(BUILD)/AdaptBench $$part || exit; done

install: ## install binary, knowledge and recipes under PREFIX
	@.ci/setup build
	@$(MAKE) --no-print-directory build
	install -d $(DESTDIR)$(PREFIX)/bin $(DESTDIR)$(PREFIX)/share/adapt
	install -s -m 755 $(BIN) $(DESTDIR)$(PREFIX)/bin/adapt
	rm -rf $(DESTDIR)$(PREFIX)/share/adapt/knowledge $(DESTDIR)$(PREFIX)/share/adapt/recipes
	cp -R knowledge recipes $(DESTDIR)$(PREFIX)/share/adapt/
	@echo "installed: $(DESTDIR)$(PREFIX)/bin/adapt"

uninstall: ## remove what install put under PREFIX
	rm -f $(DESTDIR)$(PREFIX)/bin/adapt
	rm -rf $(DESTDIR)$(PREFIX)/share/adapt

clean: ## remove the build
	rm -rf .build
