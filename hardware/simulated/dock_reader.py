"""The badge reader of a dock that is a folder: what lies on it stands in a file, and it says so on a pseudo terminal.

    reader       the numbers of the badges on the reader, one a line in hex; no file where there is none
    reader-line  the reader's line, as a link: what pyserial opens
    unplugged/reader  while this is there, the reader is not

A thread of its own says the badges again and again, as readers do. Knows no station.
"""

import contextlib
import threading
from pathlib import Path
from typing import Self

from hardware.simulated.badges import EmCard, SimulatedReader
from hardware.simulated.dock import Dock
from hardware.wiring import CardKind

_TURN_SECONDS = 0.05


def lay_badges(dock: Dock, *numbers: int) -> None:
    """These and no others lie on the reader from now on."""
    part = dock.folder / ".reader.part"
    part.write_text("".join(f"{number:010X}\n" for number in numbers), encoding="ascii")
    part.replace(dock.folder / "reader")


def lying_badges(dock: Dock) -> tuple[int, ...]:
    try:
        return tuple(int(line, 16) for line in (dock.folder / "reader").read_text(encoding="ascii").split())
    except FileNotFoundError:
        return ()


def unplug_reader(dock: Dock, *, unplugged: bool = True) -> None:
    sign = dock.folder / "unplugged" / "reader"
    sign.parent.mkdir(exist_ok=True)
    if unplugged:
        sign.touch()
    else:
        sign.unlink(missing_ok=True)


class DockReader:
    """Says what lies on it until its context ends."""

    def __init__(self, dock: Dock, cards: CardKind) -> None:
        self.url = str(dock.folder / "reader-line")
        self._dock = dock
        self._raw = cards == "em4100-raw"
        self._reader: SimulatedReader | None = None
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._run, name="simulated reader")

    def _run(self) -> None:
        while not self._ending.wait(_TURN_SECONDS):
            self._turn()

    def _turn(self) -> None:
        if (self._dock.folder / "unplugged" / "reader").exists():
            self._unplug()
            return
        reader = self._plugged()
        reader.lift()
        reader.lay(*(EmCard(number, raw=self._raw) for number in lying_badges(self._dock)))
        with contextlib.suppress(BlockingIOError):  # nobody listens, and the line is full
            reader.turn()

    def _plugged(self) -> SimulatedReader:
        if self._reader is None:
            self._reader = SimulatedReader()
            Path(self.url).unlink(missing_ok=True)
            Path(self.url).symlink_to(self._reader.url)
        return self._reader

    def _unplug(self) -> None:
        if self._reader is not None:
            Path(self.url).unlink(missing_ok=True)
            self._reader.close()
            self._reader = None

    def __enter__(self) -> Self:
        self._turn()
        self._thread.start()
        return self

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        self._ending.set()
        self._thread.join()
        self._unplug()
