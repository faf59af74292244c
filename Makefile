# Two commands, nothing else to set up: `make atlas` and `make test`.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check install --quiet

.PHONY: help atlas test lint bench fuzz soak newest lowest clean

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

# Files of tests are shared out among the cores.
TESTS := -m pytest --numprocesses auto --dist loadfile

test: $(VENV)/.test  ## Run all tests
	$(BIN)/python $(TESTS)

lint: $(VENV)/.lint  ## Check style, types and floors
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

$(VENV)/.bench: pyproject.toml $(VENV)/.run
	$(PIP) --editable '.[bench,osm]'
	@touch $@

bench: $(VENV)/.bench  ## Measure speed and memory beside other tools
	$(BIN)/python benchmarks/bench_paths.py
	$(BIN)/python benchmarks/bench_import.py
	$(BIN)/python benchmarks/bench_volumes.py --large

# Bounded, seeded and outside CI; tests/trials/README.md says what they try.
fuzz: $(VENV)/.test  ## Try 10,000 damaged inputs, 1,000 damaged extracts and 500 random ledgers (two hours)
	$(BIN)/python tests/trials/mutants.py --count 10000
	$(BIN)/python tests/trials/extracts.py --count 1000
	$(BIN)/python tests/trials/ledgers.py --count 500

soak: $(VENV)/.test  ## Try threads, kills and broken servers, and many more examples of each law (two hours)
	$(BIN)/python tests/trials/threads.py --count 20
	$(BIN)/python tests/trials/kills.py --count 200
	$(BIN)/python tests/trials/servers.py --count 87
	SOAK=1 $(BIN)/python $(TESTS)

newest:  ## Run all tests with the newest versions there are, in an environment made for it
	rm -rf $(VENV)-newest
	$(MAKE) VENV=$(VENV)-newest test

# Each dependency at its lower bound.
LOWEST := import tomllib; p = tomllib.load(open("pyproject.toml", "rb"))["project"]; \
	print(*[d.replace(">=", "==") for d in p["dependencies"] + p["optional-dependencies"]["test"]], sep="\n")

lowest:  ## Run all tests with the lowest versions allowed, in an environment made for it
	rm -rf $(VENV)-lowest
	$(PYTHON) -m venv $(VENV)-lowest
	$(VENV)-lowest/bin/python -c '$(LOWEST)' > $(VENV)-lowest/constraints.txt
	$(VENV)-lowest/bin/python -m pip --disable-pip-version-check install --quiet \
		--constraint $(VENV)-lowest/constraints.txt --editable '.[test]'
	$(VENV)-lowest/bin/python $(TESTS)

clean:  ## Remove the environment and what was made
	rm -rf $(VENV) $(VENV)-newest $(VENV)-lowest maps/*.html maps/*.csv maps/figures maps/tables
