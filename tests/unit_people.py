"""A unit with one person for each role, a second one where two hands matter, and another unit beside it. For tests."""

import datetime as dt

from msgspec.structs import replace

from station.policy.parameters import ROLES
from station.policy.rolls import Delegation, Officer, Rolls

UNIT, OTHER_UNIT = "市场监管局", "民政局"
SECTION, AREA = "一科", "某区"
OUTSIDE = ("gov_legal", "discipline", "petition", "counsel", "assessor", "technician", "admin")
NOON_MS = 1_767_240_000_000
"""2026-01-01 12:00 in Beijing."""
TODAY = dt.date(2026, 1, 1)


def person(name: str, *roles: str, unit: str = UNIT, section: str = SECTION, area: str = AREA) -> Officer:
    return Officer(id=name, unit=unit, roles=frozenset(roles), section=section, area=area)


def people(*more: Officer) -> Rolls:
    """Each is called as the role, `second_...` the second holder; `foreign_...` is of the other unit."""
    inside = [person(prefix + role, role) for role in ROLES for prefix in ("", "second_")]
    foreign = [person("foreign_" + role, role, unit=OTHER_UNIT) for role in ROLES]
    outside = [person(role, role, unit=role) for role in OUTSIDE]
    everybody = (*inside, *foreign, *outside, *more)
    return Rolls(officers={one.id: one for one in everybody})


def deputy(name: str, role: str, given_by: str, days: int = 7, begins: dt.date = TODAY) -> Officer:
    """An officer to whom somebody's power is delegated."""
    until = begins + dt.timedelta(days=days - 1)
    return replace(person(name, "officer"), delegations=(Delegation(role, given_by, begins, until),))
