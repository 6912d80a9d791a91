"""Pulls one file as a station would, in a process of its own that may be killed, stopped or measured.

Goes on where it was cut. What it asks of the camera is written down as it comes, so that it is known after a kill.
"""

import json
import os
import re
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

from hardware.usb_cameras import UsbCameras
from station.store.recordings import RecordingStore
from tests.rig.guest.cards import Sparse

_ZONE_MINUTES = 480
_ASKED = "asked"
_FINAL_NAMES = "incoming"


def pull_into(usb_path: str, name: str, part: Path) -> None:
    """Appends to `part` what it does not have yet, unbuffered."""
    with closing(UsbCameras(_ZONE_MINUTES).open(usb_path)) as camera, part.open("ab", buffering=0) as file:
        path = next(listed.path for listed in camera.files() if listed.path.endswith(name))
        for piece in camera.pull(path, file.tell()):
            file.write(piece)


def receive(usb_path: str, name: str, folder: Path, at: int = -1, then: Callable[[], object] | None = None) -> Path:
    """The file, received into a station's store in `folder`. From the byte `at` on, `then` has been done, once."""
    with closing(UsbCameras(_ZONE_MINUTES).open(usb_path)) as camera:
        file = next(listed for listed in camera.files() if listed.path.endswith(name))

        def pull(offset: int) -> Iterator[memoryview]:
            nonlocal then
            with (folder / _ASKED).open("a", buffering=1) as asked:
                for piece in camera.pull(file.path, offset):
                    asked.write(f"{offset} {len(piece)}\n")
                    offset += len(piece)
                    if then is not None and offset >= at:
                        then()
                        then = None
                    yield piece

        RecordingStore(folder).receive_rest(1, "clip", file.size_bytes, camera.identity.serial, pull)
    (final,) = finals(folder)
    return final


def receive_until(usb_path: str, name: str, folder: Path, at: int, number: int) -> None:
    """From the byte `at` on the signal `number` is on the way, while it goes on to read."""
    receive(usb_path, name, folder, at, threading.Thread(target=os.kill, args=(os.getpid(), number)).start)


def finals(folder: Path) -> list[Path]:
    """What stands under the name of a whole file."""
    return list((folder / _FINAL_NAMES).glob("*"))


def asked(folder: Path) -> int:
    """How many bytes the camera was asked for."""
    return sum(count for _place, count in _pieces(folder))


def asked_again(folder: Path) -> list[int]:
    """For each cut, how many of the bytes before it were asked for once more."""
    again, end = [], 0
    for place, count in _pieces(folder):
        if place < end:
            again.append(end - place)
        end = place + count
    return again


def _pieces(folder: Path) -> list[tuple[int, int]]:
    log = folder / _ASKED
    lines = log.read_text().splitlines() if log.exists() else []
    return [(int(place), int(count)) for place, count in map(str.split, lines)]


def measured(usb_path: str, name: str, size: str, seed: str, offset: str) -> dict[str, object]:
    """Compares a pull with what it must be: how many bytes, and the most memory that was ever resident.

    From the kernel's high-water mark: getrusage counts what the parent had before this program was loaded.
    """
    known, place = Sparse(int(size), int(seed)), int(offset)
    with closing(UsbCameras(_ZONE_MINUTES).open(usb_path)) as camera:
        path = next(listed.path for listed in camera.files() if listed.path.endswith(name))
        for piece in camera.pull(path, place):
            assert bytes(piece) == known.content(place, len(piece)), f"not the same from byte {place} on"
            place += len(piece)
    high_water = re.search(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{os.getpid()}/status").read_text())
    return {"bytes": place - int(offset), "resident_kib": int(high_water[1]) if high_water else None}


if __name__ == "__main__":
    print(json.dumps(measured(*sys.argv[1:])))  # noqa: T201 - its answer
