# Every habit of this repository is a target; `make help` lists them.
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DELETE_ON_ERROR:
MAKEFLAGS += --warn-undefined-variables --no-builtin-rules --no-print-directory
.DEFAULT_GOAL := help

PYTHON := .venv/bin/python
PYTEST := $(PYTHON) -m pytest
GO := $(PYTHON) -m local.go_tools run
CLI := $(PYTHON) -m onebill_cli
# The instance that tests start and stop is their own; the demo's is left alone.
TEST_STATE := $(CURDIR)/.local/test

# Words for `make peer`, `make psql`, `make logs`, `make stop`, `make kill-one`.
ORG ?= operator
SERVICE ?= booking
ARGS ?=
NAME ?=
EXPLORE ?= 10m
# `make campaign`: races of two and of 64 writers, how long each fuzzer runs, changed bundles.
RACES ?= 10000
WIDE_RACES ?= 200
FUZZ ?= 2m
COUNT ?= 1000000

.PHONY: help
help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1\t/' | expand -t 16

# --- set-up ---------------------------------------------------------------------------------

.PHONY: setup packages doctor protos docs
packages: ## only the Python side of set-up: enough for check and unit
	@python3 -c 'import sys; sys.exit("onebill: Python 3.11 or newer is needed.") if sys.version_info < (3, 11) else None'
	@python3 -m local.setup packages

setup: ## everything OneBill needs, pinned and checksummed; twice is harmless
	@python3 -c 'import sys; sys.exit("onebill: Python 3.11 or newer is needed.") if sys.version_info < (3, 11) else None'
	@python3 -m local.setup

doctor: ## what is missing and how much disk it takes; fetches nothing
	@python3 -m local.setup doctor

protos: ## buf lint, then the Python modules of the protos into protos/gen
	@$(PYTHON) local/protos.py

docs: packages ## print what the reference prints from code: errors, the REST description
	@$(PYTHON) docs/join_errors.py
	@$(PYTHON) -m gateway.rest openapi > docs/reference/openapi.json

# --- before a commit ------------------------------------------------------------------------

.PHONY: fmt lint types unit breaking check
fmt: packages ## put everything into its form
	@$(PYTHON) -m ruff check --fix --quiet . || true
	@$(PYTHON) -m ruff format --quiet .
	@.venv/bin/buf format -w
	@$(GO) ledger/chaincode fmt ./...

lint: packages ## ruff, buf, import rules, gofmt, go vet, staticcheck, and that what is printed is true
	$(PYTHON) -m ruff check .
	$(PYTHON) -m ruff format --check .
	.venv/bin/buf lint
	.venv/bin/buf format --diff --exit-code
	.venv/bin/lint-imports
	cmp proof/spec/law.json ledger/chaincode/bill/law.json
	cmp proof/spec/law.json proof/python/onebill_verify/law.json
	$(PYTHON) proof/vectors/make.py --check
	$(PYTHON) proof/web/make.py --check
	$(PYTHON) docs/join_errors.py --check
	$(PYTHON) -m gateway.rest openapi | cmp - docs/reference/openapi.json
	$(GO) ledger/chaincode vet ./...
	$(PYTHON) -m local.go_tools format ledger/chaincode
	$(PYTHON) -m local.go_tools format tests/support/traitor
	$(PYTHON) -m local.go_tools staticcheck ledger/chaincode

types: packages ## mypy, strict
	$(PYTHON) -m mypy

unit: packages ## unit, contract and replay tests: no network, no engines
	$(PYTEST) -q -m 'not engines' $(wildcard tests/unit tests/contract tests/replay tests/attacks proof/python/tests proof/web/tests)
	$(GO) ledger/chaincode test ./...

breaking: packages ## buf breaking against the newest tag protos-*, if there is one
	@tag=$$(git describe --tags --abbrev=0 --match 'protos-*' 2>/dev/null || true); \
	if [ -z "$$tag" ]; then echo "no tag protos-* yet: nothing to break"; \
	else .venv/bin/buf breaking --against ".git#tag=$$tag"; fi

check: lint types unit breaking ## what CI runs first, and you before a commit

# --- the platform ---------------------------------------------------------------------------

.PHONY: up engines down stop kill add-port upgrade-chaincode status logs psql peer demo demo-outlive proof-web verify-sample
up: setup ## start everything and wait until it is ready
	@$(PYTHON) -m local up

engines: setup ## start PostgreSQL, Temporal and the ledger's network only
	@$(PYTHON) -m local engines

down: ## stop everything; leaves no process
	@if [ -x $(PYTHON) ]; then $(PYTHON) -m local down; fi

stop: ## stop some processes, until the next `make up`: NAME='custody worker'
	@$(PYTHON) -m local stop $(NAME)

kill: ## end some processes with -9, until the next `make up`: NAME='peer-operator orderer'
	@$(PYTHON) -m local kill $(NAME)

add-port: ## let a further port join the running channel: ORG=secondport
	@$(PYTHON) -m local add-port $(ORG)

upgrade-chaincode: ## the chaincode as it is here, defined anew on the running network, no act lost
	@$(PYTHON) -m local upgrade-chaincode

status: ## what runs
	@$(PYTHON) -m local status

logs: ## the end of every log, or NAME=booking for one
	@$(PYTHON) -m local logs $(NAME)

psql: ## PostgreSQL's own tool as a service: SERVICE=settlement ARGS='-c "select 1"'
	@$(PYTHON) -m local psql $(SERVICE) $(ARGS)

peer: ## Fabric's own tool as an organisation: ORG=partnerport ARGS='channel list'
	@$(PYTHON) -m local peer $(ORG) $(ARGS)

demo: up ## all set-up, then the whole story, told as it happens
	@$(CLI) demo

demo-outlive: setup ## the operator is killed for good after issue, and the bill goes on without it
	@export ONEBILL_STATE='$(CURDIR)/.local/outlive' ONEBILL_ORDERING=bft; \
	trap '$(PYTHON) -m local down' EXIT; \
	$(PYTHON) -m local down >/dev/null; rm -rf "$$ONEBILL_STATE"; \
	$(PYTHON) -m local up; \
	$(CLI) demo-outlive

demo-telex: up ## the second story: a sea waybill on open account, then a telex release (电放)
	@$(CLI) demo-telex

proof-web: packages ## write the verifier's page, proof/web/onebill-verify.html, from its sources
	@$(PYTHON) proof/web/make.py

verify-sample: packages ## check a shipped bundle offline
	@.venv/bin/onebill-verify proof/vectors/sample/bundle.json --roots proof/vectors/sample/roots.json

# --- tests on the engines -------------------------------------------------------------------

.PHONY: test attacks campaign explore mutants bench bench-ledger kill-one rebuild-projection reconcile faults clean
test: setup ## all set-up, then every test, on an instance of its own
	@export ONEBILL_STATE='$(TEST_STATE)'; \
	trap '$(PYTHON) -m local down' EXIT; \
	$(PYTHON) -m local down >/dev/null; rm -rf "$$ONEBILL_STATE"; \
	$(PYTHON) -m local up; \
	$(PYTHON) -m local.browser >/dev/null \
	  || echo 'onebill: NO CHROMIUM: the pages are not tested in a browser' >&2; \
	$(PYTEST) $(ARGS); \
	$(GO) ledger/chaincode test ./...; \
	$(GO) ledger/chaincode test -count=1 ./bill -run Explore -explore 60s

attacks: setup ## everything that somebody could try, on an instance of its own; counts what was refused
	@export ONEBILL_STATE='$(TEST_STATE)'; \
	trap '$(PYTHON) -m local down >/dev/null' EXIT; \
	$(PYTHON) -m local down >/dev/null; rm -rf "$$ONEBILL_STATE"; \
	$(PYTHON) -m local engines; \
	$(PYTEST) -q -m attack tests/attacks proof/python/tests $(ARGS)

campaign: setup ## two hours: RACES=10000 of two writers, WIDE_RACES=200 of 64, FUZZ=2m a fuzzer, COUNT=1000000 changed bundles
	@export ONEBILL_STATE='$(CURDIR)/.local/campaign' ONEBILL_RACES_OF_2=$(RACES) ONEBILL_RACES_OF_64=$(WIDE_RACES); \
	trap '$(PYTHON) -m local down >/dev/null' EXIT; \
	$(PYTHON) -m local down >/dev/null; rm -rf "$$ONEBILL_STATE"; \
	$(PYTHON) -m local engines; \
	$(PYTEST) -q -s tests/attacks/test_races.py; \
	$(PYTHON) -m local down >/dev/null; \
	for fuzzer in jcs/FuzzParse act/FuzzAct act/FuzzBeside act/FuzzRegistration contract/FuzzInvoke; do \
	  $(GO) ledger/chaincode test ./$${fuzzer%/*} -run '^$$' -fuzz "^$${fuzzer#*/}$$" -fuzztime $(FUZZ) -fuzzminimizetime 100x; \
	done; \
	$(PYTHON) -m tests.attacks.mutated --count $(COUNT) $(ARGS)

explore: ## every state of the law that can be reached, as far as EXPLORE=10m allows
	$(GO) ledger/chaincode test -count=1 -timeout 0 ./bill -run Explore -v -explore $(EXPLORE)

mutants: setup ## plant known bugs in a copy of the tree, one by one: each must be noticed by the test it names
	@export ONEBILL_STATE='$(CURDIR)/.local/mutants'; \
	trap '$(PYTHON) -m local down >/dev/null' EXIT; \
	$(PYTHON) -m local down >/dev/null; \
	$(PYTHON) -m tests.mutants --level unit $(ARGS); \
	rm -rf "$$ONEBILL_STATE"; \
	$(PYTHON) -m local engines; \
	$(PYTHON) -m tests.mutants --level engine $(ARGS)

bench: setup ## every figure as a ratio to its baseline, measured in one run
	@$(PYTHON) -m bench $(ARGS)

bench-ledger: setup ## the ledger's figures, in at most twelve minutes: acts, client, latency, cost, proof, projection
	@$(PYTHON) -m bench.ledger $(ARGS)

kill-one: ## kill one process of the running stack and see that nothing is lost: NAME=booking
	@$(CLI) kill-one $(NAME)

rebuild-projection: ## fold the whole chain again, beside what is read, and change over
	@$(PYTHON) -m local.part projection rebuild

reconcile: ## compare chain, projection, process and services; they must not differ in anything
	@$(PYTHON) -m local.part worker -m workflows.reconcile

faults: up ## the whole matrix: every process killed at every step
	@$(CLI) faults $(ARGS)

clean: ## stop, and remove every instance's state and what was generated; keeps the build cache
	@if [ -x $(PYTHON) ]; then for state in .local .local/test .local/bench .local/mutants .local/campaign; do \
	  if [ -d "$$state/run" ]; then ONEBILL_STATE="$(CURDIR)/$$state" $(PYTHON) -m local down; fi; \
	done; fi
	@rm -rf .local build .venv protos/gen .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
