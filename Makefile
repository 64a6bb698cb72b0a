# One command each. `make eval` and `make test` are all that a newcomer needs.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
AGENT ?= oracle
SUITE ?= core

.DEFAULT_GOAL := help
.PHONY: help eval test lint types layers check bench realism cohort serve wheel lock clean

help: ## Show this list.
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /  make \1\t/' | expand -t 16

$(STAMP): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "ChartGym needs Python 3.11 or newer; $(PYTHON) is older. Try: make PYTHON=python3.12 ..." >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation -e .
	@touch $@

eval: $(STAMP) ## Build the cohort and play the oracle over the 300 core tasks (AGENT=..., SUITE=...).
	$(BIN)/chartgym eval --agent $(AGENT) --suite $(SUITE)

test: $(STAMP) ## Run the tests.
	$(BIN)/pytest -q

lint: $(STAMP) ## Check style and format.
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(STAMP) ## Check types (pyright, strict).
	$(BIN)/pyright

layers: $(STAMP) ## Prove that imports go one way.
	$(BIN)/lint-imports

check: lint types layers test ## All of the above.

bench: $(STAMP) ## Measure speed and memory; prints each bound beside its figure.
	$(BIN)/python -m bench

realism: $(STAMP) ## Compare the charts with published figures; writes a page with plots into build/.
	$(BIN)/python -m realism

cohort: $(STAMP) ## Build the cohort file into the cache.
	$(BIN)/chartgym cohort build

serve: $(STAMP) ## Serve the cohort over HTTP on loopback.
	$(BIN)/chartgym server serve --port 8080

wheel: $(STAMP) ## Build the wheel, install it in a clean environment and run it there.
	rm -rf build dist
	$(BIN)/python -m build --quiet --wheel --no-isolation
	$(PYTHON) -m venv build/wheel-venv
	build/wheel-venv/bin/python -m pip install --quiet --require-hashes -r requirements.lock
	build/wheel-venv/bin/python -m pip install --quiet --no-deps dist/*.whl
	cd build/wheel-venv && ./bin/chartgym --help >/dev/null && ./bin/chartgym tasks show referral/001 >/dev/null && ./bin/python -P -c 'import chartgym, gymnasium; print("wheel", chartgym.__version__)'

lock: ## Write requirements.lock anew from pyproject.toml (needs uv).
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate \
		--group dev pyproject.toml -o requirements.lock

clean: ## Remove the environment and what was built here (the cohort stays in the cache; see chartgym doctor).
	rm -rf $(VENV) build dist src/*.egg-info .pytest_cache .ruff_cache .hypothesis .import_linter_cache
