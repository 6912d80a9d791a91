"""Promise: the demo's shift reaches every refusal there is when a camera is taken, each with its words and ground."""

import json
import re
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from dockward import demo
from dockward.refusals import BEFORE_THE_GATE, GATE, play_refusals
from dockward.second_dock import CAMERAS, CLOCKLESS, FULL, SECOND, UNREAD
from dockward.stage import around
from dockward.stage_config import StationPlan
from hardware.simulated.camera import SimulatedCamera
from hardware.simulated.camera_card import Card
from hardware.simulated.dock import About, Dock
from hardware.simulated.faults import Fault, Kind, Nature
from hardware.simulated.habits import Habits
from hardware.simulated.nature_file import write_nature
from hardware.simulated.usb_backend import VirtualUsb
from station.desk.badge_sign_in import SIGN_IN_REFUSALS
from tests.refusals_at_the_dock import REFUSALS
from tests.test_taking import NOT_OF_THE_GATE

NOW_MS = 1_795_219_200_000
OF_TAKING = {*SIGN_IN_REFUSALS, "PIN_LOCKED_OUT", "EMERGENCY_UNEXPLAINED"}


def test_no_refusal_was_forgotten() -> None:
    assert set(GATE) == set(REFUSALS) - NOT_OF_THE_GATE
    assert set(BEFORE_THE_GATE) == OF_TAKING | NOT_OF_THE_GATE
    assert len(GATE + BEFORE_THE_GATE) == len({*GATE, *BEFORE_THE_GATE})


@pytest.fixture(scope="module")
def said() -> Iterator[dict[str, str]]:
    with tempfile.TemporaryDirectory(prefix="dockward-") as temporary:
        folder = Path(temporary) / "stage"
        with around(folder, StationPlan(bays=1), SECOND) as surrounded:
            yield play_refusals(folder, surrounded, "yinchuan", lambda _: None)


def test_every_refusal_is_reached_by_what_people_do_at_a_dock(said: dict[str, str]) -> None:
    assert said.keys() == {*GATE, *BEFORE_THE_GATE}


def test_each_says_it_in_both_languages_and_names_its_rule(said: dict[str, str]) -> None:
    for words in said.values():
        zh, _, en = words.partition(" / ")
        assert re.search("[一-鿿]", zh)
        assert re.fullmatch("[ -~]+", en)
    assert demo.checked(said) == {
        "every refusal of the gate was reached (27)": True,
        "each of the 15 that follow from a rule names the rule, or the default": True,
    }
    assert json.loads(json.dumps(said)) == said


def test_what_is_missing_fails_the_shift_by_name(said: dict[str, str]) -> None:
    lacking = {code: words for code, words in said.items() if code != "CHECK_CLOCK"}
    checks = demo.checked(lacking)
    assert list(checks.values()) == [False, False]
    assert "every refusal of the gate was reached (26); not CHECK_CLOCK" in checks
    groundless = demo.checked({**said, "CHECK_CLOCK": "时间不准 / the clock is wrong"})
    assert list(groundless.values()) == [True, False]


# --- what the second dock is made of


def test_a_camera_of_the_dock_is_as_the_dock_says_of_it(tmp_path: Path) -> None:
    dock = Dock(tmp_path)
    for serial in ("T8-1", "T8-2"):
        dock.make_camera(serial)
    dock.tell_nature("T8-1", write_nature(Nature((Fault(Kind.WEDGE, 0x1009),))))
    natures = {"T8-2": Nature((Fault(Kind.STALL, 0x1009),))}
    backend = VirtualUsb(dock, {"1": "1-1.1", "2": "1-1.2"}, lambda: NOW_MS, natures=natures)
    dock.put("T8-1", "1")
    dock.put("T8-2", "2")
    first, second = (plugged.camera for plugged in backend.enumerate_devices())
    assert kinds(first) == {Kind.WEDGE}
    assert kinds(second) == {Kind.STALL}


def kinds(camera: SimulatedCamera) -> set[Kind]:
    return set(camera._schedule.struck(0x1009, 1))


def test_a_card_has_the_room_that_the_dock_says(tmp_path: Path) -> None:
    dock = Dock(tmp_path)
    dock.make_camera("T8-1", About(free_mib=90))
    dock.make_camera("T8-2")
    full, empty = (Card(dock, serial, Habits()) for serial in ("T8-1", "T8-2"))
    assert full.free_bytes()[1] == 90 << 20
    assert empty.free_bytes()[1] != 90 << 20
    assert all(free <= whole for whole, free in (full.free_bytes(), empty.free_bytes()))


def test_each_camera_of_the_second_dock_is_odd_in_its_own_way() -> None:
    assert len({one.bay for one in CAMERAS}) == len({one.camera.id for one in CAMERAS}) == len(CAMERAS)
    assert FULL.about.free_mib
    assert CLOCKLESS.about.clock_ahead_ms > 30_000
    assert UNREAD.films
