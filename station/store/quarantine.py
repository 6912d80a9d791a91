"""Footage of cameras that are not ours: kept apart, and only so much of it. Deletes nothing, and decides on no camera.

    quarantine/N/original      as in evidence/N, for a recording that came of such a camera

Whoever plugs in a foreign camera must not be able to take the room that our own footage needs.
"""

import contextlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from station.custody.docking import DockingStep
from station.custody.recording import RecordingStep
from station.custody.state import State
from station.durable import PART, NoRoomError

QUARANTINE = "quarantine"


class QuarantineFullError(NoRoomError):
    """The quarantine for cameras that are not ours is full: this one is not read further, its footage stays on it.

    Enrol the camera, or raise store.quarantine_mib.
    """


@dataclass(frozen=True, slots=True)
class Quarantine:
    """What may be in quarantine at most, and whom custody has put there."""

    state: Callable[[], State]
    bytes_max: int

    def has(self, docking: int) -> bool:
        return docking in self._dockings(self.state())

    def require_room(self, size_bytes: int, folder: Path, incoming: Path) -> None:
        """Beside what is in quarantine by now, and on its way there; QuarantineFullError where it is too much."""
        if self._taken_bytes(folder, incoming) + size_bytes > self.bytes_max:
            raise QuarantineFullError(" ".join(str(QuarantineFullError.__doc__).split()))

    def _taken_bytes(self, folder: Path, incoming: Path) -> int:
        dockings = self._dockings(self.state())
        settled = (path for path in folder.glob("*/*"))
        arrived = (path for path in incoming.iterdir() if _docking(path) in dockings and path.suffix != PART)
        return sum(map(_size, settled)) + sum(map(_size, arrived))

    def _dockings(self, state: State) -> frozenset[int]:
        docked = {one.number for one in state.dockings.values() if one.step is DockingStep.QUARANTINED}
        unsigned = (state.recordings[number] for number in state.by_step.get(RecordingStep.HELD, ()))
        return frozenset(docked | {one.docking for one in unsigned if one.quarantined})


def _docking(incoming: Path) -> int | None:
    docking = incoming.name.partition("-")[0]
    return int(docking) if docking.isdigit() else None


def _size(path: Path) -> int:
    with contextlib.suppress(FileNotFoundError):  # it was just moved on
        return path.stat().st_size
    return 0
