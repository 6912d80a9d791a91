"""A camera on a simulated USB tree and whoever types `dockward camera …`, as main would run it. Judges nothing."""

import argparse
import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from dockward import camera
from dockward.camera_line import Line
from hardware.simulated.dock import Dock
from hardware.simulated.faults import Nature
from hardware.simulated.usb_backend import VirtualUsb
from station.clock import ManualClock
from station.stamp import Stamp

NOW_MS = 1_790_000_000_500
BEGUN_MS, ENDED_MS = 1_789_000_000_000, 1_789_000_060_000
CLIP, OTHER = "DCIM/100MEDIA/执法 1.MP4", "DCIM/other.mp4"
CONTENT = bytes(index * 31 % 251 for index in range(300_000))
GET_OBJECT, DELETE, GET_PARTIAL, GET_PARTIAL_64 = 0x1009, 0x100B, 0x101B, 0x95C1
WAYS_TO_READ = (GET_OBJECT, GET_PARTIAL, GET_PARTIAL_64)


class Said:
    """What one run answered."""

    def __init__(self, code: int, out: str, err: str) -> None:
        self.code, self.out, self.err = code, out, err

    @property
    def json(self) -> dict[str, Any]:
        (line,) = self.out.splitlines()
        told: dict[str, Any] = json.loads(line)
        return told


class Bench:
    """A camera at 1-1.1, and whoever types."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder = folder
        self.to = folder / "out"
        self.dock = Dock(folder / "dock")
        self.dock.make_camera("T8-1")
        self.film(CLIP, CONTENT)
        self.film(OTHER, b"other")
        self.dock.put("T8-1", "1")
        self.nature = Nature()
        self.synchronised = True
        self.roll = folder / "others.csv"
        self.roll.write_text("设备编号,单位\nT8-9,某局\n", encoding="utf-8")
        self._capsys = capsys

    def film(self, path: str, content: bytes) -> None:
        self.dock.film("T8-1", path, content, BEGUN_MS, ENDED_MS)

    def type(self, *words: object) -> Said:
        """As main does it, with another end to the line."""
        parser = argparse.ArgumentParser()
        camera.add_arguments(parser)
        natures = {"T8-1": self.nature}
        backend = VirtualUsb(self.dock, {"1": "1-1.1"}, lambda: NOW_MS, bytes_per_call=4_096, natures=natures)
        clock = ManualClock(Stamp(NOW_MS, "boot", 1_000, self.synchronised))
        self._capsys.readouterr()
        code = camera.run(parser.parse_args([str(word) for word in words]), Line(backend, clock))
        said = self._capsys.readouterr()
        return Said(code, said.out, said.err)

    def pull(self, *words: object) -> Said:
        return self.type("pull", "1-1.1", *(words or ("--all",)), "--to", self.to)

    def erase(self, *words: object) -> Said:
        named = ("--serial", "T8-1", "--proof", self.to, "--cameras", self.roll)
        return self.type("erase", "1-1.1", *named, *words)

    def card(self) -> set[str]:
        card = self.dock.card("T8-1")
        return {str(path.relative_to(card)) for path in card.rglob("*") if path.is_file()}

    def sums_hold(self) -> bool:
        answer = subprocess.run(
            ["sha256sum", "--strict", "-c", "SHA256SUMS"], cwd=self.to, capture_output=True, check=False
        )
        return answer.returncode == 0

    def left_over(self) -> list[str]:
        return [path.name for path in self.to.rglob("*.part*")]
