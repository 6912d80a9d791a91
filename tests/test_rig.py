"""Promise: `make rig` fails loudly where a part is missing, ends as its tests end, and `make test` runs none of them.

The machine itself is not booted here: an emulator made of a few lines of shell stands in for it.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.mutants.mutant import Mutant
from tests.mutants.real_kernel import BAY_AND_DISK_MUTANTS
from tests.rig.pi import card

ROOT = Path(__file__).parent.parent
BOOT = ROOT / "tests/rig/boot.sh"
JOB = "tests/rig/in-guest"
_EMULATOR = """#!/usr/bin/env {python}
import re, socket, sys
told = " ".join(sys.argv)
kept = []
for path in re.findall("(?:unix:|path=)([^, ]+/(?:monitor|inside))", told):
    kept.append(socket.socket(socket.AF_UNIX))
    kept[-1].bind(path)
    kept[-1].listen()
with open(re.search("file:([^ ]+/console)", told)[1], "w") as console:
    console.write(open(sys.argv[sys.argv.index("-initrd") + 1]).read())
    console.write({said!r})
next(line for line in kept if line.getsockname().endswith("inside")).accept()
"""


@pytest.fixture
def image(tmp_path: Path) -> Path:
    for part in ("vmlinuz", "initrd.img", "root.img"):
        (tmp_path / part).touch()
    (ROOT / ".rig").mkdir(exist_ok=True)
    return tmp_path


def _boot(image: Path, said: str, job: str = JOB, *arguments: str) -> "subprocess.CompletedProcess[str]":
    return _run(_with_programs(image, said), BOOT, image, job, *arguments)


def _with_programs(image: Path, said: str) -> str:
    """The path on which what stands in for the machine's programs comes first."""
    programs = image / "programs"
    programs.mkdir()
    emulators = [programs / f"qemu-system-{processor}" for processor in ("x86_64", "aarch64")]
    for emulator in emulators:
        emulator.write_text(_EMULATOR.format(python=Path(sys.executable).name, said=said))
    packer = programs / "cpio"
    packer.write_text("#!/bin/sh\ncat\n")
    bridge = programs / "socat"
    bridge.write_text(
        f"#!{sys.executable}\nimport socket, sys\n"
        "socket.socket(socket.AF_UNIX).connect(sys.argv[1].partition(':')[2])\n"
    )
    for program in (*emulators, packer, bridge):
        program.chmod(0o755)
    return f"{programs}:{Path(sys.executable).parent}:{os.environ['PATH']}"


def _run(path: str, *command: str | Path) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        command,
        cwd=ROOT,
        env={**os.environ, "PATH": path},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


@pytest.mark.parametrize("status", [0, 1, 5])
def test_it_ends_as_the_tests_inside_ended(image: Path, status: int) -> None:
    ended = _boot(image, f"RIG-UP\ntests that spoke\nRIG-EXIT {status}\r\n")
    assert ended.returncode == status, ended.stderr
    assert "tests that spoke" in ended.stdout


def test_a_pi_is_handed_the_code_and_a_card_that_it_cannot_share(image: Path) -> None:
    (image / "pi.dtb").touch()
    ended = _boot(image, "RIG-EXIT 5\n", "tests/rig/pi/in-pi", "-k", "edges")
    assert ended.returncode == 5, ended.stderr
    assert {
        f"brought/{path}"
        for path in (
            "checkout/pyproject.toml", "checkout/tests/rig/pi/in-pi", "checkout/hardware/usb_cameras.py",
            "checkout/hardware/camera_models.toml", "scratch/arguments", "scratch/seed",
            f"scratch/{card.SERIAL}/{card.LONG}", f"scratch/{card.SERIAL}/DCIM/edges/512.mp4",
        )
    } <= set(ended.stdout.splitlines())  # fmt: skip


def test_a_machine_that_ends_without_a_word_is_no_success(image: Path) -> None:
    ended = _boot(image, "RIG-UP\nkernel panic\n")
    assert ended.returncode == 2
    assert "without a word" in ended.stderr


@pytest.mark.parametrize("part", ["vmlinuz", "initrd.img", "root.img"])
def test_a_missing_part_is_named(image: Path, part: str) -> None:
    (image / part).unlink()
    ended = _boot(image, "RIG-EXIT 0\n")
    assert ended.returncode == 2
    assert part in ended.stderr


def test_a_missing_job_is_named(image: Path) -> None:
    ended = _boot(image, "RIG-EXIT 0\n", job="tests/rig/nowhere")
    assert ended.returncode == 2
    assert "tests/rig/nowhere" in ended.stderr


@pytest.mark.parametrize("machine", ["pc", "pi"])
def test_the_sources_of_packages_are_this_machines_own_or_none(tmp_path: Path, machine: str) -> None:
    ended = subprocess.run(
        [ROOT / "tests/rig/build.sh", machine],
        env={**os.environ, "APT_SOURCES": str(tmp_path / "nowhere.sources")},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert ended.returncode == 2
    assert "make rig:" in ended.stderr


def test_a_machine_that_was_not_cut_when_it_was_to_be_is_no_success(image: Path) -> None:
    path = _with_programs(image, "resumed: 0 recordings\nRIG-EXIT 0\n")
    for name, does in (("nbdkit", "exec sleep 60"), ("mke2fs", "exit 0")):
        (image / "programs" / name).write_text(f"#!/bin/sh\n{does}\n")
        (image / "programs" / name).chmod(0o755)
    ended = _run(path, sys.executable, "-m", "tests.rig.power_cuts", image, "--count", "1", "--seed", "s")
    kept = Path(ended.stdout.partition("its disk is kept: ")[2].partition(";")[0])
    shutil.rmtree(kept)
    assert ended.returncode == 1, ended.stderr
    assert "turn 0 of seed s-0:" in ended.stdout, "it is the missing cut that is told, nothing that comes of it later"
    assert "again: --count 1 --bays 8 --seed s --from 0" in ended.stdout


@pytest.mark.parametrize("mutant", BAY_AND_DISK_MUTANTS, ids=lambda mutant: mutant.promise)
def test_a_fault_of_the_bay_wire_in_the_emulated_machine_has_its_place_and_its_test(mutant: Mutant) -> None:
    assert (ROOT / mutant.file).read_text(encoding="utf-8").count(mutant.old) == 1
    file, name = mutant.test.partition("[")[0].split("::")
    assert f"\ndef {name}(" in (ROOT / file).read_text(encoding="utf-8")


def test_the_machines_tests_are_not_collected_outside_of_it() -> None:
    collected = subprocess.run(
        [sys.executable, "-m", "pytest", "--collect-only", "-q", "-p", "no:cacheprovider", "tests/rig"],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert "no tests collected" in collected.stdout, collected.stdout
