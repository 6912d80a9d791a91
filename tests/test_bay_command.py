"""Promise: without a station its bays are listed, tested and mapped over their wires; nothing is opened unasked."""

import socket
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

import pytest

from dockward import bay_wires, camera_line
from dockward.__main__ import main
from dockward.bay_wires import Terminal, real_wires, works
from hardware.simulated.boards import show, unplug
from station.config import read_config
from station.errors import DockwardError, WireFailedError, WrongUseError
from tests.bay_bench import BAYS, BayBench, Person
from tests.camera_bench import Said
from tests.signer_process import socket_path

MOVED_HUB = {"1": "1-1.4.1", "2": "1-1.4.2", "3": "1-1.4.3", "4": "1-1.2"}


@pytest.fixture
def bench(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Iterator[BayBench]:
    with socket_path() as door:
        yield BayBench(tmp_path, door, capsys)


def places(bench: BayBench) -> list[str]:
    return [bay["usb"] for bay in tomllib.loads(bench.config.read_text(encoding="utf-8"))["bays"]]


def steps(said: Said) -> dict[str, str]:
    return {step["name"]: step["outcome"] for step in said.json["steps"]}


def told(said: Said, bay: str) -> dict[str, Any]:
    (one,) = [one for one in said.json["bays"] if one["bay"] == bay]
    return dict(one)


# --- list


def test_every_bay_is_listed_as_its_wires_say(bench: BayBench) -> None:
    bench.dock.put("DW-1", "2")
    said = bench.type("list", "--json")
    assert said.code == 0
    full, empty, pins = told(said, "2"), told(said, "1"), told(said, "4")
    assert (full["wired"], full["usb"], full["on_usb"], full["present"]) == ("1.1", "1-1.1.2", True, True)
    assert (full["centidegrees"], full["cut"], full["symptom"]) == (2_500, None, "")
    assert (empty["present"], empty["on_usb"], empty["charge_mah"]) == (False, False, 0)
    assert (pins["wired"], pins["present"], pins["key_turned"], pins["millivolts"]) == ("pins", False, False, None)
    lines = bench.type("list").out.splitlines()
    assert [line.split()[0] for line in lines] == ["1", "2", "3", "4"]
    assert "有设备 full" in lines[1]
    assert "25.0 °C" in lines[1]
    assert all(bench.dock.locked(bay) for bay in "1234")


def test_a_dead_board_and_a_switch_that_lies_are_named(bench: BayBench) -> None:
    unplug(bench.dock, 2)
    bench.cables = {**bench.cables, "1": "1-1.1.2", "2": "1-1.1.1"}
    bench.dock.put("DW-1", "1")
    said = bench.type("list", "--json")
    assert (told(said, "3")["answers"], told(said, "3")["part"]) == (False, "board")
    assert (told(said, "2")["part"], told(said, "2")["on_usb"]) == ("contact", True)
    out = bench.type("list").out
    assert "board: 本控制板无应答，其他正常 / this board does not answer, others do → " in out


def test_a_line_that_is_gone_leaves_the_pins(bench: BayBench) -> None:
    unplug(bench.dock, 1)
    unplug(bench.dock, 2)
    said = bench.type("list", "--json")
    assert [told(said, bay)["part"] for bay in "123"] == ["cable"] * 3
    assert told(said, "4")["answers"] is True


# --- test


def test_an_empty_bay_is_tested_whole_and_left_safe(bench: BayBench) -> None:
    lamps, locks, chargers = set[str](), set[bool](), set[bool]()

    def look() -> None:
        lamp = bench.dock.folder / "lamps" / "1"
        lamps.add(lamp.read_text(encoding="utf-8") if lamp.exists() else "")
        locks.add(bench.dock.locked("1"))
        chargers.add(bench.dock.charging("1"))

    for tenth in range(300):
        bench.at(tenth / 10, look)
    said = bench.type("test", "1", "--json")
    assert said.code == 0
    assert steps(said) == {
        "board": "ok",
        "switch": "look",
        "usb": "ok",
        "key": "not_done",
        "lamp": "look",
        "charger": "ok",
        "lock": "look",
        "history": "ok",
    }
    assert {"1", "2", "4", "7"} <= lamps
    assert locks == chargers == {True, False}
    assert bench.dock.locked("1")
    assert not bench.dock.charging("1")


def test_a_charger_is_judged_by_its_current(bench: BayBench) -> None:
    bench.dock.put("DW-1", "1")
    well = bench.type("test", "1", "--json")
    assert (well.code, steps(well)["charger"], steps(well)["usb"]) == (0, "ok", "ok")
    (charger,) = [step for step in well.json["steps"] if step["name"] == "charger"]
    assert "1200 mA, 关 off 0 mA" in charger["said"]
    told: tuple[tuple[tuple[int, int, int] | Literal["stuck"], str], ...] = (
        ((5_000, 3, 2_500), "no current flows"),
        ((900, 0, 2_500), "no voltage"),
        ("stuck", "does not switch off"),
    )
    for sensors, words in told:
        show(bench.dock, "1", sensors)
        said = bench.type("test", "1")
        assert said.code == 1
        assert words in said.out
    show(bench.dock, "2", (5_000, 90, 2_500))
    bench.at(3, lambda: None)
    said = bench.type("test", "2")
    assert said.code == 1
    assert "失败 FAILED" in said.out


def test_the_lock_of_a_full_bay_stays_closed_unless_the_technician_says(bench: BayBench) -> None:
    bench.dock.put("DW-1", "1")
    open_at: list[float] = []
    for tenth in range(400):
        bench.at(tenth / 10, lambda: None if bench.dock.locked("1") else open_at.append(bench.passed_ms))
    said = bench.type("test", "1", "--json")
    assert steps(said)["lock"] == "not_done"
    assert open_at == []
    for tenth in range(400):
        bench.at(tenth / 10, lambda: None if bench.dock.locked("1") else open_at.append(bench.passed_ms))
    assert steps(bench.type("test", "1", "--unlock", "--json"))["lock"] == "look"
    assert open_at
    assert bench.dock.locked("1")


def test_a_bay_of_which_nobody_knows_whether_it_is_empty_is_not_moved(bench: BayBench) -> None:
    unplug(bench.dock, 1)
    said = bench.type("test", "1", "--unlock", "--json")
    assert said.code == 1
    assert [steps(said)[name] for name in ("board", "switch", "lamp", "charger", "lock")] == [
        "failed",
        "failed",
        *["not_done"] * 3,
    ]


def test_a_test_breaks_off_when_a_camera_comes_and_leaves_the_bay_safe(bench: BayBench) -> None:
    bench.at(8, lambda: bench.dock.put("DW-1", "1"))
    with pytest.raises(DockwardError, match="a camera came to bay 1 or left it"):
        bench.type("test", "1")
    assert bench.dock.locked("1")
    assert not bench.dock.charging("1")


def test_a_person_says_what_no_wire_reads_back(bench: BayBench) -> None:
    bench.at(5, lambda: bench.dock.put("DW-1", "1"))
    bench.at(8, lambda: bench.dock.take("1", by_force=True))
    bench.person = Person(bench, saw=True, enter_ms=None)
    said = bench.type("test", "1")
    assert said.code == 0
    assert len(bench.person.asked) == 2
    assert "通过 ok  在位开关 switch: 动作正常 / was seen to move" in said.out
    bench.person = Person(bench, saw=False, enter_ms=None)
    said = bench.type("test", "1")
    assert said.code == 1
    assert said.out.count("失败 FAILED") == 3
    assert "was not seen to move" in said.out


def test_pins_are_tested_as_boards_are(bench: BayBench) -> None:
    bench.turned.add("4")
    said = bench.type("test", "4", "--json")
    assert (said.code, steps(said)["key"], steps(said)["charger"]) == (1, "failed", "look")
    assert bench.type("test", "1-1.2", "--json").json["bay"] == "4"


# --- map


def test_one_camera_put_into_each_bay_in_turn_maps_them_all(bench: BayBench) -> None:
    bench.cables = {"1": "1-1.2", "2": "1-1.1.1", "3": "1-1.1.2", "4": "1-1.1.3"}
    for number, bay in enumerate("3142"):
        bench.dock_at(5 + 10 * number, bay)
    said = bench.type("map", "--write", "--json")
    assert said.code == 0
    assert {place["bay"]: place["seen"] for place in said.json["places"]} == bench.cables
    assert said.json["written"] is True
    assert places(bench) == [bench.cables[str(bay["name"])] for bay in BAYS]
    assert "bay 3: 1-1.1.2" in said.err
    assert Path(said.json["backup"]).exists()


def test_nothing_is_written_unless_it_is_said(bench: BayBench) -> None:
    bench.cables = MOVED_HUB
    for number, bay in enumerate("1234"):
        bench.dock_at(5 + 10 * number, bay)
    said = bench.type("map")
    assert said.code == 0
    assert 'usb = "1-1.4.1"  原 was 1-1.1.1' in said.out
    assert 'usb = "1-1.2"  不变 as configured' in said.out
    assert "written" not in said.out
    assert places(bench) == [bay["usb"] for bay in BAYS]


def test_after_a_change_of_hubs_two_bays_propose_the_rest_and_a_person_accepts_it(bench: BayBench) -> None:
    bench.cables = MOVED_HUB
    for number, bay in enumerate("12"):
        bench.dock_at(5 + 10 * number, bay)
    said = bench.type("map", "--write", "--patience", 30)
    assert said.code == 0
    assert 'usb = "1-1.4.3"  推定 PROPOSED, not seen; 原 was 1-1.1.3' in said.out
    assert places(bench) == ["1-1.4.1", "1-1.4.2", "1-1.1.3", "1-1.2"]
    bench.config.write_bytes(bench.config.with_name("station.toml.bak").read_bytes())
    for number, bay in enumerate("12"):
        bench.dock_at(5 + 10 * number, bay)
    said = bench.type("map", "--write", "--accept-proposed", "--patience", 30)
    assert places(bench) == ["1-1.4.1", "1-1.4.2", "1-1.4.3", "1-1.2"]
    assert "systemctl restart dockward-station" in said.out


def test_two_cameras_at_once_are_refused_and_done_again(bench: BayBench) -> None:
    bench.dock_at(5, "1")
    bench.dock_at(5.4, "2", "DW-2")
    said = bench.type("map", "--patience", 40)
    assert said.code == 1
    assert "cannot be told apart: 1, 2 号仓" in said.err
    assert 'usb = "1-1.1.1"  未见，照旧 not seen' in said.out


def test_where_nothing_changed_nothing_is_written(bench: BayBench) -> None:
    bench.dock_at(5, "1")
    said = bench.type("map", "--write", "--patience", 30)
    assert said.code == 0
    assert "nothing changed, and nothing is written" in said.out
    assert not bench.config.with_name("station.toml.bak").exists()


def test_a_camera_that_says_nothing_is_told_so(bench: BayBench) -> None:
    bench.cables = {bay: place for bay, place in bench.cables.items() if bay != "1"}
    bench.dock_at(5, "1")
    said = bench.type("map", "--patience", 60)
    assert said.code == 1
    assert "bay 1: nothing appeared on USB" in said.err
    bench.dock_at(5, "1")
    assert bench.type("map", "--json", "--patience", 60).json["refused"] == [{"bays": ["1"], "places": []}]


def test_half_a_swap_of_two_cables_is_not_written(bench: BayBench) -> None:
    bench.cables = {**bench.cables, "1": "1-1.1.2", "2": "1-1.1.1"}
    bench.dock_at(5, "1")
    with pytest.raises(WireFailedError, match=r"1-1\.1\.2: .*bays 1, 2 would both have it"):
        bench.type("map", "--write", "--patience", 30)
    assert places(bench) == [bay["usb"] for bay in BAYS]


def test_what_is_in_a_bay_stays_locked_in_and_empty_bays_are_opened(bench: BayBench) -> None:
    bench.dock.put("DW-2", "2")
    seen: list[list[bool]] = []
    bench.at(10, lambda: seen.append([bench.dock.locked(bay) for bay in "1234"]))
    bench.person = Person(bench, saw=True, enter_ms=12_000)
    said = bench.type("map", "--patience", 600)
    assert seen == [[False, True, False, False]]
    assert "full already, and left locked: 2" in said.err
    assert bench.passed_ms < 15_000, "Enter ends it"
    assert all(bench.dock.locked(bay) for bay in "1234")


def test_proposals_are_accepted_only_with_writing(bench: BayBench) -> None:
    with pytest.raises(WrongUseError, match="goes with --write"):
        bench.type("map", "--accept-proposed")


# --- by what way


def test_the_wires_of_a_station_that_works_are_left_to_it(bench: BayBench) -> None:
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(read_config(bench.config).technician)
        listening.listen()
        with pytest.raises(WrongUseError, match="systemctl stop dockward-station"):
            bench.type("map")
        with pytest.raises(WrongUseError, match="opens no lock"):
            bench.type("test", "1", "--unlock")
    assert bench.opened == 0
    assert not works(read_config(bench.config)), "a door that nobody is behind"


def test_a_door_that_one_may_not_knock_at_is_a_station_at_work(
    bench: BayBench, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(wire: socket.socket, path: str) -> None:
        raise PermissionError(path, wire)

    monkeypatch.setattr(socket.socket, "connect", refuse)
    assert works(read_config(bench.config))


def test_what_is_no_bay_or_no_station_is_said_in_one_line(
    bench: BayBench, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(WrongUseError, match="is no bay of this station"):
        bench.type("test", "9")
    for module in (camera_line, bay_wires):
        monkeypatch.setattr(module, "STATION_CONFIG", Path("/nowhere/station.toml"))
    assert main(["bay", "list"]) == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_a_terminal_is_asked_and_heard(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs, ours.makefile("r", encoding="utf-8") as typed:
        monkeypatch.setattr(sys, "stdin", typed)
        assert not Terminal().pressed()
        theirs.sendall(b"\n")
        assert Terminal().pressed()
        theirs.sendall(b"y\n")
        assert Terminal().saw("did it?")
        theirs.sendall(b"\n")
        assert not Terminal().saw("did it?")
    assert "did it? [y/N]" in capsys.readouterr().err


def test_without_a_terminal_nobody_is_asked() -> None:
    assert real_wires().person is None
