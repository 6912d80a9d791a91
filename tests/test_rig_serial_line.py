"""Promise: the one serial line of the emulated Pi leads to the emulator's monitor or to bay boards, and loses neither.

Tried here without a machine: a socket stands for its line, another for the monitor.
"""

import json
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from hardware.serial_bays import SerialBays
from tests.rig.pi.other_end import BACK

ROOT = Path(__file__).parent.parent
PATIENCE_SECONDS = 10
GREETING = b'{"QMP": {}}\r\n'
EVENT = b'{"event": "told while nobody could hear it"}\r\n'
EMPTY = (False,) * 8


class LineInside:
    """As much of pyserial's `Serial` as bay boards are asked through, over a socket; and lines of JSON."""

    is_open = True
    in_waiting = 0

    def __init__(self, line: socket.socket) -> None:
        self._line = line
        self._line.settimeout(PATIENCE_SECONDS)

    def open(self) -> None:
        raise AssertionError("it is open")

    def close(self) -> None:
        self._line.close()

    def write(self, content: bytes, /) -> int:
        self._line.sendall(content)
        return len(content)

    def read(self, size: int = 1, /) -> bytes:
        return self._line.recv(size) if size else b""

    def line(self) -> bytes:
        heard = b""
        while not heard.endswith(b"\n"):
            heard += self.read()
        return heard

    def ask(self, command: str, **arguments: str) -> Any:
        self.write(json.dumps({"execute": command, "arguments": arguments, "id": 7}).encode() + b"\n")
        return json.loads(self.line())["return"]


@pytest.fixture
def ends(tmp_path: Path) -> Iterator[tuple[LineInside, socket.socket]]:
    """The machine's end of its line, and the monitor."""
    with socket.socket(socket.AF_UNIX) as inside, socket.socket(socket.AF_UNIX) as monitor:
        for listening, name in ((inside, "inside"), (monitor, "monitor")):
            listening.bind(str(tmp_path / name))
            listening.listen()
            listening.settimeout(PATIENCE_SECONDS)
        command = [sys.executable, "-m", "tests.rig.pi.other_end", str(tmp_path / "inside"), str(tmp_path / "monitor")]
        with subprocess.Popen(command, cwd=ROOT) as process:
            line = LineInside(inside.accept()[0])
            line.write(b"\n")
            asked, _ = monitor.accept()
            asked.settimeout(PATIENCE_SECONDS)
            with closing(line), asked:
                yield line, asked
            assert process.wait(PATIENCE_SECONDS) == 0, "it ends when the machine does"


def test_the_line_leads_to_the_monitor_then_to_the_boards_and_back(ends: tuple[LineInside, socket.socket]) -> None:
    line, monitor = ends
    monitor.sendall(GREETING)
    assert line.line() == GREETING
    line.write(b'{"execute": "qmp_capabilities"}\n')
    assert monitor.recv(1000) == b'{"execute": "qmp_capabilities"}\n'

    line.ask("rig-put", bay="2", camera="T8-2")
    assert line.ask("rig-boards") in {"MicroPython", "CPython"}
    bus = SerialBays(line)
    seen = bus.look((1,))
    while 1 not in seen:  # the boards do not know their switches at first
        seen = bus.look((1,))
    assert seen[1].present == (False, True, *EMPTY[2:])
    bus.charge(1, 1, on=True)
    monitor.sendall(EVENT)
    assert bus.look((1,))[1].present == (False, True, *EMPTY[2:]), "the monitor speaks into nobody's talk"

    line.write(BACK + b'{"execute": "quit"}\n')
    assert line.line() == EVENT
    assert monitor.recv(1000) == b'{"execute": "quit"}\n'
    assert line.ask("rig-shown", bay="2") == {"charging": True, "locked": True}
    assert line.ask("rig-take", bay="2") == "T8-2"
