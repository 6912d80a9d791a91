"""The outer end of the emulated Pi's good serial line: the emulator's monitor, or bay boards. Runs on the host.

    python -m tests.rig.pi.other_end LINE MONITOR

Both are Unix sockets. At first a line is a message to the monitor; those that begin `rig-` are for us: `rig-put` and
`rig-take` move a camera at the boards' dock, `rig-shown` tells what a bay shows, and after `rig-boards` the line is the
bay bus, until its other end says BACK. An empty line lets the monitor speak first. Ends when the line does.
"""

import contextlib
import json
import os
import selectors
import socket
import sys
import tempfile
import tty
from collections.abc import Callable
from pathlib import Path
from typing import Any

from hardware.simulated.boards import SimulatedBoards, installed_runtime
from hardware.simulated.dock import Dock
from hardware.wiring import BayWiring

BACK = b"\nrig-monitor\n"
"""In no talk of the bay bus."""
BAYS = (BayWiring("1", "1-1", lock_pin=17, board=1, slot=0), BayWiring("2", "1-2", board=1, slot=1))
"""What the boards know of the station's bays."""
_CHUNK_BYTES = 4096


class OtherEnd:
    """Everything that one line leads to, one at a time."""

    def __init__(self, line: socket.socket, monitor: str, dock: Dock, boards: SimulatedBoards) -> None:
        self._line = line
        self._monitor_path = monitor
        self._monitor: socket.socket | None = None
        self._dock = dock
        self._runtime = boards.runtime
        self._bus = os.open(boards.url, os.O_RDWR | os.O_NOCTTY)
        tty.setraw(self._bus)
        self._on_the_bus = False
        self._heard = b""
        self._held_back = b""
        """What the monitor said while nobody could hear it."""
        self._ends = selectors.DefaultSelector()
        self._ends.register(line, selectors.EVENT_READ, self._hear_line)
        self._ends.register(self._bus, selectors.EVENT_READ, self._hear_boards)

    def run(self) -> None:
        while all(key.data() for key, _ in self._ends.select()):
            pass

    def _hear_line(self) -> bool:
        received = self._line.recv(_CHUNK_BYTES)
        self._heard += received
        if self._on_the_bus:
            os.write(self._bus, received)  # what only means us is noise to boards
            self._leave_the_bus()
        while b"\n" in self._heard and not self._on_the_bus:
            message, _, self._heard = self._heard.partition(b"\n")
            self._pass_on(message)
        return bool(received)

    def _leave_the_bus(self) -> None:
        _, found, behind = self._heard.partition(BACK)
        self._on_the_bus = not found
        self._heard = behind if found else self._heard[-len(BACK) :]
        if found:
            self._say(self._held_back)
            self._held_back = b""

    def _pass_on(self, message: bytes) -> None:
        if self._monitor is None:
            self._monitor = socket.socket(socket.AF_UNIX)
            self._monitor.connect(self._monitor_path)
            self._ends.register(self._monitor, selectors.EVENT_READ, self._hear_monitor)
        elif b'"rig-' in message:
            asked = json.loads(message)
            answer = self._answer(asked["execute"], **asked["arguments"])
            self._say(json.dumps({"return": answer, "id": asked["id"]}).encode() + b"\n")
            self._on_the_bus = asked["execute"] == "rig-boards"
        else:
            self._monitor.sendall(message + b"\n")

    def _answer(self, asked: str, bay: str = "", camera: str = "") -> Any:
        answers: dict[str, Callable[[], Any]] = {
            "rig-boards": lambda: self._runtime,
            "rig-put": lambda: self._dock.put(camera, bay),
            "rig-take": lambda: self._dock.take(bay, by_force=True),
            "rig-shown": lambda: {"charging": self._dock.charging(bay), "locked": self._dock.locked(bay)},
        }
        return answers[asked]()

    def _hear_monitor(self) -> bool:
        assert self._monitor is not None
        received = self._monitor.recv(_CHUNK_BYTES)
        if self._on_the_bus:
            self._held_back += received
        else:
            self._say(received)
        return bool(received)

    def _hear_boards(self) -> bool:
        said = os.read(self._bus, _CHUNK_BYTES)
        if self._on_the_bus:
            self._say(said)
        return True

    def _say(self, content: bytes) -> None:
        self._line.sendall(content)


def main(line: str, monitor: str) -> None:
    with tempfile.TemporaryDirectory() as folder, socket.socket(socket.AF_UNIX) as connected:
        connected.connect(line)
        dock = Dock(Path(folder))
        # Switched off, the machine may hang up in the middle of what it says.
        with (
            SimulatedBoards(dock, BAYS, installed_runtime()) as boards,
            contextlib.suppress(ConnectionResetError, BrokenPipeError),
        ):
            OtherEnd(connected, monitor, dock, boards).run()


if __name__ == "__main__":
    main(*sys.argv[1:])
