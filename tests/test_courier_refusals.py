"""Promise: nothing counts from a courier's disk but what its station sealed; the runbook knows each refusal's name."""

import errno
import os
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

import registry.courier
from registry.courier import CourierRefusedError, take_delivery
from registry.uploads import UploadRefusedError
from station.errors import DockwardError, RefusedError, WireFailedError
from station.signing.age_files import Identity
from station.signing.courier import CERTIFICATE, JOURNAL, MANIFEST, RETURN, SEAL, SIGNATURE, manifest_bytes, seal_bytes
from station.uplink.courier import Delivered
from tests.couriers import IDENTITY, DarkStation, DarkWorld, cut, deliver, desk_of, flip, world
from tests.reporting_stations import ReportingStation
from tests.uploading_stations import AGENCY, UploadBooks

__all__ = ["world"]


def empty(path: Path) -> None:
    path.write_bytes(b"")


def swap(path: Path) -> None:
    """With the next file there."""
    names = sorted(path.parent.iterdir())
    path.write_bytes(names[(names.index(path) + 1) % len(names)].read_bytes())


def link(path: Path) -> None:
    path.rename(path.parent.parent / "elsewhere")
    path.symlink_to(path.parent.parent / "elsewhere")
    flip(path.parent.parent / "elsewhere")


SPOILS: tuple[Callable[[Path], None], ...] = (flip, cut, empty, swap, link, Path.unlink)


def test_whatever_is_spoiled_on_the_disk_is_named_and_nothing_is_taken(world: DarkWorld) -> None:
    world.dark.hold()
    delivered = world.dark.write(world.disk)
    pristine = world.folder / "pristine"
    shutil.copytree(delivered.folder, pristine)
    for name in sorted(path.name for path in pristine.iterdir()):
        for spoil in SPOILS:
            shutil.rmtree(delivered.folder)
            shutil.copytree(pristine, delivered.folder)
            spoil(delivered.folder / name)
            assert refusal(world, delivered), (name, spoil.__name__)
            assert world.witnessed() == 0, (name, spoil.__name__)
            assert not (world.disk / RETURN).exists()
    assert not list(world.books.vault.glob("t-01/**/*"))
    shutil.rmtree(delivered.folder)
    shutil.copytree(pristine, delivered.folder)
    assert world.take(delivered).refused == {}


def refusal(world: DarkWorld, delivered: Delivered, identity: Identity = IDENTITY) -> str:
    with pytest.raises(DockwardError) as refused:
        take_delivery(delivered.folder, desk_of(world.books, identity))
    assert world.witnessed() == 0
    assert isinstance(refused.value, CourierRefusedError | RefusedError)
    return refused.value.code


def test_a_disk_of_a_station_that_is_not_enrolled_is_not_taken(world: DarkWorld) -> None:
    delivered = world.dark.write(world.disk)
    (world.books.stations / "t-01.json").unlink()
    assert refusal(world, delivered) == "COURIER_NOT_ENROLLED"


def test_a_disk_for_another_registry_is_not_taken(world: DarkWorld) -> None:
    assert refusal(world, world.dark.write(world.disk), identity=Identity.new()) == "COURIER_FOR_ANOTHER_REGISTRY"


def test_a_delivery_under_another_name_is_not_taken(world: DarkWorld) -> None:
    delivered = world.dark.write(world.disk)
    delivered.folder.rename(world.disk / "dockward-t-01-1-7")
    moved = Delivered(world.disk / "dockward-t-01-1-7", delivered.manifest, (), {})
    assert refusal(world, moved) == "COURIER_SWAPPED"


def test_two_deliveries_under_one_number_are_noticed(world: DarkWorld) -> None:
    """A station's card was restored, or a copy of it writes disks too."""
    world.take(world.dark.write(world.disk))
    world.dark.numbers = 0
    shutil.rmtree(world.disk)
    world.disk.mkdir()
    world.station.live()
    with pytest.raises(CourierRefusedError) as refused:
        world.take(world.dark.write(world.disk))
    assert refused.value.code == "COURIER_NUMBER_TWICE"


def test_a_station_that_is_enrolled_anew_counts_its_disks_from_one_again(world: DarkWorld, tmp_path: Path) -> None:
    world.take(world.dark.write(world.disk))
    anew = ReportingStation(tmp_path / "anew", number=2)
    world.books.enrol(anew)
    (tmp_path / "anew-data").mkdir()
    dark = DarkStation(tmp_path / "anew-data", world.books.witness_key, anew, world.leaf)
    stated = dark.hold(seed="anew")
    delivered = dark.write(world.disk)
    assert world.take(delivered).receipted == (stated.held.n,)
    assert dark.bring(world.disk, delivered.folder.name).receipted == (stated.held.n,)
    dark.close()
    anew.close()


def piped(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


def linked(path: Path) -> None:
    path.rename(path.parent.parent / "elsewhere")
    path.symlink_to(path.parent.parent / "elsewhere")


@pytest.mark.parametrize("bend", [piped, linked])
def test_what_is_no_file_on_the_disk_is_neither_read_nor_waited_for(
    world: DarkWorld, bend: Callable[[Path], None]
) -> None:
    """Not even where what it leads to is what was written."""
    delivered = world.dark.write(world.disk)
    for name in (MANIFEST, SEAL, SIGNATURE, CERTIFICATE, JOURNAL):
        kept = (delivered.folder / name).read_bytes()
        bend(delivered.folder / name)
        assert refusal(world, delivered) in {"COURIER_INCOMPLETE", "COURIER_DAMAGED"}
        (delivered.folder / name).unlink()
        (delivered.folder / name).write_bytes(kept)
    assert world.take(delivered).refused == {}


@pytest.mark.parametrize("name", ["", "dockward-t-01-1-1"])
def test_answers_are_not_written_where_a_disk_leads(world: DarkWorld, tmp_path: Path, name: str) -> None:
    delivered = world.dark.write(world.disk)
    victim = tmp_path / "victim"
    (victim / delivered.folder.name).mkdir(parents=True)
    answers = world.disk / RETURN / name
    answers.parent.mkdir(exist_ok=True)
    answers.symlink_to(victim, target_is_directory=True)
    assert refusal(world, delivered) == "COURIER_RETURN_NO_FOLDER"
    assert [path.name for path in victim.iterdir()] == [delivered.folder.name]


def test_a_file_that_is_longer_than_was_written_is_not_read_to_its_end(
    world: DarkWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    delivered = world.dark.write(world.disk)
    os.truncate(delivered.folder / JOURNAL, 1 << 40)
    monkeypatch.setattr(registry.courier, "_digest", lambda _: pytest.fail("it was read"))
    assert refusal(world, delivered) == "COURIER_DAMAGED"


@pytest.mark.parametrize(
    "failure", [OSError(errno.ENOSPC, "No space left on device"), WireFailedError("the signer does not answer")]
)
def test_what_was_taken_before_the_registry_failed_is_answered(
    world: DarkWorld, monkeypatch: pytest.MonkeyPatch, failure: Exception
) -> None:
    first, second = world.dark.hold(seed="first"), world.dark.hold(seed="second")
    delivered = world.dark.write(world.disk)
    begin = world.books.uploads.begin

    def begun(station: str, papers: Any) -> Any:
        if papers == second.papers:
            raise failure
        return begin(station, papers)

    with monkeypatch.context() as failing:
        failing.setattr(world.books.uploads, "begin", begun)
        with pytest.raises(WireFailedError, match="1 receipts are on the disk"):
            world.take(delivered)
    assert world.dark.bring(world.disk, delivered.folder.name).receipted == (first.held.n,)
    assert world.take(delivered).receipted == (first.held.n, second.held.n)


def sealed_by(delivered: Delivered, leaf: Any, **changes: Any) -> None:
    """The delivery as somebody wrote it who has this certificate."""
    encoded = manifest_bytes(replace(delivered.manifest, **changes))
    seal = seal_bytes(encoded, leaf.pem)
    contents = {MANIFEST: encoded, CERTIFICATE: leaf.pem, SEAL: seal, SIGNATURE: leaf.sign(seal)}
    for name, content in contents.items():
        (delivered.folder / name).write_bytes(content)


@pytest.mark.parametrize(
    ("leaf", "changes", "code"),
    [
        (AGENCY.station_evidence("t-02"), {}, "COURIER_OF_ANOTHER_STATION"),
        (AGENCY.registry_evidence(), {}, "CERTIFICATE_OF_ANOTHER_ROLE"),
        (type(AGENCY)("elsewhere").station_evidence("t-01"), {}, "CERTIFICATE_OF_ANOTHER_CA"),
        (AGENCY.station_evidence("t-01"), {"origin": "dockward/640100/t-01/2"}, "COURIER_NOT_ENROLLED"),
        (AGENCY.station_evidence("t-01"), {"files": ()}, "COURIER_MANIFEST_UNREADABLE"),
        (AGENCY.station_evidence("t-01"), {"recordings": (1, 1)}, "COURIER_MANIFEST_UNREADABLE"),
    ],
    ids=["another station", "registry", "another agency", "another journal", "no files", "other recordings"],
)
def test_only_the_stations_own_key_seals_its_disks(
    world: DarkWorld, leaf: Any, changes: dict[str, Any], code: str
) -> None:
    delivered = world.dark.write(world.disk)
    sealed_by(delivered, leaf, **changes)
    assert refusal(world, delivered) == code


def test_a_manifest_that_was_altered_is_not_what_was_sealed(world: DarkWorld) -> None:
    delivered = world.dark.write(world.disk)
    altered = replace(delivered.manifest, written_at="2026-11-21T09:00:00.000Z")
    (delivered.folder / MANIFEST).write_bytes(manifest_bytes(altered))
    assert refusal(world, delivered) == "COURIER_SEAL_OF_OTHER_FILES"


def test_a_forked_journal_on_a_disk_is_the_alarm_that_it_is_on_the_line(world: DarkWorld, tmp_path: Path) -> None:
    world.station.live(2)
    delivered = world.dark.write(world.disk)
    copy = ReportingStation(tmp_path / "copy")
    copy.live(9, bay="2")
    world.books.witness_all(copy)
    with pytest.raises(CourierRefusedError) as refused:
        world.take(delivered)
    assert refused.value.code in world.books.codes()
    copy.close()


def test_a_registry_that_has_less_asks_for_the_journal_from_there(world: DarkWorld) -> None:
    world.station.live(2)
    deliver(world.dark, world.books)
    world.station.live(2)
    behind = UploadBooks(world.folder / "behind", world.station)
    delivered = world.dark.write(world.disk)
    with pytest.raises(CourierRefusedError, match="--from 0"):
        take_delivery(delivered.folder, desk_of(behind))
    again = world.dark.write(world.disk, first=0)
    taken = take_delivery(again.folder, desk_of(behind))
    assert taken.cosigned is not None
    assert taken.cosigned.checkpoint.size == world.station.size
    behind.close()


def test_a_recording_that_does_not_hold_keeps_no_other_from_its_receipt(
    world: DarkWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    bad, good = world.dark.hold(seed="bad"), world.dark.hold(seed="good")
    delivered = world.dark.write(world.disk)
    begin = world.books.uploads.begin

    def begun(station: str, papers: Any) -> Any:
        if papers == bad.papers:
            raise UploadRefusedError("STATEMENT_OF_ANOTHER_RECORDING", "x")
        return begin(station, papers)

    monkeypatch.setattr(world.books.uploads, "begin", begun)
    taken = world.take(delivered)
    assert taken.refused == {bad.held.n: "STATEMENT_OF_ANOTHER_RECORDING"}
    assert taken.receipted == (good.held.n,)


def test_the_runbook_says_what_to_do_about_each_refusal() -> None:
    root = Path(__file__).parent.parent
    said = (root / "docs" / "runbooks" / "courier.md").read_text(encoding="utf-8")
    codes = {
        code
        for name in ("registry/courier.py", "station/signing/courier.py")
        for code in re.findall(r'"(COURIER_[A-Z_]+)"', (root / name).read_text(encoding="utf-8"))
    }
    assert len(codes) > 8
    assert {code for code in codes if f"`{code}`" not in said} == set()
