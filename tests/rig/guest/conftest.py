"""The cameras of the emulated machine, one of each kind, docked when a test begins.

A: uMTP-Responder on functionfs. B: the emulator's usb-mtp. C: our engine on functionfs.
D: the simulation on vhci_hcd, with whatever faults a test asks for. Prints the seed of everything drawn.
"""

import os
import random
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import TypeVar

import pytest

from hardware.usb_cameras import UsbCameras
from tests.rig.guest.emulator import EmulatedCamera, Monitor
from tests.rig.guest.gadgets import Gadget, OurCamera, UmtpCamera, load_controllers
from tests.rig.guest.hostile import Hostile
from tests.rig.guest.usbip_device import load_controller

ZONE_MINUTES = 480
SEED = int(os.environ.get("RIG_SEED", "") or random.SystemRandom().randrange(1 << 32))

_SEEDED_FAULTS = "test_seeded_faults.py"

AnyCamera = Gadget | EmulatedCamera
_G = TypeVar("_G", bound=Gadget)


class _ToldAtOnce:
    """A machine that runs out of time shows no summary: each failure is told where it happens."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config

    @pytest.hookimpl(trylast=True)
    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed:
            self._config.get_terminal_writer().line(f"\n{report.longreprtext}")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--mutants", action="store_true", help="the seeded faults alone, each in the test that notices it")
    parser.addoption("--short", action="store_true", help="without the tests that take minutes each")


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    if not collection_path.name.startswith("test_"):
        return None
    return (collection_path.name == _SEEDED_FAULTS) is not bool(config.getoption("--mutants"))


def pytest_configure(config: pytest.Config) -> None:
    config.pluginmanager.register(_ToldAtOnce(config))
    config.addinivalue_line("markers", "minutes: takes minutes in software emulation")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """What is left out is counted as deselected."""
    left_out = [item for item in items if config.getoption("--short") and item.get_closest_marker("minutes")]
    items[:] = [item for item in items if item not in left_out]
    config.hook.pytest_deselected(items=left_out)


def pytest_report_header() -> str:
    return f"rig seed: {SEED} (again: RIG_SEED={SEED} make rig)"


@pytest.fixture
def seed(request: pytest.FixtureRequest) -> int:
    """Another one for each test, the same for the same test in each run of one RIG_SEED."""
    return random.Random(f"{SEED} {request.node.nodeid}").randrange(1 << 32)


@pytest.fixture(scope="session")
def cameras() -> UsbCameras:
    return UsbCameras(ZONE_MINUTES)


@pytest.fixture(scope="session")
def monitor() -> Iterator[Monitor]:
    with closing(Monitor()) as opened:
        yield opened


@pytest.fixture
def umtp(tmp_path: Path) -> Iterator[UmtpCamera]:
    load_controllers()
    yield from _docked(UmtpCamera(0, "UMTP-0", tmp_path / "card"))


@pytest.fixture
def ours(tmp_path: Path) -> Iterator[OurCamera]:
    load_controllers()
    yield from _docked(OurCamera(1, "DW-RIG-1", tmp_path / "dock"))


def _docked(camera: _G) -> Iterator[_G]:
    camera.start()
    camera.dock()
    yield camera
    camera.pull_out()
    camera.stop()


@pytest.fixture
def emulated(monitor: Monitor) -> Iterator[EmulatedCamera]:
    camera = EmulatedCamera(monitor, "EMU-0", bay=3)
    camera.dock()
    yield camera
    camera.throw_away()


@pytest.fixture(params=["umtp", "emulated", "ours"], ids=["A", "B", "C"])
def camera(request: pytest.FixtureRequest) -> AnyCamera:
    """Each kind in turn."""
    found: AnyCamera = request.getfixturevalue(request.param)
    return found


@pytest.fixture
def hostile(tmp_path: Path) -> Iterator[Hostile]:
    load_controller()
    plugged = Hostile(tmp_path / "hostile")
    yield plugged
    plugged.pull_out()
