# Finetune Workbench. `make` alone says what there is to do.

# A Python of your own choice: make setup PYTHON=/path/to/python3.12
PYTHON ?=
# Where torch itself comes from, when pip's own choice is not the one you want (see README):
# make setup TORCH_INDEX=<the index address that pytorch's install page names>
TORCH_INDEX ?=
# Test processes, and more pytest options: make test JOBS=1 ARGS="-k recipe"
JOBS ?= 2
ARGS ?=
# Where the environment is made.
VENV ?= .venv

BIN := $(VENV)/bin
EXTRAS := lab,teach,quantised,ship,search,serve,slurm,sagemaker,preferences,test,dev
MADE := $(VENV)/.stamp-venv
CHOICE := $(if $(TORCH_INDEX),-$(notdir $(patsubst %/,%,$(TORCH_INDEX))))
INSTALLED := $(VENV)/.stamp-packages$(CHOICE)
# Wheels only: a source archive would be built by whatever this machine has, or fail to be.
INSTALL := $(BIN)/python -m pip install --only-binary :all: --constraint constraints.txt
CANDIDATES := $(if $(PYTHON),$(PYTHON),python3 python3.13 python3.12 python3.11 python)

# Read when a process starts: two busy threads that spin against each other are many times slower.
export GOMP_SPINCOUNT ?= 0
export OMP_WAIT_POLICY ?= PASSIVE
export TRANSFORMERS_VERBOSITY ?= error
export HF_HUB_DISABLE_PROGRESS_BARS ?= 1
export PIP_DISABLE_PIP_VERSION_CHECK ?= 1

.DEFAULT_GOAL := help
.PHONY: help setup samples lab test bench bench-full proof stories notebooks test-engines lessons defaults lint wheel container versions clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-12s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

setup: samples ## make .venv, install what is pinned, fetch the default samples
	@echo "Ready. Next: make lab, or $(BIN)/workbench demo"

$(MADE):
	@chosen=; for candidate in $(CANDIDATES); do \
	    if "$$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11, 2))' 2>/dev/null; \
	    then chosen="$$candidate"; break; fi; \
	done; \
	if [ -z "$$chosen" ]; then \
	    echo "Python 3.11.2 or newer is needed and none was found (tried: $(CANDIDATES))." \
	        "Install one, or name it: make setup PYTHON=/path/to/python3.12" >&2; exit 1; \
	fi; \
	if ! "$$chosen" -c 'import ensurepip, venv' 2>/dev/null; then \
	    echo "$$chosen cannot make virtual environments." \
	        "On Debian and Ubuntu: apt install python3-venv" >&2; exit 1; \
	fi; \
	echo "Making the virtual environment $(VENV) with $$chosen"; \
	"$$chosen" -m venv "$(VENV)"
	@touch $@

# An interrupted install may leave a package without its list of files: pip would take it for whole.
$(INSTALLED): $(MADE) pyproject.toml constraints.txt
	@echo "Installing the pinned packages (minutes the first time; 2.5 GB with a CPU build of torch)"
	@find $(VENV)/lib -type d -name '*.dist-info' ! -exec test -e '{}/RECORD' ';' -prune \
	    -exec echo "Installing again what was left half-installed: {}" ';' -exec rm -r '{}' ';'
	$(INSTALL) --quiet setuptools
	$(if $(TORCH_INDEX),$(INSTALL) --no-deps --force-reinstall --index-url $(TORCH_INDEX) torch)
	$(INSTALL) --no-build-isolation --editable ".[$(EXTRAS)]"
	@$(BIN)/python -m pip check
	@rm -f $(VENV)/.stamp-packages*; touch $(VENV)/.stamp-packages $@

samples: $(INSTALLED) ## fetch the default model and texts into the cache (checked by their hashes)
	@$(BIN)/workbench samples fetch

lab: samples ## start JupyterLab on 127.0.0.1, behind a token, at the first notebook
	$(BIN)/workbench lab $(ARGS)

test: samples ## run all tests and notebooks
	$(BIN)/python -m pytest -n $(JOBS) --dist loadfile $(ARGS)

bench: samples ## measure speed and quality, the short way (minutes)
	$(BIN)/python -m tests.benchmarks.run $(ARGS)

bench-full: samples ## measure speed and quality with every seed and size (an hour or more)
	$(BIN)/python -m tests.benchmarks.run --full $(ARGS)

proof: samples ## kill trainings, damage run folders, ask a server, many times; prints what came out (an hour)
	$(BIN)/python -m tests.proof $(ARGS)

stories: samples ## each story of a person in the app: both widths and themes, either hand (an hour)
	WORKBENCH_STORIES=all $(BIN)/python -m pytest tests/browser/test_stories.py $(ARGS)

notebooks: samples ## run notebooks whole, fill the values in their texts, store their figures (ARGS="21")
	$(BIN)/python -m tests.lessons.build $(ARGS)

test-engines: samples ## every path by two processes and by one; a real Slurm of this machine (minutes)
	WORKBENCH_ENGINES=all $(BIN)/python -m pytest tests/engines tests/engines/lives.py $(ARGS)
	$(BIN)/python -m pytest tests/execution tests/execution/several_nodes.py \
	    tests/execution/limits.py tests/execution/vendors.py $(ARGS)

lessons: samples ## run all lessons whole, with their seeds; docs/lessons.md has each claim (hours; ARGS="03")
	$(BIN)/python -m tests.lessons.claims $(ARGS)

defaults: samples ## measure default recipes beside baselines and a grid; docs/defaults.md (hours; ARGS="reviews")
	$(BIN)/python -m tests.defaults $(ARGS)

lint: $(INSTALLED) ## check the style of code, notebooks and the Dockerfile, and the types of the package
	$(BIN)/ruff check .
	$(BIN)/pyrefly check --python-interpreter-path $(BIN)/python
	$(BIN)/hadolint .ci/container/Dockerfile

wheel: $(INSTALLED) ## build the wheel into dist/ and run its demo in an empty environment elsewhere
	$(BIN)/python -m tests.setup.wheel $(ARGS)

container: $(INSTALLED) ## build the image and try its verbs by docker or podman (minutes, 7 GB; ARGS=--help)
	$(BIN)/python -m tests.setup.container $(ARGS)

versions: $(INSTALLED) ## try other Pythons, newest and lowest versions (ARGS=--resolve: seconds)
	$(BIN)/python -m tests.setup.versions $(ARGS)

clean: ## remove caches and build leftovers; keeps .venv, runs and samples
	rm -rf build dist *.egg-info .pytest_cache .ruff_cache .hypothesis
	find . -name $(VENV) -prune -o -type d \( -name __pycache__ -o -name .ipynb_checkpoints \) \
	    -prune -exec rm -rf '{}' +
