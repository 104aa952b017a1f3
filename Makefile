# Every target installs what it needs first, into .venv, from the lock file.
SHELL := /bin/bash
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
PYTEST_ARGS ?=

.DEFAULT_GOAL := help
.PHONY: help install demo test engine programs bench fmt lint types translations lock clean

help: ## print the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

install: $(STAMP) ## a virtual environment in .venv, from the lock file

$(STAMP): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "kitcheck needs Python 3.11 or newer; '$(PYTHON)' is $$($(PYTHON) --version 2>&1). Say which one with: make PYTHON=python3.12"; exit 1; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || { echo "'$(PYTHON)' cannot make a virtual environment: install its venv package (Debian, Ubuntu: apt-get install python3-venv)"; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	$(BIN)/python -m compileall -q features harness kitcheck simulators steps
	@touch $@

demo: $(STAMP) ## build kits of every part of the lab, grade them, write the report
	$(BIN)/kitcheck demo

test: $(STAMP) ## everything that can run here; Docker tests skip with a reason where no engine answers
	$(BIN)/pytest -n 2 --no-loadscope-reorder $(PYTEST_ARGS)

engine: ## Debian and Ubuntu, as root: a Docker engine and the base image, where they are missing
	simulators/docker/engine.sh

programs: ## Debian and Ubuntu, as root: PostgreSQL and Chromium, for the tests that start them
	tests/programs.sh

bench: $(STAMP) ## the design's budgets, as ratios measured side by side
	$(BIN)/python -m tests.bench

fmt: $(STAMP) ## format the code
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix --exit-zero --quiet .

lint: $(STAMP) ## Ruff
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .

types: $(STAMP) ## Pyright, strict
	$(BIN)/pyright

translations: $(STAMP) ## what is made of the sources: the page of mistakes, what is said of them, message catalogues
	$(BIN)/python -m simulators.catalogue.page
	$(BIN)/python -m tests.reporting.collecting
	$(BIN)/python -m harness.reporting.extracting

lock: ## make requirements.lock anew from pyproject.toml
	$(BIN)/uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links --no-header --quiet --extra dev pyproject.toml -o requirements.lock

clean: ## remove .venv and caches
	rm -rf $(VENV) .pytest_cache .ruff_cache
