"""Who asks to see or have footage, and who answers. Thin: custody judges every act; footage itself is never here.

Purposes, recipients and remarks are words about persons: they are read for whoever asked and for whoever may answer.
"""

from collections.abc import Iterator

from msgspec import Struct

from station.custody import acts
from station.custody.access_request import AccessRequest, AccessStep
from station.desk.signed_in import SignedIn
from station.errors import UnfitObservationError
from station.policy.due_times import DAY_MS
from station.policy.permits import Act, ActAsked, Policy

OnRequest = acts.ReviewAccess | acts.ApproveAccess | acts.RefuseAccess | acts.DisputeAccess
_UNDECIDED = frozenset({AccessStep.ASKED, AccessStep.REVIEWED})


class Asked(Struct, frozen=True):
    """One request with its words, and what whoever looks may do with it.

    `covers`: how many recordings, as of now; None where it is of a mission that whoever looks does not reach.
    """

    of: AccessRequest
    purpose: str
    recipient: str
    remark: str
    covers: int | None
    may_review: bool
    may_approve: bool
    may_refuse: bool
    """Which needs one of those whose matter it is; approving needs all of them."""
    may_dispute: bool
    approver: tuple[str, str] | None
    """The role that it waits for, as the pack of those whose matter it is calls it."""


def ask(desk: SignedIn, said: acts.AskAccess) -> int:
    """The number of the request."""
    found = desk.tables.recordings(said.recordings)
    there = len(found) == len(set(said.recordings))
    if not there or (said.mission is not None and desk.tables.mission(said.mission) is None):
        raise UnfitObservationError(
            "没有这样编号的资料或者执法活动，请核对 / no recording or mission has such a number; look at them again"
        )
    return desk.tell(said)[0].n


def answer(desk: SignedIn, said: OnRequest) -> None:
    desk.tell(said)


def days_max(desk: SignedIn) -> int:
    return max(1, desk.policy.approval_lasts_ms // DAY_MS)


def to_answer(desk: SignedIn) -> tuple[Asked, ...]:
    """What waits for this person, the oldest first."""
    waiting = (one for _, one in sorted(desk.state.access_requests.items()) if one.step in _UNDECIDED)
    return tuple(_asked(desk, one) for one in waiting if _may_review(desk, one) or any(_decides(desk, one)))


def asked_by(desk: SignedIn) -> tuple[Asked, ...]:
    """What this person asked for, the newest first, answered or not."""
    return tuple(_asked(desk, one) for one in desk.tables.requests_by(desk.person))


def _asked(desk: SignedIn, one: AccessRequest) -> Asked:
    answered = () if one.answered is None else (one.answered,)
    words = desk.tables.words((one.number, *answered))
    may_review, decides = _may_review(desk, one), _decides(desk, one)
    return Asked(
        one,
        words[one.number].get("purpose", ""),
        words[one.number].get("recipient", ""),
        "" if one.answered is None else words[one.answered].get("remark", ""),
        _covers(desk, one, answers=may_review or any(decides)),
        may_review,
        bool(decides) and all(decides),
        any(decides),
        one.by == desk.person and one.step in {*_UNDECIDED, AccessStep.REFUSED},
        _approver(desk, one),
    )


def _approver(desk: SignedIn, one: AccessRequest) -> tuple[str, str] | None:
    """None also where no one may alone: it is of two departments, or one clip is nobody's."""
    owners = tuple(_owners(desk, one)) if one.step in _UNDECIDED else ()
    if not owners or any(owner != owners[0] for owner in owners):
        return None
    role = owners[0].approver(Act[one.route])
    return owners[0].called(role) if role else None


def _covers(desk: SignedIn, one: AccessRequest, *, answers: bool) -> int | None:
    mission = None if one.mission is None else desk.tables.mission(one.mission)
    if mission is None:
        return len(one.recordings)
    if not (answers or desk.reaches_mission(mission)):
        return None
    return len({*one.recordings, *(filmed.recording.number for filmed in desk.tables.of_mission(mission.number))})


def _may_review(desk: SignedIn, one: AccessRequest) -> bool:
    if one.step is not AccessStep.ASKED:
        return False
    asked = ActAsked(Act.ASK_ACCESS, one.by, desk.at_ms)
    owners = _owners(desk, one)
    return all(owner.allows(asked).permitted and desk.may(Act.REVIEW_ACCESS, owner, one.by) for owner in owners)


def _decides(desk: SignedIn, one: AccessRequest) -> list[bool]:
    """Whether whoever looks may decide, for each whose matter it is; empty where nothing is to be decided."""
    if one.step not in _UNDECIDED:
        return []
    return [desk.may(Act[one.route], owner, one.by, one.reviewed_by or "") for owner in _owners(desk, one)]


def _owners(desk: SignedIn, one: AccessRequest) -> Iterator[Policy]:
    """Whose footage, or whose mission; the same that custody asks."""
    for filmed in desk.tables.recordings(one.recordings):
        yield desk.policy.of_camera(filmed.recording.source)
    mission = None if one.mission is None else desk.tables.mission(one.mission)
    if mission is not None:
        yield desk.policy.of_person(mission.spoken_for_by(desk.policy.rolls))
