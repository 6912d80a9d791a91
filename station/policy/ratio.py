"""How many cameras a department has for its officers, how many its class demands, and which acts would break that.

Counts by the department that owns a camera, whichever station it hangs in (`ratio.shared_station`). A shortfall never
blocks lending. One that rests on a class or a number nobody has confirmed is advice and accuses no one.
"""

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from enum import StrEnum

from msgspec import Struct
from msgspec.structs import replace

from station.policy.effective import EffectivePack, Rule
from station.policy.pack import CodeWords
from station.policy.parameters import CLASSES
from station.policy.permits import PERMITTED, DisposalAnswer, Reported, Verdict
from station.policy.rolls import CameraStanding, Officer, RolledCamera, Rolls
from station.policy.words import SYSTEM_DEFAULT, UNIT_SETTING


class Outcome(StrEnum):
    ENOUGH = "enough"
    ADVICE = "advice"
    """Short by a measure that is only a default, or where the pack only advises."""
    SHORT = "short"
    UNSET = "unset"
    """No number of officers per camera is in force for this class."""


class Basis(Struct, frozen=True):
    """What a figure rests on: articles, else the department's own setting, else the default of the house."""

    articles: tuple[str, ...]
    set_by_unit: bool

    def __str__(self) -> str:
        return " ".join(self.articles) or (UNIT_SETTING if self.set_by_unit else SYSTEM_DEFAULT)


class CameraCount(Struct, frozen=True):
    """Cameras not retired. Those of a counted kind are each in exactly one of the four numbers after `counted`."""

    owned: int = 0
    counted: int = 0
    in_repair: int = 0
    unseen: int = 0
    """Not docked within `ratio.working_seen_days`, or never."""
    unhealthy: int = 0
    """Battery health measured, and below `check.health_min_percent`."""
    working: int = 0


class Measure(Struct, frozen=True):
    """By what a department is measured, and on what authority."""

    name: str
    """The department's, as printed."""
    ratio_class: str
    listed: bool
    class_rule: Rule
    number: Rule | None
    """Officers per camera; None where nobody says."""

    @property
    def is_confirmed(self) -> bool:
        return self.number is not None and is_confirmed(self.class_rule) and is_confirmed(self.number)


class DepartmentRatio(Struct, frozen=True):
    department: str
    name: str
    ratio_class: str
    listed: bool
    class_basis: Basis
    officers: int
    officers_per_camera: int | None
    number_basis: Basis | None
    required: int | None
    cameras: CameraCount
    shortfall: int
    spare: int
    """Working cameras that may leave before the ratio breaks."""
    outcome: Outcome
    reports: tuple[Reported, ...]


class ClassTotal(Struct, frozen=True):
    """Sums over the departments of one class; one department's surplus never covers another's shortfall."""

    ratio_class: str
    departments: int
    officers: int
    required: int
    owned: int
    working: int
    shortfall: int


class RatioTable(Struct, frozen=True):
    pack: str
    on: dt.date
    principle: str
    principle_basis: Basis
    departments: tuple[DepartmentRatio, ...]
    classes: tuple[ClassTotal, ...]
    guarded_acts: tuple[CodeWords, ...]
    """Acts that may take away no more cameras than are spare, unless approved."""
    guard_basis: Basis

    @property
    def reports(self) -> tuple[Reported, ...]:
        return tuple(report for each in self.departments for report in each.reports)


def ratio_table(pack: EffectivePack, rolls: Rolls, on: dt.date) -> RatioTable:
    """Every department that has a body, an officer or a camera on the rolls; strictest class first."""
    officers = Counter(one.unit for one in rolls.officers.values() if has_valid_certificate(one, on))
    cameras = _cameras_by_unit(rolls)
    units = _units(rolls)
    departments = [
        _department(pack, unit, measure_of(pack, name, on), officers[unit], count_cameras(pack, cameras[unit], on))
        for unit, name in units.items()
    ]
    departments.sort(key=lambda each: (-_strictness(each.ratio_class), each.name, each.department))
    classes = dict.fromkeys(each.ratio_class for each in departments)
    return RatioTable(
        pack.name,
        on,
        pack.text("ratio.principle"),
        basis_of(pack.rule("ratio.principle")),
        tuple(departments),
        tuple(_total(name, [each for each in departments if each.ratio_class == name]) for name in classes),
        tuple(pack.codes.get(act, CodeWords(act, act)) for act in pack.listed("ratio.guarded_acts")),
        basis_of(pack.rule("ratio.guarded_acts")),
    )


def has_valid_certificate(officer: Officer, on: dt.date) -> bool:
    """A certificate whose dates do not exclude the day; an end nobody entered excludes none."""
    begun = officer.valid_from is None or officer.valid_from <= on
    return bool(officer.certificate) and begun and (officer.valid_until is None or on <= officer.valid_until)


def count_cameras(pack: EffectivePack, cameras: Collection[RolledCamera], on: dt.date) -> CameraCount:
    owned = [camera for camera in cameras if camera.standing is not CameraStanding.RETIRED]
    kinds = pack.listed("ratio.counted_devices")
    states = Counter(_state(pack, camera, on) for camera in owned if camera.kind in kinds)
    return CameraCount(owned=len(owned), counted=states.total(), **states)


def _state(pack: EffectivePack, camera: RolledCamera, on: dt.date) -> str:
    """The name of the number a camera is counted in."""
    seen_within, health_min = pack.limit("ratio.working_seen_days"), pack.limit("check.health_min_percent")
    if camera.standing is not CameraStanding.IN_USE:
        return "in_repair"
    if seen_within is not None and (camera.seen_day is None or (on - camera.seen_day).days > seen_within):
        return "unseen"
    if health_min is not None and camera.health_percent is not None and camera.health_percent < health_min:
        return "unhealthy"
    return "working"


def class_rule(pack: EffectivePack, name: str, on: dt.date) -> Rule | None:
    """By printed name or alias, on that day; a department merged from several takes the strictest. None: unlisted."""
    named = [
        rule
        for printed, rule in pack.entries("ratio.class_of_department").items()
        if rule.value is not None and name in {printed, *rule.stated.aliases} and _stands(rule, on)
    ]
    return max(named, key=lambda rule: (_strictness(rule.value), is_confirmed(rule)), default=None)


def _stands(rule: Rule, on: dt.date) -> bool:
    stated = rule.stated
    return (stated.valid_from is None or stated.valid_from <= on) and (stated.valid_to is None or on <= stated.valid_to)


def is_confirmed(rule: Rule) -> bool:
    """Law, or a default that somebody has put their name to."""
    return not rule.is_default or bool(rule.stated.set_by)


def basis_of(rule: Rule) -> Basis:
    return Basis(rule.articles, rule.kind == "department" or bool(rule.stated.set_by))


def measure_of(pack: EffectivePack, name: str, on: dt.date) -> Measure:
    listed = class_rule(pack, name, on)
    rule = listed or pack.rule("ratio.unlisted_class")
    number = pack.entries("ratio.officers_per_device").get(rule.value)
    return Measure(name, rule.value or "", listed is not None, rule, number if number and number.value else None)


def required_cameras(pack: EffectivePack, measure: Measure, officers: int) -> int | None:
    if measure.number is None:
        return None
    per_camera: int = measure.number.value
    return officers // per_camera if pack.text("ratio.rounding") == "floor" else -(-officers // per_camera)


def _department(
    pack: EffectivePack, unit: str, measure: Measure, officers: int, cameras: CameraCount
) -> DepartmentRatio:
    required = required_cameras(pack, measure, officers)
    surplus = cameras.working - (required or 0)
    outcome = _outcome(pack, measure, surplus)
    return DepartmentRatio(
        department=unit,
        name=measure.name,
        ratio_class=measure.ratio_class,
        listed=measure.listed,
        class_basis=basis_of(measure.class_rule),
        officers=officers,
        officers_per_camera=measure.number.value if measure.number else None,
        number_basis=basis_of(measure.number) if measure.number else None,
        required=required,
        cameras=cameras,
        shortfall=max(0, -surplus),
        spare=max(0, surplus),
        outcome=outcome,
        reports=tuple(_reports(pack, unit, measure, officers, cameras, outcome)),
    )


def _outcome(pack: EffectivePack, measure: Measure, surplus: int) -> Outcome:
    if measure.number is None:
        return Outcome.UNSET
    if surplus >= 0:
        return Outcome.ENOUGH
    reported = measure.is_confirmed and pack.text("ratio.on_shortfall") == "report"
    return Outcome.SHORT if reported else Outcome.ADVICE


def _reports(
    pack: EffectivePack, unit: str, measure: Measure, officers: int, cameras: CameraCount, outcome: Outcome
) -> Iterator[Reported]:
    if measure.number is None or not measure.listed or not is_confirmed(measure.number):
        decided = measure.number if measure.listed and measure.number else measure.class_rule
        evidence = (("class", measure.ratio_class), ("listed", int(measure.listed)))
        yield Reported(pack.finds("CLASS_UNSET", decided.name), unit, evidence)
    if outcome is Outcome.SHORT and measure.number is not None:
        required = required_cameras(pack, measure, officers) or 0
        counts = (("officers", officers), ("required", required), ("working", cameras.working))
        yield Reported(pack.finds("RATIO_SHORT", measure.number.name), unit, (("class", measure.ratio_class), *counts))


def _total(ratio_class: str, departments: Sequence[DepartmentRatio]) -> ClassTotal:
    return ClassTotal(
        ratio_class,
        len(departments),
        officers=sum(each.officers for each in departments),
        required=sum(each.required or 0 for each in departments),
        owned=sum(each.cameras.owned for each in departments),
        working=sum(each.cameras.working for each in departments),
        shortfall=sum(each.shortfall for each in departments),
    )


def _strictness(ratio_class: str) -> int:
    return CLASSES.index(ratio_class) if ratio_class in CLASSES else -1


def _cameras_by_unit(rolls: Rolls) -> Mapping[str, Sequence[RolledCamera]]:
    by_unit: defaultdict[str, list[RolledCamera]] = defaultdict(list)
    for camera in rolls.cameras.values():
        by_unit[camera.unit].append(camera)
    return by_unit


def _units(rolls: Rolls) -> Mapping[str, str]:
    """Whoever is named anywhere on the rolls, with the name it is printed by."""
    named = {
        *rolls.bodies,
        *(one.unit for one in rolls.officers.values()),
        *(one.unit for one in rolls.cameras.values()),
    }
    return {unit: rolls.bodies[unit].name if unit in rolls.bodies else unit for unit in named}


class RatioAct(StrEnum):
    """What takes cameras away from a department. Enlarging a roster and lending to own officers are never asked."""

    RETIRE = "RETIRE"
    TRANSFER = "TRANSFER"
    LEND_OUTSIDE = "LEND_OUTSIDE"
    LOAN_OTHER_DEPARTMENT = "LOAN_OTHER_DEPARTMENT"


class RatioActAsked(Struct, frozen=True):
    """`approved_by` is an opaque id; with it and a reason the act goes on, and is reported."""

    act: RatioAct
    cameras: tuple[str, ...]
    on: dt.date
    approved_by: str = ""
    reason: str = ""


def would_break(pack: EffectivePack, rolls: Rolls, act: RatioAct, cameras: Collection[str], on: dt.date) -> Verdict:
    """Whether it leaves a department fewer working cameras than it must have; lending outside must be allowed first."""
    if act is RatioAct.LEND_OUTSIDE and pack.text("device.lend_outside") == "forbidden":
        return pack.finds("DEVICE_LENT", "device.lend_outside")
    if act not in pack.listed("ratio.guarded_acts") or not any(_broken(pack, rolls, cameras, on)):
        return PERMITTED
    return pack.finds("RATIO_WOULD_BREAK", "ratio.guarded_acts")


def guards(pack: EffectivePack, rolls: Rolls, asked: RatioActAsked) -> DisposalAnswer:
    """A named approver with a reason may take a department below its ratio, and each one is reported."""
    verdict = would_break(pack, rolls, asked.act, asked.cameras, asked.on)
    if verdict.code != "RATIO_WOULD_BREAK" or not (asked.approved_by.strip() and asked.reason.strip()):
        return DisposalAnswer(verdict)
    reports = tuple(
        Reported(
            verdict,
            after.department,
            (
                ("act", asked.act.value),
                ("approved_by", asked.approved_by),
                ("required", after.required or 0),
                ("working_after", after.cameras.working),
            ),
        )
        for after in _broken(pack, rolls, asked.cameras, asked.on)
    )
    return DisposalAnswer(reports=reports)


def _broken(pack: EffectivePack, rolls: Rolls, leaving: Collection[str], on: dt.date) -> Iterator[DepartmentRatio]:
    """Departments as they would be, where fewer work than now and fewer than must. What does not count may go."""
    gone = frozenset(leaving)
    remaining = {name: camera for name, camera in rolls.cameras.items() if name not in gone}
    before = {each.department: each.cameras.working for each in ratio_table(pack, rolls, on).departments}
    for after in ratio_table(pack, replace(rolls, cameras=remaining), on).departments:
        if after.shortfall and after.cameras.working < before[after.department]:
            yield after
