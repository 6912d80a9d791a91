"""How each finding comes about around a mission: recording, explaining, handing over, filing, and what is done late."""

from collections.abc import Callable, Mapping

from station.policy.calendars import Calendar
from station.policy.due_times import (
    CaseFiling,
    Due,
    Ended,
    access_answer_due,
    casefile_due,
    explanation_review_due,
    handover_due,
    longterm_burn_due,
    repair_due,
    spotcheck_due,
    stats_due,
)
from station.policy.effective import EffectivePack
from station.policy.handover import ExtensionClaim, Handover, answers_extension, closes_handover, handover_findings
from station.policy.naming import NameParts, name_incomplete
from station.policy.non_use import excuses
from station.policy.overdue import Overdue, Owed, calendar_missing, overdue
from station.policy.permits import MissionClosing, NonUse, Reported, Verdict
from station.policy.recording_duty import (
    Footage,
    MissionMarks,
    MissionPapers,
    Told,
    closes,
    coverage,
    list_missing,
    outside_missions,
    papers_incomplete,
    unconfirmed,
)
from station.policy.rolls import Body
from station.signing.calendar_files import packaged_calendar
from tests.finding_scenarios_told import Scenario, told
from tests.test_recording_duty import film, mission

CALENDAR = packaged_calendar()
MAJOR = "ACT-MAJOR"
"""To be recorded throughout, in every pack."""
NOON_MS = 1_752_552_000_000
"""2025-07-15 12:00 in Beijing: an ordinary Tuesday of a year whose calendar is known."""

# --- recording ---------------------------------------------------------------------------------------------------


def _covered_by(*footage: Footage) -> Scenario:
    return lambda pack: told(*coverage(pack, mission(MAJOR), footage))


def _marked(marks: MissionMarks) -> Scenario:
    return lambda pack: told(*unconfirmed(pack, marks))


def _filmed_without_a_mission(pack: EffectivePack) -> Verdict:
    return told(*outside_missions(pack, (), (film(0, 60),)))


def _no_list(pack: EffectivePack) -> Verdict:
    return told(*list_missing(pack, Body("d", "教育局")))


def _no_kind_of_act(pack: EffectivePack) -> Verdict:
    log = frozenset(pack.listed("officer.mission_log_fields"))
    papers = MissionPapers("M1", NOON_MS, number="1号", log=log, officers_counted=2, officers_listed=2)
    return told(*papers_incomplete(pack, papers, NOON_MS))


def _no_cause(pack: EffectivePack) -> Verdict:
    """Everything but the one field that the template ends on before the time."""
    parts = NameParts(7, ".MP4", officer_name="张三", section="一科", org="民政局", device_no="J-42")
    return told(*name_incomplete(pack, parts, "r1"))


# --- explaining --------------------------------------------------------------------------------------------------


def _bad_weather_and_not_a_word(pack: EffectivePack) -> Verdict:
    return excuses(pack, NonUse(MAJOR, on_site=True, reason="NU-WEATHER", facts=False, basis=True))


def _a_gap_nobody_explained(pack: EffectivePack) -> Verdict:
    asked = MissionClosing(MAJOR, on_site=True, has_footage=True, has_gap=True, explanation_accepted=False)
    return closes(pack, asked)


# --- handing over ------------------------------------------------------------------------------------------------


def _never_docked(pack: EffectivePack) -> tuple[Reported, ...]:
    due = handover_due(pack, CALENDAR, Ended(mission_ms=NOON_MS))
    assert due is not None
    return handover_findings(pack, Handover("M1", "o1", "st1", due), due.at_ms + 1)


def _late(pack: EffectivePack) -> Verdict:
    return told(_never_docked(pack)[0])


def _kept(pack: EffectivePack) -> Verdict:
    return told(_never_docked(pack)[1])


def _unsigned(pack: EffectivePack) -> Verdict:
    return closes_handover(pack, officer_signed=False)


def _for_a_reason_of_ones_own(pack: EffectivePack) -> Verdict:
    """Refused where the pack names reasons; taken and reported where it is silent."""
    claim = ExtensionClaim("M1", "o1", "EXT-TIRED", NOON_MS)
    answer = answers_extension(pack, Due(NOON_MS), claim)
    return told(*answer.reports) if answer.refusal.permitted else answer.refusal


# --- what is done late -------------------------------------------------------------------------------------------


def _not_done(what: Overdue, due_of: Callable[[EffectivePack], Due | None]) -> Scenario:
    """Counted by the pack's own term; one millisecond after its end, nothing has been done."""

    def scenario(pack: EffectivePack) -> Verdict:
        due = due_of(pack) or Due(NOON_MS)
        return told(overdue(pack, what, Owed("one", due), due.at_ms + 1))

    return scenario


def _due_in_a_year_nobody_knows(pack: EffectivePack) -> Verdict:
    due = access_answer_due(pack, Calendar(), NOON_MS)
    assert due is not None
    return told(calendar_missing(pack, due, "M1"))


SCENARIOS: Mapping[str, Scenario] = {
    "CALENDAR_MISSING": _due_in_a_year_nobody_knows,
    "CASEFILE_LATE": _not_done(Overdue.CASE_FILE, lambda pack: casefile_due(pack, CaseFiling(NOON_MS))),
    "EXTENSION_INVALID": _for_a_reason_of_ones_own,
    "HANDOVER_LATE": _late,
    "HANDOVER_UNSIGNED": _unsigned,
    "LIST_MISSING": _no_list,
    "LONGTERM_UNBURNED": _not_done(Overdue.DISCS, lambda pack: longterm_burn_due(pack, NOON_MS)),
    "META_INCOMPLETE": _no_kind_of_act,
    "NAME_INCOMPLETE": _no_cause,
    "NONUSE_INVALID": _bad_weather_and_not_a_word,
    "NONUSE_UNEXPLAINED": _a_gap_nobody_explained,
    "NONUSE_UNREVIEWED": _not_done(
        Overdue.EXPLANATION_REVIEW, lambda pack: explanation_review_due(pack, CALENDAR, NOON_MS)
    ),
    "NOTICE_NOT_GIVEN": _marked(MissionMarks("M1", True, Told.NO, True)),  # noqa: FBT003 - footage; worn
    "REC_GAP": _covered_by(film(0, 1_000)),
    "REC_MISSING": _covered_by(),
    "REPAIR_OVERDUE": _not_done(Overdue.REPAIR, lambda pack: repair_due(pack, NOON_MS)),
    "SELF_KEPT": _kept,
    "SPOTCHECK_DUE": _not_done(Overdue.SPOT_CHECK, lambda pack: spotcheck_due(pack, NOON_MS)),
    "STATS_DUE": _not_done(Overdue.YEARLY_FIGURES, lambda pack: stats_due(pack, 2024)),
    "USE_OUTSIDE_MISSION": _filmed_without_a_mission,
    "WEAR_UNCONFIRMED": _marked(MissionMarks("M1", True, Told.BEFORE, False)),  # noqa: FBT003 - footage; not worn
}
