# Synod. `make run` to see it, `make test` to check it; both do all of the set-up, and only what is out of date.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
MAKEFLAGS += --no-print-directory
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

# An old PYTHONPATH or pip setting of the user's shell must not reach into .venv; and where Python may not keep what it
# has compiled, every one of the hundreds of processes that the tests start compiles Synod anew.
unexport PYTHONPATH PYTHONHOME VIRTUAL_ENV PYTHONDONTWRITEBYTECODE

PY := .venv/bin/python
FRONT_END := $(shell find static/src -type f 2>/dev/null) $(wildcard app/words/*.toml static/*.ts static/svelte.config.js static/tsconfig.json)

.PHONY: help
help:  ## list the targets
	@awk -F ':.*##' '/^[a-z][a-z-]*:.*##/ {printf "  make %-11s %s\n", $$1, $$2}' $(firstword $(MAKEFILE_LIST))

.PHONY: run
run: .venv/.installed static/dist/manifest.json  ## set up what is missing, start the server, print its address (OPEN=1 opens a browser)
	@$(if $(OPEN),$(PY) .ci/open_browser.py & )exec $(PY) -m app.serve

.PHONY: test
test:  ## set up what is missing, run every check, print a table of stage times (STAGES="mypy pytest" picks some)
	@since=$$(date +%s); $(MAKE) .venv/.installed-dev; exec $(PY) .ci/stages.py --since $$since $(STAGES)

.PHONY: bench
bench: .venv/.installed-dev static/dist/manifest.json  ## run the benchmarks: a table of ratios, JSON beside it
	@$(PY) -m tests.bench

SEEDS ?= 100000
.PHONY: survive
survive: .venv/.installed-dev  ## run the correct protocol over SEEDS=100000 seeded worlds with every fault it must bear (RESUME=1 goes on after Ctrl-C)
	@.venv/bin/flask search --scenario search $(if $(RESUME),--resume,--seeds $(SEEDS))

.PHONY: search-all
search-all: .venv/.installed-dev  ## find and shrink a schedule for every planted bug anew (SWITCH=<id>: only that one)
	@.venv/bin/flask search-all $(if $(SWITCH),--switch $(SWITCH))

.PHONY: format
format: .venv/.installed-dev  ## format and tidy the Python code
	@.venv/bin/ruff check --fix-only --quiet .
	@.venv/bin/ruff format .

.PHONY: build
build: static/dist/manifest.json  ## build the front end into static/dist

.PHONY: dev
dev: .venv/.installed-dev static/node_modules/.installed  ## set up everything a developer needs, run nothing

.PHONY: lock
lock: .venv/.installed-dev  ## resolve requirements*.in and package.json anew into the lock files
	@compile="$(PY) -m uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links --quiet"; \
	export UV_CUSTOM_COMPILE_COMMAND="make lock"; \
	$$compile $(UPGRADE) requirements.in -o requirements.txt; \
	$$compile $(UPGRADE) -c requirements.txt requirements-dev.in -o requirements-dev.txt; \
	$$compile $(UPGRADE) requirements-node.in -o requirements-node.txt
	@VERBOSE=1 ./.ci/npm.sh install --package-lock-only

.PHONY: clean
clean:  ## remove everything that set-up, builds and tests made (the recorded runs stay)
	@rm -rf .venv .build static/node_modules static/dist tests/browser/artefacts
	@rm -rf .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis .coverage
	@find app tests migrations -name __pycache__ -type d -prune -exec rm -rf {} + 2>/dev/null || true

.build/:
	@mkdir -p .build

.venv/.installed: requirements.txt | .build/
	@./.ci/python.sh requirements.txt
	@touch $@

# The development lock holds the server's own lock, to the version.
.venv/.installed-dev: requirements-dev.txt requirements.txt | .build/
	@./.ci/python.sh requirements-dev.txt
	@touch $@ .venv/.installed

.build/node-path: requirements-node.txt | .build/ .venv/.installed
	@./.ci/node.sh

static/node_modules/.installed: static/package-lock.json static/.npmrc | .build/node-path
	@echo "front end: installing packages"
	@./.ci/npm.sh ci
	@touch $@

static/dist/manifest.json: static/node_modules/.installed $(FRONT_END)
	@echo "front end: building"
	@./.ci/npm.sh run build
	@touch $@
