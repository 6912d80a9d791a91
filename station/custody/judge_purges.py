"""Rules of judging what may go for good: never early, never while anything holds it, never by one hand alone.

Asked anew at every step, for a hold may be placed in between; once deleting has begun, nothing holds it any more.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from station.custody import acts
from station.custody.facts_of_keeping import (
    DeletedRecording,
    FootagePurged,
    PurgeApproved,
    PurgeBegun,
    PurgeProposed,
    PurgeRefused,
    PurgeReviewed,
)
from station.custody.judging import Finding, worded
from station.custody.observations import Observation
from station.custody.purging import Purge, PurgeStep
from station.custody.recording import ON_CAMERA, Recording
from station.errors import IllegalStepError, UnfitObservationError
from station.policy.permits import Act, PurgeAsked


def _propose(finding: Finding, said: acts.ProposePurge) -> None:
    if not said.recordings or len(set(said.recordings)) != len(said.recordings):
        raise UnfitObservationError("a purge names recordings, each once; choose them, then try again")
    finding.require_authority(Act.PROPOSE_PURGE, recordings=said.recordings)
    ground = worded(said.ground, "why they are not worth keeping")
    if said.archived_ms is not None:
        finding.past(said.archived_ms)
    _require_purgeable(finding, said.recordings, said.archived_ms)
    proposed = PurgeProposed(recordings=said.recordings, archived_ms=said.archived_ms)
    finding.find(f"purge:{finding.state.size}", proposed, ground=ground)


def _review(finding: Finding, said: acts.ReviewPurge) -> None:
    purge = finding.known(Purge, said.purge)
    finding.require_authority(Act.REVIEW_ACCESS, requested_by=purge.by, recordings=purge.recordings)
    finding.find(f"purge:{said.purge}", PurgeReviewed(purge=said.purge), remark=said.remark)


def _approve(finding: Finding, said: acts.ApprovePurge) -> None:
    purge = finding.known(Purge, said.purge)
    finding.require_authority(
        Act.APPROVE_PURGE, requested_by=purge.by, reviewed_by=purge.reviewed_by, recordings=purge.recordings
    )
    _require_purgeable(finding, purge.recordings, purge.archived_ms)
    finding.find(f"purge:{said.purge}", PurgeApproved(purge=said.purge), remark=said.remark)


def _refuse(finding: Finding, said: acts.RefusePurge) -> None:
    """Whoever may approve may refuse; whoever proposed may think better of it."""
    purge = finding.known(Purge, said.purge)
    if said.by == purge.by:
        finding.require_authority(Act.PROPOSE_PURGE, recordings=purge.recordings)
    else:
        finding.require_authority(
            Act.APPROVE_PURGE, requested_by=purge.by, reviewed_by=purge.reviewed_by, recordings=purge.recordings
        )
    finding.find(f"purge:{said.purge}", PurgeRefused(purge=said.purge), remark=said.remark)


def _begin(finding: Finding, said: acts.BeginPurge) -> None:
    purge = finding.known(Purge, said.purge)
    finding.require_authority(Act.PROPOSE_PURGE, recordings=purge.recordings)
    _require_purgeable(finding, purge.recordings, purge.archived_ms)
    finding.find(f"purge:{said.purge}", PurgeBegun(purge=said.purge))


def _deleted(finding: Finding, said: acts.FootageDeleted) -> None:
    purge = finding.known(Purge, said.purge)
    if purge.step is PurgeStep.CARRIED_OUT:
        return
    recordings = [finding.known(Recording, number) for number in purge.recordings]
    deleted = tuple(DeletedRecording(recording=one.number, sha256=one.sha256) for one in recordings)
    purged = FootagePurged(purge=said.purge, deleted=deleted, unseen=finding.state.unseen(recordings))
    finding.find(f"purge:{said.purge}", purged)


def _require_purgeable(finding: Finding, numbers: Iterable[int], archived_ms: int | None) -> None:
    """A station that does not know the time cannot say that a term is over, nor when it began."""
    finding.require_kept(numbers)
    for number in numbers:
        recording = finding.known(Recording, number)
        if recording.step in ON_CAMERA:
            raise IllegalStepError(f"recording {number} is still on its camera, as far as we know")
        policy = finding.policy.of_camera(recording.source)
        if recording.held_ms is None or not finding.at.synchronised:
            finding.require(policy.finds("PURGE_EARLY", "retention.ordinary_min"))
        finding.require(policy.purges(_asked(finding, recording, recording.held_ms or 0, archived_ms)))
        if any(True for _ in finding.state.holds_on(recording)):
            raise finding.refusal("PURGE_HELD", "purge.blockers")


def _asked(finding: Finding, recording: Recording, stored_ms: int, archived_ms: int | None) -> PurgeAsked:
    mission = None if recording.mission is None else finding.state.missions.get(recording.mission)
    under = (recording.held_under, *(() if mission is None else (mission.declared_under,)))
    return PurgeAsked(
        recording=f"recording:{recording.number}",
        stored_ms=stored_ms,
        archived_ms=archived_ms,
        activity="" if mission is None else mission.activity,
        blockers=finding.state.blockers(recording),
        at_ms=finding.at.utc_ms,
        began_under=tuple(dict.fromkeys(under)),
    )


PURGE_RULES: Mapping[type[Observation], Callable[[Finding, Any], None]] = {
    acts.ProposePurge: _propose,
    acts.ReviewPurge: _review,
    acts.ApprovePurge: _approve,
    acts.RefusePurge: _refuse,
    acts.BeginPurge: _begin,
    acts.FootageDeleted: _deleted,
}
