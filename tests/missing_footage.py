"""A docked camera that lists footage and does not give it, for tests of what is then said to be missing."""

import contextlib
import itertools
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from hardware.wires import ForbiddenError, ListedFile
from station.bays.sealing import original_name
from station.custody.facts_of_footage import FootageMissed
from station.errors import WireFailedError
from station.journal.sqlite_log import SqliteLog, connect_to_read
from station.policy.permits import ClearingDemand
from tests.docked_footage import AlteredCameras
from tests.docked_station import CAMERA, DockedStation
from tests.plain_policy import PlainPolicy

POLICY = PlainPolicy(clearing=ClearingDemand(copies=1, custodian_release=False), station_hours_max=24)
FOOTAGE = (b"first" * 30, b"second" * 30)


@pytest.fixture
def at_dock(tmp_path: Path) -> Iterator[DockedStation]:
    docked = DockedStation(tmp_path, *FOOTAGE, policy=POLICY)
    yield docked
    docked.close()


def refuse(docked: DockedStation, *names: str) -> None:
    """The camera lists these and does not give them."""

    def stubborn(camera: Any) -> None:
        pull = camera.pull

        def pull_but(path: str, offset: int = 0) -> Iterator[memoryview]:
            if path in names:
                raise ForbiddenError("not now")
            given: Iterator[memoryview] = pull(path, offset)
            return given

        camera.pull = pull_but

    docked.work = docked.work_over(AlteredCameras(docked, stubborn))


def read_in_vain(docked: DockedStation, number: int) -> None:
    with pytest.raises(WireFailedError, match="not now"):
        docked.work.read(number)


def listing_otherwise(docked: DockedStation, alter: Callable[[int, list[ListedFile]], list[ListedFile]]) -> None:
    """From its next listing on, which is the first, the camera lists what `alter` makes of it."""
    listings = itertools.count(1)

    def change(camera: Any) -> None:
        files = camera.files
        camera.files = lambda: tuple(alter(next(listings), list(files())))

    docked.work = docked.work_over(AlteredCameras(docked, change))


def delete(docked: DockedStation, *names: str) -> None:
    for name in names:
        (docked.dock.card(CAMERA) / name).unlink()


def named(docked: DockedStation) -> list[tuple[int, str]]:
    """The docking and the private word of each file that is missing."""
    with contextlib.closing(connect_to_read(docked.journal)) as connection:
        log = SqliteLog(connection)
        missing = [fact for fact in docked.facts() if isinstance(fact.body, FootageMissed)]
        return [
            (fact.body.docking, original_name(log, fact.n)) for fact in missing if isinstance(fact.body, FootageMissed)
        ]


def findings(docked: DockedStation) -> list[tuple[str, str, str]]:
    return [
        (fact.body.code, fact.body.rule, fact.body.about)  # type: ignore[attr-defined]
        for fact in docked.facts()
        if fact.body.type == "finding_reported"
    ]
