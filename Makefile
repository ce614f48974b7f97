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

test: setup-test  ## every test
	@$(PYTHON_BIN) -m pytest $(SIDE_BY_SIDE)

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

docs: setup  ## semantic models and docs/metrics.md from the models' YAML, and dbt's own pages
	@$(PYTHON_BIN) scripts/semantic_models.py
	@$(PYTHON_BIN) scripts/metric_reference.py
	@$(PYTHON_BIN) scripts/model_docs.py

lock:  ## resolve pyproject.toml into requirements.lock (needs uv)
	@uv pip compile -q pyproject.toml --extra dev --generate-hashes --python-version 3.11 \
	    --no-header --no-emit-index-url -o requirements.lock

.PHONY: help setup setup-test demo dev test test-duckdb2 check format format-check lint types bench mutate docs \
    lock
