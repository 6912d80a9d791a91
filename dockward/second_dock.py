"""The demo's second dock, at which everything is as it should not be: who and what there is, and how it is set up.

Two departments share it. One goes by the station's pack; the other has settings of its own, in a pack signed by the
demo's own authority: a camera belongs to one person there, and a battery that nobody has measured is not lent.
"""

import contextlib
import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from dockward.stage import Surroundings
from dockward.stage_config import StationPlan, write_station_config
from dockward.stage_processes import signer
from dockward.stage_rolls import CUSTODIAN, UNIT, Person, Thing, write_rolls
from dockward.stage_setting import new_badge_key, now
from hardware.simulated.camera_codes import (
    GET_OBJECT,
    GET_PARTIAL_OBJECT,
    GET_PARTIAL_OBJECT_64,
    GET_PROPERTY_DESC,
    SET_PROPERTY,
)
from hardware.simulated.dock import About, Dock
from hardware.simulated.faults import EVER_AFTER, Fault, Kind, Nature
from hardware.simulated.habits import Habits
from hardware.simulated.nature_file import write_nature
from provisioning.machines import provision_policy
from station.policy.civil_time import local_day
from station.signing.policy_packs import packaged_pack, sign_pack

SECOND = "demo-02"
OTHER_UNIT = "城管局"
FIT, QUICKER, EXPIRED, OTHERS, FORGETFUL, CARELESS = (
    "officer-12",
    "officer-34",
    "officer-56",
    "officer-78",
    "officer-90",
    "officer-91",
)
"""In force; in force, and sooner there; certificate over; of the other department; forgot the PIN; lost the badge."""
STRANGER = "nobody-1"
"""Has a badge, and stands in no roll."""
_PACK = """\
id = "second-unit"
version = 1
kind = "department"
zh = "演示：第二家单位"
en = "demo: the second department"
extends = "{base}"

[loan]
allotment = {{ value = "person", status = "default" }}

[check]
health_unknown = {{ value = "refuse", status = "default" }}
"""
_PACK_FILE = "second-unit.toml"
_CLIP = "DCIM/20261121/A0001.MP4"
_CLIP_BYTES = 200_000
_AHEAD_MS = 60_000
_BUSY = 0x2019
"""What a camera answers that has something else to do."""


class Docked(NamedTuple):
    """A camera of the second dock and the bay it goes into."""

    bay: str
    camera: Thing
    about: About = About()
    nature: Nature | None = None
    films: bool = False


def _always(kind: Kind, *operations: int) -> Nature:
    return Nature(tuple(Fault(kind, operation, times=EVER_AFTER, value=_BUSY) for operation in operations))


GOOD, SPARE = Docked("1", Thing("T8-000601")), Docked("2", Thing("T8-000602"))
BROKEN = Docked("3", Thing("T8-000603"))
"""Somebody reports a fault of it."""
RETIRED = Docked("4", Thing("T8-000604", standing="报废"))
ALLOTTED = Docked("5", Thing("T8-000605", OTHER_UNIT, allotted="officer-79"))
UNMEASURED = Docked("6", Thing("T8-000606", OTHER_UNIT, allotted=OTHERS))
FLAT = Docked("7", Thing("T8-000607"), About(battery_percent=9))
CLOCKLESS = Docked(
    "8", Thing("T8-000608"), About(clock_ahead_ms=_AHEAD_MS), Nature(habits=Habits(without=frozenset({SET_PROPERTY})))
)
FULL = Docked("9", Thing("T9-000609"), About(model="DW-T9", free_mib=90))
UNREAD = Docked(
    "10",
    Thing("T8-000610"),
    nature=_always(Kind.STALL, GET_OBJECT, GET_PARTIAL_OBJECT, GET_PARTIAL_OBJECT_64),
    films=True,
)
UNCHECKED = Docked("11", Thing("T8-000611"), nature=_always(Kind.REFUSE, GET_PROPERTY_DESC))
CAMERAS = (GOOD, SPARE, BROKEN, RETIRED, ALLOTTED, UNMEASURED, FLAT, CLOCKLESS, FULL, UNREAD, UNCHECKED)


@contextlib.contextmanager
def second_dock(stage: Path, surrounded: Surroundings, policy: str) -> Iterator[Path]:
    """Set up in its folder, where its keys lie already, with its signer at work; the station may start now."""
    home, now_ms = stage / SECOND, now()
    pack = packaged_pack(policy)
    content = _PACK.format(base=pack.name)
    provision_policy(stage / "ca", home / "policy", now_ms)
    (home / _PACK_FILE).write_text(content, encoding="utf-8")
    key, certificate = ((home / f"policy/policy.{end}").read_bytes() for end in ("key", "pem"))
    sign_pack(home / _PACK_FILE, content.encode(), key, certificate)
    today = local_day(pack, now_ms)
    write_rolls(home, pack, today, new_badge_key(home), (_people(today), [one.camera for one in CAMERAS]))
    plan = StationPlan(len(CAMERAS), policy=policy, station=SECOND, staffed=True, unit_pack=(OTHER_UNIT, _PACK_FILE))
    write_station_config(home, plan, surrounded.centre)
    _make_cameras(Dock(home / "dock"))
    with signer(home / "station"):
        yield home


def _people(today: dt.date) -> list[Person]:
    yesterday = str(today - dt.timedelta(days=1))
    return [
        *map(Person, (FIT, QUICKER, FORGETFUL, CARELESS)),
        Person(EXPIRED, valid_until=yesterday),
        Person(OTHERS, OTHER_UNIT),
        Person(CUSTODIAN, UNIT, "custodian"),
    ]


def _make_cameras(dock: Dock) -> None:
    for one in CAMERAS:
        dock.make_camera(one.camera.id, one.about)
        if one.nature is not None:
            dock.tell_nature(one.camera.id, write_nature(one.nature))
        if one.films:
            dock.film(one.camera.id, _CLIP, bytes(_CLIP_BYTES), now() - 60_000, now() - 50_000)
