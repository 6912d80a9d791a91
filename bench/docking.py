"""Docking as a whole: from cards to signed statements in the emulated machine, and from there to the registry here.

Ours beside what does less or the same: `mtp-getfile && sha256sum && sync`, bare bulk reads, `curl -T`. In the machine
software emulates two cores: its ratios mean something, its megabytes a second do not. Asserts no time.
"""

from pathlib import Path

from bench import uploading
from bench.camera_wire import in_the_machine


def run(folder: Path) -> None:
    uploading.run(folder)
    print("\ndocking: uMTP-Responder on dummy_hcd (high speed), in a PC of 2 cores that QEMU emulates")
    in_the_machine("bench.docking_guest")
