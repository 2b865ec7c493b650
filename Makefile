# The two commands are `make serve` and `make test`; `make setup` is what both do first.
# Plain `python3 -m venv` and pip suffice; uv, where it is installed, makes the same set-up faster.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
UV := $(shell command -v uv 2>/dev/null)
ifeq ($(UV),)
MAKE_VENV := $(PYTHON) -m venv $(VENV)
INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check
else
MAKE_VENV := $(UV) venv --quiet --python $(PYTHON) $(VENV)
INSTALL := $(UV) pip install --quiet --compile-bytecode --python $(BIN)/python
endif
WORKERS ?= 2

.PHONY: help setup setup-dev serve test lint bench fuzz clean
.DEFAULT_GOAL := help

help:  ## What can be made here
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-10s %s\n", $$1, $$2}'

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Armillary needs Python 3.11 or later; name one: make PYTHON=python3.12 …" >&2; exit 1; }
	@$(MAKE_VENV) || { rm -rf $(VENV); exit 1; }

$(VENV)/.run-installed: pyproject.toml constraints.txt | $(BIN)/python
	@echo "Setting up $(VENV), once: some seconds with uv, about half a minute with pip"
	@$(INSTALL) --editable . --constraint constraints.txt
	@touch $@

# Where PYTHONDONTWRITEBYTECODE is set, as in many images, every start would compile everything again.
$(VENV)/.compiled: $(VENV)/.run-installed $(shell find src -name '*.py')
	@$(BIN)/python -m compileall -q src
	@touch $@

$(VENV)/.dev-installed: pyproject.toml constraints.txt $(VENV)/.run-installed
	$(INSTALL) --editable '.[dev]' --constraint constraints.txt
	@touch $@

# Each vendor SDK release lives in a folder of its own, unmodified, so that the suite runs them side by side.
.sdks/.installed: tests/sdks.txt | $(VENV)/.dev-installed
	@rm -rf .sdks && mkdir -p .sdks
	@set -e; while read -r pin; do [ -n "$$pin" ] || continue; \
	  $(INSTALL) --no-deps --target ".sdks/$$pin" "$$pin"; done < tests/sdks.txt
	@touch $@

setup: $(VENV)/.compiled  ## Install .venv/bin/armillary

setup-dev: $(VENV)/.compiled $(VENV)/.dev-installed .sdks/.installed  ## Install what the tests need as well

serve: setup  ## Set up and start the server on http://127.0.0.1:8321
	@exec $(BIN)/armillary serve

test: setup-dev  ## Set up and run the whole suite: lint, types, imports, tests
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m pytest -n $(WORKERS) --dist loadgroup

bench: setup-dev  ## Measure the server against a raw ASGI floor, in ratios
	$(BIN)/python -m bench

fuzz: setup-dev  ## The long run of Schemathesis over every document
	ARMILLARY_FUZZ=long $(BIN)/python -m pytest tests/server/test_fuzz.py -n 0 -s

clean:  ## Remove what make installed
	rm -rf $(VENV) .sdks
