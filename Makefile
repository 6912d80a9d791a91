# One command each. Every target sets up what it needs, from a bare checkout.
# Debian's own Python, because the power-cut tests load Debian's SQLite binding into it.
PYTHON ?= /usr/bin/python3
BIN := .venv/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check -q
N ?= 10000
BROWSER := chromium chromium-driver fonts-noto-cjk
EMULATOR := qemu-system-x86 mmdebstrap e2fsprogs socat cpio kmod xz-utils procps make gcc-12 libelf1 nbdkit

.PHONY: help demo test soak lint bench docs lock rig clean
.DELETE_ON_ERROR:

help: ## this list
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 10

.venv/runs: requirements.lock
	.ci/system-packages python3-venv openssl
	$(PYTHON) -m venv .venv
	$(PIP) install --require-hashes -r requirements.lock
	touch $@

.venv/demos: .venv/runs requirements-demo.lock
	$(PIP) install --require-hashes -r requirements-demo.lock
	touch $@

.venv/develops: .venv/runs requirements-dev.lock pyproject.toml
	.ci/system-packages git
	$(PIP) install --require-hashes -r requirements-dev.lock
	$(PIP) install --no-deps --no-build-isolation -e .
	touch $@

demo: .venv/demos ## a whole simulated dock at work; ARGS=--shift plays and checks one shift
	.ci/system-packages fonts-wqy-microhei
	$(BIN)/python -m dockward demo $(ARGS)

test: .venv/develops ## every test that needs no emulated machine
	.ci/system-packages python3-apsw golang-go golang-golang-x-mod-dev openssl mosquitto mbpoll systemd \
	  age cryptsetup-bin ffmpeg fonts-wqy-microhei opensc softhsm2 udev xorriso $(BROWSER)
	command -v npm >/dev/null || .ci/system-packages npm
	$(BIN)/python -m pytest -n $$((2 * $$(nproc))) --dist worksteal $(ARGS) # more than processors: much of a run is waiting

.PHONY: browser
browser: .venv/develops ## what people see, in a real Chromium: journeys, axe-core, pictures in build/screenshots; ARGS="-k six" for some
	.ci/system-packages openssl $(BROWSER)
	command -v npm >/dev/null || .ci/system-packages npm
	rm -rf build/screenshots
	$(BIN)/python -m pytest -n auto --dist worksteal -rP tests/browser $(ARGS)

soak: .venv/develops ## the campaigns at full count: make soak N=10000 [ARGS="--seed S --from K"]
	.ci/system-packages python3-apsw openssl mosquitto
	$(BIN)/python -m tests.campaigns --count $(N) $(ARGS)

.PHONY: soak-cuts
soak-cuts: CUTS = 100
soak-cuts: .venv/develops ## power cuts of an emulated machine: make soak-cuts CUTS=100 [ARGS="--seed S --from W"]
	.ci/system-packages $(EMULATOR)
	image=$$(tests/rig/build.sh) && $(BIN)/python -m tests.rig.power_cuts "$$image" --count $(CUTS) $(ARGS)

lint: .venv/develops ## ruff, mypy --strict, import contracts
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

.bench-venv/solves: requirements-bench.lock
	.ci/system-packages python3-venv
	$(PYTHON) -m venv .bench-venv
	.bench-venv/bin/python -m pip --disable-pip-version-check -q install --require-hashes -r requirements-bench.lock
	touch $@

bench: .venv/develops .bench-venv/solves ## figures beside their peers', from one run; ARGS="--only camera_wire" for one of them
	.ci/system-packages $(EMULATOR)
	$(BIN)/python -m bench $(ARGS)

docs: .venv/develops ## draws the generated documents again
	$(BIN)/python -m docs.draw

lock: ## resolves the locks again, for x86-64 and arm64 alike
	$(PYTHON) -m venv .venv && $(PIP) install uv
	$(BIN)/uv pip compile -q --universal --generate-hashes --no-header --upgrade pyproject.toml -o requirements.lock
	$(BIN)/uv pip compile -q --universal --generate-hashes --no-header --upgrade -c requirements.lock --extra demo pyproject.toml -o requirements-demo.lock
	$(BIN)/uv pip compile -q --universal --generate-hashes --no-header --upgrade -c requirements-demo.lock --extra demo --group dev pyproject.toml -o requirements-dev.lock
	echo pybamm | $(BIN)/uv pip compile -q --universal --generate-hashes --no-header --upgrade - -o requirements-bench.lock

rig: .venv/runs ## cameras, pins, bay bus, bad disks and power cuts on a real kernel, in an emulated machine; ARGS="-k bays" for some
	.ci/system-packages $(EMULATOR)
	tests/rig/run.sh $(ARGS)

.PHONY: rig-pi
rig-pi: .venv/demos ## a camera on the socket of an emulated Raspberry Pi 3B, with Debian's arm64 kernel and our wheels
	.ci/system-packages $(EMULATOR) qemu-system-arm device-tree-compiler
	image=$$(tests/rig/build.sh pi) && tests/rig/boot.sh "$$image" tests/rig/pi/in-pi $(ARGS)

clean: ## removes what the other targets made
	rm -rf .venv .bench-venv .fuzz-venv .hypothesis .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .rig build

.fuzz-venv/fuzzes: requirements.lock tests/fuzz/requirements.lock
	.ci/system-packages python3-venv
	$(PYTHON) -m venv .fuzz-venv
	.fuzz-venv/bin/python -m pip --disable-pip-version-check -q install --require-hashes -r requirements.lock
	.fuzz-venv/bin/python -m pip --disable-pip-version-check -q install --require-hashes -r tests/fuzz/requirements.lock
	touch $@

.PHONY: fuzz
fuzz: N = 600
fuzz: .fuzz-venv/fuzzes ## malformed answers of cameras under atheris, each target for N seconds: make fuzz N=600
	for target in datasets initiator listing replay usb large; do \
	  .fuzz-venv/bin/python -m tests.fuzz.campaign $$target -max_total_time=$(N) -print_final_stats=1 || exit 1; done
