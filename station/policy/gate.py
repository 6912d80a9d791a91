"""The gate at the dock: may this officer take this camera now? Checks stand in their order; the first refusal wins.

Lending serves the duty to record: what cannot be measured is warned of and noted, and only a reading that is surely
bad refuses. Who may stand up against a failed check, the pack says; nobody stands up for a missing qualification.
"""

from collections.abc import Iterable, Iterator

from msgspec.structs import replace

from station.policy.authority import allows
from station.policy.civil_time import MS_PER_DAY, MS_PER_SECOND, local_day
from station.policy.effective import EffectivePack
from station.policy.permits import Act, ActAsked, Lending, LendingAnswer, Verdict
from station.policy.ratio import RatioAct
from station.policy.rolls import CameraStanding, Officer, RolledCamera, Rolls

VALIDITY = "有效期限"
"""The field of the officer's record without which validity cannot be compared."""


def lends(pack: EffectivePack, rolls: Rolls, asked: Lending) -> LendingAnswer:
    for refusal in _standing(pack, rolls, asked):
        return LendingAnswer(refusal)
    failed = tuple(_failed_checks(pack, rolls, asked))
    noted = tuple(_noted(pack, asked))
    if not failed:
        return LendingAnswer(reports=noted)
    if asked.emergency and pack.flag("check.emergency_release") and not _is_stale(pack, rolls, asked):
        return LendingAnswer(reports=(_overridden(pack, "check.emergency_release", failed), *noted))
    if not asked.overridden_by:
        return LendingAnswer(failed[0])
    stood_up = _stands_up(pack, rolls, asked, Act.OVERRIDE_CHECK)
    if not stood_up.permitted:
        return LendingAnswer(stood_up)
    return LendingAnswer(reports=(_overridden(pack, "check.override_role", failed), *noted))


def _overridden(pack: EffectivePack, rule: str, failed: Iterable[Verdict]) -> Verdict:
    """Cites only what the failed checks rest on: a worn battery or an old roster is nobody's article."""
    verdict = pack.finds("CHECK_OVERRIDDEN", rule)
    broken = {article for one in failed for article in one.articles}
    return replace(verdict, articles=tuple(article for article in verdict.articles if article in broken))


def _stands_up(pack: EffectivePack, rolls: Rolls, asked: Lending, act: Act) -> Verdict:
    owner = rolls.cameras[asked.camera].unit if asked.camera in rolls.cameras else ""
    stands_up = ActAsked(act, asked.overridden_by, asked.at_ms, requested_by=asked.officer, about=owner)
    return allows(pack, rolls, stands_up)


def _standing(pack: EffectivePack, rolls: Rolls, asked: Lending) -> Iterator[Verdict]:
    """Who asks, for what, and what is still on it: nobody may override any of it."""
    officer, camera = rolls.officers.get(asked.officer), rolls.cameras.get(asked.camera)
    units = {one.unit for one in (officer, camera) if one is not None}
    if not units <= rolls.bodies.keys():
        yield pack.finds("ORG_UNKNOWN", "pack.org_kinds")
    if officer is None:
        yield pack.finds("OFFICER_UNKNOWN", "officer.fields")
        return
    yield from unqualified(pack, officer, asked.at_ms if asked.station_knows_time else None)
    if camera is None or camera.kind not in pack.listed("device.kinds") or camera.standing is CameraStanding.RETIRED:
        yield pack.finds("DEVICE_UNREGISTERED", "device.kinds")
        return
    yield from _gone(pack, asked)
    yield from _not_theirs(pack, rolls, asked, officer, camera)
    if asked.loans_open >= pack.number("loan.max_per_officer"):
        yield pack.finds("OFFICER_HAS_CAMERA", "loan.max_per_officer")
    if asked.repair_open or camera.standing is CameraStanding.REPAIR:
        yield pack.finds("DEVICE_IN_REPAIR", "repair.deadline_hours")
    yield from _residual(pack, asked)


def _gone(pack: EffectivePack, asked: Lending) -> Iterator[Verdict]:
    """What left by an approved act is nobody's to take here: passed on, or off this department's roll."""
    if asked.disposed_as in {RatioAct.LEND_OUTSIDE, RatioAct.LOAN_OTHER_DEPARTMENT}:
        yield pack.finds("DEVICE_LENT", "device.lend_outside")
    elif asked.disposed_as:
        yield pack.finds("DEVICE_UNREGISTERED", "device.kinds")


def unqualified(pack: EffectivePack, officer: Officer, at_ms: int | None) -> Iterator[Verdict]:
    """Why this person may not enforce the law on that day; None is a day that nobody knows."""
    kinds = pack.listed("officer.cert_kinds")
    if pack.flag("officer.cert_required") and not officer.certificate:
        yield pack.finds("OFFICER_UNQUALIFIED", "officer.cert_required")
    elif kinds and officer.certificate_kind not in kinds and (officer.certificate_kind or len(kinds) > 1):
        yield pack.finds("OFFICER_UNQUALIFIED", "officer.cert_kinds")
    if pack.flag("officer.exam_required") and officer.exam_passed is False:
        yield pack.finds("OFFICER_UNQUALIFIED", "officer.exam_required")
    if pack.flag("officer.validity_checked") and not _valid_on(pack, officer, at_ms):
        yield pack.finds("OFFICER_UNQUALIFIED", "officer.validity_checked")


def _valid_on(pack: EffectivePack, officer: Officer, at_ms: int | None) -> bool:
    if officer.valid_until is None and VALIDITY in pack.listed("officer.fields"):
        return False
    if at_ms is None:
        return True  # a station that does not know the day lends, marked
    day = local_day(pack, at_ms)
    begun = officer.valid_from is None or officer.valid_from <= day
    return begun and (officer.valid_until is None or day <= officer.valid_until)


def _not_theirs(
    pack: EffectivePack, rolls: Rolls, asked: Lending, officer: Officer, camera: RolledCamera
) -> Iterator[Verdict]:
    """Another unit's camera, or one allotted to others."""
    if camera.unit != officer.unit:
        yield from _lent_on(pack, rolls, asked, "DEVICE_LENT", Act.LEND_OUTSIDE)
    elif pack.text("loan.allotment") != "pool" and camera.allotted:
        whose = {officer.section} if pack.text("loan.allotment") == "section" else {officer.id}
        if not whose & set(camera.allotted):
            yield from _lent_on(pack, rolls, asked, "ALLOTTED_TO_OTHERS", Act.LEND_INSIDE)


def _lent_on(pack: EffectivePack, rolls: Rolls, asked: Lending, code: str, act: Act) -> Iterator[Verdict]:
    rule = "device.lend_outside" if act is Act.LEND_OUTSIDE else "device.lend_inside"
    if pack.text(rule) == "forbidden" or not asked.overridden_by:
        yield pack.finds(code, rule if code == "DEVICE_LENT" else "loan.allotment")
    elif not (stood_up := _stands_up(pack, rolls, asked, act)).permitted:
        yield stood_up


def _residual(pack: EffectivePack, asked: Lending) -> Iterator[Verdict]:
    if not asked.everything_read and pack.flag("check.uningested_blocks"):
        yield pack.finds("CHECK_RESIDUAL", "check.uningested_blocks")
    stays = {"allow": 0, "refuse_unless_sealed": asked.others_unsealed, "refuse": asked.others_uncleared}
    if stays[pack.text("check.others_footage")]:
        yield pack.finds("CHECK_RESIDUAL", "check.others_footage")


def _is_stale(pack: EffectivePack, rolls: Rolls, asked: Lending) -> bool:
    if rolls.as_of_ms is None or not asked.station_knows_time:
        return False
    return asked.at_ms - rolls.as_of_ms > pack.number("officer.roster_stale") * MS_PER_DAY


def _failed_checks(pack: EffectivePack, rolls: Rolls, asked: Lending) -> Iterator[Verdict]:
    """What a custodian may stand up against."""
    if _is_stale(pack, rolls, asked):
        yield pack.finds("ROSTER_STALE", "officer.roster_stale")
    if not asked.checks_done:
        yield pack.finds("CHECK_UNDER_WAY", "check.battery")
    yield from _clock_failed(pack, asked)
    yield from _battery_failed(pack, asked)
    yield from _health_failed(pack, asked)
    yield from _storage_failed(pack, asked)


def _unreadable(pack: EffectivePack, what: str, code: str) -> Iterator[Verdict]:
    if pack.text(f"check.unreadable.{what}") == "refuse":
        yield pack.finds(code, f"check.unreadable.{what}")


def _clock_failed(pack: EffectivePack, asked: Lending) -> Iterator[Verdict]:
    if not pack.flag("check.clock"):
        return
    if not asked.station_knows_time:
        if pack.text("check.station_clock_untrusted") == "refuse":
            yield pack.finds("CHECK_CLOCK", "check.station_clock_untrusted")
    elif asked.clock_ahead_ms is None:
        yield from _unreadable(pack, "CLOCK", "CHECK_CLOCK")
    elif clock_is_off(pack, asked.clock_ahead_ms, asked.clock_error_ms or 0):
        yield pack.finds("CHECK_CLOCK", "check.clock_tolerance_seconds")


def clock_is_off(pack: EffectivePack, ahead_ms: int, error_ms: int) -> bool:
    """Surely beyond the tolerance, whatever the reading's own error."""
    return abs(ahead_ms) - error_ms > pack.number("check.clock_tolerance_seconds") * MS_PER_SECOND


def _battery_failed(pack: EffectivePack, asked: Lending) -> Iterator[Verdict]:
    """Hours against the shift decide; a bare percentage only where nobody can predict hours."""
    if not pack.flag("check.battery"):
        return
    by_hours = pack.text("check.battery_hours") == "planned_shift" and asked.recording_minutes is not None
    if by_hours:
        if (asked.recording_minutes or 0) < shift_minutes(pack, asked):
            yield pack.finds("CHECK_BATTERY", "check.battery_hours")
    elif asked.battery_percent is None:
        yield from _unreadable(pack, "BATTERY", "CHECK_BATTERY")
    elif asked.battery_percent < pack.number("check.battery_min_percent"):
        yield pack.finds("CHECK_BATTERY", "check.battery_min_percent")


def shift_minutes(pack: EffectivePack, asked: Lending) -> int:
    return pack.number("check.shift_minutes") if asked.shift_minutes is None else asked.shift_minutes


def _health_failed(pack: EffectivePack, asked: Lending) -> Iterator[Verdict]:
    if asked.health_percent is None:
        if pack.text("check.health_unknown") == "refuse":
            yield pack.finds("CHECK_HEALTH", "check.health_unknown")
    elif asked.health_percent < pack.number("check.health_min_percent"):
        yield pack.finds("CHECK_HEALTH", "check.health_min_percent")


def _storage_failed(pack: EffectivePack, asked: Lending) -> Iterator[Verdict]:
    if not pack.flag("check.storage"):
        return
    if asked.free_minutes is None:
        yield from _unreadable(pack, "STORAGE", "CHECK_STORAGE")
    elif asked.free_minutes < pack.number("check.storage_min_free_minutes"):
        yield pack.finds("CHECK_STORAGE", "check.storage_min_free_minutes")


def _noted(pack: EffectivePack, asked: Lending) -> Iterator[Verdict]:
    """What goes with the camera although it is lent."""
    if asked.own_uncleared or asked.others_uncleared:
        yield pack.finds("CARD_NOT_WIPED", "wipe.mode")
    if not asked.station_knows_time:
        yield pack.finds("STATION_CLOCK_UNTRUSTED", "check.station_clock_untrusted")
    yield from _not_read(pack, asked)
    unknown = asked.health_percent is None and pack.text("check.health_unknown") == "warn"
    if unknown:
        yield pack.finds("CHECK_HEALTH", "check.health_unknown")
    elif asked.health_percent is not None and asked.health_percent < pack.number("check.health_warn_percent"):
        yield pack.finds("CHECK_HEALTH", "check.health_warn_percent")


def _not_read(pack: EffectivePack, asked: Lending) -> Iterator[Verdict]:
    missing = {
        "CLOCK": pack.flag("check.clock") and asked.clock_ahead_ms is None,
        "BATTERY": pack.flag("check.battery") and asked.battery_percent is None and asked.recording_minutes is None,
        "STORAGE": pack.flag("check.storage") and asked.free_minutes is None,
    }
    for what, is_missing in missing.items():
        if is_missing and pack.text(f"check.unreadable.{what}") == "warn":
            yield pack.finds("CHECK_UNREADABLE", f"check.unreadable.{what}")
