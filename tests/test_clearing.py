"""The one function that lets a recording be deleted, asked about everything that matters to it."""

import pytest
from msgspec.structs import replace

from station.custody.clearing import anything_provable, lacking, provable
from station.custody.docking import Docking, DockingStep
from station.custody.facts import PROOFS_CITED_MAX
from station.custody.recording import Recording, RecordingStep
from station.custody.reported_finding import FindingStep, ReportedFinding
from station.custody.state import State
from station.policy.permits import ClearingDemand

DOCKING = Docking(1, DockingStep.READ, "1", "b", 0, camera="C1")
RECORDING = Recording(5, RecordingStep.HELD, 1, "C1", "l", 1, "a" * 64, None, "NO_LOAN")


def proved(stated: int | None, received: int | None, *disks: str) -> Recording:
    copies = tuple((disk, 100 + place) for place, disk in enumerate(disks))
    return replace(RECORDING, stated=stated, received=received, copies=copies)


def may_clear(recording: Recording, docking: Docking, demand: ClearingDemand) -> bool:
    return lacking(State(), recording, docking, demand) is None


@pytest.mark.parametrize(
    ("recording", "copies"),
    [
        (proved(None, None), 0),
        (proved(7, None), 1),
        (proved(7, 8), 2),
        (proved(7, None, "b"), 2),
        (proved(7, 8, "b"), 3),
        (proved(7, 8, "b", "c"), 4),
    ],
)
def test_copies_are_counted_one_by_one(recording: Recording, copies: int) -> None:
    assert len(recording.proofs) == copies
    for demanded in range(1, 6):
        assert may_clear(recording, DOCKING, ClearingDemand(demanded, custodian_release=False)) is (demanded <= copies)


def test_without_our_own_statement_no_other_copy_is_enough() -> None:
    without = replace(RECORDING, received=8, copies=(("b", 9), ("c", 10)))
    assert not may_clear(without, DOCKING, ClearingDemand(1, custodian_release=False))


def test_a_release_covers_what_was_held_when_it_was_given() -> None:
    demand = ClearingDemand(2, custodian_release=True)
    recording = proved(7, 8)
    assert not may_clear(recording, DOCKING, demand)
    assert may_clear(recording, replace(DOCKING, release=9), demand)
    assert not may_clear(replace(recording, number=10), replace(DOCKING, release=9), demand)


def test_an_order_cites_no_more_proofs_than_an_entry_can_hold() -> None:
    recording = replace(proved(7, 8, *(f"disk-{n}" for n in range(20))), step=RecordingStep.RECEIVED)
    (proof,) = provable(State().holding([DOCKING, recording], 200), DOCKING, ClearingDemand(2, custodian_release=False))
    assert proof.copies == recording.proofs[:PROOFS_CITED_MAX]


def test_an_order_is_in_order_and_of_bounded_size() -> None:
    recordings = [replace(proved(7, 8), number=n, listing=f"l{n}", step=RecordingStep.RECEIVED) for n in range(10, 610)]
    state = State().holding([DOCKING, *reversed(recordings)], 1_000)
    proofs = provable(state, DOCKING, ClearingDemand(2, custodian_release=False))
    assert [proof.recording for proof in proofs] == list(range(10, 266))
    for step in set(DockingStep) - {DockingStep.READ}:
        assert provable(state, replace(DOCKING, step=step), ClearingDemand(1, custodian_release=False)) == ()


def test_what_was_found_damaged_here_stays_on_its_camera_whatever_is_demanded() -> None:
    recordings = [replace(proved(7, 8, "b"), number=n, listing=f"l{n}", step=RecordingStep.RECEIVED) for n in (5, 6)]
    found = ReportedFinding(50, FindingStep.REPORTED, "HASH_MISMATCH", (), "", "recording:5", None, 0, "")
    state = State().holding([DOCKING, *recordings, found], 200)
    for copies in range(1, 4):
        demand = ClearingDemand(copies, custodian_release=False)
        assert [proof.recording for proof in provable(state, DOCKING, demand)] == [6]
    assert not anything_provable(State().holding([DOCKING, recordings[0], found], 200), DOCKING, demand)
