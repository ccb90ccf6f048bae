# What a person can do here. Everything runs in .venv, made from the pinned versions in requirements.lock.
SHELL := /bin/bash
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
export DAGSTER_DISABLE_TELEMETRY := 1

.DEFAULT_GOAL := help

help: ## this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F':.*## ' '{printf "make %-12s %s\n", $$1, $$2}'

$(READY): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed (set PYTHON=...)"; exit 1; }
	@echo "Making $(VENV) from the pinned versions (once) ..."
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

install: $(READY) ## make the virtual environment

demo: $(READY) ## the whole path on a local sandbox, in data/demo
	@$(BIN)/xero-sf demo

demo-ui: $(READY) ## the same, then the Dagster UI on 127.0.0.1:3000
	@$(BIN)/xero-sf demo --ui

dev: $(READY) ## the Dagster UI on 127.0.0.1:3000 for your own connections (.env)
	@$(BIN)/xero-sf ui

test: $(READY) ## the tests
	@$(BIN)/python -m pytest -n auto --dist loadfile --no-loadscope-reorder

format: $(READY) ## format the code
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

static: $(READY) ## format check, lint, types, definitions
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/dg check defs

check: static test ## all that CI runs

bench: $(READY) ## measure against dlt and the plain clients (slow; makes an environment of its own)
	@$(BIN)/python -m benchmarks.run

lock: $(READY) ## pin the newest allowed versions again
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check uv
	@$(BIN)/uv pip compile pyproject.toml --extra dev --universal --python-version 3.11 --generate-hashes --no-header --no-strip-extras --upgrade --quiet -o requirements.lock

clean: ## remove what the demo and the tests leave
	@rm -rf data/demo .pytest_cache .mypy_cache .ruff_cache .hypothesis

.PHONY: help install demo demo-ui dev test format static check bench lock clean
