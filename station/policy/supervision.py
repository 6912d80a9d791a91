"""Supervision of a department: its stations' way into service, spot-check draws, systems that are down, its assets.

Late checks, figures and repairs stand in `overdue`. The draw knows no chance: a seed is an argument, so that anybody
can draw again and see that nothing was chosen.
"""

import datetime as dt
from collections.abc import Collection, Iterator
from hashlib import sha256

from msgspec import Struct

from station.policy.civil_time import MS_PER_HOUR
from station.policy.effective import EffectivePack
from station.policy.permits import PERMITTED, Reported, Verdict
from station.policy.ratio import ratio_table
from station.policy.rolls import CameraStanding, Rolls

PER_CENT = 100


class ServiceAsked(Struct, frozen=True):
    """A station of a department, with the store it writes to, is to go into service."""

    department: str
    store: str
    on: dt.date


class ServiceAnswer(Struct, frozen=True):
    refusal: Verdict = PERMITTED
    reports: tuple[Reported, ...] = ()


class Asset(Struct, frozen=True):
    """One camera for procurement; `shortfall` is its department's, the same on each of its lines."""

    serial: str
    kind: str
    model: str
    department: str
    standing: CameraStanding
    shortfall: int


def enters_service(pack: EffectivePack, rolls: Rolls, asked: ServiceAsked) -> ServiceAnswer:
    """The first refusal, which nobody may override; a custodian who is not full-time is only reported."""
    custodian = custodian_missing(pack, rolls, asked.department)
    for refusal in _refusals(pack, rolls, asked, custodian):
        return ServiceAnswer(refusal)
    return ServiceAnswer(reports=(Reported(custodian, asked.department),) if custodian else ())


def _refusals(pack: EffectivePack, rolls: Rolls, asked: ServiceAsked, custodian: Verdict | None) -> Iterator[Verdict]:
    body = rolls.bodies.get(asked.department)
    if body is None or body.kind not in pack.listed("pack.org_kinds"):
        yield pack.finds("ORG_UNKNOWN", "pack.org_kinds")
        return
    if body.entrusted_until is not None and asked.on > body.entrusted_until:
        yield pack.finds("ORG_UNKNOWN", "pack.org_kinds")
    if custodian is not None and custodian.rule == "store.custodian_required":
        yield custodian
    if asked.store not in body.stores:
        yield pack.finds("STORE_UNREGISTERED", "store.kinds")


def custodian_missing(pack: EffectivePack, rolls: Rolls, department: str) -> Verdict | None:
    """No named custodian, or none of them full-time where one must be."""
    custodians = rolls.custodians(department)
    if pack.flag("store.custodian_required") and not custodians:
        return pack.finds("CUSTODIAN_MISSING", "store.custodian_required")
    if pack.flag("store.custodian_fulltime") and not any(one.custodian_fulltime for one in custodians):
        return pack.finds("CUSTODIAN_MISSING", "store.custodian_fulltime")
    return None


def interface_down(pack: EffectivePack, interface: str, failing_since_ms: int, at_ms: int) -> Reported | None:
    """Every push since then has failed, for longer than is allowed."""
    allowed_hours = pack.limit("interface.max_down_hours")
    if allowed_hours is None or at_ms - failing_since_ms <= allowed_hours * MS_PER_HOUR:
        return None
    verdict = pack.finds("INTERFACE_DOWN", "interface.max_down_hours")
    return Reported(verdict, interface, (("failing_since_ms", failing_since_ms), ("allowed_hours", allowed_hours)))


def drawn(pack: EffectivePack, missions: Collection[str], seed: str) -> tuple[str, ...]:
    """`spotcheck.sample_percent` of the missions, rounded up: the same for the same seed, in whatever order they come.

    Whoever sets the seed does so after the list is closed, or could choose what is drawn.
    """
    percent = pack.limit("spotcheck.sample_percent") or 0
    once = frozenset(missions)
    ranked = sorted(once, key=lambda mission: sha256(f"{len(seed)}:{seed}{mission}".encode()).digest())
    return tuple(sorted(ranked[: -(-len(once) * percent // PER_CENT)]))


def assets(pack: EffectivePack, rolls: Rolls, on: dt.date) -> tuple[Asset, ...]:
    """Every camera of the rolls, by department and serial, retired ones too."""
    shortfalls = {each.department: each.shortfall for each in ratio_table(pack, rolls, on).departments}
    cameras = sorted(rolls.cameras.values(), key=lambda camera: (camera.unit, camera.id))
    return tuple(
        Asset(camera.id, camera.kind, camera.model, camera.unit, camera.standing, shortfalls[camera.unit])
        for camera in cameras
    )
