"""Promise: a bay's page says whether its camera charges and when it is ready, and nothing where nobody knows."""

from pathlib import Path

import pytest
from msgspec.structs import replace

from hardware.wires import Measured
from station.bays.docked_bay import Why
from station.bays.ready_at import ReadyAt
from station.bays.sensed import Sensed
from station.clock import ManualClock
from station.custody.docking import Docking, DockingStep
from station.pages.rendering import Pages
from station.views.charge import CHARGE_CALLED, CHARGE_WORDS, Charge, ChargeState, charge
from station.views.status import BayStatus, Footage, StatusView
from station.views.words import STATUS_WORDS, Condition
from station.web.app import fragments
from tests.stations import START

MINUTE_MS = 60_000
AT = START
DOCKING = Docking(
    4, DockingStep.READ, "1", AT.boot_id, 0, judged_boot_id=AT.boot_id, judged_boot_ms=0, battery_percent=64
)
CUT = Measured(0, 0, 2_500, 0, 1, "short", 1, 4_000)


def sensed(why: Why | None = Why.CHARGING, ready: ReadyAt | None = None, measured: Measured | None = None) -> Sensed:
    return Sensed("1", answers=True, present=True, why=why, ready=ready, measured=measured)


@pytest.mark.parametrize("why", list(Why))
def test_every_reason_has_a_word(why: Why) -> None:
    found = charge(DOCKING, sensed(why), AT)
    assert (found is None) is (why is Why.EMPTY)
    if found is not None:
        assert CHARGE_CALLED[found.state]
        assert found.percent == 64


def test_a_bay_that_was_not_heard_says_nothing() -> None:
    assert charge(DOCKING, None, AT) is None
    assert charge(DOCKING, sensed(None), AT) is None


def test_what_a_camera_said_before_the_last_boot_is_not_said_again() -> None:
    found = charge(replace(DOCKING, judged_boot_id="before"), sensed(), AT)
    assert found == Charge(ChargeState.CHARGING, None)


def test_a_charger_that_its_board_cut_is_not_said_to_wait() -> None:
    found = charge(DOCKING, sensed(Why.WAITS_ITS_TURN, measured=CUT), AT)
    assert found is not None
    assert found.state is ChargeState.CUT


def test_a_time_is_told_by_the_clock_on_the_wall_and_up_to_five_minutes() -> None:
    ready = ReadyAt(AT.boot_ms, AT.boot_ms + 31 * MINUTE_MS, AT.boot_ms + 64 * MINUTE_MS)
    found = charge(DOCKING, sensed(ready=ready), AT)
    assert found is not None and found.ready_ms is not None and found.latest_ms is not None  # noqa: PT018
    for told, meant in ((found.ready_ms, 31), (found.latest_ms, 64)):
        assert 0 <= told - (AT.utc_ms + meant * MINUTE_MS) < 5 * MINUTE_MS
        assert told % (5 * MINUTE_MS) == 0


def test_what_is_full_or_too_hot_tells_no_time() -> None:
    ready = ReadyAt(AT.boot_ms, AT.boot_ms, None)
    for why in (Why.FULL, Why.TOO_HOT, Why.POWER_FAILED):
        found = charge(DOCKING, sensed(why, ready), AT)
        assert found is not None
        assert found.ready_ms is None


@pytest.fixture
def pages() -> Pages:
    return Pages(Path("station/web/templates"), {**STATUS_WORDS, **CHARGE_WORDS})


def test_the_page_shows_it_in_both_languages(pages: Pages) -> None:
    at_ms = ManualClock(START).stamp().utc_ms
    shown = Charge(ChargeState.CHARGING, 64, 1_790_000_100_000, 1_790_003_700_000)
    bay = BayStatus("1", Condition.READY, 4, DockingStep.READ, "T8-1", charge=shown)
    view = StatusView("", at_ms, "synchronised", (bay,), 1, 1, 0, 0, {})
    card = fragments(pages, view)["bay-1"]
    for words in ("充电中", "Charging", "64 %", "充满", "22:15", "23:15"):
        assert words in card
    read = replace(bay, footage=Footage(on_camera=2))
    for other in (read, replace(bay, offered=True), replace(bay, trouble="the lock does not move")):
        assert "充电中" not in fragments(pages, replace(view, bays=(other,)))["bay-1"], "no room for it"
    assert "充电中" not in fragments(pages, replace(view, bays=(replace(bay, charge=None),)))["bay-1"]
