"""Judges one observation into the facts it proves: none where it is true already, an error where it cannot be.

`judge(state, observation, policy, at) -> facts`. Pure: the same four always give the same facts.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

from immutables import Map

from station.custody import acts
from station.custody import observations as seen
from station.custody.acts_at_the_dock import EnterLoan
from station.custody.attribution import attribute
from station.custody.camera import Camera, CameraStep
from station.custody.clearing import provable
from station.custody.docking import DOCKING, Docking, DockingStep
from station.custody.facts import (
    BatteryJudged,
    BayOffered,
    BayTested,
    CameraAdmitted,
    CameraCleared,
    CameraHandled,
    CameraQuarantined,
    CameraRead,
    CameraRemoved,
    ClearingFailed,
    ClearingOrdered,
    ClearingReleased,
    ClockNotSet,
    ClockSet,
    DockingEnded,
    DockingStarted,
    Fact,
    FootageFound,
    JournalOpened,
    LoanRefused,
    LoanStarted,
    OfferLapsed,
    Purged,
    ReceiptAccepted,
    RecordingHeld,
    StatementSigned,
)
from station.custody.facts_of_batteries import BatteryWeighed
from station.custody.fitting_names import fitting
from station.custody.judge_bays import BAY_RULES
from station.custody.judge_desk import DESK_RULES
from station.custody.judge_footage import FOOTAGE_RULES, read_damaged_anew
from station.custody.judge_history import HISTORY_RULES, require_one_history
from station.custody.judge_keeping import KEEPING_RULES
from station.custody.judge_media import tell_drift, tell_examined
from station.custody.judge_missions import MISSION_RULES
from station.custody.judge_orders import ORDER_RULES
from station.custody.judge_silent import camera_stayed_silent, docked_elsewhere, end_loan
from station.custody.judge_stamps import STAMP_RULES
from station.custody.judging import Finding as _Finding
from station.custody.lending import camera_to_lend, lending, officer_offered
from station.custody.media_times import filmed_when
from station.custody.state import State, Subject
from station.errors import BrokenCustodyError, IllegalStepError
from station.policy.permits import Act, Admission, Policy, Verdict
from station.stamp import Stamp


def judge(state: State, observation: seen.Observation, policy: Policy, at: Stamp) -> tuple[Fact, ...]:
    """The facts alone, for whoever has no use for what they lead to."""
    return judgement(state, observation, policy, at).facts


def judgement(
    state: State, observation: seen.Observation, policy: Policy, at: Stamp, recalled: Iterable[Subject] = ()
) -> "Judgement":
    """`recalled`: what the observation is about and memory does not hold; see `recall`."""
    called = tuple(recalled)
    judging = _policy_for(state.recalling(called), observation, policy)
    finding = _Finding(state, judging, at, observation.by, called)
    require_one_history(finding, observation)
    _RULES[type(observation)](finding, observation)
    return Judgement(tuple(finding.facts), tuple(finding.changed.values()), finding.state_after())


def _policy_for(state: State, observation: seen.Observation, policy: Policy) -> Policy:
    """The pack of the camera's owner judges; what began under an earlier version of it ends under that."""
    match observation:
        case seen.CameraIdentified(camera=camera) | EnterLoan(camera=camera):
            return policy.of_camera(camera)
        case seen.CameraAsked(bay=bay):  # a loan that begins now, whenever its camera came
            docking = state.docking_in(bay)
            return policy if docking is None else policy.of_camera(docking.camera)
        case acts.CloseMission(mission=number):
            mission = state.missions.get(number)
            if mission is None:
                return policy
            return policy.of_person(mission.spoken_for_by(policy.rolls)).under(mission.declared_under)
        case acts.DeclareMission(by=by):
            return policy.of_person(by)
        case seen.DockingWork(docking=number) | seen.HandedOver(docking=number):
            docking = state.dockings.get(number)
        case seen.PresenceOpened(bay=bay):
            docking = state.docking_in(bay)
        case (
            seen.DigestFound(recording=number)
            | seen.SecondCopySpoiled(recording=number)
            | seen.WaitsTooLong(recording=number)
        ):
            recording = state.recordings.get(number)
            return policy if recording is None else policy.of_camera(recording.source).under(recording.held_under)
        case _:
            docking = None
    return policy if docking is None else policy.of_camera(docking.camera).under(docking.under)


class Judgement(NamedTuple):
    """What was found, each subject it changed as it is now, and the state all that leads to."""

    facts: tuple[Fact, ...]
    changed: tuple[Subject, ...]
    state: State


def _journal_begun(finding: _Finding, said: seen.JournalBegun) -> None:
    finding.find("journal:0", JournalOpened(origin=said.origin, log_key=said.log_key))


def _presence_closed(finding: _Finding, said: seen.PresenceClosed) -> None:
    if finding.state.docking_in(said.bay) is None:
        _start_docking(finding, said.bay)


def _start_docking(finding: _Finding, bay: str) -> None:
    finding.find(f"docking:{finding.state.size}", DockingStarted(bay=bay))


def _presence_opened(finding: _Finding, said: seen.PresenceOpened) -> None:
    docking = finding.state.docking_in(said.bay)
    if docking is not None:
        _end_docking(finding, docking)


def _end_docking(finding: _Finding, docking: Docking) -> None:
    loan = docking.loan if docking.step is DockingStep.OFFERED else None
    stands = docking.offer_left_ms(finding.policy.offer_lasts_ms, finding.at) > 0
    if loan is not None and docking.camera is not None and stands:
        officer = officer_offered(finding.state, docking)
        started = LoanStarted(loan=loan, docking=docking.number, camera=docking.camera, officer=officer)
        finding.find(f"loan:{loan}", started)
    else:
        if loan is not None:
            finding.find(f"loan:{loan}", OfferLapsed(loan=loan, docking=docking.number))
        removed = CameraRemoved(docking=docking.number, camera=docking.camera)
        finding.find(f"docking:{docking.number}", removed)
    finding.find(f"docking:{docking.number}", DockingEnded(docking=docking.number))


def _camera_identified(finding: _Finding, said: seen.CameraIdentified) -> None:
    docking = finding.work_on(said.docking)
    if docking.camera not in {None, said.camera}:
        # Another camera than the one we knew of answers here: that one was taken out unseen, or never was here.
        _end_docking(finding, docking)
        _start_docking(finding, docking.bay)
        docking = finding.docking(docking.bay)
    elif docking.step not in {DockingStep.STARTED, DockingStep.SILENT}:
        return
    if docked_elsewhere(finding.state, said.camera, docking):
        # One camera cannot be in two bays; which of the two lies is for a person to find out.
        _quarantine(finding, docking, None, said.camera, finding.policy.finds("CAMERA_TWICE"))
        return
    verdict = finding.policy.admits(Admission(said.camera, said.model))
    if not verdict.permitted:
        _quarantine(finding, docking, said.camera, said.camera, verdict)
    else:
        _admit(finding, docking, said)
    end_loan(finding, docking, said.camera)
    if verdict.permitted:
        tell_drift(finding, said)


def _admit(finding: _Finding, docking: Docking, said: seen.CameraIdentified) -> None:
    admitted = CameraAdmitted(
        docking=docking.number,
        camera=said.camera,
        model=said.model,
        clock_ahead_ms=said.clock_ahead_ms,
        clock_error_ms=said.clock_error_ms,
    )
    finding.find(f"camera:{said.camera}", admitted)


def _quarantine(finding: _Finding, docking: Docking, camera: str | None, claimed: str, verdict: Verdict) -> None:
    body = CameraQuarantined(
        docking=docking.number,
        camera=camera,
        claimed=claimed,
        code=verdict.code,
        articles=verdict.articles,
        rule=verdict.rule,
    )
    finding.find(f"docking:{docking.number}", body)


def _recording_read(finding: _Finding, said: seen.RecordingRead) -> None:
    docking = finding.work_on(said.docking)
    state = finding.state
    known = state.on_camera.get(docking.source, Map()).get(said.listing)
    if known is not None:
        held_already = state.recordings[known]
        if (held_already.sha256, held_already.size_bytes) != (said.sha256, said.size_bytes):
            raise BrokenCustodyError(f"bay {docking.bay}: {said.listing} is not the recording {known} that we hold")
        return
    camera = state.cameras.get(docking.camera) if docking.camera else None
    filmed = filmed_when(said.media, said.begun_device_ms, said.ended_device_ms)
    whose = attribute(camera, filmed)
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
    finding.find(f"recording:{state.size}", held, original_name=fitting(said.original_name))
    if said.media is not None:
        tell_examined(finding, docking, said, said.media, filmed)


def _camera_listed(finding: _Finding, said: seen.CameraListed) -> None:
    docking = finding.work_on(said.docking)
    unheld = _unheld(finding, docking, said.listings)
    if unheld and docking.step is DockingStep.READ:
        _footage_found(finding, docking, unheld)
    elif not unheld and not docking.everything_read(finding.at):
        read = CameraRead(docking=docking.number, listed=len(said.listings))
        finding.find(f"docking:{docking.number}", read)


def _unheld(finding: _Finding, docking: Docking, listings: frozenset[str]) -> int:
    held = finding.state.on_camera.get(docking.source, Map())
    return sum(listing not in held for listing in listings)


def _footage_found(finding: _Finding, docking: Docking, unheld: int) -> None:
    finding.find(f"docking:{docking.number}", FootageFound(docking=docking.number, unheld=unheld))


def _statement_made(finding: _Finding, said: seen.StatementMade) -> None:
    recording = finding.recording(said.recording)
    if recording is not None and recording.stated is None:
        signed = StatementSigned(recording=said.recording, statement_sha256=said.statement_sha256)
        finding.find(f"recording:{said.recording}", signed)


def _receipt_verified(finding: _Finding, said: seen.ReceiptVerified) -> None:
    recording = finding.recording(said.recording)
    if recording is not None and recording.received is None:
        accepted = ReceiptAccepted(recording=said.recording, receipt_sha256=said.receipt_sha256)
        finding.find(f"recording:{said.recording}", accepted)


def _release_given(finding: _Finding, said: seen.ReleaseGiven) -> None:
    for docking in map(finding.state.docking_in, said.bays):
        if docking is None or (docking.step, ClearingReleased) not in DOCKING.table:
            raise finding.refusal("RELEASE_UNDUE")
        finding.require_authority(Act.RELEASE_CLEARING, camera=docking.source)
        finding.find(f"docking:{docking.number}", ClearingReleased(docking=docking.number), remark=said.remark)


def _clearing_asked(finding: _Finding, said: seen.ClearingAsked) -> None:
    docking = finding.work_on(said.docking)
    if docking.step is DockingStep.CLEARING:
        return
    demand = finding.policy.clearing
    proofs = provable(finding.state, docking, demand)
    if not proofs:
        raise finding.refusal("WIPE_UNVERIFIED", "wipe.copies_before")
    release = docking.release if demand.custodian_release else None
    ordered = ClearingOrdered(docking=docking.number, proofs=proofs, release=release)
    finding.find(f"docking:{docking.number}", ordered)


def _deletions_listed(finding: _Finding, said: seen.DeletionsListed) -> None:
    docking = finding.work_on(said.docking)
    if docking.step is not DockingStep.CLEARING:
        return
    recordings = finding.state.recordings
    gone = tuple(n for n in docking.ordered if recordings[n].listing not in said.listings)
    unheld = _unheld(finding, docking, said.listings)
    if gone:
        finding.find(f"docking:{docking.number}", CameraCleared(docking=docking.number, recordings=gone))
    else:
        finding.find(f"docking:{docking.number}", ClearingFailed(docking=docking.number))
    if unheld:
        _footage_found(finding, docking, unheld)


def _battery_measured(finding: _Finding, said: seen.BatteryMeasured) -> None:
    docking = finding.work_on(said.docking)
    if docking.battery_due_in_ms(finding.policy.enough_percent, finding.policy.enough_minutes, finding.at) == 0:
        judged = BatteryJudged(
            docking=docking.number,
            percent=said.percent,
            health_percent=said.health_percent,
            recording_minutes=said.recording_minutes,
            free_minutes=said.free_minutes,
        )
        finding.find(f"docking:{docking.number}", judged)


def _battery_was_weighed(finding: _Finding, said: seen.BatteryWasWeighed) -> None:
    """Once in a docking, of a camera that is known and ours."""
    docking = finding.work_on(said.docking)
    camera = finding.state.cameras.get(docking.camera) if docking.camera else None
    if camera is None or camera.step is not CameraStep.DOCKED or _weighed(camera, docking.number):
        return
    weighed = BatteryWeighed(
        docking=docking.number,
        camera=camera.id,
        board=said.board,
        gain_error=said.gain_error,
        told=said.told,
        weighed=said.weighed,
        milliohms=said.milliohms,
    )
    finding.find(f"camera:{camera.id}", weighed)


def _weighed(camera: Camera, docking: int) -> bool:
    return any(weighing.docking == docking for weighing in camera.weighings)


def _clock_was_set(finding: _Finding, said: seen.ClockWasSet) -> None:
    docking = finding.work_on(said.docking)
    if not docking.clock_set or said.by != seen.STATION:
        was_set = ClockSet(
            docking=docking.number, clock_ahead_ms=said.clock_ahead_ms, clock_error_ms=said.clock_error_ms
        )
        finding.find(f"docking:{docking.number}", was_set)


def _clock_could_not_be_set(finding: _Finding, said: seen.ClockCouldNotBeSet) -> None:
    docking = finding.work_on(said.docking)
    if not docking.clock_set:
        finding.find(f"docking:{docking.number}", ClockNotSet(docking=docking.number))


def _camera_handled(finding: _Finding, said: seen.CameraHandled) -> None:
    """It was done, wherever the camera is by now."""
    if not 0 < said.docking < finding.state.size:
        raise IllegalStepError(f"there was no docking {said.docking}")
    handled = CameraHandled(docking=said.docking, camera=said.camera, act=said.act, outcome=said.outcome)
    finding.find(f"docking:{said.docking}", handled, account=said.account)


def _bay_tested(finding: _Finding, said: seen.BayTested) -> None:
    tested = BayTested(bay=said.bay, outcome=said.outcome, failed=said.failed)
    finding.find(f"bay:{said.bay}", tested, account=said.account)


def _camera_asked(finding: _Finding, said: seen.CameraAsked) -> None:
    docking = finding.state.docking_in(said.bay)
    if docking is None:
        raise finding.refusal("NO_CAMERA_TO_LEND")
    if docking.step is DockingStep.OFFERED and officer_offered(finding.state, docking) == said.by:
        return
    camera = camera_to_lend(finding.state, docking)
    if camera is None:
        raise finding.refusal("NO_CAMERA_TO_LEND")
    if docking.step is DockingStep.OFFERED:
        raise finding.refusal("BAY_OFFERED_ALREADY")
    answer = finding.policy.lends(lending(finding.state, docking, camera, said, finding.at))
    if not answer.refusal.permitted:
        _refuse_loan(finding, docking, said.by, answer.refusal)
        return
    loan = finding.state.size
    offered = BayOffered(docking=docking.number, camera=camera.id, officer=said.by)
    finding.find(f"loan:{loan}", offered, reason=said.reason)
    for verdict in answer.reports:
        if verdict.code == "CHECK_OVERRIDDEN":  # an act of its own each time, by somebody who answers for it
            finding.report(verdict, f"loan:{loan}", **({"by": said.overridden_by} if said.overridden_by else {}))
        else:
            finding.report(verdict, f"camera:{camera.id}")


def _refuse_loan(finding: _Finding, docking: Docking, officer: str, verdict: Verdict) -> None:
    refused = LoanRefused(
        docking=docking.number, officer=officer, code=verdict.code, articles=verdict.articles, rule=verdict.rule
    )
    finding.find(f"docking:{docking.number}", refused)


def _offer_timed_out(finding: _Finding, said: seen.OfferTimedOut) -> None:
    docking = finding.state.dockings.get(said.docking)
    if docking is None or docking.step is not DockingStep.OFFERED or docking.loan is None:
        return
    if not docking.offer_left_ms(finding.policy.offer_lasts_ms, finding.at):
        finding.find(f"loan:{docking.loan}", OfferLapsed(loan=docking.loan, docking=docking.number))
        read_damaged_anew(finding, finding.state.dockings[docking.number])


def _purge_ordered(finding: _Finding, said: seen.PurgeOrdered) -> None:
    if not said.entries or any(not 0 < n < finding.state.size for n in said.entries):
        raise IllegalStepError("a purge names entries that are not there")
    finding.find(f"journal:{said.entries[0]}", Purged(entries=said.entries, rule=said.rule))


_Rule = Callable[[_Finding, Any], None]

_RULES: Mapping[type[seen.Observation], _Rule] = {
    seen.JournalBegun: _journal_begun,
    seen.PresenceClosed: _presence_closed,
    seen.PresenceOpened: _presence_opened,
    seen.CameraIdentified: _camera_identified,
    seen.CameraStayedSilent: camera_stayed_silent,
    seen.RecordingRead: _recording_read,
    seen.CameraListed: _camera_listed,
    seen.StatementMade: _statement_made,
    seen.ReceiptVerified: _receipt_verified,
    seen.ReleaseGiven: _release_given,
    seen.ClearingAsked: _clearing_asked,
    seen.DeletionsListed: _deletions_listed,
    seen.BatteryMeasured: _battery_measured,
    seen.BatteryWasWeighed: _battery_was_weighed,
    seen.ClockWasSet: _clock_was_set,
    seen.ClockCouldNotBeSet: _clock_could_not_be_set,
    seen.CameraHandled: _camera_handled,
    seen.BayTested: _bay_tested,
    seen.CameraAsked: _camera_asked,
    seen.OfferTimedOut: _offer_timed_out,
    seen.PurgeOrdered: _purge_ordered,
    **BAY_RULES,
    **DESK_RULES,
    **FOOTAGE_RULES,
    **HISTORY_RULES,
    **ORDER_RULES,
    **STAMP_RULES,
    **MISSION_RULES,
    **KEEPING_RULES,
}
