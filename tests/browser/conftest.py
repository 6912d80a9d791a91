"""For each journey a station and a browser of its own; nothing of either is left."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.browser.chromium import Browser, chromium
from tests.browser.looking import SCREENS
from tests.browser.whole_station import AtWork, whole_station


@pytest.fixture
def settings() -> str:
    """Tables of a department's pack; a test that wants some says so."""
    return ""


@pytest.fixture
def station(settings: str) -> Iterator[AtWork]:
    """In a short folder: Unix sockets have at most about a hundred characters."""
    with (
        tempfile.TemporaryDirectory(prefix="dockward-") as folder,
        whole_station(Path(folder) / "s", settings=settings) as at_work,
    ):
        yield at_work


@pytest.fixture
def browser(station: AtWork, tmp_path: Path) -> Iterator[Browser]:
    with chromium(tmp_path / "profile", station.desk_certificate) as one:
        one.as_on(*SCREENS[1])
        one.standing_still = station.standing_still
        yield one
