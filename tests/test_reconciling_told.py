"""Promise: what is missing or waits too long is told by its owner's rules and counted; the wall names no file."""

import json
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from dockward import reconcile
from station.custody import acts
from station.custody import observations as seen
from station.custody.due_work import Work, due_work
from station.custody.facts_of_keeping import FindingReported
from station.custody.lateness import LOOK_MS
from station.custody.reconciling import reconciled
from station.policy.civil_time import MS_PER_HOUR
from station.store.listings import Listings, Owed, Shown
from station.views.footage_troubles import MISSING, footage_troubles
from tests.acting import Desk
from tests.docked_footage import docked_again
from tests.docked_station import CAMERA, OTHER, DockedStation
from tests.missing_footage import POLICY, at_dock, delete, findings, listing_otherwise, read_in_vain, refuse
from tests.test_in_force import SHARED

__all__ = ["at_dock"]

# --- too long on the station


def test_what_waits_too_long_is_told_once_for_its_docking(at_dock: DockedStation) -> None:
    number = at_dock.put_and_identify()
    at_dock.work.read(number)
    first, second = (held.number for held in at_dock.held())

    def late() -> list[tuple[int, int]]:
        tasks = due_work(at_dock.state(), POLICY, at_dock.clock.stamp())
        return [(task.number, task.wait_ms) for task in tasks if task.work is Work.TELL_LATE]

    assert late() == [(first, LOOK_MS)]
    at_dock.tell(seen.WaitsTooLong(recording=first))
    at_dock.clock.advance(24 * MS_PER_HOUR)
    assert late() == [(first, 1)]
    at_dock.tell(seen.WaitsTooLong(recording=first))
    assert not findings(at_dock), "to the hour is not too long"
    at_dock.clock.advance(1)
    assert late() == [(first, 0)]
    at_dock.tell(seen.WaitsTooLong(recording=first))
    at_dock.tell(seen.WaitsTooLong(recording=second))
    assert findings(at_dock) == [("INGEST_INCOMPLETE", "store.max_station_hours", f"docking:{number}")]
    assert late() == []


def test_what_the_registry_confirmed_waits_for_nothing(at_dock: DockedStation) -> None:
    at_dock.work.read(at_dock.put_and_identify())
    for held in at_dock.held():
        at_dock.tell(seen.StatementMade(recording=held.number, statement_sha256="0" * 64))
        at_dock.tell(seen.ReceiptVerified(recording=held.number, receipt_sha256="1" * 64))
    at_dock.clock.advance(48 * MS_PER_HOUR)
    tasks = due_work(at_dock.state(), POLICY, at_dock.clock.stamp())
    assert not [task for task in tasks if task.work is Work.TELL_LATE]
    for held in at_dock.held():
        at_dock.tell(seen.WaitsTooLong(recording=held.number))
    assert not findings(at_dock)


def test_a_clock_that_is_not_true_accuses_nobody(at_dock: DockedStation) -> None:
    at_dock.work.read(at_dock.put_and_identify())
    unsure = replace(at_dock.clock.stamp().later(48 * MS_PER_HOUR), synchronised=False)
    assert not [task for task in due_work(at_dock.state(), POLICY, unsure) if task.work is Work.TELL_LATE]


# --- words and counts


def test_the_wall_says_that_something_is_missing_and_names_nobody(at_dock: DockedStation) -> None:
    refuse(at_dock, "DCIM/001.MP4")
    number = at_dock.put_and_identify()
    read_in_vain(at_dock, number)
    delete(at_dock, "DCIM/001.MP4")
    at_dock.work.read(number)
    (finding,) = at_dock.state().findings
    words = footage_troubles(at_dock.state())["1"]
    assert str(finding) in words
    assert "001.MP4" not in words
    at_dock.dock.take("1", by_force=True)
    at_dock.tell(seen.PresenceOpened(bay="1"))
    assert list(footage_troubles(at_dock.state())) == [MISSING]
    at_dock.tell(acts.CloseFinding(by="head", finding=finding))
    assert not footage_troubles(at_dock.state())


def test_one_finding_hides_no_other_of_its_docking(at_dock: DockedStation) -> None:
    """What waits too long and what is gone are two matters, and the wall says both."""
    number = at_dock.put_and_identify()
    at_dock.work.read(number)
    held = at_dock.held()[0].number
    gone = [
        seen.MissedFile(listing=one, size_bytes=1, original_name="x", begun_device_ms=None, ended_device_ms=None)
        for one in ("a" * 32, "b" * 32)
    ]
    at_dock.clock.advance(25 * MS_PER_HOUR)
    at_dock.tell(seen.WaitsTooLong(recording=held))
    at_dock.tell(seen.FilesMissed(docking=number, files=(gone[0],)))
    at_dock.tell(seen.WaitsTooLong(recording=held))
    at_dock.tell(seen.FilesMissed(docking=number, files=(gone[1],)))
    at_dock.tell(seen.NumbersListed(docking=number, known=frozenset({1, 4}), listed=frozenset({7})))
    about = f"docking:{number}"
    assert findings(at_dock)[:2] == [
        ("INGEST_INCOMPLETE", "store.max_station_hours", about),
        ("INGEST_INCOMPLETE", "store.kinds", about),
    ]
    late, missing, left_out = sorted(at_dock.state().findings)
    troubles = footage_troubles(at_dock.state())
    assert str(late) in troubles[MISSING]
    assert f"finding {missing}:" in troubles["1"]
    assert f"finding {left_out}:" in troubles["1"]


def test_what_is_missing_is_told_as_soon_while_other_footage_waits_too_long(at_dock: DockedStation) -> None:
    """The other way round: footage that is gone does not keep lateness from being looked at."""
    number = at_dock.put_and_identify()
    at_dock.work.read(number)
    gone = seen.MissedFile(
        listing="a" * 32, size_bytes=1, original_name="x", begun_device_ms=None, ended_device_ms=None
    )
    at_dock.tell(seen.FilesMissed(docking=number, files=(gone,)))
    at_dock.clock.advance(25 * MS_PER_HOUR)
    tasks = due_work(at_dock.state(), POLICY, at_dock.clock.stamp())
    assert [task.wait_ms for task in tasks if task.work is Work.TELL_LATE] == [0]


def test_findings_that_say_the_same_in_one_place_are_told_together(at_dock: DockedStation) -> None:
    for first in (True, False):
        number = at_dock.put_and_identify() if first else docked_again(at_dock)
        gone = seen.MissedFile(
            listing=f"{number:032}", size_bytes=1, original_name="x", begun_device_ms=None, ended_device_ms=None
        )
        at_dock.tell(seen.FilesMissed(docking=number, files=(gone,)))
    at_dock.dock.take("1", by_force=True)
    at_dock.tell(seen.PresenceOpened(bay="1"))
    one, other = sorted(at_dock.state().findings)
    assert f"{one}, {other}" in footage_troubles(at_dock.state())[MISSING]


def test_what_was_held_after_all_is_missing_no_more(at_dock: DockedStation) -> None:
    """A camera left it out of its lists for long, and showed it again."""
    refuse(at_dock, "DCIM/001.MP4")
    number = at_dock.put_and_identify()
    read_in_vain(at_dock, number)
    listing_otherwise(
        at_dock, lambda count, files: [one for one in files if "001" not in one.path] if count < 4 else files
    )
    at_dock.work.read(number)
    assert [len(visit.missing) for visit in reconciled(at_dock.facts())] == [1]
    again = docked_again(at_dock)
    at_dock.work.read(again)
    assert [(visit.held, visit.missing) for visit in reconciled(at_dock.facts())] == [(1, ()), (1, ())]


def test_what_a_nameless_camera_still_shows_in_its_bay_is_not_left_behind(
    at_dock: DockedStation, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    at_dock.put_and_identify()
    at_dock.tell(seen.PresenceClosed(bay="2"))
    number = at_dock.docking("2").number
    at_dock.tell(
        seen.CameraIdentified(docking=number, camera=CAMERA, model="DW-T8", clock_ahead_ms=0, clock_error_ms=0)
    )
    docking = at_dock.docking("2")
    assert docking.camera is None
    owing = Owed("a" * 32, "x", 1, None, None, number)
    Listings(at_dock.folder / "data/listings").keep(Shown(docking.source, (owing,)))
    assert told_of(at_dock, monkeypatch, capsys)[0]["unread"] == []
    at_dock.tell(seen.PresenceOpened(bay="2"))
    assert len(told_of(at_dock, monkeypatch, capsys)[0]["unread"]) == 1


def told_of(docked: DockedStation, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Any:
    """What `dockward reconcile --json` says beside the running station, and how it ends."""
    config = type("Config", (), {"data": str(docked.folder / "data")})
    monkeypatch.setattr(reconcile, "read_config", lambda _path: config)
    monkeypatch.setattr(reconcile, "journal_path", lambda _config: docked.journal)
    ends = [reconcile.run(_asked(json=said)) for said in (False, True)]
    assert ends[0] == ends[1]
    lines, _, data = capsys.readouterr().out.partition("{\n")
    return json.loads("{\n" + data), lines, ends[0]


def _asked(**said: Any) -> Any:
    return type("Arguments", (), {"config": Path("station.toml"), **said})()


def test_reconcile_counts_each_docking_and_names_what_lacks(
    at_dock: DockedStation, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    number = at_dock.put_and_identify()
    at_dock.work.read(number)
    first = at_dock.held()[0].number
    at_dock.tell(seen.StatementMade(recording=first, statement_sha256="0" * 64))
    at_dock.tell(seen.ReceiptVerified(recording=first, receipt_sha256="1" * 64))
    at_dock.work.order_clearing(number)
    at_dock.work.clear(number)
    data, _, ended = told_of(at_dock, monkeypatch, capsys)
    counts = {name: data["dockings"][0][name] for name in ("listed", "held", "signed", "at_registry", "cleared")}
    assert counts == {"listed": 2, "held": 2, "signed": 1, "at_registry": 1, "cleared": 1}
    assert (data["missing"], data["unread"], ended) == ([], [], 0)

    at_dock.film(5, b"five")
    at_dock.film(6, b"six")
    refuse(at_dock, "DCIM/005.MP4", "DCIM/006.MP4")
    again = docked_again(at_dock)
    read_in_vain(at_dock, again)
    assert told_of(at_dock, monkeypatch, capsys)[2] == 0, "it is being read"
    delete(at_dock, "DCIM/005.MP4")
    read_in_vain(at_dock, again)
    at_dock.dock.take("1", by_force=True)
    at_dock.tell(seen.PresenceOpened(bay="1"))
    data, lines, ended = told_of(at_dock, monkeypatch, capsys)
    assert [(one["docking"], one["name"]) for one in data["missing"]] == [(again, "DCIM/005.MP4")]
    assert [(one["docking"], one["name"]) for one in data["unread"]] == [(again, "DCIM/006.MP4")]
    assert ended == 1
    assert "DCIM/005.MP4" in lines
    assert "DCIM/006.MP4" in lines


def test_a_name_steers_no_terminal() -> None:
    assert reconcile._plain("a\x1b[2J张\n") == "a\\x1b[2J张\\n"


def test_counts_are_those_of_the_journal(at_dock: DockedStation) -> None:
    at_dock.make_camera(OTHER, b"other")
    at_dock.work.read(at_dock.put_and_identify())
    at_dock.work.read(at_dock.put_and_identify(OTHER, "2"))
    visits = reconciled(at_dock.facts())
    assert [(visit.camera, visit.listed, visit.held, visit.ended) for visit in visits] == [
        (CAMERA, 2, 2, False),
        (OTHER, 1, 1, False),
    ]


# --- whose rules


@pytest.mark.parametrize(("camera", "pack"), [("ours", "yinchuan@1"), ("theirs", "mingshan@1")])
def test_every_finding_of_footage_is_under_the_pack_of_the_camera_s_owner(camera: str, pack: str) -> None:
    desk = Desk()
    desk.policy = SHARED
    docking = desk.begin(seen.PresenceClosed(bay="1"))
    desk.tell(seen.CameraIdentified(docking=docking, camera=camera, model="T8", clock_ahead_ms=0, clock_error_ms=500))
    read = seen.RecordingRead(
        docking=docking,
        listing="a",
        size_bytes=1,
        sha256="a" * 64,
        original_name="a.mp4",
        begun_device_ms=None,
        ended_device_ms=None,
    )
    recording = desk.begin(read)
    gone = seen.MissedFile(listing="g", size_bytes=9, original_name="g", begun_device_ms=None, ended_device_ms=None)
    desk.tell(seen.FilesMissed(docking=docking, files=(gone,)))
    desk.tell(seen.NumbersListed(docking=docking, known=frozenset({1, 4}), listed=frozenset({7})))
    desk.tell(seen.DigestFound(recording=recording, found="b" * 64))
    reported = [fact for fact in desk.facts if isinstance(fact.body, FindingReported)]
    assert {fact.policy for fact in reported} == {pack}
    said = {fact.body.code: fact.body for fact in reported if isinstance(fact.body, FindingReported)}
    assert said.keys() == {"INGEST_INCOMPLETE", "SEQ_GAP", "HASH_MISMATCH"}
    own = desk.policy.of_camera(camera)
    assert all(body.articles == own.finds(body.code, body.rule).articles for body in said.values())
    numbers = {one.name: one.number for one in said["SEQ_GAP"].evidence}
    assert numbers == {"first_missing": 5, "last_missing": 6}
