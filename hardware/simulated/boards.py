"""The bay boards of a dock that is a folder: their own firmware, in a process on a pseudo terminal or right here.

`SimulatedBoards` runs it in MicroPython, or in CPython where no MicroPython is installed, and says in which; what
pyserial opens is `url`. `BoardsAtHand` is a serial line itself, for tests that have no use for a process.
Neither knows the station.
"""

import os
import shutil
import subprocess
import sys
import tty
from collections.abc import Sequence
from pathlib import Path
from typing import Literal, Self

from firmware_py.main_simulated import FolderBoards
from firmware_py.modbus_rtu import GAP_MS
from firmware_py.slot import DEBOUNCE_MS
from hardware.simulated.dock import Dock
from hardware.wires import AbsentError
from hardware.wiring import BayWiring, places_on_boards

Runtime = Literal["MicroPython", "CPython"]
_ROOT = Path(__file__).parents[2]
FIRMWARE_PATH = {"MICROPYPATH": f"{_ROOT}:.frozen", "PYTHONPATH": str(_ROOT)}
"""Where both look for the firmware's modules."""
_PATIENCE_SECONDS = 5
_BETWEEN_QUESTIONS_MS = GAP_MS + DEBOUNCE_MS


def installed_runtime() -> Runtime:
    return "MicroPython" if _micropython() else "CPython"


def unplug(dock: Dock, board: int, *, unplugged: bool = True) -> None:
    """A board that hears nothing and says nothing, or one that is back."""
    (dock.folder / "unplugged").mkdir(exist_ok=True)
    sign = dock.folder / "unplugged" / str(board)
    if unplugged:
        sign.touch()
    else:
        sign.unlink(missing_ok=True)


def show(dock: Dock, bay: str, sensors: tuple[int, int, int] | Literal["silent", "stuck"] | None) -> None:
    """What a bay's sensors show from now on: millivolts, milliamperes and hundredths of a degree; None for health."""
    (dock.folder / "sensors").mkdir(exist_ok=True)
    told = dock.folder / "sensors" / bay
    if sensors is None:
        told.unlink(missing_ok=True)
        return
    part = told.with_name(f".{bay}.part")
    part.write_text(sensors if isinstance(sensors, str) else " ".join(map(str, sensors)), encoding="utf-8")
    part.replace(told)


def lamp_shows(dock: Dock, bay: str) -> int:
    """What a board makes a bay's lamp show, by the numbers of its register; 0 is dark."""
    shown = dock.folder / "lamps" / bay
    return int(shown.read_text(encoding="utf-8")) if shown.exists() else 0


class SimulatedBoards:
    """One process for all boards of a line. Ends with this context, and with this process however that ends."""

    def __init__(self, dock: Dock, bays: Sequence[BayWiring], runtime: Runtime) -> None:
        self.runtime = runtime
        _lock_without_current(dock, bays)
        firmware = [*firmware_command(runtime), "firmware_py.main_simulated"]
        bays_told = [f"{bay}={board}.{slot}" for bay, (board, slot) in places_on_boards(bays).items()]
        boards_end, self._kept_end = os.openpty()
        tty.setraw(self._kept_end)
        os.set_blocking(boards_end, False)
        self.url = os.ttyname(self._kept_end)
        """Kept open here too: a line whose only listener goes away would hang up on the boards."""
        self._process = subprocess.Popen(
            [*firmware, str(boards_end), str(dock.folder), *bays_told],
            env={**os.environ, **FIRMWARE_PATH},
            stdin=subprocess.PIPE,
            pass_fds=(boards_end,),
            start_new_session=True,  # who stops a demo at its terminal stops the demo, which stops the boards
        )
        os.close(boards_end)

    @property
    def pid(self) -> int:
        return self._process.pid

    def kill(self) -> None:
        """As a power cut of all boards would."""
        self._process.kill()
        self._process.wait()

    def close(self) -> None:
        if self._process.stdin is not None:
            self._process.stdin.close()
        self._process.wait(_PATIENCE_SECONDS)
        os.close(self._kept_end)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        self.close()


class BoardsAtHand:
    """The boards' firmware on a line without a process: each question is answered before `write` returns.

    Between two questions as much time passes as the boards need to believe their switches, and no other.
    """

    def __init__(self, dock: Dock, bays: Sequence[BayWiring]) -> None:
        self.is_open = True
        _lock_without_current(dock, bays)
        self._boards = FolderBoards(str(dock.folder), places_on_boards(bays))
        self._now_ms = 0
        self._said = b""

    @property
    def in_waiting(self) -> int:
        return len(self._said)

    def clock_ms(self) -> int:
        return self._now_ms

    def open(self) -> None:
        self.is_open = True

    def close(self) -> None:
        self.is_open = False

    def read(self, size: int = 1, /) -> bytes:
        read, self._said = self._said[:size], self._said[size:]
        return read

    def write(self, content: bytes, /) -> int:
        self._boards.sense(self._now_ms)
        self._now_ms += _BETWEEN_QUESTIONS_MS
        self._boards.sense(self._now_ms)
        self._said += self._boards.hear(content, self._now_ms)
        return len(content)


def _lock_without_current(dock: Dock, bays: Sequence[BayWiring]) -> None:
    """Boards that were off have let go of the locks they drive."""
    for bay in bays:
        if bay.lock_pin is None and not dock.locked(bay.name):
            dock.set_lock(bay.name, locked=True)


def firmware_command(runtime: Runtime) -> list[str]:
    """Runs the module that is named behind it."""
    if runtime == "CPython":
        return [sys.executable, "-m"]
    found = _micropython()
    if found is None:
        raise AbsentError("no MicroPython here: install the demo's requirements, or ask for CPython by name")
    return [found, "-m"]


def _micropython() -> str | None:
    """Beside this Python, where its package puts it, or anywhere else."""
    return shutil.which("micropython", path=os.pathsep.join([str(Path(sys.executable).parent), *os.get_exec_path()]))
