# Short commands for the tools. Every target runs `make setup` first if necessary.
#
# TORCH_INDEX=<url>  an extra package index for pip in setup and image: PyTorch's index of CPU wheels saves
#                    a laptop several GB of GPU packages. pip's own configuration also applies.
# BASE=<image>       the worker image's base instead of the default (see autograder/sandbox/image.py).
# PYTHON=<command>   the Python, 3.11 to 3.14, that creates .venv; by default the first of these that is found.

FITS := 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 14))'
PYTHON ?= $(firstword $(foreach p,python3.11 python3.12 python3.13 python3.14 python3,$(shell $p -c $(FITS) 2>/dev/null && echo $p)))
TORCH_INDEX ?=
BASE ?=
OUT ?= graded
RUNS ?= 8000
ROUNDS ?= 5
SANDBOXES ?= docker
BIN := .venv/bin
CONSTRAINTS := autograder/sandbox/context/constraints.txt
PIP_FLAGS := --disable-pip-version-check -qq --no-compile $(if $(TORCH_INDEX),--extra-index-url $(TORCH_INDEX))
IMAGE_FLAGS := $(if $(BASE),--base $(BASE)) $(if $(TORCH_INDEX),--torch-index $(TORCH_INDEX))

unexport PYTHONDONTWRITEBYTECODE   # modules that many processes import are compiled only once

.PHONY: setup demo check test lint image grade render lesson digits prove calibrate attacks release wheel parity fuzz joins kinds bench report doctor clean

setup: .venv/.ready

.venv/.ready: pyproject.toml $(CONSTRAINTS)
	@$(or $(PYTHON),false) -c $(FITS) || { echo "setup: expected Python 3.11 to 3.14 as $(or $(PYTHON),python3), got another or none; install one, or run make setup PYTHON=<its path>" >&2; exit 1; }
	@echo 'setup: installing into .venv (about a minute)'
	@$(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install $(PIP_FLAGS) --constraint $(CONSTRAINTS) --editable '.[dev]'
	@touch $@

demo: setup
	$(BIN)/autograder image --if-engine $(IMAGE_FLAGS)
	rm -rf build/samples
	$(BIN)/python -m autograder.proof.corpus build/samples --most 12 --harmless-without-engine
	$(BIN)/autograder grade build/samples --out build/demo

check: setup
	$(BIN)/autograder check $(SUBMISSION)

test: setup
	$(BIN)/python -m pytest -q -n 2

lint: setup
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy autograder

image: setup
	$(BIN)/autograder image $(IMAGE_FLAGS)

grade: setup
	$(BIN)/autograder grade $(or $(SUBMISSIONS),$(error expected make grade SUBMISSIONS=<files, folders or zips>)) --out $(OUT)

render: setup
	$(BIN)/python -m autograder.authoring.render

lesson: setup
	$(BIN)/jupyter nbconvert --execute --inplace --ExecutePreprocessor.record_timing=False reference/lesson.ipynb
	$(BIN)/python -m autograder.pages.lesson reference/lesson.ipynb assignments/latent_space/lesson.html

digits: setup
	$(BIN)/python assignments/latent_space/tools/make_digits.py

prove: setup
	$(BIN)/autograder prove --out build/prove
	cp build/prove/kill_matrix.* build/prove/messages.* build/prove/causes.* build/prove/cheating.md docs/proof/
	$(BIN)/autograder attacks --out build/attacks

calibrate: setup
	$(BIN)/autograder calibrate --out build/prove --runs $(RUNS)
	cp build/prove/calibration.* docs/proof/

attacks: setup
	$(BIN)/autograder attacks --out build/attacks $(foreach s,$(SANDBOXES),--sandbox $(s))
	cp build/attacks/attacks.md docs/proof/

fuzz: setup
	$(BIN)/python -m pip install $(PIP_FLAGS) --editable '.[fuzz]'
	$(BIN)/python tests/fuzz.py

kinds: setup
	$(BIN)/python tests/kinds.py

joins: setup
	PYTHONPATH=tests $(BIN)/python -m joins $(or $(CLASSES),10000)

release: setup
	$(BIN)/autograder release $(or $(VERSION),$(error expected make release VERSION=<such as 0.1.0>)) $(if $(TORCH_INDEX),--torch-index $(TORCH_INDEX))

wheel: setup
	$(BIN)/python -m hatchling build -t wheel -t sdist -d dist

parity: setup
	$(BIN)/python -m autograder.release.parity

bench: setup
	$(BIN)/python -m benchmarks.bench --rounds $(ROUNDS)
	cp build/bench/results/bench.* benchmarks/results/

report: setup
	$(BIN)/python -m reference report --data digits --out build/report

doctor: setup
	$(BIN)/autograder doctor

clean:
	rm -rf build dist .venv .pytest_cache .mypy_cache .ruff_cache .hypothesis *.egg-info
