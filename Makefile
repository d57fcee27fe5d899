# Every command works on every module of the tree. What a machine lacks (the
# linters, a PostgreSQL server for the tests) the targets bring themselves.

MODULES := $(sort $(patsubst %/,%,$(dir $(shell find . -name go.mod -not -path './tools/*' -not -path '*/testdata/*' -not -path '*/.*/*'))))

# One server for all of a target's tests. A server of one's own is named in
# PLATFORMA_TEST_POSTGRES, by its superuser's DSN.
WITH_POSTGRES := go run ./internal/postgresserver/run --

# each runs a command in every module, and fails at the end if one failed.
each = failed=0; for module in $(MODULES); do (cd "$$module" && $(1)) || failed=1; done; exit $$failed

LINT := $(CURDIR)/.build/golangci-lint

DURATION ?= 10m
ORDERS ?= 1000000
TENANTS ?= 100000
ITEMS ?= 3

.DEFAULT_GOAL := help

.PHONY: help
help: ## Print this list.
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: check
check: format vet lint test ## All that has to hold: format, vet, linters, tests.

# What the race detector would only make slow: the contract once more, in a mode
# or on a file, and what is about answers, or about processes, and not about threads.
RACELESS := ^(TestContractBehindPooler|TestContractWithLogins|TestContractOnASealedDatabase|TestContractInAFile|TestPeersAreEquivalent|TestEquivalenceIsNoticed|TestGrowth|TestMatrix|TestMatrixNotices|TestHostile|TestWhatWouldStopTheRest|TestSurvivesOn.*|TestADeadProcessesLanes.*)$$

# SQLite itself is C, translated to Go: to look for races there makes each
# statement several times as slow. Not so the packages around it, which have
# generic code: the linker may take their copy of it for all.
RACE := -race "-gcflags=modernc.org/sqlite/lib=-race=false"

.PHONY: test
test: ## Run all tests on SQLite and PostgreSQL, with the race detector but where it tells nothing.
	@$(WITH_POSTGRES) sh -c 'export PLATFORMA_COUNTED=$$(mktemp); ($(call each,go test $(RACE) -skip "$(RACELESS)" -timeout 20m ./...)); failed=$$?; \
		go test -timeout 20m -run "$(RACELESS)|^TestModel$$" ./internal/model ./internal/survival ./storage/... || failed=1; \
		(cd bench && go test -timeout 20m -run "$(RACELESS)" ./...) || failed=1; \
		sort "$$PLATFORMA_COUNTED"; rm -f "$$PLATFORMA_COUNTED"; exit $$failed'

.PHONY: bench
bench: ## Compare all peers, and write docs/bench.md; with BENCH, run the benchmarks that match it.
ifdef BENCH
	@$(WITH_POSTGRES) sh -c '$(call each,go test -run "^$$" -bench "$(BENCH)" -benchmem -timeout 60m ./...)'
else
	@$(WITH_POSTGRES) go -C bench run ./report -out ../docs
endif

.PHONY: growth
growth: ## Compare ORDERS (1000000) of ITEMS (3) and TENANTS (100000) with a hundredth of them, of ten.
	@$(WITH_POSTGRES) sh -c 'cd bench && go test -run "^TestGrowth$$" -count 1 -timeout 0 -v ./growth \
		-orders $(ORDERS) -tenants $(TENANTS) -items $(ITEMS) -streamed $(ORDERS) -times 50'

.PHONY: soak
soak: export DURATION := $(DURATION)
soak: ## Run the soak tests for DURATION (10m).
	@$(WITH_POSTGRES) sh -c '$(call each,go test -tags soak -run Soak -count 1 -timeout 0 -v ./...)'

.PHONY: lint
lint: $(LINT) ## Run the linters.
	@$(call each,$(LINT) run --allow-parallel-runners ./...)

.PHONY: vet
vet: ## Run go vet.
	@$(call each,go vet -tags soak ./...)

.PHONY: format
format: $(LINT) ## Show what is not formatted.
	@$(call each,$(LINT) fmt --diff ./...)

.PHONY: fmt
fmt: $(LINT) ## Format the code.
	@$(call each,$(LINT) fmt ./...)

.PHONY: generate
generate: ## Make the generated files anew.
	@$(call each,go generate ./...)

# A module of its own: what the linters need is nothing to who imports the
# library.
$(LINT): tools/go.mod tools/go.sum
	@go -C tools build -o $@ github.com/golangci/golangci-lint/v2/cmd/golangci-lint
	@touch $@
