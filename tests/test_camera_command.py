"""Promise: `dockward camera` pulls whole files or says why not, deletes nothing unproved, touches no unit's camera."""

import argparse
import json
import subprocess
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
import usb.backend.libusb1  # type: ignore[import-untyped]

from dockward import camera, camera_line, camera_part
from dockward.__main__ import main
from dockward.camera_folder import names_for
from dockward.camera_judging import Abilities, Verdict, judged
from dockward.camera_line import Line, shown
from dockward.camera_progress import Progress
from hardware.simulated.dock import About, Dock
from hardware.simulated.faults import Fault, Kind, Nature, UsbTraits
from hardware.simulated.habits import Habits
from hardware.simulated.usb_backend import VirtualUsb
from hardware.wires import ListedFile
from station.clock import ManualClock
from station.durable import write_file
from station.errors import DockwardError, WireFailedError, WrongUseError
from station.policy.csv_rows import RollsError
from station.stamp import Stamp

NOW_MS = 1_790_000_000_500
BEGUN_MS, ENDED_MS = 1_789_000_000_000, 1_789_000_060_000
CLIP, OTHER = "DCIM/100MEDIA/执法 1.MP4", "DCIM/other.mp4"
CONTENT = bytes(index * 31 % 251 for index in range(300_000))
GET_OBJECT, DELETE, GET_PARTIAL, GET_PARTIAL_64 = 0x1009, 0x100B, 0x101B, 0x95C1
WAYS_TO_READ = (GET_OBJECT, GET_PARTIAL, GET_PARTIAL_64)


class Said:
    """What one run answered."""

    def __init__(self, code: int, out: str, err: str) -> None:
        self.code, self.out, self.err = code, out, err

    @property
    def json(self) -> dict[str, Any]:
        (line,) = self.out.splitlines()
        told: dict[str, Any] = json.loads(line)
        return told


class Bench:
    """A camera at 1-1.1, and whoever types."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder = folder
        self.to = folder / "out"
        self.dock = Dock(folder / "dock")
        self.dock.make_camera("T8-1")
        self.film(CLIP, CONTENT)
        self.film(OTHER, b"other")
        self.dock.put("T8-1", "1")
        self.nature = Nature()
        self.synchronised = True
        self._capsys = capsys

    def film(self, path: str, content: bytes) -> None:
        self.dock.film("T8-1", path, content, BEGUN_MS, ENDED_MS)

    def type(self, *words: object) -> Said:
        """As main does it, with another end to the line."""
        parser = argparse.ArgumentParser()
        camera.add_arguments(parser)
        natures = {"T8-1": self.nature}
        backend = VirtualUsb(self.dock, {"1": "1-1.1"}, lambda: NOW_MS, bytes_per_call=4_096, natures=natures)
        clock = ManualClock(Stamp(NOW_MS, "boot", 1_000, self.synchronised))
        self._capsys.readouterr()
        code = camera.run(parser.parse_args([str(word) for word in words]), Line(backend, clock))
        said = self._capsys.readouterr()
        return Said(code, said.out, said.err)

    def pull(self, *words: object) -> Said:
        return self.type("pull", "1-1.1", *(words or ("--all",)), "--to", self.to)

    def erase(self, *words: object) -> Said:
        return self.type("erase", "1-1.1", "--serial", "T8-1", "--proof", self.to, *words)

    def card(self) -> set[str]:
        card = self.dock.card("T8-1")
        return {str(path.relative_to(card)) for path in card.rglob("*") if path.is_file()}

    def sums_hold(self) -> bool:
        answer = subprocess.run(
            ["sha256sum", "--strict", "-c", "SHA256SUMS"], cwd=self.to, capture_output=True, check=False
        )
        return answer.returncode == 0

    def left_over(self) -> list[str]:
        return [path.name for path in self.to.rglob("*.part*")]


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
        {"path": CLIP, "size_bytes": len(CONTENT), "begun_ms": BEGUN_MS, "ended_ms": ENDED_MS},
        {"path": OTHER, "size_bytes": 5, "begun_ms": BEGUN_MS, "ended_ms": ENDED_MS},
    ]
    first, _, total = bench.type("ls", "1-1.1").out.splitlines()
    assert first == f"{len(CONTENT):>14}  2026-09-10 08:26:40  {CLIP}"
    assert total == "2 个文件 files, 300.0 kB"


def test_no_name_steers_a_terminal() -> None:
    assert shown("a\x9b2Jb\u202ec.mp4") == "a\\u009b2Jb\\u202ec.mp4"


# --- pull


def test_what_is_pulled_is_proved_by_sha256sum(bench: Bench) -> None:
    said = bench.pull("--all", "--json").json
    assert (bench.to / CLIP).read_bytes() == CONTENT
    assert (bench.to / OTHER).read_bytes() == b"other"
    assert bench.sums_hold()
    assert {one["file"]: one["sha256"] for one in said["pulled"]} == {
        CLIP: sha256(CONTENT).hexdigest(),
        OTHER: sha256(b"other").hexdigest(),
    }
    assert said["failed"] == []
    assert bench.left_over() == []


def test_one_file_is_pulled_by_its_name_and_its_digest_is_printed(bench: Bench) -> None:
    said = bench.pull(OTHER)
    assert said.out.splitlines()[0] == f"{sha256(b'other').hexdigest()}  {OTHER}"
    assert said.err == "", "no bar where there is no terminal"
    assert not (bench.to / CLIP).exists()
    with pytest.raises(WrongUseError, match="camera ls"):
        bench.pull("DCIM/none.mp4")


def test_what_is_there_is_not_asked_for_again(bench: Bench) -> None:
    bench.pull()
    bench.nature = Nature(faults=(Fault(Kind.WEDGE, GET_OBJECT),))
    said = bench.pull("--all", "--json").json
    assert len(said["already_there"]) == 2
    assert said["pulled"] == []


def test_what_was_filmed_over_never_stands_for_what_was_pulled(bench: Bench) -> None:
    bench.pull()
    bench.film(OTHER, b"OTHER!")
    said = bench.pull("--all", "--json")
    assert said.code == 1
    assert "stays" in str(said.json["failed"])
    assert (bench.to / OTHER).read_bytes() == b"other"


@pytest.mark.parametrize("at", [12, 5_000, 150_000, 299_000])
def test_a_cut_pull_goes_on_where_it_was_cut(bench: Bench, at: int) -> None:
    bench.nature = Nature(faults=(Fault(Kind.VANISH, GET_OBJECT, at=at),))
    with pytest.raises(WireFailedError):
        bench.pull(CLIP)
    assert not (bench.to / CLIP).exists()
    part = (bench.to / CLIP).with_name(f".{Path(CLIP).name}.part")
    kept = part.stat().st_size
    assert kept >= at - 4_096 - 12
    bench.dock.put("T8-1", "1")
    whole_again = () if not kept else (Fault(Kind.WEDGE, GET_OBJECT),)
    bench.nature = Nature(faults=whole_again)
    assert bench.pull(CLIP).code == 0
    assert (bench.to / CLIP).read_bytes() == CONTENT
    assert bench.sums_hold()
    assert bench.left_over() == []


def cut(bench: Bench) -> Path:
    """A part of some size, and its note."""
    bench.nature = Nature(faults=(Fault(Kind.VANISH, GET_OBJECT, at=150_000),))
    with pytest.raises(WireFailedError):
        bench.pull(CLIP)
    bench.dock.put("T8-1", "1")
    bench.nature = Nature()
    return (bench.to / CLIP).with_name(f".{Path(CLIP).name}.part")


def spoil_part(part: Path) -> None:
    part.write_bytes(b"x" + part.read_bytes()[1:])


def shorten_part(part: Path) -> None:
    part.write_bytes(part.read_bytes()[:-1])


def lose_note(part: Path) -> None:
    part.with_name(f"{part.name}.json").unlink()


@pytest.mark.parametrize("spoil", [spoil_part, shorten_part, lose_note])
def test_a_part_that_its_note_does_not_prove_is_pulled_anew(bench: Bench, spoil: Callable[[Path], None]) -> None:
    spoil(cut(bench))
    assert bench.pull(CLIP).code == 0
    assert (bench.to / CLIP).read_bytes() == CONTENT


def test_a_part_of_what_was_filmed_over_is_pulled_anew(bench: Bench) -> None:
    cut(bench)
    bench.film(CLIP, CONTENT[::-1] + b"!")
    assert bench.pull(CLIP).code == 0
    assert (bench.to / CLIP).read_bytes() == CONTENT[::-1] + b"!"


def test_bytes_behind_the_note_are_dropped(bench: Bench) -> None:
    part = cut(bench)
    part.write_bytes(part.read_bytes() + bytes(9_000))
    assert bench.pull(CLIP).code == 0
    assert (bench.to / CLIP).read_bytes() == CONTENT


def test_killed_a_pull_goes_on_from_the_last_note(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """As SIGKILL leaves it: nothing was noted on the way out."""
    notes = []

    def write(path: Path, pieces: list[bytes]) -> None:
        notes.append(pieces[0])
        write_file(path, pieces)

    monkeypatch.setattr(camera_part, "NOTED_EVERY_BYTES", 65_536)
    monkeypatch.setattr(camera_part, "write_file", write)
    part = cut(bench)
    assert len(notes) == 3
    part.with_name(f"{part.name}.json").write_bytes(notes[-2])
    bench.nature = Nature(faults=(Fault(Kind.REFUSE, GET_OBJECT, value=0x2002),))
    assert bench.pull(CLIP).code == 0
    assert (bench.to / CLIP).read_bytes() == CONTENT


def test_what_the_disk_gives_back_otherwise_is_not_kept(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(camera_part, "digest_of", lambda _: "0" * 64)
    with pytest.raises(WireFailedError, match="gives back other bytes"):
        bench.pull(CLIP)
    assert not (bench.to / CLIP).exists()
    assert bench.left_over() == []


def test_all_bytes_without_the_answer_behind_them_are_not_the_file(bench: Bench) -> None:
    bench.nature = Nature(faults=(Fault(Kind.SILENCE, GET_OBJECT, at=12 + len(CONTENT)),))
    assert bench.pull(CLIP).code == 1
    bench.nature = Nature(faults=tuple(Fault(Kind.REFUSE, way, times=9, value=0x2002) for way in WAYS_TO_READ))
    assert bench.pull(CLIP).code == 1
    assert not (bench.to / CLIP).exists()
    bench.nature = Nature()
    assert bench.pull(CLIP).code == 0


def test_a_file_that_came_before_power_failed_is_taken_as_it_is(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """Renamed, and not in the folder's list yet."""

    def power_fails(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as failing:
        failing.setattr("dockward.camera_folder.PulledFolder.add", power_fails)
        with pytest.raises(KeyboardInterrupt):
            bench.pull(CLIP)
    bench.nature = Nature(faults=(Fault(Kind.WEDGE, GET_OBJECT),))
    assert bench.pull(CLIP).code == 0
    assert bench.sums_hold()
    assert bench.left_over() == []


def test_a_list_that_power_cut_short_is_set_right(bench: Bench) -> None:
    bench.pull()
    for name in ("SHA256SUMS", ".dockward-pulled"):
        path = bench.to / name
        path.write_bytes(path.read_bytes()[:-20])
    assert bench.pull().code == 1, "one file is there that no list names any more"
    assert bench.sums_hold()


def test_a_file_that_fails_keeps_no_other_waiting(bench: Bench) -> None:
    bench.nature = Nature(faults=(Fault(Kind.REFUSE, GET_OBJECT, value=0x2002),))
    said = bench.pull("--all", "--json")
    assert said.code == 1
    assert [one["path"] for one in said.json["failed"]] == [CLIP]
    assert (bench.to / OTHER).read_bytes() == b"other"
    assert bench.sums_hold()


def test_what_a_liar_sent_is_not_gone_on_from(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(camera_part, "NOTED_EVERY_BYTES", 65_536)
    bench.nature = Nature(faults=(Fault(Kind.STRAY, GET_OBJECT),))
    assert bench.pull(CLIP).code == 1
    assert not (bench.to / CLIP).exists()
    assert not [name for name in bench.left_over() if name.endswith(".json")]
    bench.nature = Nature()
    assert bench.pull(CLIP).code == 0
    assert (bench.to / CLIP).read_bytes() == CONTENT


def test_a_camera_that_always_fails_is_given_up(bench: Bench) -> None:
    for number in range(5):
        bench.film(f"{number}.mp4", b"x")
    bench.nature = Nature(faults=(Fault(Kind.REFUSE, GET_OBJECT, times=3, value=0x2002),))
    said = bench.pull("--all", "--json").json
    assert ["not tried" in one["reason"] for one in said["failed"]] == [False] * 3 + [True] * 4


def test_two_pulls_do_not_write_to_one_folder_at_once(bench: Bench) -> None:
    from dockward.camera_folder import PulledFolder  # noqa: PLC0415

    with PulledFolder(bench.to).held(), pytest.raises(WrongUseError, match="another pull"):
        bench.pull()


def listed(*paths: str) -> list[ListedFile]:
    return [ListedFile(path, 1, None, None) for path in paths]


def test_names_are_safe_and_never_twice_the_same() -> None:
    said = ["A.MP4", "a.mp4", "CON", "b:c.mp4", "..", "SHA256SUMS", "x", "x/y", "long" * 99 + ".mp4", ".hidden"]
    names = names_for(listed(*said))
    assert len({name.casefold() for name in names.values()}) == len(said)
    assert names["x/y"] == "x/y"
    for path in said[:7] + said[8:]:
        assert names[path] != path, path
    assert all(len(part.encode()) <= 239 for name in names.values() for part in name.split("/"))
    assert names_for(listed("DCIM/a b 执法.MP4")) == {"DCIM/a b 执法.MP4": "DCIM/a b 执法.MP4"}


# --- the bar


class Terminal:
    """Looks like one."""

    def __init__(self, *, attached: bool) -> None:
        self.said = ""
        self.attached = attached

    def isatty(self) -> bool:
        return self.attached

    def write(self, text: str) -> None:
        self.said += text

    def flush(self) -> None:
        """Nothing waits here."""


@pytest.mark.parametrize("attached", [True, False])
def test_a_bar_is_drawn_on_a_terminal_only(*, attached: bool) -> None:
    terminal = Terminal(attached=attached)
    bar = Progress(200, terminal)  # type: ignore[arg-type]
    bar.add(100)
    bar.add(100)
    assert ("50.0%" in terminal.said) is ("100.0%" in terminal.said) is attached


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
        bench.type("erase", "1-1.1", "--serial", "T8-2", "--proof", bench.to, "--yes")
    with pytest.raises(WrongUseError, match="pull first"):
        bench.type("erase", "1-1.1", "--serial", "T8-1", "--proof", bench.folder, "--yes")
    assert bench.card() == {CLIP, OTHER}


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
    config = bench.folder / "station.toml"
    config.touch()
    with pytest.raises(WrongUseError, match="this machine is a station"):
        bench.type(*words, "--config", config)
    monkeypatch.setattr(camera_line, "STATION_CONFIG", config)
    with pytest.raises(WrongUseError, match="this machine is a station"):
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
