# `make demo` and `make test` work from a fresh clone; both do all their own set-up.
SHELL := /bin/bash
.DEFAULT_GOAL := help

PYTHON_BIN := .venv/bin/python
SIDE_BY_SIDE := -n 2 --dist loadfile --no-loadscope-reorder
export MILEPOST_HOME ?= $(CURDIR)/workspace
# Whoever forbids Python its caches pays for compiling in each of the many processes.
unexport PYTHONDONTWRITEBYTECODE

help:  ## show this
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*##/\t/' | expand -t 12

setup:  ## make .venv with everything that is locked
	@scripts/setup

setup-test:
	@scripts/setup test

demo: setup  ## a workspace with three tenants, and the whole daily run on it
	@.venv/bin/milepost demo

dev: setup  ## the Dagster UI on the workspace, for the operator
	@$(PYTHON_BIN) -m pipeline.defs.dev

setup-develop:
	@scripts/setup develop

test-quick: setup-develop  ## the tests that need nothing but Python packages
	@$(PYTHON_BIN) -m pytest -q -m "unit and not slow" $(SIDE_BY_SIDE)

test: setup-test  ## every test
	@$(PYTHON_BIN) -m pytest $(SIDE_BY_SIDE)

coverage: setup-test  ## every test, and the lines and branches that none of them reaches
	@$(PYTHON_BIN) -m pytest -q $(SIDE_BY_SIDE) --cov --cov-report=term

test-duckdb2: setup-test  ## the models and the published builds on DuckDB 2.0
	@[ -d build/duckdb2 ] || $(PYTHON_BIN) -m pip install -q --disable-pip-version-check --no-deps \
	    --require-hashes --target build/duckdb2 -r requirements-duckdb2.lock
	@PYTHONPATH=$(CURDIR)/build/duckdb2 $(PYTHON_BIN) -m pytest -q $(SIDE_BY_SIDE) \
	    tests/dbt_project tests/publish

check: setup-test format-check lint types test-duckdb2 test  ## what CI runs: format, lint, types, tests

format:  ## format the code
	@$(PYTHON_BIN) -m ruff format . && $(PYTHON_BIN) -m ruff check --fix .

format-check: setup-test
	@$(PYTHON_BIN) -m ruff format --check .

lint: setup-test
	@$(PYTHON_BIN) -m ruff check . && .venv/bin/sqlfluff lint --processes 2 dbt_project/models

types: setup-test
	@$(PYTHON_BIN) -m mypy

bench: setup  ## speed, as ratios measured in one run
	@$(PYTHON_BIN) -m bench

mutate: setup-test  ## forty deliberate mistakes in the models, each of which a test must notice
	@$(PYTHON_BIN) -m tests.mutation

DOCS_BIN := build/docs-venv/bin
.PHONY: docs-site lock-docs
docs-site: $(DOCS_BIN)/.installed  ## the documentation as a site: build/site/index.html, opens from disk
	@NO_MKDOCS_2_WARNING=1 $(DOCS_BIN)/mkdocs build --quiet --strict
	@echo "build/site/index.html"

$(DOCS_BIN)/.installed: requirements-docs.lock
	@$${PYTHON:-python3} -m venv build/docs-venv
	@$(DOCS_BIN)/python -m pip install -q --disable-pip-version-check --no-deps --require-hashes \
	    -r requirements-docs.lock
	@touch $@

DOCS_EXTRA := import tomllib; project = tomllib.load(open("pyproject.toml", "rb"))["project"]; \
    print(*project["optional-dependencies"]["docs"], sep="\n")
lock-docs:  ## resolve the extra `docs` into requirements-docs.lock (needs uv)
	@$${PYTHON:-python3} -c '$(DOCS_EXTRA)' | uv pip compile -q - --generate-hashes --python-version 3.11 \
	    --no-header --no-emit-index-url -o requirements-docs.lock

docs: setup  ## semantic models and docs/metrics.md from the models' YAML, and dbt's own pages
	@$(PYTHON_BIN) scripts/semantic_models.py
	@$(PYTHON_BIN) scripts/metric_reference.py
	@$(PYTHON_BIN) scripts/model_docs.py

LOCK := uv pip compile -q pyproject.toml --generate-hashes --python-version 3.11 --no-header --no-emit-index-url
lock:  ## resolve pyproject.toml into the two locks: to run, and to develop (needs uv)
	@$(LOCK) --extra build -o requirements.lock
	@$(LOCK) --extra dev -c requirements.lock -o requirements-dev.lock

.PHONY: help setup setup-develop setup-test demo dev test-quick test coverage test-duckdb2 check format format-check lint types bench mutate docs \
    lock
