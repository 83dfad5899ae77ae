# Every habit of this project is a target here; `make` alone lists them.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# Without its bytecode every process of every test would compile the same files again.
unexport PYTHONDONTWRITEBYTECODE
# Two stamps, so that `make up` on a fresh machine fetches only what a server needs.
SERVER := $(VENV)/.server
DEV := $(VENV)/.dev
PACKAGING := setup.cfg pyproject.toml
PIP := $(BIN)/python -m pip --disable-pip-version-check --no-input --quiet
LOCKED := install --require-hashes --only-binary :all:
# The project itself: from the environment just locked, nothing fetched. Setuptools would remind of what editable means.
PROJECT := install --no-deps --no-build-isolation --no-index --editable .

.DEFAULT_GOAL := help
.PHONY: help setup up story test test-fast test-services soak check fmt bench lock clean

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: $(DEV) ## Make .venv with everything for work on the code (locked, hashed)

up: $(SERVER) ## Start a server with three agents of this machine and show what it knows of them
	@$(BIN)/muster up --agents 3 --show

story: $(DEV) ## Tell the story of a fleet on real processes, each printed report checked (under two minutes)
	@PYTHONPATH=.:tests/support $(BIN)/python tests/story/run.py

test: test-fast test-services ## Run every test, real RabbitMQ and PostgreSQL included

test-fast: $(DEV) ## Run the tests that need no service (a minute)
	$(BIN)/python -m pytest -m "not services" --numprocesses 2

test-services: $(DEV) ## Run the tests with real RabbitMQ, PostgreSQL and processes
	$(BIN)/python -m pytest -m services --numprocesses 3 --dist worksteal

soak: $(DEV) ## Live many random lives of a fleet against the model of identity (EXAMPLES=1000)
	MUSTER_SOAK_EXAMPLES=$(or $(EXAMPLES),1000) $(BIN)/python -m pytest -m "not services" tests/identity/test_machine.py

check: $(DEV) ## Format, lint, import rule and types, as CI does
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/lint-imports --no-logo
	$(BIN)/mypy

fmt: $(DEV) ## Bring the code into its one format
	$(BIN)/ruff check --fix-only --quiet .
	$(BIN)/ruff format .

bench: $(DEV) ## Measure, each figure beside its floor (ARGS="--quick --only cpu")
	PYTHONPATH=.:tests/support $(BIN)/python tests/bench/run.py $(ARGS)

# Only the public index may speak here: settings of this machine would leave their addresses in the files.
COMPILE := env -u PIP_FIND_LINKS -u PIP_INDEX_URL -u PIP_EXTRA_INDEX_URL -u PIP_CONSTRAINT PIP_CONFIG_FILE=/dev/null \
	$(BIN)/pip-compile --quiet --no-header --strip-extras --allow-unsafe --generate-hashes \
	--no-emit-index-url --no-emit-find-links --no-emit-trusted-host $(UPGRADE)

# With what builds the project itself, so that an install needs nothing beyond the lock.
lock: $(DEV) ## Renew requirements/*.txt from setup.cfg (UPGRADE=--upgrade for newer versions)
	$(COMPILE) --output-file requirements/agent.txt setup.cfg
	$(COMPILE) --output-file requirements/server.txt --all-build-deps \
		--constraint requirements/agent.txt --extra server setup.cfg
	$(COMPILE) --output-file requirements/dev.txt --all-build-deps \
		--constraint requirements/server.txt --extra server,test,quality setup.cfg

clean: ## Remove .venv and everything that tools left behind (a server's data stays)
	rm -rf $(VENV) build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(BIN)/python:
	@$(PYTHON) -c 'import ensurepip, sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "Python 3.11 with venv is needed: apt-get install -y python3-venv" >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(SERVER): requirements/server.txt $(PACKAGING) | $(BIN)/python
	$(PIP) $(LOCKED) -r requirements/server.txt
	PYTHONWARNINGS=ignore::UserWarning $(PIP) $(PROJECT)
	@touch $@

$(DEV): requirements/dev.txt $(PACKAGING) | $(BIN)/python
	$(PIP) $(LOCKED) -r requirements/dev.txt
	PYTHONWARNINGS=ignore::UserWarning $(PIP) $(PROJECT)
	@touch $@ $(SERVER)
