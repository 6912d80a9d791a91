"""Our camera wire beside its peers, in the emulated machine: boots it, shows what is measured inside, asserts no time.

The camera is uMTP-Responder behind the kernel's dummy_hcd. All runs in software emulation on this machine's cores:
its ratios mean something, its megabytes a second do not. Speaks to no camera itself.
"""

import os
import subprocess
import sys
from pathlib import Path

_CHECKOUT = Path(__file__).resolve().parent.parent
_RIG = _CHECKOUT / "tests" / "rig"
_JOB = "tests/rig/bench_job"
_SECONDS_MAX = "3600"
_SAID = "bench: "
"""Begins each line of the machine's console that is a figure and not the kernel's."""


def run(*arguments: str) -> None:
    print("\ncamera wire: uMTP-Responder on dummy_hcd (high speed), in a PC of 2 cores that QEMU emulates")
    in_the_machine("bench.camera_wire_guest", *arguments)


def in_the_machine(module: str, *arguments: str) -> None:
    """Boots one, runs the module in it, and shows its figures as they come."""
    built = subprocess.run([_RIG / "build.sh"], stdout=subprocess.PIPE, text=True, check=False)
    if built.returncode:
        print("  not measured: the emulated machine was not built (it says above why)")
        return
    image = built.stdout.strip().splitlines()[-1]
    command = [str(_RIG / "boot.sh"), image, _JOB, module, *arguments]
    limited = {"LIMIT": _SECONDS_MAX, **os.environ}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, errors="replace", env=limited) as machine:
        assert machine.stdout is not None
        console = [_shown(line.rstrip()) for line in machine.stdout]
    if machine.returncode:
        print("  broken off inside the machine; the end of its console:", *console[-30:], sep="\n    ")


def _shown(line: str) -> str:
    if line.startswith(_SAID):
        print(f"  {line.removeprefix(_SAID)}")
        sys.stdout.flush()
    return line
