# Two commands set a fresh machine up and use it: `make demo` and `make test`. Both install what they need.
# A bare Debian 12 with Python 3.11 is enough; the lab needs root.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# Small tools only: databases and network servers live in the lab's base image, never on this host.
TOOLS := mmdebstrap:mmdebstrap mksquashfs:squashfs-tools dumpe2fs:e2fsprogs ip:iproute2 sysctl:procps losetup:mount \
	unshare:util-linux ssh:openssh-client openssl:openssl

.PHONY: help demo test check simulate lab-test kill-points bench setup tools format clean
help:
	@echo "make demo    see the role move between two real machines, in order and after a power cut"
	@echo "make test    everything: check, then the lab"
	@echo "make check   format, lint, types, layers, unit tests, planning stories, platform answers"
	@echo "make simulate SEEDS=100000    so many drawn worlds, operators and faults, on all cores (FROM=1: the first seed)"
	@echo "make lab-test, make kill-points, make bench (PART=pair or xcat: only these), make format, make clean"

demo: setup tools root
	@$(BIN)/hamn lab demo

test: check lab-test

check: setup tools
	@$(BIN)/ruff format --check -q . && echo "format: clean"
	@$(BIN)/ruff check -q . && echo "lint: clean"
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-logo 2>/dev/null | tail -4 || $(BIN)/lint-imports
	@$(BIN)/python -m pytest -m "not lab" --numprocesses 2 --dist loadfile

SEEDS ?= 10000
FROM ?= 1
simulate: setup
	@$(BIN)/python -m hamn.simulation --seeds $(SEEDS) --from $(FROM) --jobs $$(nproc)

# What a move does is mostly waiting: four labs side by side, here and where each stop of a move is tried.
lab-test: setup tools root
	@$(BIN)/python -m pytest tests/lab/killing
	@$(BIN)/python -m pytest -m lab --ignore tests/lab/killing --numprocesses 4 --dist loadfile

kill-points: setup tools root
	@HAMN_KILL_POINTS=all $(BIN)/python -m pytest tests/lab/killing

bench: setup tools root
	@$(BIN)/python -m hamn.lab.bench $(if $(PART),--part $(PART))

format: setup
	@$(BIN)/ruff format . && $(BIN)/ruff check --fix .

setup: $(VENV)/.ready

$(VENV)/.ready: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "hamn needs Python 3.11 or later; $(PYTHON) is $$($(PYTHON) --version)"; exit 1; }
	@$(PYTHON) -m venv $(VENV) >/dev/null 2>&1 || { $(MAKE) --no-print-directory install PACKAGES=python3-venv && \
		$(PYTHON) -m venv $(VENV); }
	@$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install -q --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

tools:
	@missing=""; for pair in $(TOOLS); do \
		PATH="$$PATH:/usr/sbin:/sbin" command -v $${pair%%:*} >/dev/null || missing="$$missing $${pair##*:}"; done; \
	[ -z "$$missing" ] || $(MAKE) --no-print-directory install PACKAGES="$$missing"

.PHONY: install root
install:
	@[ "$$(id -u)" = 0 ] || { echo "missing: $(PACKAGES). Install it (apt-get install $(PACKAGES)), or run as root"; exit 1; }
	@echo "installing: $(PACKAGES)"
	@apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $(PACKAGES) >/dev/null

root:
	@[ "$$(id -u)" = 0 ] || { echo "the lab makes namespaces and mounts: run this as root"; exit 1; }

clean: ; rm -rf $(VENV) build dist src/*.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis
