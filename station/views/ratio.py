"""A department's ratio as a page shows it: the figures, what each rests on, and which cameras do not count and why."""

from collections.abc import Mapping

from msgspec import Struct

from station.policy.permits import KnownCamera, Policy
from station.policy.ratio import Basis, DepartmentRatio
from station.policy.ratio_here import RatioHere
from station.policy.rolls import Rolls
from station.stamp import Stamp


class NotCounted(Struct, frozen=True):
    """`words` of the catalogue, with what stands in them; how many; and what the limit rests on."""

    words: str
    values: Mapping[str, int | None]
    cameras: int
    basis: Basis


class RatioView(Struct, frozen=True):
    department: str
    here: RatioHere | None
    not_counted: tuple[NotCounted, ...] = ()
    left: int = 0
    """Cameras that left by approval and stand on the roll all the same."""
    found: tuple[str, ...] = ()
    """What is reported of it, in the pack's words."""

    @property
    def line(self) -> DepartmentRatio | None:
        return None if self.here is None else self.here.line


def departments_seen(rolls: Rolls) -> tuple[str, ...]:
    """Those that own a camera: whichever station it hangs in, its owner's ratio counts it."""
    return tuple(dict.fromkeys(one.unit for one in rolls.cameras.values()))


def ratio_view(policy: Policy, unit: str, known: Mapping[str, KnownCamera], at: Stamp) -> RatioView:
    here = policy.ratio(unit, known, at.utc_ms)
    name = policy.rolls.bodies[unit].name if unit in policy.rolls.bodies else unit
    line = None if here is None else here.line
    if here is None or line is None:
        return RatioView(name, here)
    left = sum(one.unit == unit and one.id in known and known[one.id].disposed for one in policy.rolls.cameras.values())
    found = tuple(" / ".join(policy.said(report.verdict)) for report in line.reports)
    return RatioView(name, here, tuple(_not_counted(here, line)), left, found)


def _not_counted(here: RatioHere, line: DepartmentRatio) -> list[NotCounted]:
    cameras = line.cameras
    return [
        NotCounted("in repair", {}, cameras.in_repair, here.counted),
        NotCounted("not docked for {days} days", {"days": here.seen_days}, cameras.unseen, here.seen),
        NotCounted("worn: below {percent} %", {"percent": here.health_min_percent}, cameras.unhealthy, here.health),
        NotCounted("of another kind", {}, cameras.owned - cameras.counted, here.counted),
    ]
