"""Who and what there is: bodies, officers, cameras, as the last signed rolls say. Plain data.

Names of persons stay here; facts carry the opaque ids alone.
"""

import datetime as dt
from collections.abc import Mapping
from enum import StrEnum

from msgspec import Struct, field


class Delegation(Struct, frozen=True):
    """Somebody may act in a role that is not theirs, for a while."""

    role: str
    given_by: str
    from_day: dt.date
    until_day: dt.date


class Credentials(Struct, frozen=True):
    """By what somebody signs in at a dock: neither the badge's number nor the PIN, and not even these are shown."""

    badge: str
    """The keyed digest of the number."""
    kept_pin: str
    """Argon2id text, keyed too."""

    def __repr__(self) -> str:
        return "Credentials(…)"


class Officer(Struct, frozen=True):
    """One person of the roll. `id` is opaque; the rest never enters a fact."""

    id: str
    unit: str
    roles: frozenset[str] = frozenset({"officer"})
    section: str = ""
    name: str = ""
    post: str = ""
    certificate: str = ""
    certificate_kind: str = ""
    category: str = ""
    area: str = ""
    valid_from: dt.date | None = None
    valid_until: dt.date | None = None
    exam_passed: bool | None = None
    delegations: tuple[Delegation, ...] = ()
    custodian_fulltime: bool = False
    credentials: Credentials | None = None


class CameraStanding(StrEnum):
    """What the roll says of a camera, whatever bay it is in."""

    IN_USE = "in_use"
    REPAIR = "repair"
    RETIRED = "retired"


class RolledCamera(Struct, frozen=True):
    id: str
    unit: str
    kind: str = "RECORDER"
    model: str = ""
    standing: CameraStanding = CameraStanding.IN_USE
    allotted: tuple[str, ...] = ()
    """Officers (person, pair) or one section it is allotted to; empty is the pool."""
    health_percent: int | None = None
    seen_day: dt.date | None = None


class Body(Struct, frozen=True):
    """A department, an authorised or an entrusted organisation."""

    id: str
    name: str
    kind: str = "department"
    stores: frozenset[str] = frozenset()
    """Dedicated stores registered for it."""
    list_loaded: bool = False
    """Whether its list of matters to be recorded is there."""
    entrusted_until: dt.date | None = None


class Rolls(Struct, frozen=True):
    """All of it, as of one moment."""

    as_of_ms: int | None = None
    bodies: Mapping[str, Body] = field(default_factory=dict)
    officers: Mapping[str, Officer] = field(default_factory=dict)
    cameras: Mapping[str, RolledCamera] = field(default_factory=dict)

    def custodians(self, unit: str) -> tuple[Officer, ...]:
        return tuple(one for one in self.officers.values() if one.unit == unit and "custodian" in one.roles)
