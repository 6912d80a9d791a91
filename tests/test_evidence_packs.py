"""Promise: genuine evidence is packed whatever the clock said, and no words about others leave with it."""

import json
from pathlib import Path

import pytest

import dockward.export_pack
from dockward.__main__ import main
from station.clock import ManualClock
from station.journal.sqlite_log import SqliteLog, connect_to_read
from station.journal.tile_folder import write_folder
from station.stamp import Stamp
from tests.agency import AT_MS
from tests.pack_world import PackWorld, world_in
from tests.reporting_stations import ReportingStation

PACKED, OTHER = "PACKED-0417.MP4", "OTHER-0815.MP4"


@pytest.fixture
def numbers(tmp_path: Path) -> dict[str, int]:
    """A journal with a signed head, whose recordings have these names; their numbers."""
    station = ReportingStation(tmp_path / "data")
    held_by_name = {
        name: station.hold(str(place) * 64, 270, name, f"C-{place}").n for place, name in enumerate((PACKED, OTHER))
    }
    station.clerk._keep_checkpoint(station.note(), station.log_key, ())
    station.close()
    (tmp_path / "data/t-01-journal.sqlite").rename(tmp_path / "data/journal.sqlite")
    return held_by_name


def words_in(folder: Path) -> list[tuple[int, str]]:
    return [(word["n"], word["value"]) for word in json.loads((folder / "private.json").read_bytes())]


def test_a_pack_carries_the_words_of_its_own_recordings_alone(tmp_path: Path) -> None:
    with world_in(tmp_path) as world:
        packed, _ = world.record(b"film" * 9, name=PACKED), world.record(b"other" * 9, "C-2", name=OTHER)
        world.seal()
        assert world.export(str(packed), "--journal") == 0
    pack = tmp_path / "pack"
    assert words_in(pack / "data/journal") == [(packed, PACKED)]
    assert not [file for file in pack.rglob("*") if file.is_file() and OTHER.encode() in file.read_bytes()]
    assert main(["verify", str(pack), "--ca", str(tmp_path / "ca.pem")]) == 0


def test_the_journal_for_a_mirror_has_all_words_and_any_other_folder_none(
    tmp_path: Path, numbers: dict[str, int]
) -> None:
    mirror, other = tmp_path / "mirror", tmp_path / "other"
    assert main(["export", "journal", str(tmp_path / "data/journal.sqlite"), "--out", str(mirror)]) == 0
    assert words_in(mirror) == [(numbers[PACKED], PACKED), (numbers[OTHER], OTHER)]
    log = SqliteLog(connect_to_read(tmp_path / "data/journal.sqlite"))
    note = log.newest_checkpoint()
    assert note
    write_folder(log, other, note)
    assert words_in(other) == []
    assert main(["verify", str(other)]) == 0


def in_1970(world: PackWorld) -> int:
    """A recording that the station holds and states before it knows the time."""
    lost = Stamp(utc_ms=5_000_000, boot_id="b1", boot_ms=0, synchronised=False)
    world.station.clerk._clock = ManualClock(lost)
    return world.record(b"film" * 50)


@pytest.mark.parametrize("made_at_ms", [AT_MS, 6_000_000])
def test_evidence_stated_before_the_station_knew_the_time_is_packed_and_holds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], made_at_ms: int
) -> None:
    now = Stamp(utc_ms=made_at_ms, boot_id="b1", boot_ms=0, synchronised=False)
    monkeypatch.setattr(dockward.export_pack, "SystemClock", lambda _: ManualClock(now))
    with world_in(tmp_path) as world:
        number = in_1970(world)
        world.seal()
        assert world.export(str(number)) == 0
    assert main(["verify", str(tmp_path / "pack"), "--ca", str(tmp_path / "ca.pem")]) == 0
    assert "only the witnessed journal shows when" in capsys.readouterr().out


def test_a_pack_is_made_beside_the_running_station_and_leaves_the_journal_as_it_was(tmp_path: Path) -> None:
    with world_in(tmp_path) as world:
        number = world.record(b"film" * 50)
        world.seal()
        size, root = world.station.size, world.station.log.tree().root
        assert world.export(str(number)) == 0
        assert (world.station.size, world.station.log.tree().root) == (size, root)
        world.station.live()
