"""Which reasons excuse footage that is not there, for which activity, and what has to be written with them.

A reason that is permitted excuses nothing by itself: the statement and its review are still due. What a pack does not
list is no reason.
"""

from collections.abc import Mapping

from station.policy.effective import EffectivePack
from station.policy.permits import PERMITTED, NonUse, Verdict
from station.policy.recording_duty import DEMANDED, level_of

MAJOR = frozenset({"ACT-MAJOR", "ACT-LIBERTY", "ACT-EMERGENCY", "ACT-OBSTRUCT"})
"""Activities that are major or urgent whatever anybody says."""
BASIS = "依据"
"""The field of a statement that names what the reason rests on."""
FACTS: Mapping[str, tuple[str, ...]] = {
    "NU-ASKED": ("who_asked", "how_asked"),
    "NU-BANNED-PLACE": ("place", "written_rule"),
    "NU-STATE-SECRET": ("category",),
    "NU-TRADE-SECRET": ("category",),
    "NU-PRIVACY": ("category",),
    "NU-NOT-MAJOR": ("ground",),
    "NU-WEATHER": ("ground",),
    "NU-OBSTRUCTED": ("ground",),
    "NU-FORCE-MAJEURE": ("ground",),
    "NU-SPECIAL": ("words",),
    "NU-DEVICE-FAULT": ("repair_ticket",),
    "NU-UNSUITABLE": ("ground",),
    "NU-TEXT-SUFFICES": ("text_record",),
}
"""What is asked with each reason: categories and references, never the secret or the person behind it."""
_ONLY_FOR: Mapping[str, frozenset[str]] = {
    "NU-UNSUITABLE": frozenset({"ACT-INSPECT", "ACT-SAMPLE", "ACT-HEARING"}),
}
"""The articles know some reasons for some activities alone."""


def facts_given(reason: str, given: Mapping[str, str]) -> bool:
    """Whether all that this reason needs was written; a reason nobody knows needs words."""
    return all(given.get(name, "").strip() for name in FACTS.get(reason, ("words",)))


def offered(pack: EffectivePack, activity: str, on_site: bool) -> tuple[str, ...]:  # noqa: FBT001 - as `level_of`
    """What an officer may pick for this activity, in the order of the pack."""
    return tuple(
        reason
        for reason in pack.entries("nonuse.reasons")
        if _applies(pack, NonUse(activity, on_site, reason, facts=False, basis=False)).permitted
    )


def excuses(pack: EffectivePack, asked: NonUse) -> Verdict:
    """First whether it is a reason here at all, then its facts, then its basis."""
    applies = _applies(pack, asked)
    if not applies.permitted:
        return applies
    rule = f"nonuse.reasons.{asked.reason}"
    unproved = (pack.rule(rule).value == "until_stop" and not asked.footage_until_stop) or (
        asked.reason == "NU-DEVICE-FAULT" and not asked.repair_open
    )
    if not asked.facts or unproved:
        return pack.finds("NONUSE_INVALID", rule)
    if BASIS in pack.listed("nonuse.fields") and not asked.basis:
        return pack.finds("NONUSE_INVALID", "nonuse.fields")
    return PERMITTED


def _applies(pack: EffectivePack, asked: NonUse) -> Verdict:
    """Whether the reason is one for this activity, whatever is written with it."""
    stated = pack.entries("nonuse.reasons").get(asked.reason)
    if stated is None:
        return pack.finds("NONUSE_INVALID", "nonuse.fields")
    refused = pack.finds("NONUSE_INVALID", stated.name)
    if asked.activity not in _ONLY_FOR.get(asked.reason, {asked.activity}):
        return refused
    match stated.value:
        case "allowed" | "until_stop":
            return PERMITTED
        case "unless_major" if pack.flag("nonuse.sector_forbids_not_major"):
            return pack.finds("NONUSE_INVALID", "nonuse.sector_forbids_not_major")
        case "unless_major":
            return refused if asked.activity in MAJOR else PERMITTED
        case "off_list" if pack.text("record.text_suffices") == "never":
            return pack.finds("NONUSE_INVALID", "record.text_suffices")
        case "off_list":
            return refused if level_of(pack, asked.activity, asked.on_site).value in DEMANDED else PERMITTED
        case _:  # `under_special` is stated as NU-SPECIAL; `no` and what the pack leaves out are no reason
            return refused
