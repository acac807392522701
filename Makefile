# Needs python3 and make; everything else is installed on the first use (scripts/bootstrap.py).
.DEFAULT_GOAL := help
PYTHON := .venv/bin/python
STRICT := $(wildcard apps/measures apps/core apps/audit apps/policies)
COMPILE := .venv/bin/uv pip compile --quiet --universal --generate-hashes --no-header --no-annotate --no-emit-index-url

.PHONY: help demo run test check format docs bench peers lock secrets audit-dependencies clean venv venv-test

help: ## say what can be made
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-20s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

venv:
	@python3 scripts/bootstrap.py

venv-test:
	@python3 scripts/bootstrap.py --test

demo: venv ## play the story of two models through the whole product, on real data
	@$(PYTHON) -m demo

run: venv ## serve the product: web, worker and beat, until Ctrl-C
	@$(PYTHON) manage.py prepare
	@exec $(PYTHON) manage.py up

test: venv-test ## run every test, on SQLite and on PostgreSQL
	@$(PYTHON) scripts/run_tests.py

check: venv-test ## check format, lint, contracts, types, templates and migrations
	.venv/bin/ruff format --check --quiet .
	.venv/bin/ruff check --quiet .
	.venv/bin/lint-imports
	.venv/bin/mypy $(STRICT)
	.venv/bin/djhtml --tabwidth 2 --check templates
	QUAESTOR_HOME=var/check $(PYTHON) manage.py check --fail-level WARNING
	QUAESTOR_HOME=var/check $(PYTHON) manage.py makemigrations --check --dry-run

format: venv-test ## write code and templates the way `make check` wants them
	.venv/bin/ruff format .
	.venv/bin/ruff check --fix .
	.venv/bin/djhtml --tabwidth 2 templates

docs: venv ## write the parts of docs/ that come from the code
	@$(PYTHON) scripts/document_settings.py
	@$(PYTHON) scripts/document_house.py

bench: venv-test ## measure speed beside the alternatives, side by side in one run
	@$(PYTHON) -m bench

peers: venv-test ## make the environments of the clients that tests meet (WHICH="mlflow-3.17 feast" for these)
	@$(PYTHON) scripts/peers.py $(WHICH)

lock: venv-test ## write the locks anew from pyproject.toml
	echo uv | $(COMPILE) - -o requirements-bootstrap.lock
	$(COMPILE) pyproject.toml --extra s3 -o requirements.lock
	$(COMPILE) pyproject.toml --extra s3 --extra test -o requirements-test.lock
	$(PYTHON) scripts/peers.py --lock

secrets: ## draw the keys and passwords that compose.yaml asks for, where there are none yet
	@python3 scripts/make_secrets.py

audit-dependencies: venv-test ## ask whether a locked package has a known hole (needs a network)
	.venv/bin/pip-audit --require-hashes -r requirements.lock

clean: ## remove what was made, but not the data of `make run`
	rm -rf .venv .peers .mypy_cache .ruff_cache .import_linter_cache .hypothesis staticfiles var/tests
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
