# graphcdp. `make` alone lists what there is. Needs Python 3.11 or later and make, nothing else.

.DEFAULT_GOAL := help
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DELETE_ON_ERROR:
.PHONY: help install demo test lint format bench schema lock clean

# The first Python of 3.11 or later; another one: make demo PYTHON=/path/to/python
PYTHON ?= $(shell for each in python3 python3.13 python3.12 python3.11 python; do \
	"$$each" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 && { echo "$$each"; break; }; done)
VENV ?= .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed
# Options for pytest, for instance: make test ARGS="tests/unit -k facts", or ARGS="-n 2 --dist loadfile": in two processes
ARGS ?=

export PIP_DISABLE_PIP_VERSION_CHECK := 1

help: ## this list
	@echo "make <target>:"
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  %-9s %s\n", $$1, $$2}' $(firstword $(MAKEFILE_LIST))
	@echo "The first run fetches Python packages and Neo4j (about 250 MB); later runs use what is there."
	@echo "GRAPHCDP_PORT=9000 make demo   serves on another port; PYTHON=python3.12 picks the Python."

install: $(INSTALLED) ## the Python environment in .venv, exactly as requirements.lock says

# One stamp: the environment follows requirements.lock and the project's own metadata.
$(INSTALLED): requirements.lock pyproject.toml
	@if [ -z "$(PYTHON)" ]; then \
		echo "No Python 3.11 or later was found. Install one, or name it: make $(MAKECMDGOALS) PYTHON=/path/to/python3.12" >&2; \
		exit 1; fi
	@if ! $(BIN)/python -c 'import pip, sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; then \
		echo "Making the Python environment $(VENV) …"; \
		"$(PYTHON)" -m venv --clear $(VENV); fi
	@echo "Installing the Python packages of requirements.lock (the first time about a minute) …"
	@$(BIN)/python -m pip install --quiet --requirement requirements.lock
	@$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

demo: $(INSTALLED) ## Luma in the graph, API and Neo4j Browser up, in one command; Ctrl-C stops it
	@exec $(BIN)/graphcdp demo

test: $(INSTALLED) ## all tests, against a real Neo4j of their own
	@$(BIN)/python -m pytest $(ARGS)

lint: $(INSTALLED) ## ruff, mypy --strict, layer order
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-logo

format: $(INSTALLED) ## lay the code out as lint wants it
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

bench: $(INSTALLED) ## the measured numbers, on this machine
	@$(BIN)/python -m bench $(ARGS)

schema: $(INSTALLED) ## export graphql_schema/schema.graphql
	@$(BIN)/python -m graphcdp.api.graphql.export

lock: $(INSTALLED) ## make requirements.lock anew from pyproject.toml
	@$(BIN)/python .ci/lock.py

clean: ## remove what was built here (not the graph: that is under the home directory)
	@rm -rf $(VENV) build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache bench-results
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
