"""Every refusal there is at the dock, reached by what people do there: one dock for each, and who asks in vain."""

import datetime as dt
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from msgspec.structs import replace

from station.custody import acts
from station.custody import observations as seen
from station.custody.repair import Noticed
from station.policy.rolls import CameraStanding, RolledCamera
from tests.dock_bench import HOUR_MS, START_MS, TODAY, UNIT, DockBench, changed, rolls_of

DAY_MS = 24 * HOUR_MS


class InVain(NamedTuple):
    """`bay`: where the officer points at one. `emergency`: whether saying so would open a bay."""

    dock: DockBench
    officer: str = "officer-1"
    bay: str = ""
    emergency: bool = False


def _one_ready(dock: DockBench | None = None, camera: str = "C1") -> DockBench:
    dock = dock or DockBench()
    dock.ready(camera, "1")
    return dock


def _empty() -> InVain:
    return InVain(DockBench())


def _unit_of_nobody() -> InVain:
    return InVain(_one_ready(DockBench(rolls=replace(rolls_of(), bodies={}))))


def _stranger() -> InVain:
    return InVain(_one_ready(), officer="nobody")


def _certificate_over() -> InVain:
    yesterday = TODAY - dt.timedelta(days=1)
    return InVain(_one_ready(DockBench(rolls=rolls_of(*changed("officer-1", valid_until=yesterday)))))


def _retired() -> InVain:
    camera = RolledCamera("C1", UNIT, standing=CameraStanding.RETIRED)
    return InVain(_one_ready(DockBench(rolls=rolls_of(cameras=(camera,)))))


def _another_units() -> InVain:
    return InVain(_one_ready(camera="their-C"))


def _allotted_to_another() -> InVain:
    camera = RolledCamera("C1", UNIT, allotted=("officer-2",))
    return InVain(_one_ready(DockBench(rolls=rolls_of(cameras=(camera,)), loan__allotment="person")))


def _has_one() -> InVain:
    dock = _one_ready()
    dock.taken()
    dock.ready("C2", "2")
    return InVain(dock)


def _in_repair() -> InVain:
    dock = _one_ready()
    fault = acts.ReportFault(
        by="officer-2", camera="C1", noticed=Noticed.OFFICER, noticed_ms=START_MS, description="镜头裂"
    )
    dock.tell(fault)
    return InVain(dock)


def _not_read_yet() -> InVain:
    dock = DockBench()
    dock.put("C1", "1")
    return InVain(dock)


def _roll_too_old() -> InVain:
    return InVain(_one_ready(DockBench(rolls=rolls_of(as_of_ms=START_MS - 15 * DAY_MS))))


def _just_docked() -> InVain:
    dock = DockBench()
    dock.put("C1", "1")
    dock.listed("1")
    return InVain(dock, emergency=True)


def _clock_wrong() -> InVain:
    dock = DockBench()
    dock.put("C1", "1", ahead_ms=60_000)
    dock.listed("1")
    dock.measured("1")
    dock.tell(seen.ClockCouldNotBeSet(docking=dock.docking("1").number))
    return InVain(dock, emergency=True)


def _measured(**said: int) -> InVain:
    values: dict[str, Any] = {
        "percent": 100,
        "health_percent": 95,
        "recording_minutes": 600,
        "free_minutes": 900,
    } | said
    dock = DockBench()
    dock.put("C1", "1")
    dock.listed("1")
    dock.tell(seen.BatteryMeasured(docking=dock.docking("1").number, **values))
    dock.clock_set("1")
    return InVain(dock, emergency=True)


def _open_for_another() -> InVain:
    dock = _one_ready()
    dock.take("officer-2")
    return InVain(dock, bay="1")


def _two_histories() -> InVain:
    dock = _one_ready()
    dock.tell(seen.HistoryContradicted(why="JOURNAL_FORKED", size=1, root="r"))
    return InVain(dock)


REFUSALS: Mapping[str, Callable[[], InVain]] = {
    "ORG_UNKNOWN": _unit_of_nobody,
    "OFFICER_UNKNOWN": _stranger,
    "OFFICER_UNQUALIFIED": _certificate_over,
    "DEVICE_UNREGISTERED": _retired,
    "DEVICE_LENT": _another_units,
    "ALLOTTED_TO_OTHERS": _allotted_to_another,
    "OFFICER_HAS_CAMERA": _has_one,
    "DEVICE_IN_REPAIR": _in_repair,
    "CHECK_RESIDUAL": _not_read_yet,
    "ROSTER_STALE": _roll_too_old,
    "CHECK_UNDER_WAY": _just_docked,
    "CHECK_CLOCK": _clock_wrong,
    "CHECK_BATTERY": lambda: _measured(recording_minutes=479),
    "CHECK_HEALTH": lambda: _measured(health_percent=40),
    "CHECK_STORAGE": lambda: _measured(free_minutes=100),
    "NO_CAMERA_TO_LEND": _empty,
    "BAY_OFFERED_ALREADY": _open_for_another,
    "HISTORY_DISPUTED": _two_histories,
}
"""In the order of the gate; below it, what is said before the gate is asked."""
