# Every command of the product's development; `make help` lists them.

PYTHON ?= python3
BIN := .venv/bin
CODE := surveyapp tests bench migrations scripts wsgi.py gunicorn.conf.py
TYPED := surveyapp tests bench migrations scripts/*.py wsgi.py
CATALOGUES := $(wildcard surveyapp/translations/*/LC_MESSAGES/*.po)
KEYWORDS := -k _ -k _l -k gettext -k ngettext:1,2 -k lazy_gettext -k message

.DEFAULT_GOAL := help
.PHONY: help install run demo test bench format lint types layers check translations roles migrate lock clean

help: ## show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  %-20s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

install: .venv/.installed $(CATALOGUES:.po=.mo) ## make .venv with everything pinned, and the translations

.venv/.installed: pyproject.toml requirements.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	    echo "Python 3.11 or newer is needed; name it like this: make PYTHON=python3.12 install" >&2; exit 1; }
	@$(PYTHON) -m venv .venv || { \
	    echo "This Python cannot make virtual environments; on Debian install the package python3-venv." >&2; exit 1; }
	@echo "Installing the pinned packages into .venv: once, and it takes a few minutes."
	$(BIN)/python -m pip install --quiet --disable-pip-version-check \
	    --constraint requirements.lock --editable '.[dev]'
	@touch $@

%.mo: %.po .venv/.installed
	$(BIN)/pybabel --quiet compile --input-file $< --output-file $@

run: install ## serve the database of the environment on http://127.0.0.1:8000
	$(BIN)/surveyapp init
	$(BIN)/gunicorn --config gunicorn.conf.py wsgi:app

demo: install ## load the demonstration with real data and serve it; options: ARGS="--reset"
	@$(BIN)/surveyapp demo $(ARGS)

test: install ## run every check and every test, as on a fresh machine
	@scripts/browser
	@$(MAKE) --no-print-directory lint types layers
	@scripts/test

bench: install ## run the benchmarks and print ratios; options: ARGS="--seconds 5"
	@$(BIN)/python -m bench $(ARGS)

format: install ## put the code into its standard form
	$(BIN)/ruff check --fix $(CODE)
	$(BIN)/ruff format $(CODE)

lint: install ## look for mistakes and for code that is not in its standard form
	$(BIN)/ruff check $(CODE)
	$(BIN)/ruff format --check $(CODE)

types: install ## check every type
	$(BIN)/mypy $(TYPED)

layers: install ## check that imports point only downwards
	$(BIN)/lint-imports --no-logo

check: lint types layers ## the checks without the tests

translations: install ## collect new sentences into the catalogues; fill the empty ones in afterwards
	@mkdir -p build
	$(BIN)/pybabel --quiet extract --mapping-file babel.cfg $(KEYWORDS) --no-default-keywords \
	    --no-location --sort-output --omit-header --output-file build/messages.pot .
	$(BIN)/pybabel --quiet update --input-file build/messages.pot --output-dir surveyapp/translations \
	    --no-fuzzy-matching --ignore-obsolete --ignore-pot-creation-date
	@$(MAKE) --no-print-directory install

roles: install ## write docs/roles.md: which role may open which address
	$(BIN)/python scripts/make_roles.py >docs/roles.md

migrate: install ## bring the database of the environment to the newest schema
	$(BIN)/surveyapp init

lock: ## pin every package anew to what the newest environment has
	$(PYTHON) -m venv --clear .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	@scripts/lock

clean: ## remove everything that can be made again; the data in instance/ stays
	rm -rf .venv .mypy_cache .pytest_cache .ruff_cache .hypothesis .coverage htmlcov build *.egg-info
	find surveyapp/translations -name '*.mo' -delete
