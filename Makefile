# Everything a developer does, one word each. `make` alone lists it.

VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed

# The first Python on the PATH that is new enough: pyenv and Debian leave names that do not run.
PYTHON ?= $(shell for python in python3 python3.12 python3.13 python3.14; do \
	$$python -c 'import sys; sys.exit(sys.version_info < (3, 12))' >/dev/null 2>&1 \
	&& echo $$python && break; done)

.DEFAULT_GOAL := help
.PHONY: help run test check bench format lock clean

help: ## List what can be made
	@grep -E '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## (.*)/  make \1\t\2/' | expand -t 18

run: $(STAMP) ## Serve on http://127.0.0.1:8000 with a PostgreSQL of its own in .data/
	@exec $(BIN)/python manage.py serve

test: $(STAMP) ## Run every test, on a PostgreSQL started for them
	@$(BIN)/pytest -n 2 --cov --cov-report=term

check: $(STAMP) ## Run what CI runs: format, lint, types, boundaries, tests
	@$(BIN)/ruff format --check
	@$(BIN)/ruff check
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(MAKE) --no-print-directory test

bench: $(STAMP) ## Measure what a request costs, on a PostgreSQL started for it
	@$(BIN)/python -m benchmarks.speed

format: $(STAMP) ## Format the code and mend what the linter can
	@$(BIN)/ruff format
	@$(BIN)/ruff check --fix

lock: $(STAMP) ## Pin the newest versions that pyproject.toml allows
	@$(BIN)/uv pip compile pyproject.toml --universal --python-version 3.12 --upgrade \
		--quiet --no-header -o requirements.txt
	@$(BIN)/uv pip compile pyproject.toml --extra otel -c requirements.txt --universal \
		--python-version 3.12 --upgrade --quiet --no-header -o requirements-otel.txt
	@$(BIN)/uv pip compile pyproject.toml --extra dev -c requirements.txt --universal \
		--python-version 3.12 --upgrade --quiet --no-header -o requirements-dev.txt

clean: ## Remove what was installed and built; the data in .data/ stays
	@rm -rf $(VENV) .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .coverage

$(STAMP): requirements.txt requirements-dev.txt
ifeq ($(PYTHON),)
	@echo "Bounded needs Python 3.12 or newer, and there is none on the PATH: install it, or name one with PYTHON=/path/to/python3.12." >&2
	@exit 1
else
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 12))' || { \
		echo "Bounded needs Python 3.12 or newer; $(PYTHON) is older." >&2; exit 1; }
	@echo "Installing into $(VENV) …"
	@rm -rf $(VENV)
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/pip install --quiet --disable-pip-version-check -r requirements.txt -r requirements-dev.txt
	@touch $@
endif
