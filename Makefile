# One word per habit. `make` alone lists them.

PYTHON ?= python3
BIN := .venv/bin
READY := .venv/.ready
LOCK := $(BIN)/uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes --quiet \
	--no-header --no-annotate --no-emit-index-url --no-emit-package aua-runtime

.DEFAULT_GOAL := words
.PHONY: words setup format lint types test coverage golden schemas wheel bench score-placement score-answers check demo lock upgrade

words:
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-15s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: $(READY) ## make .venv from the locked requirements, with both distributions installed from this checkout

$(READY): requirements/dev.txt pyproject.toml runtime/pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit("aua needs Python 3.11 or newer: make PYTHON=..." if sys.version_info < (3, 11) else 0)'
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e runtime -e .
	@$(BIN)/python -m compileall -q aua_compile runtime/src # else, where Python may write no bytecode, every command compiles what it loads
	@touch $@

format: $(READY) ## rewrite the code in its one layout
	$(BIN)/ruff check --fix --quiet --exit-zero
	$(BIN)/ruff format

lint: $(READY) ## layout, every ruff rule, and which module may import which
	$(BIN)/ruff format --check
	$(BIN)/ruff check
	$(BIN)/lint-imports --no-logo

types: $(READY) ## mypy, strict
	$(BIN)/mypy

test: $(READY) ## every test, on both cores
	$(BIN)/pytest -n auto

coverage: $(READY) ## every test, and branch coverage against its bound
	$(BIN)/pytest -n auto --cov --cov-report=term

golden: $(READY) ## rewrite golden/ with what is made now; read the diff
	$(BIN)/pytest -q --update-golden tests/test_golden.py tests/test_diagnostics.py tests/cli/test_diff_golden.py

schemas: $(READY) ## rewrite what is made from types and templates: schemas/, docs/config.md, filled.py
	$(BIN)/python -m tests.schemas

wheel: $(READY) ## build both wheels, install them in an empty environment, compile from an empty folder
	$(BIN)/python -m tests.wheel

bench: $(READY) ## measure the compiler and the router, a quarter of an hour; writes docs/performance.md
	$(BIN)/python -m bench

score-placement: $(READY) ## score the memory model against logged runs; writes its table into docs/placement.md
	$(BIN)/python -m bench.placement

score-answers: $(READY) ## rank the answers of the built-in evaluation, a minute; writes docs/scoring.md
	$(BIN)/python -m bench.scoring

classifier: $(READY) ## train the router's classifier anew from bench/classifier/data; the same data gives the same bytes
	$(BIN)/python -m bench.classifier.train

check: lint types coverage wheel ## all that must hold before a change lands; CI runs this

demo: $(READY) ## compile the coding preset, start its router, ask it two questions, stop
	$(BIN)/aua demo

lock: $(READY) ## resolve requirements/ for what pyproject.toml asks, keeping the versions that are there
	$(LOCK) --extra dev --output-file requirements/dev.txt
	$(LOCK) --output-file requirements/run.txt

upgrade: LOCK += --upgrade
upgrade: lock ## resolve requirements/ anew, with the newest versions
