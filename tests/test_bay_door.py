"""Promise: a station at work lists its bays and tests those that are free, itself; what is in custody is not moved."""

import argparse
import contextlib
import json
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from dockward import bay, bay_list
from dockward.bay_wires import Wires, real_wires
from hardware.simulated.boards import BoardsAtHand, show
from hardware.simulated.dock import Dock
from hardware.wires import AbsentError, Bays, Measured, SilentError
from hardware.wiring import BayWiring
from station.bays import technician_bays
from station.bays.bay_history import BayHistory
from station.bays.docked_bay import Why
from station.bays.self_test import DRAWS_MA, Look
from station.bays.sensed import Sensed
from station.bays.technician_bays import TechnicianBays
from station.bays.technician_line import Act, ClockTold
from station.bays.technician_steps import (
    MILLIVOLTS_MIN,
    Name,
    Outcome,
    charger_step,
    driven_step,
    switch_step,
    usb_step,
)
from station.bays.technician_tests import CHARGER_MS, COLOURS, LAMP_MS, BayTests, fitted
from station.config import CameraModelConfig
from station.custody import observations as seen
from station.custody.facts import BayTested
from station.custody.facts_of_batteries import FullCharge
from station.errors import DockwardError, NotYetError, TooLateError, WireFailedError
from station.journal.sqlite_log import SqliteLog, connect_to_read
from tests.bay_wires import wired_bays
from tests.camera_bench import Said
from tests.docked_station import CAMERA
from tests.signer_process import socket_path
from tests.test_camera_door import BY, ME, NOBODYS_GROUP, Doored, another, said_by
from tests.test_station_process import eventually, facts, home, pages_of, station

__all__ = ["home"]  # the fixture

ROUND_MS = 100
HEALTH = Measured(5_000, 0, 2_500, 0, 60, None, 0, 0)
MODELS = {"DW-T8": CameraModelConfig(design_mah=3_000, recording_ma=400, standby_ma=50)}
TOLD = (BayWiring("1", "1-1.1", board=1, slot=0), BayWiring("2", "1-1.2", board=1, slot=1))


class Watched(Doored):
    """With a thread that looks at its bays round by round, as the station's watch does, and drives nothing itself."""

    def __init__(self, folder: Path, path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        super().__init__(folder, path, capsys)
        self.sensed = {one.name: Sensed(one.name, answers=False) for one in TOLD}
        self.history = BayHistory({"1": 1, "2": 1})
        self.tests = BayTests()
        self.bays = TechnicianBays(TOLD, lambda: self.sensed, self.history, self.tests, self.tell, self.state, MODELS)
        self.now_ms = 0
        self.shown: list[tuple[int, bool]] = []
        self.happening: dict[int, Any] = {}

    @contextlib.contextmanager
    def watching(self) -> Iterator[None]:
        stopping = threading.Event()
        line = BoardsAtHand(self.dock, TOLD)

        def look(bays: Bays) -> None:
            while not stopping.wait(0.001):
                self._round(bays)

        with wired_bays(self.dock, line, TOLD) as wired:
            for _ in range(3):
                self._round(wired)
            thread = threading.Thread(target=look, args=(wired,))
            thread.start()
            try:
                with self.opened():
                    yield
            finally:
                stopping.set()
                thread.join()

    def _round(self, bays: Bays) -> None:
        self.now_ms += ROUND_MS
        present, measured = bays.present(), bays.measured()
        self.sensed = {
            name: Sensed(name, answers=True, present=there, measured=measured.get(name), why=Why.EMPTY)
            for name, there in present.items()
        }
        if self.tests.turn(bays, self.now_ms):
            lamp = self.dock.folder / "lamps" / "2"
            self.shown.append((int(lamp.read_text()) if lamp.exists() else 0, self.dock.charging("2")))
            self.happening.pop(len(self.shown), lambda: None)()

    def bay(self, *words: object) -> Said:
        parser = argparse.ArgumentParser()
        bay.add_arguments(parser)
        self._capsys.readouterr()

        def never(_: object) -> Any:
            raise AssertionError("the wires are the station's")

        wires = real_wires()._replace(open=never)
        assert isinstance(wires, Wires)
        code = bay.run(parser.parse_args([*map(str, words), "--config", str(self._config)]), wires)
        said = self._capsys.readouterr()
        return Said(code, said.out, said.err)

    def tested(self) -> list[Any]:
        return [fact for fact in self.facts() if isinstance(fact.body, BayTested)]


@pytest.fixture
def door(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Iterator[Watched]:
    with socket_path() as path, contextlib.closing(Watched(tmp_path, path, capsys)) as watched:
        yield watched


def test_a_battery_is_told_with_its_limits_or_why_it_is_unknown(door: Watched) -> None:
    for dockings in range(1, 4):
        number = door.put_and_identify()
        door.work.read(number)
        weighed = FullCharge(2_400, 10_000, 10_000)
        door.tell(
            seen.BatteryWasWeighed(
                docking=number, board="board-1", gain_error=10_000, told=None, weighed=weighed, milliohms=180
            )
        )
        with door.watching():
            listed, told = door.bay("list", "--json"), door.bay("list")
        battery = listed.json["bays"][0]["battery"]
        assert battery["dockings"] == dockings
        if dockings < 3:
            assert battery["unknown"] == "too_few_dockings"
            assert "未知" in told.out
            door.dock.take("1", by_force=True)
            door.tell(seen.PresenceOpened(bay="1"))
        else:
            health = battery["health_percent"]
            assert health["low"] < 79.9 < health["value"] < 80.1 < health["high"]
            assert "80 %" in told.out
            assert "180 mΩ" in told.out


def steps(said: Said) -> dict[str, str]:
    return {step["name"]: step["outcome"] for step in said.json["steps"]}


def test_a_station_at_work_lists_its_bays(door: Watched) -> None:
    door.ready()
    with door.watching():
        one, two = door.bay("list", "--json").json["bays"]
        assert "? (空仓 empty)" in door.bay("list").out
    assert (one["present"], two["present"], two["why"]) == (True, False, "empty")
    assert (one["wired"], one["symptom"], two["usb"]) == ("1.0", "", "1-1.2")
    assert door.tested() == [], "who looks, changes nothing"


def test_a_free_bay_is_tested_by_the_station_and_the_test_is_a_fact(door: Watched) -> None:
    with door.watching():
        said = door.bay("test", "2", "--json")
    assert said.code == 0
    assert steps(said) == {
        "board": "ok",
        "switch": "look",
        "usb": "ok",
        "key": "not_done",
        "lamp": "look",
        "charger": "ok",
        "lock": "not_done",
        "history": "ok",
    }
    lamps = [lamp for lamp, _ in door.shown]
    assert [lamps[place] for place in range(1, len(lamps)) if lamps[place] != lamps[place - 1]][:3] == [2, 4, 7]
    assert {charging for _, charging in door.shown} == {True, False}
    assert not door.dock.charging("2")
    assert door.dock.locked("2")
    (fact,) = door.tested()
    assert (fact.by, fact.subject) == (BY, "bay:2")
    assert (fact.body.bay, fact.body.outcome, fact.body.failed) == ("2", "PASSED", ())
    assert fact.body.sealed.keys() == {"account"}
    with contextlib.closing(connect_to_read(door.journal)) as connection:
        assert all(ME.pw_name.encode() not in entry for entry in SqliteLog(connection).entries())


def test_what_failed_stands_in_the_fact(door: Watched) -> None:
    show(door.dock, "2", (5_000, 90, 2_500))
    with door.watching():
        said = door.bay("test", "1-1.2")
    assert said.code == 1
    assert "current flows, and nothing is in the bay" in said.out or "does not switch off" in said.out
    (fact,) = door.tested()
    assert (fact.body.outcome, fact.body.failed) == ("FAILED", ("CHARGER",))


def test_a_bay_that_custody_holds_is_judged_by_its_history_alone(door: Watched) -> None:
    door.ready()
    for second in range(120):
        look = Look(second * 1_000, answered=True, present=True, charging=True, ma=3, usb=False)
        door.history.see("1", look, CAMERA)
    with door.watching():
        said = door.bay("test", "1", "--json")
        out = door.bay("test", "1").out
        unlocking = pytest.raises(DockwardError, match="opens no lock")
        with unlocking:
            door.bay("test", "1", "--unlock")
    assert [steps(said)[name] for name in ("lamp", "charger", "lock", "history")] == [*["not_done"] * 3, "failed"]
    assert "neither current nor USB → 请将另一台记录仪放入本仓" in out
    assert door.shown == []
    assert door.dock.locked("1")
    assert [fact.body.failed for fact in door.tested()] == [("USB", "HISTORY")] * 2


def test_a_bay_whose_switch_says_empty_and_custody_does_not_is_not_moved(door: Watched) -> None:
    door.tell(seen.PresenceClosed(bay="2"))
    with door.watching():
        said = door.bay("test", "2", "--json")
    assert steps(said)["charger"] == "not_done"
    assert door.shown == []


def test_a_camera_that_comes_ends_the_test_and_that_is_a_fact_too(door: Watched) -> None:
    door.make_camera("T8-2")
    door.happening[int(4 * LAMP_MS / ROUND_MS) + 5] = lambda: door.dock.put("T8-2", "2")
    with door.watching(), pytest.raises(WireFailedError, match="a camera came to bay 2"):
        door.bay("test", "2")
    assert (True in {charging for _, charging in door.shown}, door.dock.charging("2")) == (True, False)
    (fact,) = door.tested()
    assert fact.body.outcome == "BROKEN_OFF"


def test_a_watch_that_does_no_round_is_told_of(door: Watched, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(technician_bays, "PATIENCE_SECONDS", 0)
    door.sensed = {"2": Sensed("2", answers=True, present=False)}
    with door.opened(), pytest.raises(WireFailedError, match="did not finish the test"):
        door.bay("test", "2")
    assert [fact.body.outcome for fact in door.tested()] == ["BROKEN_OFF"]


def test_a_stranger_lists_and_tests_nothing(door: Watched) -> None:
    with door.opened(group=NOBODYS_GROUP):
        door.path.parent.chmod(0o755)
        door.path.chmod(0o666)
        for act in (Act.BAYS, Act.BAY_TEST):
            said = json.loads(said_by(another(), door.path, f'{{"act":"{act}","at":"2"}}'))
            assert said.keys() == {"refused"}
            assert f"{another().pw_name} 无权操作" in said["refused"]
    assert door.tested() == []


def test_another_answer_than_was_asked_for_is_none(door: Watched, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("bay_list", "bay_test"):
        monkeypatch.setattr(f"dockward.{module}.ask", lambda *_: ClockTold("T8", None))
    with door.opened():
        for words in (("list",), ("test", "2")):
            with pytest.raises(WireFailedError, match="another question"):
                door.bay(*words)


def test_a_station_at_work_is_asked_by_the_command_itself(home: Path) -> None:
    Dock(home / "dock").put("T8-000417", "2")

    def command(*words: str) -> "subprocess.CompletedProcess[str]":
        asked = [sys.executable, "-m", "dockward", "bay", *words, "--config", str(home / "station.toml")]
        return subprocess.run(asked, capture_output=True, text=True, check=False)

    with station(home) as process:
        pages_of(process)
        eventually(lambda: "clock_set" in facts(home))
        listed = {bay["bay"]: bay for bay in json.loads(command("list", "--json").stdout)["bays"]}
        assert (listed["1"]["present"], listed["2"]["present"], listed["2"]["on_usb"]) == (False, True, True)
        tested = command("test", "1", "--json")
        assert (tested.returncode, tested.stderr) == (0, "")
        assert [step["outcome"] for step in json.loads(tested.stdout)["steps"]].count("failed") == 0
        held = json.loads(command("test", "2", "--json").stdout)["steps"]
        assert {step["name"] for step in held if step["outcome"] == "not_done"} >= {"lamp", "charger", "lock"}
        mapping = command("map")
        assert (mapping.returncode, mapping.stderr.count("\n")) == (2, 1)
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 0
    assert facts(home).count("bay_tested") == 2


def test_every_reason_to_charge_or_not_has_its_words() -> None:
    assert bay_list._WHY.keys() == {why.name.lower() for why in Why}


# --- the moves


class Recorded:
    """Wires that note what they are told, and fail where they are to."""

    def __init__(self, *failing: str) -> None:
        self.told: list[tuple[str, object]] = []
        self.failing = failing

    def measured(self) -> dict[str, Any]:
        return {}

    def light(self, _: str, colour: str) -> None:
        self._note("light", colour)

    def charge(self, _: str, enabled: bool) -> None:  # noqa: FBT001
        self._note("charge", enabled)

    def lock(self, _: str, locked: bool) -> None:  # noqa: FBT001
        self._note("lock", locked)

    def _note(self, what: str, to: object) -> None:
        self.told.append((what, to))
        if what in self.failing:
            raise SilentError(f"the {what} does not obey")


def test_a_station_that_stops_ends_its_tests_safely_and_begins_none() -> None:
    """Whoever waits for one would keep the process from ending."""
    tests, wires = BayTests(), Recorded()
    done = tests.order("1", (Name.CHARGER,), lambda: True)
    tests.turn(wires, 0)  # type: ignore[arg-type]
    tests.stop(wires)  # type: ignore[arg-type]
    assert wires.told == [("charge", True), ("charge", False)]
    with pytest.raises(TooLateError):
        done.result(0)
    with pytest.raises(NotYetError, match="stopping"):
        tests.order("2", (Name.LAMP,), lambda: True)


def test_a_test_that_never_began_is_no_fact(door: Watched) -> None:
    with door.watching():
        door.tests.order("2", (Name.LAMP,), lambda: True)
        with pytest.raises(WireFailedError, match="being tested"):
            door.bay("test", "2")
    assert door.tested() == []


def test_each_move_is_left_for_its_time_and_everything_ends_safe() -> None:
    tests, wires = BayTests(), Recorded()
    done = tests.order("1", fitted(TOLD[0]), lambda: True)
    with pytest.raises(NotYetError):
        tests.order("1", (Name.LAMP,), lambda: True)
    assert tests.turn(wires, 0) == {"1"}  # type: ignore[arg-type]
    assert tests.turn(wires, LAMP_MS - 1) == {"1"}  # type: ignore[arg-type]
    assert wires.told == [("light", "red")]
    for now_ms in range(LAMP_MS, 60_000, ROUND_MS):
        tests.turn(wires, now_ms)  # type: ignore[arg-type]
    lights = [("light", colour) for colour in COLOURS]
    assert wires.told == [*lights, ("charge", True), ("charge", False), ("lock", False), ("lock", True)]
    assert [step.outcome for step in done.result(0)] == [Outcome.LOOK] * 3
    assert tests.turn(wires, 60_000) == frozenset()  # type: ignore[arg-type]


def test_what_does_not_obey_has_failed_and_the_rest_goes_on() -> None:
    tests, wires = BayTests(), Recorded("light", "charge")
    done = tests.order("1", fitted(TOLD[0]), lambda: True)
    for now_ms in range(0, 60_000, ROUND_MS):
        tests.turn(wires, now_ms)  # type: ignore[arg-type]
    assert [step.outcome for step in done.result(0)] == [Outcome.FAILED, Outcome.FAILED, Outcome.LOOK]
    assert done.result(0)[0].said == "the light does not obey"


def test_a_test_that_breaks_off_closes_the_lock_it_opened_even_where_the_charger_fails() -> None:
    free = [True]
    tests, wires = BayTests(), Recorded("charge")
    done = tests.order("1", fitted(TOLD[0]), lambda: free[0])
    opened_ms = len(COLOURS) * LAMP_MS + 2 * CHARGER_MS
    for now_ms in range(0, opened_ms + 2 * ROUND_MS, ROUND_MS):
        tests.turn(wires, now_ms)  # type: ignore[arg-type]
    assert wires.told[-1] == ("lock", False)
    free[0] = False
    assert tests.turn(wires, opened_ms + 3 * ROUND_MS) == {"1"}  # type: ignore[arg-type]
    assert wires.told[-2:] == [("charge", False), ("lock", True)]
    assert isinstance(done.exception(0), TooLateError)


def test_only_what_a_bay_has_is_moved() -> None:
    pins = BayWiring("4", "1-1.4", lock_pin=17, presence_pin=4, charger_pin=18)
    assert fitted(pins) == (Name.CHARGER, Name.LOCK)
    assert fitted(TOLD[0]) == (Name.LAMP, Name.CHARGER, Name.LOCK)


# --- what is measured


@pytest.mark.parametrize(
    ("occupied", "on", "off", "outcome", "words"),
    [
        (False, {"milliamperes": DRAWS_MA - 1}, {}, Outcome.OK, ""),
        (True, {"milliamperes": 450}, {}, Outcome.OK, ""),
        (False, {"milliamperes": DRAWS_MA}, {}, Outcome.FAILED, "nothing is in the bay"),
        (True, {"milliamperes": DRAWS_MA - 1}, {}, Outcome.FAILED, "no current flows"),
        (True, {"milliamperes": 450}, {"milliamperes": DRAWS_MA}, Outcome.FAILED, "does not switch off"),
        (False, {"millivolts": MILLIVOLTS_MIN - 1}, {}, Outcome.FAILED, "no voltage"),
        (False, {"cut": "short"}, {}, Outcome.FAILED, "the board cut it (short)"),
        (True, {"milliamperes": None}, {}, Outcome.LOOK, "nobody measures"),
    ],
)
def test_a_charger_is_judged_by_what_flows_and_what_does_not(
    *, occupied: bool, on: dict[str, Any], off: dict[str, Any], outcome: Outcome, words: str
) -> None:
    step = charger_step(occupied, HEALTH._replace(**on), HEALTH._replace(**off), "")
    assert step.outcome is outcome
    assert words in step.said
    assert bool(step.advice) is (outcome is Outcome.FAILED)


def test_what_does_not_answer_is_not_judged_by_what_it_measured_before() -> None:
    step = charger_step(True, HEALTH, HEALTH, str(AbsentError("gone")))  # noqa: FBT003
    assert (step.outcome, step.said) == (Outcome.FAILED, "gone")
    assert driven_step(Name.LOCK, "gone").outcome is Outcome.FAILED


def test_switch_and_usb_are_judged_by_each_other() -> None:
    both = {
        (present, usb): usb_step(present, usb, "1-1.1").outcome
        for present in (True, False, None)
        for usb in (True, False)
    }
    assert [both[True, True], both[False, False]] == [Outcome.OK] * 2
    assert [both[True, False], both[False, True]] == [Outcome.FAILED] * 2
    assert [both[None, True], both[None, False]] == [Outcome.NOT_DONE] * 2
    assert [switch_step(present).outcome for present in (True, None)] == [Outcome.LOOK, Outcome.FAILED]
