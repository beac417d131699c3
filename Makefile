# What goes in: a Python >= 3.11 (PYTHON=...). What comes out: .venv and one target per task.
# Installs are stamped in .venv, so only a changed pyproject.toml installs again.

PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check install --quiet
MODEL ?= models/default
RECIPE ?= recipes/open.toml
RAW_DIR ?= data/raw
BENCH_ARGS ?=
AUDIT_ARGS ?=
CHROMIUM := chromium chromium-browser google-chrome

.DEFAULT_GOAL := help
.PHONY: help serve test lint format train eval bench install-dev clean

help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-12s %s\n", $$1, $$2}'

$(BIN)/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/.stamp-core: pyproject.toml | $(BIN)/python
	$(PIP) -e .
	@touch $@

$(VENV)/.stamp-train: pyproject.toml | $(BIN)/python
	$(PIP) -e '.[train,eval]'
	@touch $@ $(VENV)/.stamp-core

$(VENV)/.stamp-eval: pyproject.toml | $(BIN)/python
	$(PIP) -e '.[eval]'
	@touch $@ $(VENV)/.stamp-core

$(VENV)/.stamp-bench: pyproject.toml | $(BIN)/python
	$(PIP) -e '.[bench]'
	@touch $@ $(VENV)/.stamp-core

$(VENV)/.stamp-dev: pyproject.toml | $(BIN)/python
	$(PIP) -e '.[dev,train,eval,bench,parquet]'
	@touch $@ $(VENV)/.stamp-core $(VENV)/.stamp-train $(VENV)/.stamp-eval $(VENV)/.stamp-bench

install-dev: $(VENV)/.stamp-dev ## everything that developing needs

serve: $(VENV)/.stamp-core ## install the service alone and answer on http://127.0.0.1:8080
	$(BIN)/modsvc serve --model $(MODEL)

test: lint ## lint, types and every test
	@scripts/ensure.sh "the browser tests" $(CHROMIUM)
	@scripts/ensure.sh "tests of limits across processes" redis-server
	@scripts/ensure.sh "tests of streams over NATS" nats-server
	$(BIN)/python -m pytest --numprocesses auto --maxprocesses 4 --dist loadfile --no-loadscope-reorder

.PHONY: test-heavy
test-heavy: $(VENV)/.stamp-dev ## the tests that take minutes or count seconds: Ray's clusters, the month, big back-tests
	@scripts/ensure.sh "the browser tests" $(CHROMIUM)
	$(BIN)/python -m pytest -m heavy

lint: $(VENV)/.stamp-dev ## ruff, mypy, and bandit over the service
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/bandit --quiet --configfile pyproject.toml --recursive modsvc

format: $(VENV)/.stamp-dev ## rewrite the code in the house style
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

train: $(VENV)/.stamp-train ## rebuild the model: make train RAW_DIR=... [RECIPE=...] [MODEL=where to publish]
	$(BIN)/python -m training run $(RECIPE) --raw-dir $(RAW_DIR) --publish-to $(MODEL)

eval: $(VENV)/.stamp-eval ## measure the shipped model and write the dashboard
	$(BIN)/python -m eval run --model $(MODEL)

bench: $(VENV)/.stamp-bench ## speed next to PyTorch, transformers and infinity (BENCH_ARGS=--quick)
	$(BIN)/python -m eval.bench --model $(MODEL) $(BENCH_ARGS)

clean: ## remove the virtual environment and the caches
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache build

# The service as it is installed, without what develops it: this is what ships.
.PHONY: build/service
build/service:
	rm -rf $@
	$(PYTHON) -m venv $@
	$@/bin/python -m pip --disable-pip-version-check install --quiet '.[oidc,postgres,redis]'

.PHONY: audit
audit: $(VENV)/.stamp-dev build/service ## known vulnerabilities of what the service installs; asks a public index
	build/service/bin/python -m pip freeze --exclude modsvc > build/service.txt
	$(BIN)/python scripts/audit.py build/service.txt $(AUDIT_ARGS)

.PHONY: sbom
sbom: $(VENV)/.stamp-dev build/service ## write build/sbom.json: what the service is made of (CycloneDX)
	build/service/bin/python -m pip --disable-pip-version-check uninstall --quiet --yes pip setuptools
	$(BIN)/cyclonedx-py environment --pyproject pyproject.toml --mc-type application \
	  --output-reproducible --output-file build/sbom.json build/service/bin/python

FUZZ_SECONDS ?= 60
.PHONY: fuzz
fuzz: $(VENV)/.stamp-dev ## requests made from the OpenAPI document, for FUZZ_SECONDS=60 in all
	$(BIN)/python -m tests.fuzz.service --seconds $(FUZZ_SECONDS)

.PHONY: fuzz-engine
fuzz-engine: $(VENV)/.stamp-dev ## bytes at all that reads texts, for FUZZ_SECONDS=60 each
	$(BIN)/python -m tests.fuzz.engine all --seconds $(FUZZ_SECONDS) --model $(MODEL)

.PHONY: messages
messages: $(VENV)/.stamp-dev ## bring the desk's catalogues up to date with its words
	mkdir -p build
	$(BIN)/pybabel -q extract --no-location --sort-output -F modsvc/desk/locale/babel.cfg -k N_ -o build/desk.pot modsvc/desk
	for locale in ru es; do \
	  $(BIN)/pybabel -q update --no-fuzzy-matching --ignore-pot-creation-date -D desk -i build/desk.pot -d modsvc/desk/locale -l $$locale; \
	done

MONTH_ARGS ?=
.PHONY: month
month: $(VENV)/.stamp-dev ## the whole loop on fixture data: posts, reviewers, retraining, gate, and back
	$(BIN)/python -m tests.month $(MONTH_ARGS)
