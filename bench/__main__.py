"""`make bench`: every figure beside its peer's, from one run on one machine. Asserts nothing about time."""

import argparse
import os
import platform
import sqlite3
import sys
from collections.abc import Callable
from pathlib import Path

from bench import battery, camera_wire, charging, docking, journal, kiosk, month, proofs, start, watching


def machine() -> str:
    names = {line.split(":", 1)[1].strip() for line in _lines("/proc/cpuinfo") if line.startswith("model name")}
    memory_kib = next((int(line.split()[1]) for line in _lines("/proc/meminfo")), 0)
    return (
        f"{os.cpu_count()} × {', '.join(names) or platform.machine()}, {memory_kib // 1024 // 1024} GiB,"
        f" {platform.system()} {platform.release()}, Python {platform.python_version()},"
        f" SQLite {sqlite3.sqlite_version}"
    )


def _lines(path: str) -> list[str]:
    return Path(path).read_text(encoding="utf-8").splitlines()


def main() -> int:
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--largest", type=int, default=1_000_000, help="proofs are taken up to this size")
    parser.add_argument("--takings", type=int, default=kiosk.TAKINGS, help="so often a camera is taken in kiosk")
    parser.add_argument("--folder", type=Path, default=Path("build/bench"), help="where to write; must be a real disk")
    everything: dict[str, Callable[[], None]] = {
        "journal": lambda: journal.run(arguments.folder),
        "proofs": lambda: proofs.run(arguments.folder, arguments.largest),
        "start": start.run,
        "kiosk": lambda: kiosk.run(arguments.folder, arguments.takings),
        "watching": lambda: watching.run(arguments.folder),
        "month": month.run,
        "battery": lambda: battery.run(arguments.folder),
        "charging": charging.run,
        "camera_wire": camera_wire.run,
        "docking": lambda: docking.run(arguments.folder),
    }
    parser.add_argument(
        "--only", choices=everything, help="one of them; camera_wire and docking boot an emulated machine, as root"
    )
    arguments = parser.parse_args()
    arguments.folder.mkdir(parents=True, exist_ok=True)
    print(f"machine: {machine()}")
    for name, figures in everything.items():
        if arguments.only in {None, name}:
            figures()
    return 0


if __name__ == "__main__":
    sys.exit(main())
