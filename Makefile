# Development commands. `make` alone lists them.
#
# Everything is installed in .venv: requirements/runtime.txt for `make run`, requirements/dev.txt, a
# superset, for the checks and the tests. A stamp file records which of them is installed.

PYTHON ?= python3
PORT ?= 8000
VENV := .venv
BIN := $(VENV)/bin
RUNTIME := $(VENV)/.installed-runtime
DEV := $(VENV)/.installed-dev
# The certificates of the system: behind a proxy that inspects TLS only they are the right ones.
UV := $(BIN)/uv --quiet --system-certs
SYSTEM_CERTIFICATES := $(firstword $(wildcard /etc/ssl/certs/ca-certificates.crt \
	/etc/pki/tls/certs/ca-bundle.crt /etc/ssl/ca-bundle.pem /etc/ssl/cert.pem))
# Like pip does for a wheel: otherwise every start compiles again where Python cannot write bytecode.
COMPILED := $(BIN)/python -m compileall -q app migrations
COMPILE := $(UV) pip compile --universal --python-version 3.11 --generate-hashes --no-header --no-annotate

.DEFAULT_GOAL := help
.PHONY: help setup run test test-tools coverage check lock migration i18n lang sheet take snap pictures bench ci sbom
.DELETE_ON_ERROR:

help: ## list the commands
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  make %-11s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: $(RUNTIME) ## create .venv and install the runtime requirements
	@echo "Fyr is set up in $(VENV): make run starts the demo, make test tests it."

run: $(RUNTIME) ## start the demo on 127.0.0.1 (PORT=8000), with its data in var/demo
	@exec $(BIN)/fyr serve --demo --port $(PORT)

# Four at a time on two cores: some tests wait for servers more than they work. What Python compiled
# is kept even where that is switched off: each of the four would compile every test for itself.
test: export PYTHONDONTWRITEBYTECODE :=
test: $(DEV) ## all checks and tests: SQLite, PostgreSQL, browser (T= selects tests and skips checks)
	@$(BIN)/python -m scripts.programs.browser > /dev/null
	@$(BIN)/python -m scripts.programs.alertmanager > /dev/null
	@$(BIN)/python -m scripts.programs.nginx > /dev/null
	@$(BIN)/python -m scripts.programs.pgbouncer > /dev/null
	@$(if $(T),:,$(BIN)/python -m scripts.check)
	@$(BIN)/python -m pytest -n 4 --dist loadfile $(T)

test-tools: $(DEV) ## the tests of scripts/ alone; `make test` runs them too
	@$(BIN)/python -m pytest -n 2 --dist loadfile tests/scripts

coverage: $(DEV) ## all tests with branch coverage: at least 95 % of app/, all of app/domain/
	@$(BIN)/python -m coverage erase
	@$(BIN)/python -m coverage run -m pytest -n 4 --dist loadfile
	@$(BIN)/python -m coverage combine --quiet
	@$(BIN)/python -m coverage report --skip-covered --fail-under=95
	@$(BIN)/python -m coverage report --show-missing --include='app/domain/*' --fail-under=100

check: $(DEV) ## the checks: format, lint, types, contracts, catalogues, templates, sizes, names
	@$(BIN)/python -m scripts.check

lock: $(RUNTIME) ## update requirements/*.txt after a change of pyproject.toml (UPGRADE=1: newest versions)
	$(COMPILE) $(if $(UPGRADE),--upgrade) pyproject.toml --group build -o requirements/runtime.txt
	$(COMPILE) $(if $(UPGRADE),--upgrade) pyproject.toml --group build --group dev -c requirements/runtime.txt -o requirements/dev.txt
	$(COMPILE) $(if $(UPGRADE),--upgrade) --group pyproject.toml:installer -c requirements/runtime.txt -o requirements/uv.txt

migration: $(DEV) ## write a migration from the tables: make migration m="add a badge"
	@test -n "$(m)" || { echo 'Describe the change: make migration m="add a badge"' >&2; exit 64; }
	@$(BIN)/python -m scripts.migration "$(m)"

i18n: $(DEV) ## extract the phrases from code and templates, update every catalogue
	@$(BIN)/python -m scripts.catalogues update

lang: $(DEV) ## create the catalogue of a language: make lang L=de; of the console: L="de console"
	@test -n "$(L)" || { echo 'Name the language: make lang L=de' >&2; exit 64; }
	@$(BIN)/python -m scripts.catalogues new $(L)

sheet: $(DEV) ## print a language to translate or to read again: make sheet L=de (also L="de console missing")
	@test -n "$(L)" || { echo 'Name the language: make sheet L=de > de.txt' >&2; exit 64; }
	@$(BIN)/python -m scripts.messages.translations sheet $(L)

take: $(DEV) ## write a filled sheet into its catalogue: make take F=de.txt (F="de.txt part": not all yet)
	@test -n "$(F)" || { echo 'Name the file: make take F=de.txt' >&2; exit 64; }
	@$(BIN)/python -m scripts.messages.translations take $(F)

snap: $(DEV) ## rewrite the page snapshots; then review the diff
	@$(BIN)/python -m pytest --snapshot-update $(T)

pictures: $(DEV) ## take the screenshots of docs/images again, from the demo (N= selects); look at each
	@$(BIN)/python -m scripts.screens $(N)

bench: $(DEV) ## run the benchmarks (B= selects; pages need wrk and nginx)
	@$(COMPILED)
	@$(BIN)/python -m benchmarks $(B)

sbom: $(DEV) ## write the locked runtime packages as CycloneDX to sbom.json, without a network
	@$(BIN)/python -m scripts.sbom > sbom.json
	@echo "sbom.json"

ci: ## what the build server runs
	@.ci/run

# -- installation ---------------------------------------------------------------

$(BIN)/python:
	@echo "Setting up Fyr in $(VENV), once; this takes about a minute." >&2
	@scripts/venv.sh "$(PYTHON)" $(VENV)

$(BIN)/uv: requirements/uv.txt | $(BIN)/python
	@echo "  installing the installer (uv)" >&2
	@cert="$${PIP_CERT:-$$($(BIN)/python -m pip config get global.cert 2> /dev/null || \
	    echo $(SYSTEM_CERTIFICATES))}"; export PIP_CERT="$$cert"; [ -n "$$cert" ] || unset PIP_CERT; \
	    $(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r $<
	@touch $@

# Removes nothing: development packages stay installed.
$(RUNTIME): requirements/runtime.txt pyproject.toml | $(BIN)/uv
	@echo "  installing the packages of requirements/runtime.txt" >&2
	@$(UV) pip install --python $(BIN)/python --require-hashes --no-deps --compile-bytecode -r requirements/runtime.txt
	@$(UV) pip install --python $(BIN)/python --no-deps --no-build-isolation --offline --editable .
	@echo "  compiling" >&2
	@$(COMPILED)
	@touch $@

$(DEV): requirements/dev.txt $(RUNTIME) | $(BIN)/uv
	@echo "  installing the packages of requirements/dev.txt, for checks and tests" >&2
	@$(UV) pip sync --python $(BIN)/python --require-hashes --compile-bytecode requirements/dev.txt
	@$(UV) pip install --python $(BIN)/python --no-deps --no-build-isolation --offline --editable .
	@touch $(RUNTIME) $@
