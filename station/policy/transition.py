"""What a change of rules does to what is under way: it ends under the rules it began under, and is kept the longer.

Pure: the dated versions are an argument; says nothing about who may put a version into force.
"""

from collections.abc import Sequence

from msgspec import Struct

from station.policy.due_times import Kept, retention_ends
from station.policy.effective import EffectivePack


class Version(Struct, frozen=True):
    """A pack and the first moment it was in force here, until the next one."""

    pack: EffectivePack
    from_ms: int


def applied(versions: Sequence[Version], since_ms: int, at_ms: int) -> tuple[EffectivePack, ...]:
    """Every version in force at some moment between, oldest first; before the first of all, the first counts."""
    dated = sorted(versions, key=lambda version: version.from_ms)
    begun = max((place for place, version in enumerate(dated) if version.from_ms <= since_ms), default=0)
    later = (version for version in dated[begun + 1 :] if version.from_ms <= at_ms)
    return tuple(version.pack for version in (*dated[begun : begun + 1], *later))


def pack_for(versions: Sequence[Version], began_ms: int, at_ms: int) -> EffectivePack:
    """The rules for what began then, as of now: those it began under, unless a newer version is silent on that."""
    oldest, *newer = applied(versions, began_ms, at_ms)
    at_once = [pack for pack in newer if pack.text("pack.transition") != "old_until_end"]
    return at_once[-1] if at_once else oldest


def longest_retention(packs: Sequence[EffectivePack], kept: Kept) -> int | None:
    """The last moment to keep it under any of these; None where one of them knows no end."""
    ends = [retention_ends(pack, kept) for pack in packs]
    known = [end for end in ends if end is not None]
    return max(known) if known and len(known) == len(ends) else None
