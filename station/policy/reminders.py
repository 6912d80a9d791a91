"""What a pack wants an officer reminded of who takes a camera: shown once and never asked to be tapped. Pure.

Each names what it rests on, as a refusal does; what is only a default never looks like law.
"""

from collections.abc import Iterator

from station.policy.civil_time import MS_PER_MINUTE, local_day
from station.policy.effective import EffectivePack
from station.policy.permits import Reminder, Verdict
from station.policy.rolls import Officer
from station.policy.words import grounded

_UNITS = {"working_day": ("个工作日", "working day(s)"), "hour": ("小时", "hour(s)")}


def reminders(
    pack: EffectivePack, officer: Officer, at_ms: int | None, shift_minutes: int | None
) -> tuple[Reminder, ...]:
    """`at_ms` is None where the station does not know the day."""
    found = (*_last_day(pack, officer, at_ms, shift_minutes), *_wearing(pack), *_notice(pack), *_handing_over(pack))
    return tuple(_grounded(pack, rule, zh, en) for rule, zh, en in found)


def _grounded(pack: EffectivePack, rule: str, zh: str, en: str) -> Reminder:
    stated = pack.rule(rule)
    rests_on = Verdict(articles=stated.articles, rule=rule, set_by_unit=stated.kind == "department")
    return Reminder(rule, stated.articles, *grounded(zh, en, rests_on))


def _last_day(
    pack: EffectivePack, officer: Officer, at_ms: int | None, shift_minutes: int | None
) -> Iterator[tuple[str, str, str]]:
    """A certificate that ends before the shift does: the camera comes back all the same, and is not lent again."""
    if not pack.flag("officer.validity_checked") or officer.valid_until is None or at_ms is None:
        return
    minutes = pack.number("check.shift_minutes") if shift_minutes is None else shift_minutes
    if officer.valid_until <= local_day(pack, at_ms + minutes * MS_PER_MINUTE):
        day = officer.valid_until
        yield (
            "officer.validity_checked",
            f"您的执法证件有效期至 {day}，请及时换证",
            f"Your certificate is valid until {day}; have it renewed",
        )


def _wearing(pack: EffectivePack) -> Iterator[tuple[str, str, str]]:
    if position := pack.text("wear.position"):
        yield "wear.position", f"佩戴位置：{position}", f"Where it is worn: {position}"
    if dress := pack.text("wear.dress"):
        yield "wear.dress", f"着装：{dress}", f"Dress: {dress}"
    if pack.flag("wear.fixed"):
        yield "wear.fixed", "固定佩戴，画面连续、清晰、完整", "Fix it; keep the picture continuous, clear and complete"


def _notice(pack: EffectivePack) -> Iterator[tuple[str, str, str]]:
    """The duty may be law where the words are only a default."""
    if not pack.flag("notice.required"):
        return
    before = pack.text("notice.when") == "before"
    zh, en = ("事先", "beforehand") if before else ("开始记录时", "when recording starts")
    yield "notice.when", f"{zh}告知当事人正在录音录像", f"Tell the party of the recording {en}"
    if said := pack.text("notice.text"):
        yield "notice.text", f"告知用语：「{said}」", f"Say: {said}"


def _handing_over(pack: EffectivePack) -> Iterator[tuple[str, str, str]]:
    deadline = pack.limit("handover.deadline")
    if deadline is not None:
        zh, en = _UNITS[pack.text("handover.unit")]
        yield "handover.deadline", f"执法后 {deadline} {zh}内归仓移交", f"Bring it back within {deadline} {en}"
