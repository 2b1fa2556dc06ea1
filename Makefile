# Myelin. `make localnet` brings a living network up, `make test` passes the tests; both need only Go.
# Tools are pinned by the `tool` lines of go.mod; foreign clients by internal/interop's lock files.

GO        ?= go
BIN       := bin
FUZZTIME  ?= 10s
BENCHTIME ?= 1s
HISTORIES ?= 500
OPERATIONS ?= 200
DURATION  ?= 10m
ARGS      ?=

export CGO_ENABLED ?= 0

# Without debug information everything compiles and links sooner; stack traces keep their lines. DEBUG=1 keeps it, for a debugger.
ifndef DEBUG
export GOFLAGS := $(strip $(GOFLAGS) -gcflags=all=-dwarf=false -ldflags=-w)
endif

# The race detector needs cgo, and that a C compiler: without one the tests run without it.
RACE_PACKAGES := ./node/... ./axon/... ./dendrite/... ./subtensor/... ./neuron/... ./localnet/...
HAVE_CC       := $(shell command -v gcc clang cc 2>/dev/null | head -n 1)

# What is built for other systems only to see that it builds.
UNOPTIMISED := -gcflags='all=-N -l -dwarf=false'

.PHONY: help localnet build test check bench fuzz interop e2e soak cover torture replay properties results image clean

help: ## list the targets
	@grep -hE '^[a-z0-9]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

localnet: build ## a living network: chain, wallets, miners, validators (ARGS="--json --blocks 100" passes flags)
	@./$(BIN)/myelin localnet $(ARGS)

build: ## build bin/myelin
	@$(GO) build -o $(BIN)/ ./cmd/...

test: ## all tests (make check vets); those where goroutines meet also under the race detector, when a C compiler is there
	$(GO) test -vet=off ./...
ifneq ($(HAVE_CC),)
	CGO_ENABLED=1 $(GO) test -vet=off -race -short $(RACE_PACKAGES)
endif

check: ## format, vet, staticcheck, module tidy, cross-builds
	@unformatted=$$(gofmt -l $$(git ls-files '*.go')); if [ -n "$$unformatted" ]; then echo "gofmt would change:"; echo "$$unformatted"; exit 1; fi
	$(GO) vet ./...
	$(GO) tool staticcheck ./...
	$(GO) mod tidy -diff
	GOOS=linux GOARCH=arm64 $(GO) build $(UNOPTIMISED) -o /dev/null ./cmd/...
	GOOS=darwin GOARCH=arm64 $(GO) build $(UNOPTIMISED) -o /dev/null ./cmd/...
	GOOS=windows GOARCH=amd64 $(GO) build $(UNOPTIMISED) -o /dev/null ./cmd/...

bench: ## the benchmarks that docs/benchmarks.md quotes
	$(GO) test -run '^$$' -bench . -benchtime $(BENCHTIME) ./...

fuzz: ## every fuzz target for FUZZTIME
	@internal/scripts/fuzz.sh $(FUZZTIME)

interop: build ## official clients, unmodified, against fresh localnets (needs Node and Python); MYELIN_INTEROP=short: a few checks of each; ARGS=--page writes docs/compatibility.md
	@internal/interop/run.sh $(ARGS)

e2e: build ## upstream's end-to-end suites, unmodified, from BITTENSOR_SUITE, BTCLI_SUITE, BITTENSOR11_SUITE; an hour (internal/interop/e2e.sh --help)
	@internal/interop/e2e.sh

soak: build ## the official clients stay connected for DURATION while the node restarts, upgrades and is slow; ten minutes
	@DURATION=$(DURATION) internal/interop/soak.sh

cover: ## test coverage by package, and coverage.html
	$(GO) test -coverprofile=coverage.out ./...
	@$(GO) tool cover -func=coverage.out | tail -n 1
	@$(GO) tool cover -html=coverage.out -o coverage.html

torture: build ## kill -9 again and again, on both engines, and ten thousand clients without manners; minutes
	$(GO) test -count=1 -timeout 30m -run Torture ./cmd/myelin ./node/comet -args -torture=20

properties: ## HISTORIES random histories of OPERATIONS calls each on the whole runtime, the books checked after every block; minutes
	$(GO) test -count=1 -timeout 60m -run 'TestRandomHistories|TestHistoryIsTheSame' ./sim/history -args -histories=$(HISTORIES) -operations=$(OPERATIONS)

results: build ## the published figures of Bittensor, computed anew, with full grids; minutes
	@./$(BIN)/myelin results --full

replay: ## upstream's recorded calls and blocks, and how many of them agree (MYELIN_VECTORS=folder takes other recordings)
	@out=$$($(GO) test -count=1 -v -run Replay ./chain/pallets/subtensor ./chain/pallets/drand ./chain/pallets/commitments ./chain/pallets/crowdloan ./chain/pallets/proxy ./chain/pallets/utility 2>&1); status=$$?; \
	echo "$$out" | grep -vE '^(=== | +--- PASS)'; exit $$status

image: ## the container image, built and checked by podman or docker (ENGINE); BUILD_ARGS="--build-arg GO_IMAGE=..." passes flags
	@internal/scripts/image.sh

clean: ## remove what was built
	rm -rf $(BIN) coverage.out coverage.html
