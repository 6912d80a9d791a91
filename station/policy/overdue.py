"""What has not been done in its time, as findings. An uncertain due time finds nobody; it is reported as uncertain."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

from msgspec import Struct

from station.policy.due_times import Due
from station.policy.effective import EffectivePack
from station.policy.permits import Reported


class Overdue(StrEnum):
    """Findings that say nothing but: not in time."""

    BACKFILL = "META_INCOMPLETE"
    CASE_FILE = "CASEFILE_LATE"
    DISCS = "LONGTERM_UNBURNED"
    EXPLANATION = "NONUSE_UNEXPLAINED"
    EXPLANATION_REVIEW = "NONUSE_UNREVIEWED"
    REPAIR = "REPAIR_OVERDUE"
    REVIEWERS_ANSWER = "REVIEW_BLOCKED"
    SPOT_CHECK = "SPOTCHECK_DUE"
    YEARLY_FIGURES = "STATS_DUE"


_RULES: Mapping[Overdue, str] = MappingProxyType(
    {
        Overdue.BACKFILL: "emergency.backfill_hours",
        Overdue.CASE_FILE: "casefile.deadline_days",
        Overdue.DISCS: "longterm.burn_days",
        Overdue.EXPLANATION: "nonuse.statement_required",
        Overdue.EXPLANATION_REVIEW: "nonuse.review_working_days",
        Overdue.REPAIR: "repair.deadline_hours",
        Overdue.REVIEWERS_ANSWER: "access.review_answer_days",
        Overdue.SPOT_CHECK: "spotcheck.frequency",
        Overdue.YEARLY_FIGURES: "stats.annual_due",
    }
)


class Owed(Struct, frozen=True):
    """Something to be done by a time: whom or what it is about, and when it was done, if it was."""

    about: str
    due: Due
    done_ms: int | None = None


def overdue(pack: EffectivePack, what: Overdue, owed: Owed, at_ms: int) -> Reported | None:
    """Not done by now, or done too late; nothing where the pack does not ask for it."""
    rule = _RULES[what]
    asked_for = pack.rule(rule).value
    if asked_for is None or asked_for is False:
        return None
    if not owed.due.has_passed(at_ms if owed.done_ms is None else owed.done_ms):
        return None
    done = () if owed.done_ms is None else (("done_ms", owed.done_ms),)
    return Reported(pack.finds(what, rule), owed.about, (("due_ms", owed.due.at_ms), *done))


def calendar_missing(pack: EffectivePack, due: Due, about: str) -> Reported | None:
    """The due time rests on a year without a calendar: shown as uncertain."""
    if due.certain:
        return None
    return Reported(pack.finds("CALENDAR_MISSING", "handover.unit"), about, (("due_ms", due.at_ms),))
