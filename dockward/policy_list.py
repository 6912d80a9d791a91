"""`dockward policy list`: the packaged packs, their life, and how much of each is law. Changes nothing."""

import argparse
import datetime as dt

import msgspec
from msgspec import Struct

from station.clock import SystemClock
from station.policy.civil_time import local_day
from station.policy.effective import EffectivePack, expired, life_ends
from station.policy.value_words import NONE
from station.policy.words import SYSTEM_DEFAULT
from station.signing.policy_packs import packaged_names, packaged_pack


class Listed(Struct, frozen=True):
    """One packaged pack at a glance."""

    pack: str
    zh: str
    en: str
    in_force_from: dt.date | None
    in_force_from_is_default: bool
    life_ends: dt.date | None
    expired: bool
    law: int
    default: int


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(arguments: argparse.Namespace) -> int:
    at_ms = SystemClock(lambda: False).stamp().utc_ms
    listed = [_listed(packaged_pack(name), at_ms) for name in packaged_names()]
    if arguments.json:
        print(msgspec.json.encode(listed).decode())
    else:
        print("\n".join(line for one in listed for line in _lines(one)))
    return 0


def _listed(pack: EffectivePack, at_ms: int) -> Listed:
    begun = pack.rule("pack.in_force_from")
    defaults = sum(rule.is_default for rule in pack.rules.values())
    return Listed(
        pack.name,
        pack.top.zh,
        pack.top.en,
        begun.value,
        begun.is_default,
        life_ends(pack),
        expired(pack, local_day(pack, at_ms)) is not None,
        len(pack.rules) - defaults,
        defaults,
    )


def _lines(one: Listed) -> tuple[str, ...]:
    assumed = f"（{SYSTEM_DEFAULT}）" if one.in_force_from_is_default and one.in_force_from else ""
    ends = f"{one.life_ends or NONE}{' 已过期 EXPIRED' if one.expired else ''}"
    return (
        f"{one.pack}  {one.zh} {one.en}",
        f"    施行 in force from {one.in_force_from or NONE}{assumed}；有效期至 life ends {ends}",
        f"    法规条文 law {one.law}；系统默认 default {one.default}",
    )
