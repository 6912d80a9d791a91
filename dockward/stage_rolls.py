"""The people and cameras of the demo's departments: made-up ids, no names; their badges, PINs and passwords too."""

import datetime as dt
import secrets
from collections.abc import Callable, Iterable, Mapping
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

from hardware.badges.cards import Badge
from station.pages.accounts import Account, AccountsFile
from station.pages.kept_secret import SALT_BYTES
from station.pages.passwords import Password
from station.pages.passwords import keep as keep_password
from station.pages.pins import Pin, keep
from station.pages.roles import ROLES
from station.policy.effective import EffectivePack
from station.signing.badge_key import BadgeKey

UNIT = "市场监管局"
CUSTODIAN, HEAD = "custodian-1", "head-1"
FIRST_NUMBER, NUMBERS = 417, 19
PIN = "739164"
PASSWORD = "dock-and-ward"  # noqa: S105 - of a demo, and printed by it
"""One for everybody: a demo's secrets are on its screen."""
_MORE_OFFICERS = ("officer-12", "officer-34")
_MORE_CAMERAS = ("T8-000512",)
_OFFICERS = "编号,单位,证件编号,证件种类,考试合格,有效期起,有效期止,角色,卡号摘要,密码摘要"
_CAMERAS = "设备编号,单位,种类,型号,状态,配发,最近入站"
_BADGE_DIGITS = 10


class Person(NamedTuple):
    """A row of the roll of officers."""

    id: str
    unit: str = UNIT
    role: str = "officer"
    valid_until: str = "2099-12-31"


class Thing(NamedTuple):
    """A row of the roll of cameras."""

    id: str
    unit: str = UNIT
    standing: str = "在用"
    allotted: str = ""


def camera_id(number: int) -> str:
    """The cameras of the demo are numbered on from the first."""
    return f"T8-{FIRST_NUMBER + number:06}"


def officer_of(camera: str) -> str:
    return f"officer-{camera[-3:]}"


def badge_of(person: str) -> int:
    """The number of a person's badge."""
    return int(sha256(person.encode()).hexdigest()[:_BADGE_DIGITS], 16)


def certificate_of(person: str) -> str:
    return f"YC-{badge_of(person):013}"


def people() -> tuple[Person, ...]:
    """An officer for each camera and two more, and one person for every other role."""
    officers = [*map(officer_of, _cameras()), *_MORE_OFFICERS]
    return (*map(Person, officers), *(Person(one, role=role) for role, one in office().items()))


def office() -> Mapping[str, str]:
    """Whoever is no officer, by role."""
    known = {"custodian": CUSTODIAN, "unit_head": HEAD}
    return {role: known.get(role, f"{role}-1") for role in ROLES if role != "officer"}


def things() -> tuple[Thing, ...]:
    return tuple(map(Thing, _cameras()))


def _cameras() -> tuple[str, ...]:
    return (*map(camera_id, range(NUMBERS)), *_MORE_CAMERAS)


def write_rolls(
    folder: Path,
    pack: EffectivePack,
    today: dt.date,
    key: BadgeKey | None = None,
    rolled: tuple[Iterable[Person], Iterable[Thing]] | None = None,
) -> None:
    """Officers with certificates of a kind the pack accepts, with badges where there is a key; cameras seen today."""
    kind = pack.listed("officer.cert_kinds")[0]
    kept = keep(Pin(PIN), secrets.token_bytes(SALT_BYTES), key.pin_key) if key is not None else ""
    persons, cameras = rolled or (people(), things())
    rows = [
        f"{one.id},{one.unit},{certificate_of(one.id)},{kind},是,2020-01-01,{one.valid_until},{one.role},"
        f'{key.digest(reader_s_badge(one.id).number) if key is not None else ""},"{kept}"'
        for one in persons
    ]
    _write(folder / "officers.csv", _OFFICERS, rows)
    seen = [f"{one.id},{one.unit},RECORDER,T8,{one.standing},{one.allotted},{today}" for one in cameras]
    _write(folder / "cameras.csv", _CAMERAS, seen)


def reader_s_badge(person: str) -> Badge:
    """As a reader says it."""
    return Badge(f"{badge_of(person):0{_BADGE_DIGITS}X}")


def open_accounts(data: Path) -> tuple[str, ...]:
    """One account for every role, called like it; nobody has to choose another password first."""
    data.mkdir(exist_ok=True)
    kept = keep_password(Password(PASSWORD), "officer", secrets.token_bytes(SALT_BYTES))
    accounts = AccountsFile(data)
    for role, person in {"officer": officer_of(camera_id(0)), **office()}.items():
        accounts.change(role, _always(Account(role, person, kept, given=False)))
    return tuple(ROLES)


def _always(account: Account) -> Callable[[Account | None], Account]:
    return lambda _: account


def _write(path: Path, heading: str, rows: list[str]) -> None:
    path.write_text("\n".join([heading, *rows, ""]), encoding="utf-8")
