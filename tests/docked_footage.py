"""A docked camera with two recordings, for tests of what is done with them, and cameras that are not as they were."""

from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from hardware.usb_cameras import UsbCameras
from hardware.wires import Camera
from station.custody import observations as seen
from station.custody.recording import Recording
from station.policy.permits import ClearingDemand
from tests.docked_station import DockedStation
from tests.plain_policy import PlainPolicy

FOOTAGE = (b"first" * 300, b"second" * 101)
ONE_COPY = PlainPolicy(clearing=ClearingDemand(copies=1, custodian_release=False))


@pytest.fixture
def at_dock(tmp_path: Path) -> Iterator[DockedStation]:
    docked = DockedStation(tmp_path, *FOOTAGE, policy=ONE_COPY)
    yield docked
    docked.close()


def incoming(docked: DockedStation) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in (docked.folder / "data/incoming").iterdir()}


def digests(recordings: list[Recording]) -> list[str]:
    return sorted(recording.sha256 for recording in recordings)


def of(*contents: bytes) -> list[str]:
    return sorted(sha256(content).hexdigest() for content in contents)


def order_clearing(docked: DockedStation, number: int) -> None:
    for recording in docked.held():
        docked.tell(seen.StatementMade(recording=recording.number, statement_sha256="0" * 64))
    docked.work.order_clearing(number)


def docked_again(docked: DockedStation, bay: str = "1") -> int:
    docked.dock.take(bay, by_force=True)
    docked.tell(seen.PresenceOpened(bay=bay))
    return docked.put_and_identify()


class AlteredCameras(UsbCameras):
    """Real cameras, of which one thing is not as it was."""

    def __init__(self, docked: DockedStation, alter: Callable[[Any], None]) -> None:
        super().__init__(480, docked.usb)
        self._alter = alter

    def open(self, usb_path: str) -> Camera:
        camera: Any = super().open(usb_path)
        self._alter(camera)
        opened: Camera = camera
        return opened
