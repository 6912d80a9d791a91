"""Promise: what is found damaged on our disk stays on its camera, is told once, and is read anew from there."""

from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from station.bays.docking_work import DockingWork
from station.custody import observations as seen
from station.custody.docking import DockingStep
from station.desk.loans import check_out
from station.errors import WireFailedError
from station.policy.permits import Lending, LendingAnswer
from tests.docked_footage import order_clearing
from tests.docked_station import CAMERA, DockedStation
from tests.missing_footage import FOOTAGE, at_dock, findings
from tests.plain_policy import PlainPolicy

__all__ = ["at_dock"]


class LendsAnything(PlainPolicy):
    def lends(self, _asked: Lending) -> LendingAnswer:
        return LendingAnswer()


def spoil(docked: DockedStation) -> int:
    """Its number: set aside, as sealing does it."""
    held = docked.held()[0]
    folder = docked.recordings.settle(held)
    (folder / "original").chmod(0o640)
    (folder / "original").write_bytes(b"X" * held.size_bytes)
    docked.recordings.set_aside(held)
    docked.tell(seen.DigestFound(recording=held.number, found="e" * 64))
    return held.number


def test_what_was_spoiled_on_our_disk_is_told_and_read_anew(at_dock: DockedStation) -> None:
    number = at_dock.put_and_identify()
    at_dock.work.read(number)
    spoiled = spoil(at_dock)
    assert findings(at_dock) == [("HASH_MISMATCH", "", f"recording:{spoiled}")]
    assert at_dock.docking().step is DockingStep.READING, "its camera is to be read again"
    at_dock.tell(seen.DigestFound(recording=spoiled, found="e" * 64))
    at_dock.work.read(number)
    assert at_dock.docking().step is DockingStep.READ
    held = at_dock.state().recordings[spoiled]
    assert not at_dock.recordings.is_damaged(held)
    assert (at_dock.recordings.settle(held) / "original").read_bytes() in FOOTAGE
    assert not (at_dock.recordings.evidence(spoiled) / "damaged").exists()
    assert (at_dock.kinds().count("recording_held"), len(findings(at_dock))) == (2, 1)


def test_spoiled_while_it_is_being_read_it_is_not_said_to_be_read(
    at_dock: DockedStation, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = at_dock.put_and_identify()
    reckon = DockingWork._reckon
    spoiled: list[int] = []

    def spoil_meanwhile(self: DockingWork, *told: Any) -> None:
        reckon(self, *told)
        if len(at_dock.held()) == len(FOOTAGE) and not spoiled:
            spoiled.append(spoil(at_dock))

    with monkeypatch.context() as patched:
        patched.setattr(DockingWork, "_reckon", spoil_meanwhile)
        at_dock.work.read(number)
    assert at_dock.docking().step is DockingStep.READING
    at_dock.work.read(number)
    assert at_dock.docking().step is DockingStep.READ
    assert not at_dock.recordings.is_damaged(at_dock.state().recordings[spoiled[0]])


def test_another_file_never_takes_the_place_of_what_was_held(at_dock: DockedStation) -> None:
    number = at_dock.put_and_identify()
    at_dock.work.read(number)
    spoiled = spoil(at_dock)
    held = at_dock.state().recordings[spoiled]
    with pytest.raises(WireFailedError, match="another file"):
        at_dock.recordings.receive_again(held, [memoryview(b"Y" * held.size_bytes)])
    assert at_dock.recordings.is_damaged(held)


def test_what_was_found_damaged_after_the_order_is_not_deleted(at_dock: DockedStation) -> None:
    """One copy is demanded, and proved by a statement; then it turns out that there is none."""
    number = at_dock.put_and_identify()
    at_dock.work.read(number)
    order_clearing(at_dock, number)
    damaged = at_dock.held()[0]
    at_dock.tell(seen.DigestFound(recording=damaged.number, found="e" * 64))
    at_dock.work.clear(number)
    assert [*at_dock.dock.times(CAMERA)] == [damaged_name(at_dock)]
    assert len(at_dock.said("camera_cleared").recordings) == len(FOOTAGE) - 1
    assert at_dock.docking().step is DockingStep.READ


def damaged_name(docked: DockedStation) -> str:
    (kept,) = docked.held()[:1]
    return next(name for name in ("DCIM/000.MP4", "DCIM/001.MP4") if content_of(docked, name) == kept.sha256)


def content_of(docked: DockedStation, name: str) -> str:
    path = docked.dock.card(CAMERA) / name
    return sha256(path.read_bytes()).hexdigest() if path.exists() else ""


def test_what_is_found_damaged_while_its_camera_is_offered_is_read_when_the_offer_has_lapsed(tmp_path: Path) -> None:
    docked = DockedStation(tmp_path, *FOOTAGE, policy=LendsAnything(offer_lasts_ms=1_000))
    number = docked.put_and_identify()
    docked.work.read(number)
    check_out(docked.tell, docked.state, "1", "officer-1")
    spoil(docked)
    assert docked.docking().step is DockingStep.OFFERED
    docked.clock.advance(1_000)
    docked.work.lapse_offer(number)
    assert docked.docking().step is DockingStep.READING, "its camera is to be read again"
    docked.work.read(number)
    assert docked.docking().step is DockingStep.READ
    docked.close()
