"""Long-term keeping: which codes are proposed for a recording, which were overlooked, and what a code asks for.

Codes are only proposed; a custodian confirms or declines each with a reason. A code is lifted nowhere here.
"""

from collections.abc import Collection, Iterator, Mapping
from enum import StrEnum

from msgspec import Struct

from station.policy.effective import EffectivePack
from station.policy.permits import PERMITTED, Reported, Verdict

DISC = "DISC"


class Mark(StrEnum):
    """What was marked of a mission at the dock, or by a custodian later."""

    OBSTRUCTED = "obstructed"
    REFUSED = "refused"
    DISPUTED = "disputed"
    MAJOR = "major"
    SENSITIVE = "sensitive"


class Circumstances(Struct, frozen=True):
    """All that speaks for keeping a recording longer."""

    activity: str
    marks: frozenset[Mark] = frozenset()
    nonuse: str = ""
    """The reason given for stopping, where one was."""
    in_case: bool = False
    """Filed to a case, or exported to one."""
    remedy_sought: bool = False
    """A petition, complaint, reconsideration, lawsuit, review or claim names its case."""


def proposed(pack: EffectivePack, known: Circumstances) -> tuple[str, ...]:
    """Of the codes the pack uses, those that circumstances call for."""
    used = pack.entries("longterm.reasons")
    return tuple(code for code in dict.fromkeys(_called_for(known)) if code in used and used[code].value is True)


_BY_MARK: Mapping[Mark, str] = {
    Mark.OBSTRUCTED: "LT-OBSTRUCT",
    Mark.REFUSED: "LT-OBSTRUCT",
    Mark.DISPUTED: "LT-DISPUTE",
    Mark.MAJOR: "LT-MAJOR",
    Mark.SENSITIVE: "LT-SENSITIVE",
}


def _called_for(known: Circumstances) -> Iterator[str]:
    if known.in_case:
        yield "LT-EVIDENCE"
    if known.activity == "ACT-EMERGENCY":
        yield "LT-EMERGENCY"
    if known.activity == "ACT-OBSTRUCT" or known.nonuse == "NU-OBSTRUCTED":
        yield "LT-OBSTRUCT"
    if known.remedy_sought:
        yield "LT-REMEDY"
    yield from (code for mark, code in _BY_MARK.items() if mark in known.marks)


def untagged(
    pack: EffectivePack,
    recording: str,
    codes: Collection[str],
    confirmed: Collection[str],
    declined: Mapping[str, str],
) -> tuple[Reported, ...]:
    """Proposed codes neither confirmed nor declined with a reason; `declined` holds the reasons."""
    return tuple(
        Reported(pack.finds("LONGTERM_UNTAGGED", f"longterm.reasons.{code}"), recording, (("code", code),))
        for code in codes
        if code not in confirmed and not declined.get(code, "").strip()
    )


class Keeping(Struct, frozen=True):
    """What a code asks for. Without a disc there is nothing to burn, and no copies to count."""

    media: tuple[str, ...]
    copies: int = 0
    burn_days: int | None = None


def keeping(pack: EffectivePack, code: str) -> Keeping:
    named = pack.entries("longterm.medium_of").get(code)
    media: tuple[str, ...] = pack.listed("longterm.medium") if named is None else named.value or ()
    if DISC not in media:
        return Keeping(media)
    return Keeping(media, pack.number("longterm.copies"), pack.limit("longterm.burn_days"))


def disc_job_closes(pack: EffectivePack, code: str, verified_copies: int, label: Mapping[str, str]) -> Verdict:
    """Whether the discs for a code are done: so many verified against the manifest, each field of the label filled."""
    if verified_copies < keeping(pack, code).copies:
        return pack.finds("EXPORT_INCOMPLETE", "longterm.copies")
    if not all(label.get(field, "").strip() for field in pack.listed("longterm.label_fields")):
        return pack.finds("EXPORT_INCOMPLETE", "longterm.label_fields")
    return PERMITTED
