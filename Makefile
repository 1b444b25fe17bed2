# Two commands for everybody: make demo, make test. The others: make help.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed

.DEFAULT_GOAL := help

.PHONY: help
help: ## List the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-12s %s\n", $$1, $$2}'

.PHONY: install
install: $(STAMP) ## Create .venv with the pinned dependencies

$(STAMP): requirements.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed (PYTHON=…)."; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); echo "On Debian, first: apt-get install python3-venv"; exit 1; }
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r requirements.lock
	@touch $(STAMP)

.PHONY: demo
demo: install ## Run the integration guide from end to end against a stack of its own
	@$(BIN)/python manage.py demo

.PHONY: up
up: install ## Run the whole stack in the foreground until interrupted
	@$(BIN)/python manage.py up

.PHONY: test
test: install ## Run the whole suite, on SQLite and Valkey, and on PostgreSQL and Redis where they answer
	@$(BIN)/python -m tests.everywhere

.PHONY: bench
bench: install ## Measure against MLflow and a bare view; prints ratios
	@$(BIN)/python -m tests.bench

.PHONY: lint
lint: install ## Check style, types, layers, migrations, schema and deployment settings
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports
	$(BIN)/mypy
	$(BIN)/python manage.py makemigrations --check --dry-run
	$(BIN)/python manage.py spectacular --validate --fail-on-warn --file /dev/null
	HOKUSAI_ENV=production HOKUSAI_SECRET_KEY=$$($(BIN)/python -c 'import secrets; print(secrets.token_hex(32))') \
	  HOKUSAI_ALLOWED_HOSTS=registry.example HOKUSAI_ATTESTER_KEY_FILE=/etc/hokusai/attester \
	  HOKUSAI_LOG_KEY_FILE=/etc/hokusai/log HOKUSAI_COMMITMENT_SECRET_FILE=/etc/hokusai/commitments \
	  $(BIN)/python manage.py check --deploy --fail-level WARNING

.PHONY: ci
ci: lint test ## Every check
