# erpcrm: every verb does its own set-up. `make help` lists them.
SHELL       := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
VENV        ?= .venv
PYTHON      ?= python3
PY          := $(VENV)/bin/python
STAMP       := $(VENV)/.installed
N           ?= 200
KEEP        ?= 0
TIMES       ?= 5
BUSY        ?= 8
MINUTES     ?= 10
COUNT       ?= 60
SEED        ?=
JSON        ?=
UNIT        := $(PY) -m pytest -n 2 --dist loadfile --no-loadscope-reorder

.DEFAULT_GOAL := help
.PHONY: help setup demo test test-loaded test-repeat chaos check fmt lint types contracts plsqlcheck unit properties ablation mutants test-oracle grammar schema bundle bench bench-short clean

help: ## list the verbs
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-12s %s\n", $$1, $$2}'

$(STAMP): pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "erpcrm needs Python 3.11 or newer: make PYTHON=/path/to/python3.11 …")'
	@test -x $(PY) || $(PYTHON) -m venv $(VENV) || { echo "Cannot make a virtual environment: install your system's python3-venv package." >&2; exit 1; }
	@echo "Installing packages into $(VENV) (some minutes the first time: Spark alone is 450 MB)"
	@$(PY) -m pip install --quiet --disable-pip-version-check --upgrade pip
	@$(PY) -m pip install --quiet --disable-pip-version-check -e '.[spark,devkit,dev]'
	@touch $(STAMP)

setup: $(STAMP) ## install everything into .venv

demo: $(STAMP) ## both sides start, edits flow both ways, a crash, a proof (N=200 branches, KEEP=1 leaves it running)
	@$(PY) -m devkit.demo --branches $(N) $(if $(filter 1,$(KEEP)),--keep,)

test: check unit ## what CI runs: lint, types, contracts, PL/SQL lint, the whole suite

check: lint types contracts plsqlcheck ## everything that needs no run

lint: $(STAMP) ## ruff
	@$(PY) -m ruff check .
	@$(PY) -m ruff format --check .

fmt: $(STAMP) ## format the Python
	@$(PY) -m ruff format .
	@$(PY) -m ruff check --fix .

types: $(STAMP) ## mypy, strict
	@$(PY) -m mypy

contracts: $(STAMP) ## import-linter
	@$(VENV)/bin/lint-imports

plsqlcheck: $(STAMP) ## our lint for PL/SQL
	@$(PY) -m devkit.tools.plsqlcheck plsql migrations tests/plsql

unit: $(STAMP) ## pytest, utPLSQL suites included; two at a time, each file by one
	@$(UNIT)

test-loaded: $(STAMP) ## the whole suite beside eight busy processes (BUSY=8)
	@$(PY) -m devkit.tools.suite --busy $(BUSY) -- $(UNIT)

test-repeat: $(STAMP) ## the whole suite again and again, up to the first red (TIMES=5)
	@$(PY) -m devkit.tools.suite --times $(TIMES) -- $(UNIT)

chaos: $(STAMP) ## random edits of both sides under faults of every kind, each entity checked (MINUTES=10 SEED=3 JSON=file)
	@$(PY) -m devkit.faults --minutes $(MINUTES) $(if $(SEED),--seed $(SEED),) $(if $(JSON),--json $(JSON),)

test-oracle: $(STAMP) ## the suites that need only a database, on ERPCRM_TEST_DSN (UTPLSQL=required: the real framework must be there)
	@PYTHONPATH=. $(PY) tests/on_oracle.py $(if $(filter required,$(UTPLSQL)),--require-utplsql,) $(PARTS)

grammar: $(STAMP) ## read changed SQL and PL/SQL with the public ANTLR grammar (ALL=1: everything anew)
	@$(PY) -m devkit.tools.grammar $(if $(filter 1,$(ALL)),--all,)

schema: $(STAMP) ## write tests/migration/schema.expected.txt anew, to be reviewed
	@PYTHONPATH=tests $(PY) tests/migration/dump_schema.py

bundle: $(STAMP) ## dist/erpcrm-VERSION-oracle.zip: the deployment for SQL*Plus or SQLcl, without Python
	@$(PY) -m devkit.tools.bundle

properties: $(STAMP) ## the property tests in their long form: random edits, every order of two users, some hours
	@PROPERTIES=deep $(PY) -m pytest tests/properties tests/orders

ablation: $(STAMP) ## take each safeguard out in a copy and show that its tests fail (half an hour)
	@$(PY) tests/ablation/run.py

mutants: $(STAMP) ## small faults in the rules of plsql/, one at a time: which ones no utPLSQL test notices (COUNT=60 SEED=7)
	@$(PY) tests/mutants/run.py --count $(COUNT) $(if $(SEED),--seed $(SEED),) $(if $(JSON),--json $(JSON),)

bench: $(STAMP) ## all measurements, written to docs/benchmarks.md
	@$(PY) -m bench --write docs/benchmarks.md

bench-short: $(STAMP) ## the measurements in their short form, printed only
	@$(PY) -m bench --short

clean: ## forget the virtual environment and everything the demo left
	rm -rf $(VENV) .erpcrm build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis
