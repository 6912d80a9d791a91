"""Judges one observation into the facts it proves: none where it is true already, an error where it cannot be.

`judge(state, observation, policy, at) -> facts`. Pure: the same four always give the same facts.
"""

from collections.abc import Callable, Mapping
from typing import Any

from immutables import Map

from station.custody import observations as seen
from station.custody.attribution import attribute
from station.custody.camera import CameraStep
from station.custody.clearing import provable
from station.custody.docking import Docking, DockingStep
from station.custody.facts import (
    BatteryJudged,
    BayOffered,
    CameraAdmitted,
    CameraCleared,
    CameraQuarantined,
    CameraRead,
    CameraRemoved,
    CameraSilent,
    ClearingOrdered,
    ClearingReleased,
    ClockSet,
    CopySealed,
    DockingEnded,
    DockingStarted,
    Fact,
    FactBody,
    JournalOpened,
    LoanEnded,
    LoanRefused,
    LoanStarted,
    OfferLapsed,
    Purged,
    ReceiptAccepted,
    RecordingHeld,
    StatementSigned,
    require_fit,
)
from station.custody.recording import Recording
from station.custody.state import State, apply
from station.errors import BrokenCustodyError, IllegalStepError, RefusedError
from station.policy.permits import Admission, Lending, Policy, Verdict
from station.stamp import Stamp

CAMERA_TWICE = Verdict("CAMERA_TWICE")
"""One camera cannot be in two bays; which of the two lies is for a person to find out. No law, plain physics."""


def judge(state: State, observation: seen.Observation, policy: Policy, at: Stamp) -> tuple[Fact, ...]:
    judgement = _Judgement(state, policy, at, observation.by)
    _RULES[type(observation)](judgement, observation)
    return tuple(judgement.facts)


class _Judgement:
    """One judgement under way: what has been found so far, and the state it leads to."""

    def __init__(self, state: State, policy: Policy, at: Stamp, by: str) -> None:
        self.state = state
        self.policy = policy
        self.at = at
        self.by = by
        self.facts: list[Fact] = []

    def find(self, subject: str, body: FactBody, **private: str) -> None:
        words = {name: value for name, value in private.items() if value}
        fact = Fact(self.state.size, self.at, self.by, self.policy.name, subject, body, words)
        require_fit(fact)
        self.state = apply(self.state, fact)
        self.facts.append(fact)

    def docking(self, bay: str) -> Docking:
        docking = self.state.docking_in(bay)
        if docking is None:
            raise IllegalStepError(f"bay {bay} is empty, as far as we know")
        return docking

    def recording(self, number: int) -> Recording | None:
        """None where the recording is settled: whatever is said of it now was said before."""
        if number >= self.state.size:
            raise IllegalStepError(f"there is no recording {number}")
        return self.state.recordings.get(number)


def _journal_begun(judgement: _Judgement, said: seen.JournalBegun) -> None:
    judgement.find("journal:0", JournalOpened(origin=said.origin, log_key=said.log_key))


def _presence_closed(judgement: _Judgement, said: seen.PresenceClosed) -> None:
    if judgement.state.docking_in(said.bay) is None:
        _start_docking(judgement, said.bay)


def _start_docking(judgement: _Judgement, bay: str) -> None:
    judgement.find(f"docking:{judgement.state.size}", DockingStarted(bay=bay))


def _presence_opened(judgement: _Judgement, said: seen.PresenceOpened) -> None:
    docking = judgement.state.docking_in(said.bay)
    if docking is not None:
        _end_docking(judgement, docking)


def _end_docking(judgement: _Judgement, docking: Docking) -> None:
    if docking.step is DockingStep.OFFERED and docking.camera is not None and docking.loan is not None:
        started = LoanStarted(loan=docking.loan, docking=docking.number, camera=docking.camera)
        judgement.find(f"loan:{docking.loan}", started)
    else:
        removed = CameraRemoved(docking=docking.number, camera=docking.camera)
        judgement.find(f"docking:{docking.number}", removed)
    judgement.find(f"docking:{docking.number}", DockingEnded(docking=docking.number))


def _camera_identified(judgement: _Judgement, said: seen.CameraIdentified) -> None:
    docking = judgement.docking(said.bay)
    if docking.step not in {DockingStep.STARTED, DockingStep.SILENT}:
        if docking.camera == said.camera or docking.step is DockingStep.QUARANTINED:
            return
        # Another camera answers from a bay whose switch never opened: the first one was taken out unseen.
        _end_docking(judgement, docking)
        _start_docking(judgement, said.bay)
        docking = judgement.docking(said.bay)
    if _docked_elsewhere(judgement.state, said.camera, docking):
        _quarantine(judgement, docking, None, said.camera, CAMERA_TWICE)
        return
    verdict = judgement.policy.admits(Admission(said.camera, said.model))
    if not verdict.permitted:
        _quarantine(judgement, docking, said.camera, said.camera, verdict)
    else:
        _admit(judgement, docking, said)
    _end_loan(judgement, docking, said.camera)


def _admit(judgement: _Judgement, docking: Docking, said: seen.CameraIdentified) -> None:
    admitted = CameraAdmitted(
        docking=docking.number,
        camera=said.camera,
        model=said.model,
        clock_ahead_ms=said.clock_ahead_ms,
        clock_error_ms=said.clock_error_ms,
    )
    judgement.find(f"camera:{said.camera}", admitted)


def _quarantine(judgement: _Judgement, docking: Docking, camera: str | None, claimed: str, verdict: Verdict) -> None:
    body = CameraQuarantined(
        docking=docking.number,
        camera=camera,
        claimed=claimed,
        code=verdict.code,
        articles=verdict.articles,
    )
    judgement.find(f"docking:{docking.number}", body)


def _docked_elsewhere(state: State, camera_id: str, docking: Docking) -> bool:
    camera = state.cameras.get(camera_id)
    return camera is not None and camera.docking not in {None, docking.number}


def _end_loan(judgement: _Judgement, docking: Docking, camera_id: str) -> None:
    loan = judgement.state.cameras[camera_id].loan
    if loan is not None:
        ended = LoanEnded(loan=loan, camera=camera_id, docking=docking.number)
        judgement.find(f"loan:{loan}", ended)


def _camera_stayed_silent(judgement: _Judgement, said: seen.CameraStayedSilent) -> None:
    docking = judgement.docking(said.bay)
    if docking.step is not DockingStep.STARTED:
        return
    label = said.label
    if label is not None and _docked_elsewhere(judgement.state, label, docking):
        label = None
    judgement.find(f"docking:{docking.number}", CameraSilent(docking=docking.number, camera=label))
    if label is not None:
        _end_loan(judgement, docking, label)


def _recording_read(judgement: _Judgement, said: seen.RecordingRead) -> None:
    docking = judgement.docking(said.bay)
    state = judgement.state
    if said.listing in state.on_camera.get(docking.source, Map()):
        return
    camera = state.cameras.get(docking.camera) if docking.camera else None
    whose = attribute(camera, said.begun_device_ms, said.ended_device_ms)
    held = RecordingHeld(
        docking=docking.number,
        source=docking.source,
        listing=said.listing,
        size_bytes=said.size_bytes,
        sha256=said.sha256,
        begun_device_ms=said.begun_device_ms,
        ended_device_ms=said.ended_device_ms,
        loan=whose.loan,
        unattributed=whose.unattributed,
    )
    judgement.find(f"recording:{state.size}", held, original_name=said.original_name)


def _camera_listed(judgement: _Judgement, said: seen.CameraListed) -> None:
    docking = judgement.docking(said.bay)
    held = judgement.state.on_camera.get(docking.source, Map())
    if all(listing in held for listing in said.listings) and not docking.everything_read:
        read = CameraRead(docking=docking.number, listed=len(said.listings))
        judgement.find(f"docking:{docking.number}", read)


def _statement_made(judgement: _Judgement, said: seen.StatementMade) -> None:
    recording = judgement.recording(said.recording)
    if recording is not None and recording.stated is None:
        signed = StatementSigned(recording=said.recording, statement_sha256=said.statement_sha256)
        judgement.find(f"recording:{said.recording}", signed)


def _second_copy_proved(judgement: _Judgement, said: seen.SecondCopyProved) -> None:
    recording = judgement.recording(said.recording)
    if recording is not None and said.disk not in dict(recording.copies):
        judgement.find(f"recording:{said.recording}", CopySealed(recording=said.recording, disk=said.disk))


def _receipt_verified(judgement: _Judgement, said: seen.ReceiptVerified) -> None:
    recording = judgement.recording(said.recording)
    if recording is not None and recording.received is None:
        accepted = ReceiptAccepted(recording=said.recording, receipt_sha256=said.receipt_sha256)
        judgement.find(f"recording:{said.recording}", accepted)


def _release_given(judgement: _Judgement, said: seen.ReleaseGiven) -> None:
    for bay in said.bays:
        docking = judgement.docking(bay)
        judgement.find(f"docking:{docking.number}", ClearingReleased(docking=docking.number), remark=said.remark)


def _clearing_asked(judgement: _Judgement, said: seen.ClearingAsked) -> None:
    docking = judgement.docking(said.bay)
    if docking.step is DockingStep.CLEARING:
        return
    demand = judgement.policy.clearing
    proofs = provable(judgement.state, docking, demand)
    if not proofs:
        raise RefusedError("CLEARING_NOT_PROVED")
    release = docking.release if demand.custodian_release else None
    ordered = ClearingOrdered(docking=docking.number, proofs=proofs, release=release)
    judgement.find(f"docking:{docking.number}", ordered)


def _deletions_listed(judgement: _Judgement, said: seen.DeletionsListed) -> None:
    docking = judgement.docking(said.bay)
    if docking.step is not DockingStep.CLEARING:
        raise IllegalStepError(f"nothing was ordered deleted in bay {said.bay}")
    recordings = judgement.state.recordings
    gone = tuple(n for n in docking.ordered if recordings[n].listing not in said.listings)
    if not gone:
        raise BrokenCustodyError(f"bay {said.bay}: the camera deleted nothing of what it was ordered to delete")
    judgement.find(f"docking:{docking.number}", CameraCleared(docking=docking.number, recordings=gone))


def _battery_measured(judgement: _Judgement, said: seen.BatteryMeasured) -> None:
    docking = judgement.docking(said.bay)
    if not docking.battery_judged:
        judged = BatteryJudged(docking=docking.number, percent=said.percent, health_percent=said.health_percent)
        judgement.find(f"docking:{docking.number}", judged)


def _clock_was_set(judgement: _Judgement, said: seen.ClockWasSet) -> None:
    docking = judgement.docking(said.bay)
    if not docking.clock_set:
        was_set = ClockSet(
            docking=docking.number, clock_ahead_ms=said.clock_ahead_ms, clock_error_ms=said.clock_error_ms
        )
        judgement.find(f"docking:{docking.number}", was_set)


def _camera_asked(judgement: _Judgement, said: seen.CameraAsked) -> None:
    docking = judgement.docking(said.bay)
    camera = docking.camera
    if camera is None or judgement.state.cameras[camera].step is not CameraStep.DOCKED:
        raise IllegalStepError(f"bay {said.bay} holds no camera that can be lent")
    if docking.step is DockingStep.OFFERED:
        raise RefusedError("BAY_OFFERED_ALREADY")
    asked = Lending(
        officer=said.by,
        camera=camera,
        everything_read=docking.step is DockingStep.READ,
        recordings_uncleared=len(judgement.state.on_camera.get(docking.source, Map())),
        loans_open=judgement.state.open_loans(said.by),
    )
    verdict = judgement.policy.lends(asked)
    if not verdict.permitted:
        refused = LoanRefused(docking=docking.number, officer=said.by, code=verdict.code, articles=verdict.articles)
        judgement.find(f"docking:{docking.number}", refused)
        return
    offered = BayOffered(docking=docking.number, camera=camera, officer=said.by)
    judgement.find(f"loan:{judgement.state.size}", offered, reason=said.reason)


def _offer_timed_out(judgement: _Judgement, said: seen.OfferTimedOut) -> None:
    docking = judgement.state.docking_in(said.bay)
    if docking is not None and docking.step is DockingStep.OFFERED and docking.loan is not None:
        judgement.find(f"loan:{docking.loan}", OfferLapsed(loan=docking.loan, docking=docking.number))


def _purge_ordered(judgement: _Judgement, said: seen.PurgeOrdered) -> None:
    if any(not 0 < n < judgement.state.size for n in said.entries):
        raise IllegalStepError("a purge names entries that are not there")
    judgement.find(f"journal:{said.entries[0]}", Purged(entries=said.entries, rule=said.rule))


_Rule = Callable[[_Judgement, Any], None]

_RULES: Mapping[type[seen.Observation], _Rule] = {
    seen.JournalBegun: _journal_begun,
    seen.PresenceClosed: _presence_closed,
    seen.PresenceOpened: _presence_opened,
    seen.CameraIdentified: _camera_identified,
    seen.CameraStayedSilent: _camera_stayed_silent,
    seen.RecordingRead: _recording_read,
    seen.CameraListed: _camera_listed,
    seen.StatementMade: _statement_made,
    seen.SecondCopyProved: _second_copy_proved,
    seen.ReceiptVerified: _receipt_verified,
    seen.ReleaseGiven: _release_given,
    seen.ClearingAsked: _clearing_asked,
    seen.DeletionsListed: _deletions_listed,
    seen.BatteryMeasured: _battery_measured,
    seen.ClockWasSet: _clock_was_set,
    seen.CameraAsked: _camera_asked,
    seen.OfferTimedOut: _offer_timed_out,
    seen.PurgeOrdered: _purge_ordered,
}
