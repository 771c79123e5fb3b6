# Two commands: make demo, make test. The rest is for those who build.
SHELL := /bin/bash
.DEFAULT_GOAL := help
PY := .venv/bin/python
PORT ?= 8000
HOST ?= 127.0.0.1
JOBS ?= 2
PYTEST := $(PY) -m pytest -p no:cacheprovider
PIP := $(PY) -m pip --disable-pip-version-check -qq install --require-hashes --no-deps --only-binary :all:
SOURCES := crm archives complaints care tests bench manage.py
MANAGE := INSECURE_LOCAL=1 $(PY) manage.py
export PORT HOST PIP_NO_INPUT := 1

.PHONY: help install install-dev demo test test-long browser lint bench lock messages clean

help:  ## this list
	@sed -nE 's/^([a-z-]+):.*##(.*)/\1\t\2/p' $(MAKEFILE_LIST) | expand -t 14

install: .venv/.runtime  ## the environment alone, in .venv (needs Python 3.11)

install-dev: .venv/.development

.venv/bin/python:
	@for candidate in $(PYTHON) python3.11 python3 python; do \
	  if $$candidate -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' 2>/dev/null; then found=$$candidate; break; fi; \
	done; \
	if [ -z "$$found" ]; then echo "Python 3.11 is needed and was not found. Install it, or name it: make $(MAKECMDGOALS) PYTHON=/path/to/python3.11" >&2; exit 1; fi; \
	echo "» Environment in .venv …"; \
	$$found -m venv .venv || { rm -rf .venv; echo "The venv module is missing: install it (Debian: apt install python3.11-venv)." >&2; exit 1; }

.venv/.runtime: requirements.txt | .venv/bin/python
	@echo "» Packages (locked, with hashes) …"; began=$$SECONDS; \
	$(PIP) -r requirements.txt && touch $@ && echo "» Packages: done in $$((SECONDS - began)) s"

.venv/.development: requirements-dev.txt .venv/.runtime
	@echo "» Development packages (locked, with hashes) …"; began=$$SECONDS; \
	$(PIP) -r requirements-dev.txt && touch $@ && echo "» Packages: done in $$((SECONDS - began)) s"

demo: .venv/.runtime  ## the demo bank on http://127.0.0.1:8000; PORT=8010 for another port
	@DEMO=1 exec $(PY) -m crm.serve

test: .venv/.development  ## the suite on SQLite, and the linters that need nothing else
	$(PY) -m ruff check $(SOURCES)
	$(PY) -m ruff format --check $(SOURCES)
	$(MANAGE) check
	$(PYTEST) -n $(JOBS) -m "not browser and not long and not postgres and not redis and not pango" $(ARGS)

test-long: .venv/.development  ## long fuzzing, races, kills
	$(PYTEST) -n $(JOBS) -m "long and not browser" $(ARGS)

browser: .venv/.development  ## journeys in Chromium
	$(PYTEST) -m browser $(ARGS)

lint: .venv/.development  ## code, templates, types, migrations
	$(PY) -m ruff check $(SOURCES)
	$(PY) -m ruff format --check $(SOURCES)
	git ls-files -z 'templates/*.html' | xargs -0 .venv/bin/djade --check --target-version 5.2
	.venv/bin/djlint --lint templates
	INSECURE_LOCAL=1 $(PY) -m mypy crm archives complaints care
	$(MANAGE) makemigrations --check --dry-run

bench: .venv/.development  ## measure on PostgreSQL: DATABASE_URL=postgres://…
	$(PY) -m bench $(ARGS)

lock:  ## write requirements*.txt anew from requirements*.in (needs uv)
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header -q requirements.in -o requirements.txt
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header -q requirements-dev.in -o requirements-dev.txt

messages: .venv/.development  ## gather source strings, compile the catalogues
	$(MANAGE) makemessages -l zh_Hans --no-location --no-wrap --ignore .venv --ignore var --ignore node_modules
	$(MANAGE) compilemessages -l zh_Hans --ignore .venv

clean:  ## remove the environment and the data of the local trial
	rm -rf .venv var .pytest_cache .ruff_cache .mypy_cache .hypothesis
