.PHONY: demo test lint unit bench golden trust fuzz clean
PYTHON ?= python3
BIN := .venv/bin

demo: .venv/ready  ## the whole monthly batch on the sample municipality
	$(BIN)/compliance demo demo

test: lint unit  ## everything CI checks

lint: .venv/ready
	$(BIN)/ruff format --check . && $(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/sqlfluff lint compliance/models compliance/checks reports/sections

unit: .venv/ready
	$(BIN)/pytest -n auto -m "not trust"

trust: .venv/ready  ## the reliability promises, a line each with its figure
	$(BIN)/pytest -n auto -m "trust or promise" -s

bench: .venv/ready  ## make bench, or make bench NAME=load
	$(BIN)/python -m tests.benchmarks $(NAME)

fuzz: .venv/ready  ## ten minutes of damaged files for each parser
	$(BIN)/python tests/fuzz_parsers.py

golden: .venv/ready  ## rewrite the expected files; then read the diff
	$(BIN)/pytest --rewrite-golden -m "not trust"
	git diff --stat tests/golden tests/errors

.venv/ready: pyproject.toml constraints.txt
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable ".[dev]"
	touch $@

clean:
	rm -rf .venv demo build dist
