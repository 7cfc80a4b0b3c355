# `make run` and `make test` are all a newcomer needs; both install what they use. A second call is
# instant: each environment keeps a stamp that is older than its lock file only when work is due.

PYTHON ?= python3
BIN := .venv/bin
INSTALL = $(BIN)/python -m pip install --quiet --disable-pip-version-check
# pybabel reads in pyproject.toml which files hold texts, and here how a text is marked.
EXTRACT = $(BIN)/pybabel --quiet extract -F pyproject.toml -k _ -k _n:1,2 -k _c:1c,2 \
	--sort-by-file --add-location=file --no-wrap --omit-header bot handlers checklist --output-file

.PHONY: help setup setup-dev run test bench soak fuzz pictures messages language catalogs lock audit sbom

help: ## what there is
	@grep -hE '^[a-z-]+:.*## ' Makefile | sed -E 's/:.*## /\t/' | expand -t 12

setup: .venv/runtime.stamp node_modules/.package-lock.json ## what the program needs, from the lock files

setup-dev: setup .venv/dev.stamp .venv-lint/stamp ## and what the checks need

run: setup ## start the assistant; PORT, DATA_DIR and TELEGRAM_TOKEN are read from the environment
	@exec $(BIN)/second-opinion serve

test: setup-dev ## every check and every test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	@$(MAKE) --no-print-directory catalogs
	$(BIN)/pytest -n 3 --dist worksteal

bench: setup-dev ## how it compares, as ratios
	$(BIN)/python -m tests.benchmarks

soak: setup-dev ## thousands of messages through chaos, half an hour
	@$(BIN)/python -m tests.soak

fuzz: setup-dev ## 100,000 malformed updates, uploads and files; any bytes for FUZZ_SECONDS (300); the API
	@$(BIN)/python -m tests.fuzz.counted
	@$(BIN)/python -m tests.fuzz
	@$(BIN)/python -m tests.systems.conforming

audit: .venv-audit/stamp ## known holes in what the program is made of, where somebody can be asked
	@$(PYTHON) .ci/audit.py

sbom: ## the list of what it is made of (CycloneDX), from the lock files: build/sbom.json
	@$(PYTHON) .ci/sbom.py build/sbom.json

pictures: setup-dev ## the README's pictures, made by the program itself
	$(BIN)/python -m tests.pictures
	PICTURES=$(CURDIR)/docs/pictures $(BIN)/pytest -q tests/web/test_morning_browser.py

messages: setup-dev ## bring the catalogs up to date with the texts in the code
	$(EXTRACT) locales/messages.pot
	$(BIN)/pybabel --quiet update -i locales/messages.pot -d locales --no-fuzzy-matching --no-wrap \
		--ignore-pot-creation-date --ignore-obsolete

language: setup-dev ## begin a language: make language TAG=sw; then translate, and make test says what is left
	@test -n '$(TAG)' || { echo 'which one? make language TAG=sw' >&2; exit 1; }
	$(BIN)/python -m tests.begin_language $(TAG)

# Not `pybabel update --check`: it finds every catalog that uses a context (_c) out of date.
catalogs: setup-dev ## refuse a template that lags behind the code; tests refuse unfinished catalogs
	@mkdir -p build
	$(EXTRACT) build/messages.pot
	@diff -u locales/messages.pot build/messages.pot || { echo 'run: make messages' >&2; exit 1; }

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed: make PYTHON=python3.11")'
	$(PYTHON) -m venv .venv

# The stamp comes last, so an interrupted install is taken up again.
.venv/runtime.stamp: requirements.lock pyproject.toml | .venv/bin/python
	$(INSTALL) --require-hashes -r requirements.lock
	$(INSTALL) --no-deps --no-build-isolation --editable .
	@touch $@

.venv/dev.stamp: requirements-dev.lock .venv/runtime.stamp
	$(INSTALL) --require-hashes -r requirements-dev.lock
	@touch $@

# The import linter has an environment of its own, so that it never decides the program's versions.
.venv-lint/stamp: requirements-lint.lock
	$(PYTHON) -m venv .venv-lint
	.venv-lint/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $<
	@touch $@

# Where it can't be had, the audit says that nobody was reached.
.venv-audit/stamp: requirements-audit.lock
	@$(PYTHON) -m venv .venv-audit
	@.venv-audit/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $< \
		2>.venv-audit/trouble.txt && touch $@ || echo 'audit  pip-audit could not be had'

node_modules/.package-lock.json: package-lock.json .npmrc
	npm ci --silent
	@touch $@

# Locks hold hashes and no addresses. Versions stay as they are unless `make lock UPGRADE=--upgrade`.
COMPILE = .venv-lock/bin/uv --quiet --no-config pip compile --universal --python-version 3.11 \
	--generate-hashes --no-header --no-annotate --no-emit-index-url --no-emit-find-links $(UPGRADE)

lock: .venv-lock/bin/uv ## resolve the lock files again
	$(COMPILE) pyproject.toml --group build -o requirements.lock
	$(COMPILE) pyproject.toml --group build --group dev -c requirements.lock -o requirements-dev.lock
	$(COMPILE) --group lint -o requirements-lint.lock
	$(COMPILE) --group audit -o requirements-audit.lock
	npm install --package-lock-only --silent

.venv-lock/bin/uv:
	$(PYTHON) -m venv .venv-lock
	.venv-lock/bin/python -m pip install --quiet --disable-pip-version-check uv
