"""Whether footage was handed over, in time, and whose delay it was. Judges what is known; takes footage from nobody.

The officer answers for docking, and for signing what the station holds; whatever takes long after docking is the
station's. An uncertain due time, or a station that did not know the time, accuses nobody.
"""

from msgspec import Struct

from station.policy.calendars import Calendar
from station.policy.civil_time import local_day
from station.policy.due_times import Due, Ended, extended_due, handover_due
from station.policy.effective import EffectivePack
from station.policy.overdue import calendar_missing
from station.policy.permits import PERMITTED, HandoverAsked, Reported, Verdict


class Handover(Struct, frozen=True):
    """Footage of one mission, or of a recording without one, on its way from an officer into the store."""

    footage: str
    officer: str
    station: str
    due: Due
    docked_ms: int | None = None
    signed_ms: int | None = None
    stored_ms: int | None = None
    station_knew_time: bool = True


class ExtensionClaim(Struct, frozen=True):
    """An officer says that handing over in time is impossible: why, when it was said, and the return, once named."""

    footage: str
    officer: str
    reason: str
    claimed_ms: int
    returned_ms: int | None = None


class ExtensionAnswer(Struct, frozen=True):
    """The due time that holds now."""

    due: Due
    refusal: Verdict = PERMITTED
    reports: tuple[Reported, ...] = ()


def satisfied_ms(pack: EffectivePack, handover: Handover) -> int | None:
    """When it counted as handed over; None while it does not."""
    if pack.text("handover.satisfied_by") == "stored":
        return handover.stored_ms
    if not pack.flag("handover.officer_signature"):
        return handover.docked_ms
    if handover.docked_ms is None or handover.signed_ms is None:
        return None
    return max(handover.docked_ms, handover.signed_ms)


def handover_findings(pack: EffectivePack, handover: Handover, at_ms: int) -> tuple[Reported, ...]:
    """What is to be reported at this moment; one hand-over is late at most once."""
    due = handover.due
    if (uncertain := calendar_missing(pack, due, handover.footage)) is not None:
        return (uncertain,)
    satisfied = satisfied_ms(pack, handover)
    if not handover.station_knew_time or not due.has_passed(at_ms if satisfied is None else satisfied):
        return ()
    if _in_time(due, handover.docked_ms) and not _in_time(due, handover.stored_ms):
        by_law = pack.text("handover.satisfied_by") == "stored"
        rule = "handover.satisfied_by" if by_law else "store.max_station_hours"
        return (_found(pack, "INGEST_INCOMPLETE", rule, handover, handover.station),)
    late = _found(pack, "HANDOVER_LATE", _deadline(pack, due, satisfied), handover, handover.officer)
    if handover.docked_ms is None and handover.stored_ms is None and pack.flag("handover.self_keep_forbidden"):
        return late, _found(pack, "SELF_KEPT", "handover.self_keep_forbidden", handover, handover.officer)
    return (late,)


def _deadline(pack: EffectivePack, due: Due, satisfied_ms: int | None) -> str:
    """The working day is the law's; at which hour of it the office closes is not."""
    same_day = satisfied_ms is not None and local_day(pack, satisfied_ms) == local_day(pack, due.at_ms)
    by_hour = pack.text("handover.unit") == "working_day" and same_day
    return "handover.office_close" if by_hour else "handover.deadline"


def _in_time(due: Due, done_ms: int | None) -> bool:
    return done_ms is not None and not due.has_passed(done_ms)


def _found(pack: EffectivePack, code: str, rule: str, handover: Handover, about: str) -> Reported:
    known = (
        ("docked_ms", handover.docked_ms),
        ("signed_ms", handover.signed_ms),
        ("stored_ms", handover.stored_ms),
    )
    times = tuple((name, value) for name, value in known if value is not None)
    return Reported(
        pack.finds(code, rule), about, (("footage", handover.footage), ("due_ms", handover.due.at_ms), *times)
    )


def due_of(pack: EffectivePack, calendar: Calendar, asked: HandoverAsked) -> Due | None:
    """None where the pack names no time, or a year's calendar is missing or past all: then nobody is found late."""
    try:
        due = handover_due(pack, calendar, Ended(asked.mission_ms, asked.file_ms))
    except OverflowError:  # a mission or a camera's clock that claims the end of year 9999
        return None
    return due if due is not None and due.certain else None


def fallen_due(pack: EffectivePack, calendar: Calendar, asked: HandoverAsked, at_ms: int) -> tuple[Reported, ...]:
    """Late, or in a bay and not signed for. What takes long after docking is the station's, and told elsewhere."""
    due = due_of(pack, calendar, asked)
    if due is None or not due.has_passed(at_ms):
        return ()
    handed = Handover(asked.loan, asked.officer, "", due, asked.docked_ms, asked.signed_ms, stored_ms=asked.docked_ms)
    found = handover_findings(pack, handed, at_ms)
    unsigned = closes_handover(pack, officer_signed=asked.signed_ms is not None)
    if asked.docked_ms is None or unsigned.permitted:
        return found
    return *found, Reported(unsigned, asked.officer, (("docked_ms", asked.docked_ms), ("due_ms", due.at_ms)))


def closes_handover(pack: EffectivePack, *, officer_signed: bool) -> Verdict:
    """A missing signature alone keeps it open; a statement or a name that is still owed never does."""
    if pack.flag("handover.officer_signature") and not officer_signed:
        return pack.finds("HANDOVER_UNSIGNED", "handover.officer_signature")
    return PERMITTED


def answers_extension(pack: EffectivePack, due: Due, claim: ExtensionClaim) -> ExtensionAnswer:
    """Claimed in time, for a reason the pack names. A pack that says nothing of extensions forbids none.

    Silence (`handover.extension_reasons` without a value) takes the claim and reports it; an empty list is a pack that
    has thought of it and knows no reason. Neither moves the due time.
    """
    rule = "handover.extension_reasons"
    reasons = pack.rule(rule).value
    if reasons is None:
        claimed = (("footage", claim.footage), ("reason", claim.reason), ("claimed_ms", claim.claimed_ms))
        return ExtensionAnswer(due, reports=(Reported(pack.finds("EXTENSION_INVALID", rule), claim.officer, claimed),))
    if claim.reason not in reasons or due.has_passed(claim.claimed_ms):
        return ExtensionAnswer(due, refusal=pack.finds("EXTENSION_INVALID", rule))
    return ExtensionAnswer(extended_due(pack, due, claim.returned_ms))
