"""Promise: `dockward camera` deletes nothing unproved, touches no unit's camera, and says what a camera is worth."""

from collections.abc import Callable
from pathlib import Path

import pytest
import usb.backend.libusb1  # type: ignore[import-untyped]

from dockward import camera_line
from dockward.__main__ import main
from dockward.camera_judging import Abilities, Verdict, judged
from dockward.camera_line import shown
from hardware.simulated.dock import About
from hardware.simulated.faults import Fault, Kind, Nature, UsbTraits
from hardware.simulated.habits import Habits
from hardware.usb_cameras import UsbCameras
from station.errors import DockwardError, WireFailedError, WrongUseError
from station.policy.csv_rows import RollsError
from tests.camera_bench import (
    BEGUN_MS,
    CLIP,
    CONTENT,
    DELETE,
    ENDED_MS,
    GET_OBJECT,
    GET_PARTIAL,
    GET_PARTIAL_64,
    NOW_MS,
    OTHER,
    Bench,
)
from tests.test_station_config import WHOLE, written


@pytest.fixture
def bench(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Bench:
    return Bench(tmp_path, capsys)


# --- list, identify, ls


def test_what_is_plugged_in_is_listed_with_its_kind(bench: Bench) -> None:
    (place,) = bench.type("list", "--json").json["places"]
    assert (place["usb_path"], place["vendor"], place["product"], place["kind"]) == ("1-1.1", "1209", "0001", "mtp")
    assert bench.type("list").out.split()[:3] == ["1-1.1", "1209:0001", "MTP"]
    bench.nature = Nature(traits=UsbTraits(mass_storage=True))
    assert "U盘模式 disk" in bench.type("list").out
    bench.dock.take("1", by_force=True)
    assert "nothing is plugged in" in bench.type("list").out


def test_a_camera_says_who_it_is(bench: Bench) -> None:
    said = bench.type("identify", "1-1.1", "--json").json
    assert (said["serial"], said["model"], said["battery_percent"]) == ("T8-1", "DW-T8", 80)
    (card,) = said["cards"]
    assert set(card) == {"capacity_bytes", "free_bytes", "deletable"}
    assert "序列号 serial: T8-1\n" in bench.type("identify", "1-1.1").out


def test_every_file_is_listed_with_its_size_and_time(bench: Bench) -> None:
    said = bench.type("ls", "1-1.1", "--json").json
    assert said["files"] == [
        {"path": CLIP, "size_bytes": len(CONTENT), "begun_ms": BEGUN_MS, "ended_ms": ENDED_MS, "described": True},
        {"path": OTHER, "size_bytes": 5, "begun_ms": BEGUN_MS, "ended_ms": ENDED_MS, "described": True},
    ]
    first, _, total = bench.type("ls", "1-1.1").out.splitlines()
    assert first == f"{len(CONTENT):>14}  2026-09-10 08:26:40  {CLIP}"
    assert total == "2 个文件 files, 300.0 kB"


def test_no_name_steers_a_terminal() -> None:
    assert shown("a\x9b2Jb\u202ec.mp4") == "a\\u009b2Jb\\u202ec.mp4"


# --- clock


def test_the_clock_is_measured_before_it_is_set_and_read_back(bench: Bench) -> None:
    bench.dock.tell_about("T8-1", About(clock_ahead_ms=-90_000))
    said = bench.type("clock", "1-1.1", "--json").json
    assert said["before"] == {
        "camera_ms": NOW_MS - 90_500,
        "ahead_ms": -90_000,
        "error_ms": 500,
        "synchronised": True,
    }
    assert said["after"] is None
    assert bench.dock.about("T8-1").clock_ahead_ms == -90_000
    said = bench.type("clock", "1-1.1", "--set", "--json").json
    assert said["before"]["ahead_ms"] == -90_000
    assert abs(said["after"]["ahead_ms"]) <= 1_000
    assert "慢 behind 90.0 s ± 0.5 s" not in bench.type("clock", "1-1.1").out


def test_a_machine_that_does_not_know_the_time_sets_no_clock(bench: Bench) -> None:
    bench.dock.tell_about("T8-1", About(clock_ahead_ms=-90_000))
    bench.synchronised = False
    assert "未经校准" in bench.type("clock", "1-1.1").out
    with pytest.raises(WireFailedError, match="timedatectl"):
        bench.type("clock", "1-1.1", "--set")
    assert bench.dock.about("T8-1").clock_ahead_ms == -90_000


def test_a_clock_that_says_it_was_set_and_was_not_is_an_error(bench: Bench) -> None:
    bench.dock.tell_about("T8-1", About(clock_ahead_ms=-90_000))
    backend_tells = bench.dock.tell_about
    bench.dock.tell_about = lambda *_: None  # type: ignore[method-assign]
    with pytest.raises(DockwardError, match="shows another time"):
        bench.type("clock", "1-1.1", "--set")
    bench.dock.tell_about = backend_tells  # type: ignore[method-assign]


def test_a_camera_without_a_clock_says_so(bench: Bench) -> None:
    bench.nature = Nature(habits=Habits(has_clock=False))
    said = bench.type("clock", "1-1.1", "--set", "--json")
    assert (said.code, said.json["before"], said.json["after"]) == (1, None, None)


# --- erase


def test_what_is_proved_is_deleted_and_only_with_yes(bench: Bench) -> None:
    bench.pull()
    said = bench.erase("--json")
    assert (said.code, said.json["deletable"], said.json["deleted"]) == (0, [CLIP, OTHER], [])
    assert bench.card() == {CLIP, OTHER}
    said = bench.erase("--yes", "--json")
    assert (said.code, said.json["deleted"], said.json["kept"]) == (0, [CLIP, OTHER], [])
    assert bench.card() == set()
    assert (bench.to / CLIP).read_bytes() == CONTENT


def drop_copy(bench: Bench) -> None:
    (bench.to / CLIP).unlink()


def change_copy(bench: Bench) -> None:
    (bench.to / CLIP).write_bytes(CONTENT[::-1])


def drop_from_sums(bench: Bench) -> None:
    sums = bench.to / "SHA256SUMS"
    sums.write_text("".join(line for line in sums.read_text().splitlines(keepends=True) if CLIP not in line))


def film_over(bench: Bench) -> None:
    """Same name, size and times."""
    bench.film(CLIP, CONTENT[::-1])


def film_longer(bench: Bench) -> None:
    bench.film(CLIP, CONTENT + b"!")


def protect(bench: Bench) -> None:
    bench.nature = Nature(faults=(Fault(Kind.REFUSE, DELETE, value=0x200D),))


def only_say_deleted(bench: Bench) -> None:
    bench.nature = Nature(faults=(Fault(Kind.REFUSE, DELETE, value=0x2001),))


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (drop_copy, "copy_gone"),
        (change_copy, "copy_changed"),
        (drop_from_sums, "not_in_sums"),
        (film_over, "camera_differs"),
        (film_longer, "not_pulled"),
        (protect, "camera_refuses"),
        (only_say_deleted, "still_there"),
    ],
)
def test_what_is_not_proved_stays_with_its_reason(bench: Bench, spoil: Callable[[Bench], None], reason: str) -> None:
    bench.pull()
    spoil(bench)
    said = bench.erase("--yes", "--json")
    assert said.code == 1
    assert said.json["kept"] == [{"path": CLIP, "reason": reason}]
    assert said.json["deleted"] == [OTHER]
    assert bench.card() == {CLIP}


def test_pulled_out_while_it_is_erased_what_was_done_is_told(bench: Bench) -> None:
    bench.pull()
    bench.nature = Nature(faults=(Fault(Kind.VANISH, GET_OBJECT, nth=2, at=14),))
    said = bench.erase("--yes", "--json")
    assert said.code == 1
    assert (said.json["deleted"], said.json["kept"]) == ([CLIP], [{"path": OTHER, "reason": "not_reached"}])
    assert "gone" in said.json["broke_off"]
    assert bench.card() == {OTHER}


def test_no_other_camera_is_erased(bench: Bench) -> None:
    bench.pull()
    with pytest.raises(WrongUseError, match="T8-1"):
        bench.erase("--serial", "T8-2", "--yes")
    with pytest.raises(WrongUseError, match="pull first"):
        bench.erase("--proof", bench.folder, "--yes")
    assert bench.card() == {CLIP, OTHER}


def test_nothing_is_erased_where_no_roll_says_whose_camera_it_is(bench: Bench) -> None:
    bench.pull()
    with pytest.raises(WrongUseError, match="--cameras FILE"):
        bench.type("erase", "1-1.1", "--serial", "T8-1", "--proof", bench.to, "--yes")
    assert bench.card() == {CLIP, OTHER}
    bench.roll.write_text("设备编号,单位\nT8-1,某局\n", encoding="utf-8")
    with pytest.raises(WrongUseError, match="在册"):
        bench.erase("--yes")
    assert bench.card() == {CLIP, OTHER}
    bench.roll.write_text("设备编号,单位\n", encoding="utf-8")
    assert bench.erase("--yes").code == 0, "a unit that has no cameras yet says so by its headings alone"
    assert bench.card() == set()


# --- probe


def test_a_camera_that_can_all_is_fit(bench: Bench) -> None:
    said = bench.type("probe", "1-1.1")
    assert (said.code, said.out.splitlines()[0]) == (0, "结论 verdict: 适合 / fit")
    told = bench.type("probe", "1-1.1", "--json").json
    assert told["verdict"] == "fit"
    assert told["abilities"]["battery_largest"] == 100


def test_probing_changes_nothing(bench: Bench) -> None:
    bench.dock.tell_about("T8-1", About(clock_ahead_ms=-90_000))
    bench.type("probe", "1-1.1")
    assert bench.dock.about("T8-1").clock_ahead_ms == -90_000
    assert bench.card() == {CLIP, OTHER}


@pytest.mark.parametrize(
    ("habits", "about", "verdict"),
    [
        (Habits(has_clock=False), "clock", "conditional"),
        (Habits(without=frozenset({DELETE})), "deletion", "unfit"),
        (Habits(without=frozenset({GET_PARTIAL, GET_PARTIAL_64})), "resuming", "conditional"),
        (Habits(without=frozenset({0x9803})), "large_files", "conditional"),
        (Habits(without=frozenset({0x1016})), "clock_set", "conditional"),
    ],
)
def test_what_a_camera_lacks_is_named_and_weighs(bench: Bench, habits: Habits, about: str, verdict: str) -> None:
    bench.nature = Nature(habits=habits)
    said = bench.type("probe", "1-1.1", "--json")
    assert said.json["verdict"] == verdict
    assert [point["about"] for point in said.json["points"] if point["weight"] == verdict] == [about]
    assert said.code == (1 if verdict == "unfit" else 0)


@pytest.mark.parametrize("interrupts", [True, False])
def test_whether_a_camera_can_say_events_is_told_and_is_no_condition(bench: Bench, *, interrupts: bool) -> None:
    bench.nature = Nature(traits=UsbTraits(interrupts=interrupts))
    said = bench.type("probe", "1-1.1", "--json").json
    assert (said["verdict"], said["abilities"]["tells_events"]) == ("fit", interrupts)
    (point,) = [point["en"] for point in said["points"] if point["about"] == "events"]
    assert point.startswith("has" if interrupts else "no endpoint")


def test_a_disk_is_named_as_one_with_what_to_do(bench: Bench) -> None:
    bench.nature = Nature(traits=UsbTraits(mass_storage=True))
    said = bench.type("probe", "1-1.1")
    assert "有条件" in said.out.splitlines()[0]
    assert "切换为 MTP 模式" in said.out
    assert "no driver for disks" in said.out
    with pytest.raises(WireFailedError, match=r"1-1\.1"):
        bench.type("ls", "1-1.1")


def test_a_camera_without_a_serial_number_is_unfit(bench: Bench) -> None:
    bench.dock.take("1", by_force=True)
    bench.dock.make_camera(" ")
    bench.dock.put(" ", "1")
    said = bench.type("probe", "1-1.1")
    assert said.code == 1
    assert "不适合" in said.out.splitlines()[0]
    assert "serial number" in said.out


def test_a_scale_of_four_steps_is_told_and_coarse() -> None:
    steps = Abilities(
        serial="1",
        model="m",
        files=0,
        lacks=(),
        deletes=True,
        deletable_cards=True,
        tells_time=True,
        sets_time=True,
        battery_percent=75,
        battery_largest=4,
        sizes_of_64_bits=True,
        sizes_modulo_4_gib=False,
        reads_from_bits=64,
        lists_folders_at_once=True,
        tells_free_space=True,
        tells_events=True,
    )
    verdict, points = judged("mtp", steps, None)
    assert verdict is Verdict.CONDITIONAL
    assert [point.about for point in points if point.weight is Verdict.CONDITIONAL] == ["battery"]


def test_nothing_there_is_no_verdict(bench: Bench) -> None:
    with pytest.raises(WireFailedError, match="nothing is at this place"):
        bench.type("probe", "1-1.2")


# --- custody, and what is missing


ACTS = [
    ("identify", "1-1.1"),
    ("probe", "1-1.1"),
    ("ls", "1-1.1"),
    ("pull", "1-1.1", "--all", "--to", "out"),
    ("clock", "1-1.1", "--set"),
    ("erase", "1-1.1", "--serial", "T8-1", "--proof", "out", "--yes"),
]


@pytest.mark.parametrize("words", ACTS, ids=lambda words: words[0])
def test_on_a_station_no_camera_is_opened(
    bench: Bench, words: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The station is asked, and does not run here; what it cannot be asked is refused by name."""
    config = written(bench.folder, WHOLE | {"technician": "technician.sock"})
    why = {"erase": "--serial", "pull": "custodian", "probe": "for buying"}.get(words[0], "no station answers")
    monkeypatch.setattr(UsbCameras, "open", None)
    with pytest.raises(DockwardError, match=why):
        bench.type(*words, "--config", config)
    monkeypatch.setattr(camera_line, "STATION_CONFIG", config)
    with pytest.raises(DockwardError, match=why):
        bench.type(*words)
    other = bench.folder / "other.toml"
    with pytest.raises(WrongUseError, match="not there"):
        bench.type(*words, "--config", other)
    assert bench.type("list").code == 0


@pytest.mark.parametrize("words", ACTS, ids=lambda words: words[0])
def test_a_camera_in_the_roll_is_not_touched(bench: Bench, words: tuple[str, ...]) -> None:
    roll = bench.folder / "cameras.csv"
    roll.write_text("设备编号,单位\nt8-1,某局\n", encoding="utf-8")
    with pytest.raises(WrongUseError, match="在册"):
        bench.type(*words, "--cameras", roll)
    roll.write_text("设备编号\nT8-2\n", encoding="utf-8")
    with pytest.raises(RollsError):
        bench.type(*words, "--cameras", roll)
    assert bench.card() == {CLIP, OTHER}
    assert not Path("out").exists()


def test_without_libusb_one_line_says_what_to_install(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(usb.backend.libusb1, "get_backend", lambda **_: None)
    monkeypatch.setattr("usb.backend.libusb0.get_backend", lambda **_: None)
    monkeypatch.setattr("usb.backend.openusb.get_backend", lambda **_: None)
    for words in (("list",), ("ls", "1-1.1"), ("probe", "1-1.1")):
        assert main(["camera", *words]) == 1
        said = capsys.readouterr()
        assert said.out == ""
        (line,) = said.err.splitlines()
        assert "apt-get install libusb-1.0-0" in line


@pytest.mark.parametrize(("number", "advice"), [(13, "udev"), (16, "another program")])
def test_without_permission_one_line_says_what_to_do(bench: Bench, number: int, advice: str) -> None:
    bench.nature = Nature(traits=UsbTraits(claim_errno=number))
    with pytest.raises(WireFailedError, match=advice) as told:
        bench.type("ls", "1-1.1")
    assert "\n" not in str(told.value)


def test_nobody_is_at_an_empty_place(bench: Bench) -> None:
    with pytest.raises(WireFailedError, match=r"1-1\.9"):
        bench.type("identify", "1-1.9")
