"""What an activity is to be recorded like, and what is missing of that when the footage has come in.

Answers over plain values: which level is in force, whether the footage spans what was declared, whether the papers of
a mission are complete, whether it may be closed. A clock's own error never accuses anybody: only what is surely missing
is reported. A missing explanation keeps the mission open; it never stands in the way of handing over.
"""

from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum

from msgspec import Struct

from station.policy.civil_time import MS_PER_HOUR, MS_PER_SECOND
from station.policy.effective import EffectivePack, Rule
from station.policy.footage_marks import watched
from station.policy.permits import PERMITTED, MissionClosing, Reported, Verdict
from station.policy.rolls import Body, Officer

DEMANDED = frozenset({"FULL", "AV"})
"""Levels at which there must be footage."""


def level_of(pack: EffectivePack, activity: str, on_site: bool) -> Rule:  # noqa: FBT001 - as every question says it
    """Departments' own activities stand in the same table; what stands in none has the level of the unlisted."""
    off_site = pack.entries("record.activity_off_site").get(activity)
    if not on_site and off_site is not None and off_site.value is not None:
        return off_site
    listed = pack.entries("record.activity").get(activity)
    return listed if listed is not None and listed.value is not None else pack.rule("record.unlisted_level")


class Medium(StrEnum):
    PHOTO = "photo"
    AUDIO = "audio"
    VIDEO = "video"


class Footage(Struct, frozen=True):
    """One file. Times are corrected to UTC, and each may be off by `error_ms`; None is a time nobody can know."""

    name: str
    medium: Medium
    begun_ms: int | None
    ended_ms: int | None
    error_ms: int = 0
    readable: bool = True


class Mission(Struct, frozen=True):
    """What was declared. Without an end it is still under way."""

    id: str
    activity: str
    on_site: bool
    begun_ms: int
    ended_ms: int | None
    reason: str = ""
    """One line why there is no footage, where circumstances decide."""
    text_record: str = ""
    """Reference of the text record, where text will do."""


def coverage(pack: EffectivePack, mission: Mission, footage: Sequence[Footage]) -> tuple[Reported, ...]:
    """What the footage of one mission lacks."""
    level = level_of(pack, mission.activity, mission.on_site)
    facts = (("activity", mission.activity), ("level", str(level.value)))
    if level.value in DEMANDED:
        if not any(_counts(pack, mission.activity, level, one) for one in footage):
            return (Reported(pack.finds("REC_MISSING", level.name), mission.id, facts),)
        return (*_unreadable(pack, footage), *_gaps(pack, mission, level, footage))
    if any(one.readable for one in footage):
        return ()
    if level.value == "COND" and not mission.reason.strip():
        return (Reported(pack.finds("REC_MISSING", level.name), mission.id, facts),)
    if level.value == "TEXTAV" and not mission.text_record.strip():
        return (Reported(pack.finds("META_INCOMPLETE", level.name), mission.id, facts),)
    return ()


def _counts(pack: EffectivePack, activity: str, level: Rule, footage: Footage) -> bool:
    """A picture that does not move is enough only where the pack says so, and never throughout."""
    if footage.medium is not Medium.PHOTO:
        return True
    suffices = pack.entries("record.photo_suffices").get(activity)
    return level.value == "AV" and suffices is not None and suffices.value is True


def _unreadable(pack: EffectivePack, footage: Sequence[Footage]) -> Iterator[Reported]:
    for one in footage:
        if not one.readable:
            verdict = pack.finds("REC_GAP", "record.gap_tolerance_seconds")
            yield Reported(verdict, one.name, (("where", "unreadable"), ("medium", one.medium.value)))


def _gaps(pack: EffectivePack, mission: Mission, level: Rule, footage: Sequence[Footage]) -> Iterator[Reported]:
    """Late start, early stop, inner gaps. An unreadable file holds its place: it is one finding, not two."""
    if level.value != "FULL" or pack.text("record.span") != "activity":
        return
    spans = _widest_spans(pack, footage)
    if spans is None:
        return
    tolerance_ms = pack.number("record.gap_tolerance_seconds") * MS_PER_SECOND
    covered_ms = mission.begun_ms
    for begun_ms, ended_ms in spans:
        if mission.ended_ms is not None and begun_ms >= mission.ended_ms:
            break
        if begun_ms - covered_ms > tolerance_ms:
            where = "start" if covered_ms == mission.begun_ms else "inner"
            yield _gap(pack, mission, where, covered_ms, begun_ms)
        covered_ms = max(covered_ms, ended_ms)
    if mission.ended_ms is not None and mission.ended_ms - covered_ms > tolerance_ms:
        where = "whole" if covered_ms == mission.begun_ms else "end"
        yield _gap(pack, mission, where, covered_ms, mission.ended_ms)


def _widest_spans(pack: EffectivePack, footage: Sequence[Footage]) -> list[tuple[int, int]] | None:
    """As wide as the clocks' errors allow. None where a file may lie anywhere, so that no gap is sure.

    Where the picture has to be continuous, sound alone spans nothing.
    """
    spanning = {Medium.VIDEO} if pack.flag("wear.fixed") else {Medium.VIDEO, Medium.AUDIO}
    spans = []
    for one in footage:
        if one.medium in spanning:
            if one.begun_ms is None or one.ended_ms is None:
                return None
            spans.append((one.begun_ms - one.error_ms, one.ended_ms + one.error_ms))
    return sorted(spans)


def _gap(pack: EffectivePack, mission: Mission, where: str, from_ms: int, until_ms: int) -> Reported:
    verdict = pack.finds("REC_GAP", "record.gap_tolerance_seconds")
    return Reported(verdict, mission.id, (("where", where), ("from_ms", from_ms), ("until_ms", until_ms)))


def outside_missions(
    pack: EffectivePack, missions: Sequence[Mission], footage: Sequence[Footage]
) -> tuple[Reported, ...]:
    """Files that surely touch no declared activity. They are kept like any other."""
    return tuple(
        Reported(verdict, one.name, (("begun_ms", one.begun_ms), ("ended_ms", one.ended_ms)))
        for verdict in watched(pack, "PA-MISUSE", "USE_OUTSIDE_MISSION")
        for one in footage
        if one.begun_ms is not None
        and one.ended_ms is not None
        and not any(
            (mission.ended_ms is None or one.begun_ms - one.error_ms <= mission.ended_ms)
            and one.ended_ms + one.error_ms >= mission.begun_ms
            for mission in missions
        )
    )


class Told(StrEnum):
    """When the party was told of the recording, as the officer marked it. In the order of `notice.when`."""

    UNMARKED = ""
    NO = "no"
    AT_START = "at_start"
    BEFORE = "before"


class MissionMarks(Struct, frozen=True):
    """What the officer confirmed at the dock."""

    mission: str
    has_footage: bool
    """Nobody is told of a recording that is not made."""
    told: Told
    worn_as_prescribed: bool


def unconfirmed(pack: EffectivePack, marks: MissionMarks) -> tuple[Reported, ...]:
    found = []
    if pack.flag("notice.required") and marks.has_footage:
        if marks.told in {Told.UNMARKED, Told.NO}:
            found.append(Reported(pack.finds("NOTICE_NOT_GIVEN", "notice.required"), marks.mission))
        elif marks.told is Told.AT_START and pack.text("notice.when") == "before":
            found.append(
                Reported(pack.finds("NOTICE_NOT_GIVEN", "notice.when"), marks.mission, (("told", marks.told),))
            )
    if pack.flag("wear.fixed") and not marks.worn_as_prescribed:
        found.append(Reported(pack.finds("WEAR_UNCONFIRMED", "wear.fixed"), marks.mission))
    return tuple(found)


def list_missing(pack: EffectivePack, body: Body) -> tuple[Reported, ...]:
    if not pack.flag("record.list_required") or body.list_loaded:
        return ()
    return (Reported(pack.finds("LIST_MISSING", "record.list_required"), body.id),)


class MissionPapers(Struct, frozen=True):
    """What is written down of a mission, apart from its footage. Empty is not given."""

    mission: str
    begun_ms: int
    kind: str = ""
    number: str = ""
    """Of the procedure or case; an urgent start may give it later."""
    urgent: bool = False
    filed: bool = False
    """Whether its footage is filed to a case."""
    stage: str = ""
    subject: str = ""
    """Key of the subject of enforcement: a code, never a name."""
    log: frozenset[str] = frozenset()
    """Fields about the officers that were filled in, named as the pack names them."""
    officers_counted: int | None = None
    officers_listed: int = 0


def papers_incomplete(pack: EffectivePack, papers: MissionPapers, at_ms: int) -> tuple[Reported, ...]:
    """Each thing lacking is one finding, by the parameter that asks for it."""
    lacking: list[tuple[str, str]] = []
    if pack.listed("pack.enforcement_kinds") and papers.kind not in pack.listed("pack.enforcement_kinds"):
        lacking.append(("pack.enforcement_kinds", papers.kind or "-"))
    if papers.filed and pack.listed("pack.stages") and papers.stage not in pack.listed("pack.stages"):
        lacking.append(("pack.stages", papers.stage or "-"))
    if papers.filed and pack.flag("store.subject_grouping") and not papers.subject:
        lacking.append(("store.subject_grouping", "-"))
    lacking += [("officer.mission_log_fields", name) for name in _unlogged(pack, papers)]
    hours = pack.limit("emergency.backfill_hours")
    if papers.urgent and not papers.number and hours is not None and at_ms > papers.begun_ms + hours * MS_PER_HOUR:
        lacking.append(("emergency.backfill_hours", "-"))
    return tuple(
        Reported(pack.finds("META_INCOMPLETE", rule), papers.mission, (("lacking", rule), ("given", given)))
        for rule, given in lacking
    )


COUNT = "数量"
"""The field of a mission's log that holds how many officers there were."""


def _unlogged(pack: EffectivePack, papers: MissionPapers) -> Iterator[str]:
    for name in pack.listed("officer.mission_log_fields"):
        if name not in papers.log:
            yield name
        elif name == COUNT and papers.officers_counted != papers.officers_listed:
            yield f"{name} {papers.officers_counted}/{papers.officers_listed}"


OFFICER_FIELDS: Mapping[str, str] = {
    "姓名": "name",
    "单位": "unit",
    "职务": "post",
    "证件编号": "certificate",
    "执法类别": "category",
    "执法区域": "area",
    "有效期限": "valid_until",
}
"""How packs call what stands in the officer's record."""


def officer_incomplete(pack: EffectivePack, officer: Officer) -> tuple[Reported, ...]:
    """A field that the roll cannot hold is lacking as well: nobody has given it."""
    lacking = [name for name in pack.listed("officer.fields") if not getattr(officer, OFFICER_FIELDS.get(name, ""), "")]
    verdict = pack.finds("META_INCOMPLETE", "officer.fields")
    return tuple(Reported(verdict, officer.id, (("lacking", name),)) for name in lacking)


def closes(pack: EffectivePack, asked: MissionClosing) -> Verdict:
    """Whether a mission may be closed. Asked only of the mission: its footage is taken in and signed for before."""
    level = level_of(pack, asked.activity, asked.on_site)
    if level.value == "TEXTAV" and not (asked.has_footage or asked.text_record):
        return pack.finds("META_INCOMPLETE", level.name)
    if level.value not in DEMANDED or asked.explanation_accepted:
        return PERMITTED
    if not asked.has_footage:
        return pack.finds("REC_MISSING", level.name)
    if asked.has_gap and pack.flag("nonuse.covers_incomplete") and pack.flag("nonuse.statement_required"):
        return pack.finds("NONUSE_UNEXPLAINED", "nonuse.statement_required")
    return PERMITTED
