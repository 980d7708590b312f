# Everything runs from .venv, which `setup` makes from the hashed lock alone.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(PYTHON) -m pip --python $(BIN)/python --disable-pip-version-check

.DEFAULT_GOAL := help
.PHONY: help setup run test faults check check-log format bench bench-import bench-days bench-eligibility bench-doors bench-what-if bench-console broker broker-stop broker-read broker-send screenshots lock

help: ## Say what there is to make
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: ## Make .venv with seller-ledger and every development tool
	@test -x $(BIN)/python || $(PYTHON) -m venv --without-pip $(VENV)
	@cmp -s requirements.lock $(VENV)/lock.installed || { \
		$(PIP) install --quiet --require-hashes -r requirements.lock && \
		cp requirements.lock $(VENV)/lock.installed; }
	@cmp -s pyproject.toml $(VENV)/project.installed || { \
		$(PIP) install --quiet --no-deps --no-build-isolation --editable . && \
		cp pyproject.toml $(VENV)/project.installed; }

# What serves the ledger alone: a fresh machine need not fetch the tools of its developers.
.PHONY: setup-run
setup-run:
	@test -x $(BIN)/python || $(PYTHON) -m venv --without-pip $(VENV)
	@cmp -s requirements.lock $(VENV)/lock.installed || \
		cmp -s requirements-run.lock $(VENV)/run.installed || { \
		$(PIP) install --quiet --require-hashes -r requirements-run.lock && \
		cp requirements-run.lock $(VENV)/run.installed; }
	@cmp -s pyproject.toml $(VENV)/project.installed || { \
		$(PIP) install --quiet --no-deps --no-build-isolation --editable . && \
		cp pyproject.toml $(VENV)/project.installed; }

run: setup-run ## Load the demo marketplace and serve its sellers' standings
	@$(BIN)/seller-ledger demo

# Compiled once, though the machine may be set to keep no bytecode: the tests begin processes by
# the hundred, and each would compile the whole source anew.
test: setup ## Run the tests
	@PYTHONDONTWRITEBYTECODE= $(BIN)/python -m pytest -n 3

faults: setup ## Kill, cut, fill and flood for an hour, and print what was lost: nothing
	@FAULTS=long $(BIN)/python -m pytest -s tests/faults tests/kafka/test_faults.py

check: setup ## Lint, format, types and the direction of imports, as CI does
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/basedpyright --pythonpath $(BIN)/python
	@$(BIN)/lint-imports

format: setup ## Put the source into its one format
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

check-log: ## Check a log with Go's sumdb alone: LOG=published, or LOG=http://127.0.0.1:8080/v1/log
	@command -v go >/dev/null || { echo "Go is needed: nothing of the ledger's is used" >&2; exit 1; }
	@test -n "$(LOG)" || { echo "which? LOG=published, or LOG=http://127.0.0.1:8080/v1/log" >&2; exit 2; }
	@mkdir -p $(VENV) && go -C tests/proof/go build -o $(abspath $(VENV))/check-log .
	@$(VENV)/check-log $(LOG) $(WITH)

bench: setup ## Measure against ceilings and print the table
	@$(BIN)/python -m bench

bench-import: setup ## Import LINES=10000000 of history, and watch the memory
	@$(BIN)/python -m bench.long_import

bench-days: setup ## Import DAYS=1000000 of sellers and products, and watch the memory
	@$(BIN)/python -m bench.performance_days

bench-eligibility: setup ## Ask for the eligibility of PRODUCTS=1000 at once, among many
	@$(BIN)/python -m bench.eligibility

bench-doors: setup ## Send LINES=200000 through bulk, import and HTTP, side by side
	@$(BIN)/python -m bench.doors

bench-what-if: setup ## Judge a marketplace of FACTS=10000000 in three other worlds, and compare
	@$(BIN)/python -m bench.what_if_shown

screenshots: setup ## Take the pictures of docs/console.md anew, with Chromium, on a fresh marketplace
	@$(BIN)/python -m tests.console.screenshots

bench-console: setup ## Ask for every page of the console with 2,000 and with SELLERS=100000
	@$(BIN)/python -m bench.console

broker: setup ## Start Apache Kafka on loopback (PORT=9092, BROKERS=3), and print its address
	@$(BIN)/python -m deploy.broker start $(if $(PORT),--port $(PORT)) $(if $(BROKERS),--brokers $(BROKERS))

broker-stop: ## Stop what `make broker` started
	@$(BIN)/python -m deploy.broker stop

broker-read: ## Print what stands on TOPIC=seller-ledger.facts.v1, by Kafka's own console consumer
	@$(BIN)/python -m deploy.broker read $(if $(TOPIC),--topic $(TOPIC))

broker-send: ## Send each line of the input, a key and a value, to the commands, or to TOPIC=
	@$(BIN)/python -m deploy.broker send $(if $(TOPIC),--topic $(TOPIC))

lock: setup ## Pin every dependency anew, with hashes
	@$(BIN)/uv pip compile --quiet --universal --generate-hashes --upgrade --extra dev \
		--no-emit-index-url --no-emit-find-links --custom-compile-command 'make lock' \
		--output-file requirements.lock pyproject.toml
	@$(BIN)/uv pip compile --quiet --universal --generate-hashes --constraint requirements.lock \
		--no-emit-index-url --no-emit-find-links --custom-compile-command 'make lock' \
		--group build --output-file requirements-run.lock pyproject.toml
