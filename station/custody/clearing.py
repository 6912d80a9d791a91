"""The rule of rules: nothing on a camera is deleted before the proof that policy demands.

This file alone decides it. Whoever wants a camera cleared asks here; the facts cite what was decided on.
"""

from collections.abc import Iterator
from enum import StrEnum

from station.custody.docking import Docking, DockingStep
from station.custody.facts import PROOFS_CITED_MAX, RECORDINGS_PER_ORDER_MAX, Proof
from station.custody.recording import Recording
from station.custody.state import State
from station.policy.permits import ClearingDemand


class Lack(StrEnum):
    """What a recording still needs before it may be cleared."""

    PROOF = "proof"
    RECEIPT = "receipt"
    RELEASE = "release"
    SOUND = "sound"
    """What we keep of it was found damaged: the camera has the only sound one, perhaps."""


def provable(state: State, docking: Docking, demand: ClearingDemand) -> tuple[Proof, ...]:
    """The recordings that may now be deleted from the docked camera, each with its proofs; one order's worth."""
    proved = sorted(_clearable(state, docking, demand), key=lambda recording: recording.number)
    return tuple(Proof(one.number, one.proofs[:PROOFS_CITED_MAX]) for one in proved[:RECORDINGS_PER_ORDER_MAX])


def anything_provable(state: State, docking: Docking, demand: ClearingDemand) -> bool:
    return any(True for _ in _clearable(state, docking, demand))


def _clearable(state: State, docking: Docking, demand: ClearingDemand) -> Iterator[Recording]:
    if docking.step is DockingStep.READ:
        for recording in state.on_source(docking.source):
            if lacking(state, recording, docking, demand) is None:
                yield recording


def lacking(state: State, recording: Recording, docking: Docking, demand: ClearingDemand) -> Lack | None:
    if not undamaged(state, recording):
        return Lack.SOUND
    if recording.stated is None or len(recording.proofs) < demand.copies:
        return Lack.PROOF
    if demand.receipt_required and recording.received is None:
        return Lack.RECEIPT
    if not demand.custodian_release:
        return None
    released = docking.release is not None and recording.number < docking.release
    return None if released else Lack.RELEASE


def undamaged(state: State, recording: Recording) -> bool:
    """Asked again right before it is deleted: what we keep may have been found damaged, or unreadable, since."""
    about = f"recording:{recording.number}"
    return not any(state.finding_open(code, about) for code in ("HASH_MISMATCH", "STORE_FAULT"))
