# Thin names over the real commands. `make demo` and `make test` need nothing but Python and make.

# The first of these that runs; AWS's runtime is 3.13, 3.11 and later will do.
PYTHON ?= $(shell for p in python3.13 python3.12 python3.11 python3; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
BIN := .venv/bin
TOOLS := .venv-tools
PIP := -m pip install --quiet --disable-pip-version-check
REQUIREMENTS := pyproject.toml layers/dependencies/requirements.txt

SAM_CLI := aws-sam-cli==1.170.0
CHECKOV := checkov==3.3.30
BANDIT := bandit==1.9.4
SEMGREP := semgrep==1.180.0
SEMGREP_SCAN := $(TOOLS)/semgrep/bin/semgrep scan --metrics=off --disable-version-check --quiet
DEPLOYED_WITH := SenderAddress=billing@example.com,SenderIdentity=example.com

.PHONY: help demo up simulate test test-long test-browser bench fuzz check lint types imports security template build mutate clean

help: ## what there is
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 14

demo: .venv/sandbox ## play a quarter of a small company's invoices, in a minute or two
	$(BIN)/dunwell demo

up: .venv/sandbox ## keep the stack standing on loopback
	$(BIN)/dunwell up

simulate: .venv/dev ## histories in which everything goes wrong, judged by the invariants; three-day outages
	$(BIN)/pytest -n auto -m exhaustive --timeout 600 tests/scenarios/test_outages.py
	$(BIN)/dunwell simulate --seeds 20000
	$(BIN)/dunwell simulate --model full --seeds 100

test: .venv/dev ## all tests, in parallel; every line and branch of the domain by its own tests and the use cases'
	$(BIN)/pytest -n auto --dist worksteal --cov --cov-report=term:skip-covered tests/domain tests/use_cases
	$(BIN)/pytest -n auto --dist worksteal --ignore tests/domain --ignore tests/use_cases

test-long: .venv/dev ## the stories that take longest: a month previewed, a past told again, a day tick by tick
	$(BIN)/pytest -n auto -m long --timeout 600

test-browser: .venv/browser ## the customer's page and the mails in Debian's Chromium (apt install chromium)
	@test -x /usr/bin/chromium || { echo "make test-browser needs /usr/bin/chromium: apt install chromium"; exit 1; }
	$(BIN)/pytest -n auto -m browser tests/browser

bench: .venv/dev ## calls, units, cold starts, cost: each beside its floor, in some minutes (BENCH=--full: all of it)
	$(BIN)/dunwell bench $(BENCH) --page docs/capacity.md

fuzz: .venv/dev ## hostile input at length, and every day of every time zone, in a quarter of an hour
	FUZZ_EXAMPLES=$${FUZZ_EXAMPLES:-1000} $(BIN)/pytest -n auto --timeout 3600 -m "hypothesis or exhaustive"

check: lint types imports security template ## lint, types, imports, security, template

lint: .venv/dev ## ruff: rules and format
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: .venv/dev ## mypy, strict
	$(BIN)/mypy

imports: .venv/dev ## imports point inwards
	$(BIN)/lint-imports

security: $(TOOLS)/bandit/bin/bandit $(TOOLS)/semgrep/bin/semgrep ## bandit; semgrep with the rules in .semgrep, and their tests
	$(TOOLS)/bandit/bin/bandit --quiet --configfile pyproject.toml --recursive layers/core functions sandbox
	$(SEMGREP_SCAN) --test --config .semgrep/rules .semgrep/examples
	$(SEMGREP_SCAN) --error --config .semgrep/rules layers/core functions sandbox

template: .venv/dev $(TOOLS)/sam/bin/sam $(TOOLS)/checkov/bin/checkov build ## sam validate, sam build, checkov
	SAM_CLI_TELEMETRY=0 AWS_DEFAULT_REGION=eu-central-1 $(TOOLS)/sam/bin/sam validate --lint
	$(BIN)/python -m sandbox.cloud.translation build/template.expanded.json $(DEPLOYED_WITH)
	$(TOOLS)/checkov/bin/checkov -f build/template.expanded.json --framework cloudformation \
		--config-file .checkov.yaml --skip-download --compact --quiet

build: .venv/dev $(TOOLS)/sam/bin/sam ## what `sam deploy` uploads (needs Python 3.13, Lambda's own)
	@if $(BIN)/python -c 'import sys; sys.exit(sys.version_info[:2] != (3, 13))'; then \
		PATH="$$($(BIN)/python -c 'import os, sys; print(os.path.dirname(os.path.realpath(sys.executable)))'):$$PATH" \
		SAM_CLI_TELEMETRY=0 $(TOOLS)/sam/bin/sam build; \
	else echo "sam build skipped: it needs Python 3.13 (make PYTHON=python3.13 build)"; fi

mutate: .venv/mutation ## do the domain's tests notice a change to it? (docs/mutants.md; more than an hour)
	rm -rf build/mutation
	mkdir -p build/mutation
	ln -s ../../layers/core build/mutation/src
	ln -s ../../tests ../../pyproject.toml build/mutation/
	cd build/mutation && { ../../$(BIN)/mutmut run >run.log 2>&1 || { tail -n 40 run.log; exit 1; }; }
	cd build/mutation && ../../$(BIN)/mutmut results && ../../$(BIN)/mutmut export-cicd-stats
	$(BIN)/python -m tests.mutation build/mutation/mutants/mutmut-cicd-stats.json

.venv/sandbox: $(REQUIREMENTS)
	@test -n "$(PYTHON)" || { echo "Dunwell needs Python 3.11 or later on the PATH"; exit 1; }
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python $(PIP) --editable '.[sandbox]'
	@touch $@

.venv/dev: .venv/sandbox
	$(BIN)/python $(PIP) --editable '.[dev]'
	@touch $@

.venv/browser: .venv/dev
	$(BIN)/python $(PIP) --editable '.[browser]'
	@touch $@

.venv/mutation: .venv/dev
	$(BIN)/python $(PIP) --editable '.[mutation]'
	@touch $@

$(TOOLS)/sam/bin/sam:
	$(PYTHON) -m venv $(TOOLS)/sam
	$(TOOLS)/sam/bin/python $(PIP) $(SAM_CLI)

$(TOOLS)/checkov/bin/checkov:
	$(PYTHON) -m venv $(TOOLS)/checkov
	$(TOOLS)/checkov/bin/python $(PIP) $(CHECKOV)

$(TOOLS)/bandit/bin/bandit:
	$(PYTHON) -m venv $(TOOLS)/bandit
	$(TOOLS)/bandit/bin/python $(PIP) $(BANDIT)

$(TOOLS)/semgrep/bin/semgrep:
	$(PYTHON) -m venv $(TOOLS)/semgrep
	$(TOOLS)/semgrep/bin/python $(PIP) $(SEMGREP)

clean: ## remove what was built and installed
	rm -rf .venv .venv-tools .aws-sam build
