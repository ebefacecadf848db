# Every target sets itself up from a bare checkout with Python 3.11 or newer: no root, no apt.
# What is installed is locked with hashes in requirements.txt (to run) and requirements-dev.txt (to run and to work on).

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
RUN := $(VENV)/.run
DEV := $(VENV)/.dev
PIP := $(BIN)/python -m pip --disable-pip-version-check -qq
# One test process more than cores, since many tests wait, and no more than the servers they start can bear.
JOBS ?= $(shell n=$$(getconf _NPROCESSORS_ONLN 2>/dev/null || echo 2); [ $$n -gt 5 ] && echo 6 || echo $$((n + 1)))

.DEFAULT_GOAL := help
.PHONY: help install demo journey test looks test-fast storm check lint contracts types format bench screenshots messages lock clean

help: ## Show what there is to make
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{ printf "  make %-12s %s\n", $$1, $$2 }'

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed. Say which: make PYTHON=python3.12"; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { echo "This Python cannot make a virtual environment. On Debian install python3-venv."; exit 1; }

$(RUN): $(BIN)/python requirements.txt pyproject.toml
	@echo "Installing what Mendletter needs into $(VENV) ..."
	@$(PIP) install --require-hashes -r requirements.txt
	@$(PIP) install --no-deps --no-build-isolation -e .
	@touch $(RUN)

$(DEV): $(BIN)/python requirements-dev.txt pyproject.toml
	@echo "Installing what working on Mendletter needs into $(VENV) ..."
	@$(PIP) install --require-hashes -r requirements-dev.txt
	@$(PIP) install --no-deps --no-build-isolation -e .
	@touch $(DEV) $(RUN)

install: $(RUN) ## Install everything that running needs into .venv

demo: $(RUN) ## Run it all on this computer, with an inbox to look at (WEEK=10s PORT=8000)
	@$(BIN)/mendletter demo

journey: $(RUN) ## Let a reader live through a whole programme on a fast clock, and print it
	@$(BIN)/mendletter demo-journey

test: $(DEV) ## Run all tests that need no browser
	@$(BIN)/python -m pytest -n $(JOBS) --dist worksteal -q

looks: $(DEV) ## Work through the pages in a browser, and look at every page and letter (needs Chromium)
	@$(BIN)/python -m pytest -n $(JOBS) --dist worksteal -q -m "looks or browser" tests/browser tests/mail tests/local

test-fast: $(DEV) ## Run the tests that need no server
	@$(BIN)/python -m pytest -n $(JOBS) -q tests/domain tests/house tests/mail --ignore tests/mail/test_transport.py --ignore tests/house/test_get_changes_nothing.py

storm: $(DEV) ## Run the fault tests ten times as long, and batches to a thousand readers (needs Chromium)
	@STORM=10 $(BIN)/python -m pytest -q -n $(JOBS) --timeout 3000 -m "not looks" tests/faults tests/journeys/test_batch.py tests/browser/test_the_whole_desk.py

check: lint contracts types test looks ## What CI runs: lint, import rules, types, tests, and a look at everything

lint: $(DEV) ## Look for what ruff finds, and for unused or missing dependencies
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/deptry .

contracts: $(DEV) ## Hold the rooms to their import rules
	@$(BIN)/lint-imports

types: $(DEV) ## Check types, strictly
	@$(BIN)/mypy

format: $(DEV) ## Put the code into shape
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

bench: $(DEV) ## Measure, side by side, and print ratios
	@for name in letters subscribe_timing desk; do $(BIN)/python -m bench.$$name; done

screenshots: $(DEV) ## Take pictures of every page, phone and desktop, light and dark (needs Chromium)
	@$(BIN)/python -m tests.browser.screenshots

messages: $(DEV) ## Gather what the pages say, and bring the catalogues up to date
	@$(BIN)/python -m tests.house.messages

lock: ## Lock the dependencies anew (needs uv)
	uv pip compile --quiet --universal --generate-hashes --no-header --no-annotate pyproject.toml --extra local --extra build -o requirements.txt
	uv pip compile --quiet --universal --generate-hashes --no-header --no-annotate pyproject.toml --extra local --extra build --group dev -o requirements-dev.txt

clean: ## Remove what was built, but no data
	rm -rf $(VENV) *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache out
