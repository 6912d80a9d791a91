"""Packs for tests, written as a lawyer would write them: a header and a few lines, on a packaged locality."""

import pytest

from station.policy.effective import EffectivePack, stack
from station.policy.pack import Pack, PackError, read_pack
from station.signing.policy_packs import packaged_pack

FROM_HERE = 'version = 1\nzh = "某"\nen = "Some"\n'


def pack(text: str, name: str = "unit", stands_on: str = "", kind: str = "department") -> Pack:
    """A pack by its tables alone; `stands_on` is a line of its header."""
    return read_pack(f'id = "{name}"\n{FROM_HERE}kind = "{kind}"\n{stands_on}\n{text}', f"{name}.toml")


def settings(parent: str, text: str) -> EffectivePack:
    """A department's settings on a packaged locality."""
    below = packaged_pack(parent)
    return stack((*below.packs, pack(text, stands_on=f'extends = "{below.name}"')))


def child(parent: str, text: str) -> EffectivePack:
    """A locality that applies its parent's measures, as Xixia applies Yinchuan's."""
    below = packaged_pack(parent)
    return stack((*below.packs, pack(text, "district", f'extends = "{below.name}"', "locality")))


def said_of(refusal: pytest.ExceptionInfo[PackError]) -> str:
    (line,) = str(refusal.value).splitlines()
    return line
