"""Packs and rolls for tests: a packaged pack with some values changed, without the ceremony of a department's file."""

from typing import Any

from msgspec.structs import replace

from station.policy.effective import EffectivePack
from station.signing.policy_packs import packaged_pack


def pack_with(base: str, **changed: Any) -> EffectivePack:
    """`pack_with("yinchuan", check__shift_minutes=60)`: a double underscore stands for the dot."""
    pack = packaged_pack(base)
    rules = dict(pack.rules)
    for name, value in changed.items():
        dotted = name.replace("__", ".")
        rule = rules[dotted]
        rules[dotted] = replace(rule, stated=replace(rule.stated, value=value))
    return replace(pack, rules=rules)
