"""The camera wire's figures, measured inside the emulated machine. Prints; judges nothing and keeps nothing.

Each tool meets a camera just restarted, alone on the bus.
"""

import argparse
import cProfile
import io
import pstats
from collections.abc import Callable
from contextlib import closing
from time import perf_counter

from bench.camera_wire_dock import (
    BIG,
    CAMERAS,
    DISK,
    MEBIBYTE,
    SMALL_FILES,
    docked,
    drained,
    large_card,
    say,
    small_card,
    undock_all,
)
from bench.camera_wire_large import eight, large
from bench.camera_wire_many import listing, listing_in_bulk, small
from station.store.recordings import RecordingStore
from tests.rig.guest.gadgets import load_controllers

_PROFILED = 8


def profile(mebibytes: int) -> None:
    large_card(mebibytes)
    small_card()
    with closing(CAMERAS.open(docked("large"))) as camera:
        camera.files()
        _profiled("pulling the large file", lambda: drained(camera, BIG))
        store, size = RecordingStore(DISK / "store"), mebibytes * MEBIBYTE
        _profiled("holding it", lambda: store.receive(1, "big", size, camera.pull(BIG)))
        store.discard(1, "big")
    with closing(CAMERAS.open(docked("small"))) as camera:
        _profiled(f"listing {SMALL_FILES:,} files", camera.files)
        _profiled("pulling 50 of them", lambda: [drained(camera, file.path) for file in camera.files()[:50]])


def _profiled(what: str, work: Callable[[], object]) -> None:
    taken = cProfile.Profile()
    taken.runcall(work)
    text = io.StringIO()
    pstats.Stats(taken, stream=text).sort_stats("tottime").print_stats(_PROFILED)
    lines = [line.strip() for line in text.getvalue().splitlines() if line.strip()]
    start = next(number for number, line in enumerate(lines) if line.startswith("ncalls"))
    say(f"profile of {what}: {lines[0]}")
    for line in lines[start:]:
        say(f"    {line}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--mebibytes", type=int, default=64)
    parser.add_argument("--parts", default="large,eight,small,bulk,5000,10000,profile")
    arguments = parser.parse_args()
    (DISK / "small").mkdir(parents=True)
    load_controllers()
    parts: dict[str, Callable[[], None]] = {
        "large": lambda: large(arguments.rounds, arguments.mebibytes),
        "eight": eight,
        "small": small,
        "bulk": listing_in_bulk,
        "profile": lambda: profile(arguments.mebibytes),
    }
    for part in arguments.parts.split(","):
        begun = perf_counter()
        if part.isdecimal():
            listing(int(part))
        else:
            parts[part]()
        say(f"  ({part}: {perf_counter() - begun:.0f} s)")
    undock_all()


if __name__ == "__main__":
    main()
