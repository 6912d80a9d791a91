"""Rules of judging what people say about missions: what was done, which footage shows it, and why some is missing."""

from collections.abc import Callable, Mapping
from typing import Any

from station.custody import acts
from station.custody.explanation import Explanation
from station.custody.facts_of_keeping import HoldPlaced, SecrecyMarked
from station.custody.facts_of_missions import (
    ExplanationAccepted,
    ExplanationKept,
    ExplanationReturned,
    ExplanationRewritten,
    ExplanationWritten,
    MissionClosed,
    MissionDeclared,
    MissionDescribed,
    MissionEnded,
    MissionMarked,
    MissionNumbered,
    MissionReopened,
    RecordingAttributed,
    RecordingPlaced,
    RecordingWithdrawn,
)
from station.custody.judging import Finding, moment, worded
from station.custody.loan import Loan
from station.custody.mission import Mission
from station.custody.observations import Observation
from station.custody.recording import Recording
from station.errors import IllegalStepError, UnfitObservationError
from station.policy.non_use import facts_given
from station.policy.permits import Act, MissionClosing, NonUse


def _declare(finding: Finding, said: acts.DeclareMission) -> None:
    finding.require_authority(Act.DECLARE_MISSION)
    if not said.officers:
        raise UnfitObservationError("a mission has officers; name them, then try again")
    number = finding.state.size
    declared = MissionDeclared(
        activity=said.activity,
        kind=said.kind,
        on_site=said.on_site,
        emergency=said.emergency,
        officers=said.officers,
        started_ms=moment(said.started_ms),
    )
    finding.find(f"mission:{number}", declared, cause=said.cause, party=said.party)
    if said.number:
        finding.find(f"mission:{number}", MissionNumbered(mission=number), number=said.number)
    if said.ended_ms is not None:
        _end_at(finding, finding.known(Mission, number), said.ended_ms)


def _number(finding: Finding, said: acts.NumberMission) -> None:
    finding.require_authority(Act.DECLARE_MISSION, mission=said.mission)
    number = worded(said.number, "the number of its procedure or case")
    finding.find(f"mission:{said.mission}", MissionNumbered(mission=said.mission), number=number)


def _describe(finding: Finding, said: acts.DescribeMission) -> None:
    finding.require_authority(Act.DECLARE_MISSION, mission=said.mission)
    worded(said.cause + said.party, "its cause or its party")
    described = MissionDescribed(mission=said.mission)
    finding.find(f"mission:{said.mission}", described, cause=said.cause, party=said.party)


def _mark(finding: Finding, said: acts.MarkMission) -> None:
    finding.require_authority(Act.DECLARE_MISSION, mission=said.mission)
    marked = MissionMarked(mission=said.mission, mark=said.mark)
    finding.find(f"mission:{said.mission}", marked, remark=said.remark)


def _end(finding: Finding, said: acts.EndMission) -> None:
    finding.require_authority(Act.DECLARE_MISSION, mission=said.mission)
    _end_at(finding, finding.known(Mission, said.mission), said.ended_ms)


def _end_at(finding: Finding, mission: Mission, ended_ms: int) -> None:
    """Said by another as well, it is that person's word too: nobody's time for handing over runs by others' alone."""
    if finding.past(ended_ms) < mission.started_ms:
        raise UnfitObservationError("a mission does not end before it starts; set the times right")
    if not ended_ms == mission.ended_ms == mission.end_said_by(finding.by):
        finding.find(f"mission:{mission.number}", MissionEnded(mission=mission.number, ended_ms=ended_ms))


def _close(finding: Finding, said: acts.CloseMission) -> None:
    finding.require_authority(Act.CLOSE_MISSION, mission=said.mission)
    mission = finding.known(Mission, said.mission)
    closing = MissionClosing(
        activity=mission.activity,
        on_site=mission.on_site,
        has_footage=mission.recordings > 0,
        has_gap=said.gap,
        explanation_accepted=mission.explained,
        text_record=said.text_record,
    )
    finding.require(finding.policy.closes(closing))
    closed = MissionClosed(mission=said.mission, gap=said.gap, text_record=said.text_record)
    finding.find(f"mission:{said.mission}", closed)


def _reopen(finding: Finding, said: acts.ReopenMission) -> None:
    finding.require_authority(Act.CLOSE_MISSION, mission=said.mission)
    reason = worded(said.reason, "the reason for opening it again")
    finding.find(f"mission:{said.mission}", MissionReopened(mission=said.mission), reason=reason)


def _place(finding: Finding, said: acts.PlaceRecording) -> None:
    """An officer takes up what is proposed; whoever moves a recording settles where it belongs."""
    recording = finding.known(Recording, said.recording)
    if recording.mission == said.mission:
        return
    moved = recording.mission is not None
    act = Act.SETTLE_ATTRIBUTION if moved else Act.DECLARE_MISSION
    finding.require_authority(act, recordings=(said.recording,))
    finding.require_kept((said.recording,))
    if recording.mission is not None:
        reason = worded(said.reason, "the reason for moving it")
        _keep_along(finding, recording)
        withdrawn = RecordingWithdrawn(recording=said.recording, mission=recording.mission)
        finding.find(f"recording:{said.recording}", withdrawn, reason=reason)
    if said.mission is not None:
        placed = RecordingPlaced(recording=said.recording, mission=said.mission)
        finding.find(f"recording:{said.recording}", placed)


def _keep_along(finding: Finding, recording: Recording) -> None:
    """What held it, or kept it secret, as part of its mission goes along: moving it lifts nothing."""
    one, number = (recording.number,), recording.mission
    held = [hold for hold in finding.state.holds_on(recording) if recording.number not in hold.recordings]
    marked = [mark for mark in finding.state.secrecy_of(recording) if recording.number not in mark.recordings]
    for kind, reason in sorted({(hold.kind, hold.reason or "") for hold in held}):
        placed = HoldPlaced(kind=kind, reason=reason or None, recordings=one, mission=None)
        finding.find(f"hold:{finding.state.size}", placed, ground=f"mission:{number}")
    for category in sorted({mark.category for mark in marked}):
        kept = SecrecyMarked(category=category, recordings=one, mission=None)
        finding.find(f"secrecy:{finding.state.size}", kept, ground=f"mission:{number}")


def _attribute(finding: Finding, said: acts.AttributeRecording) -> None:
    finding.require_authority(Act.SETTLE_ATTRIBUTION, recordings=(said.recording,))
    reason = worded(said.reason, "the reason for settling whose it is")
    recording = finding.known(Recording, said.recording)
    if said.loan is not None:
        _check_possible(finding, recording, finding.known(Loan, said.loan))
    settled = RecordingAttributed(recording=said.recording, loan=said.loan)
    finding.find(f"recording:{said.recording}", settled, reason=reason)


def _check_possible(finding: Finding, recording: Recording, loan: Loan) -> None:
    """What was filmed with one camera was not filmed by whoever had another, or had none after all."""
    if loan.started_ms is None:
        raise IllegalStepError(f"loan {loan.number} never began")
    if recording.source in finding.state.cameras and recording.source != loan.camera:
        raise IllegalStepError(f"loan {loan.number} was of {loan.camera}, not of {recording.source}")


def _explain(finding: Finding, said: acts.Explain) -> None:
    finding.require_authority(Act.EXPLAIN, mission=said.mission)
    _require_excuse(finding, finding.known(Mission, said.mission), said, said.camera)
    written = ExplanationWritten(
        mission=said.mission, reason=said.reason, camera=said.camera, until_stop=said.until_stop
    )
    finding.find(f"explanation:{finding.state.size}", written, grounds=_lines(said), basis=said.basis)


def _explain_again(finding: Finding, said: acts.ExplainAgain) -> None:
    explanation = finding.known(Explanation, said.explanation)
    finding.require_authority(Act.EXPLAIN, mission=explanation.mission)
    _require_excuse(finding, finding.known(Mission, explanation.mission), said, explanation.camera)
    rewritten = ExplanationRewritten(explanation=said.explanation, reason=said.reason, until_stop=said.until_stop)
    finding.find(f"explanation:{said.explanation}", rewritten, grounds=_lines(said), basis=said.basis)


def _require_excuse(
    finding: Finding, mission: Mission, said: acts.Explain | acts.ExplainAgain, camera: str | None
) -> None:
    asked = NonUse(
        activity=mission.activity,
        on_site=mission.on_site,
        reason=said.reason,
        facts=facts_given(said.reason, said.grounds),
        basis=bool(said.basis.strip()),
        footage_until_stop=said.until_stop,
        repair_open=camera is not None and finding.state.repair_open(camera),
    )
    finding.require(finding.policy.excuses(asked))


def _lines(said: acts.Explain | acts.ExplainAgain) -> str:
    return "\n".join(f"{name}: {words}" for name, words in said.grounds.items())


def _accept(finding: Finding, said: acts.AcceptExplanation) -> None:
    explanation = finding.known(Explanation, said.explanation)
    finding.require_authority(Act.REVIEW_EXPLANATION, requested_by=explanation.by, mission=explanation.mission)
    accepted = ExplanationAccepted(explanation=said.explanation, mission=explanation.mission)
    finding.find(f"explanation:{said.explanation}", accepted, remark=said.remark)


def _return(finding: Finding, said: acts.ReturnExplanation) -> None:
    explanation = finding.known(Explanation, said.explanation)
    finding.require_authority(Act.REVIEW_EXPLANATION, requested_by=explanation.by, mission=explanation.mission)
    remark = worded(said.remark, "why it is given back")
    finding.find(f"explanation:{said.explanation}", ExplanationReturned(explanation=said.explanation), remark=remark)


def _keep(finding: Finding, said: acts.KeepExplanation) -> None:
    mission = finding.known(Explanation, said.explanation).mission
    finding.require_authority(Act.KEEP_EXPLANATION, mission=mission)
    finding.find(f"explanation:{said.explanation}", ExplanationKept(explanation=said.explanation))


MISSION_RULES: Mapping[type[Observation], Callable[[Finding, Any], None]] = {
    acts.DeclareMission: _declare,
    acts.NumberMission: _number,
    acts.DescribeMission: _describe,
    acts.MarkMission: _mark,
    acts.EndMission: _end,
    acts.CloseMission: _close,
    acts.ReopenMission: _reopen,
    acts.PlaceRecording: _place,
    acts.AttributeRecording: _attribute,
    acts.Explain: _explain,
    acts.ExplainAgain: _explain_again,
    acts.AcceptExplanation: _accept,
    acts.ReturnExplanation: _return,
    acts.KeepExplanation: _keep,
}
