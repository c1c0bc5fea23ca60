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
DEPLOYED_WITH := SenderAddress=billing@example.com,SenderIdentity=example.com

.PHONY: help demo up test fuzz check lint types imports template build clean

help: ## what there is
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 12

demo: .venv/sandbox ## play a quarter of a small company's invoices, in about a minute
	$(BIN)/dunwell demo

up: .venv/sandbox ## keep the stack standing on loopback
	$(BIN)/dunwell up

test: .venv/dev ## all tests, in parallel
	$(BIN)/pytest -n auto --cov --cov-report=term:skip-covered

fuzz: .venv/dev ## hostile input at length, and every day of every time zone, in a quarter of an hour
	FUZZ_EXAMPLES=$${FUZZ_EXAMPLES:-1000} $(BIN)/pytest -n auto --timeout 3600 -m "hypothesis or exhaustive"

check: lint types imports template ## lint, types, imports, template

lint: .venv/dev ## ruff: rules and format
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: .venv/dev ## mypy, strict
	$(BIN)/mypy

imports: .venv/dev ## imports point inwards
	$(BIN)/lint-imports

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

.venv/sandbox: $(REQUIREMENTS)
	@test -n "$(PYTHON)" || { echo "Dunwell needs Python 3.11 or later on the PATH"; exit 1; }
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python $(PIP) --editable '.[sandbox]'
	@touch $@

.venv/dev: .venv/sandbox
	$(BIN)/python $(PIP) --editable '.[dev]'
	@touch $@

$(TOOLS)/sam/bin/sam:
	$(PYTHON) -m venv $(TOOLS)/sam
	$(TOOLS)/sam/bin/python $(PIP) $(SAM_CLI)

$(TOOLS)/checkov/bin/checkov:
	$(PYTHON) -m venv $(TOOLS)/checkov
	$(TOOLS)/checkov/bin/python $(PIP) $(CHECKOV)

clean: ## remove what was built and installed
	rm -rf .venv .venv-tools .aws-sam build
