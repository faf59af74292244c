# Two commands, nothing else to set up: `make atlas` and `make test`.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check install --quiet

.PHONY: help atlas test lint clean

help:  ## Show what can be made
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1	\2/p' $(MAKEFILE_LIST)

$(VENV)/.made:
	$(PYTHON) -m venv $(VENV)
	@touch $@

# One stamp for each set of packages: a second run installs nothing.
$(VENV)/.run: pyproject.toml $(VENV)/.made
	$(PIP) --editable .
	@touch $@

$(VENV)/.test: pyproject.toml $(VENV)/.run
	$(PIP) --editable '.[test]'
	@touch $@

$(VENV)/.lint: pyproject.toml $(VENV)/.test
	$(PIP) --editable '.[test,lint]'
	@touch $@

atlas: $(VENV)/.run  ## Make maps/index.html and all that it shows
	@$(BIN)/corridor atlas --out maps

test: $(VENV)/.test  ## Run all tests
	$(BIN)/python -m pytest

lint: $(VENV)/.lint  ## Check style, types and floors
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

clean:  ## Remove the environment and what was made
	rm -rf $(VENV) maps/*.html maps/*.csv maps/figures maps/tables
