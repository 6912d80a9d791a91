"""Check against the whole journal that a pack's list leaves out no fact about its missions and about what it gives.

Beside `dockward.pack_verifier` and under its rules: shares no code with what packs.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from dockward.pack_verifier_facts import Json, Proved
from dockward.verifier import Finding, stop_at

OF_DOCKING = ("docking_started", "camera_admitted", "camera_quarantined", "clock_set", "clock_not_set")
OF_LOAN = ("bay_offered", "loan_started", "loan_ended")
OF_EITHER = ("hold_placed", "secrecy_marked", "access_asked")
"""These name recordings or a mission, and then are about what is in it."""
BEGAN = ("hold", "secrecy", "request", "purge", "lifting")
"""Keys by which facts name what an earlier one began."""


def check_none_left_out(listed: Json, facts: Sequence[Proved]) -> None:
    """`facts`: all of the journal, each at its number."""
    told = {("mission", one["mission"]): {*one["facts"]} for one in listed["missions"]}
    given = [one for one in listed["recordings"] if one["reason"] is None]
    told |= {("recording", one["recording"]): {*one["facts"]} for one in given}
    about = _About(given, facts)
    for fact in facts:
        places = {("recording", number) for number in about.take(fact)} | {("mission", _mission_of(fact))}
        stop_at(
            Finding(f"data/list.json {kind} {number}", f"leaves out fact {fact.n}, which is about it")
            for kind, number in sorted(places & told.keys())
            if fact.n not in told[kind, number]
        )


def _mission_of(fact: Proved) -> int | None:
    """Which mission a fact is about that is about no recording in it."""
    if fact.type == "mission_declared":
        return fact.n
    told: int | None = fact.body.get("mission")
    return None if fact.named or fact.type in OF_EITHER else told


class _About:
    """Which of the recordings given each fact is about; asked for every fact in order."""

    def __init__(self, given: Sequence[Json], facts: Sequence[Proved]) -> None:
        settled = {fact.body["recording"]: fact.body["loan"] for fact in facts if fact.type == "recording_attributed"}
        self._given = {one["recording"] for one in given}
        self._of: dict[tuple[str, int | None], set[int]] = defaultdict(set)
        self._followed: dict[int, set[int]] = {}
        for one in given:
            number, held = one["recording"], facts[one["recording"]].body
            for key in (
                ("docking", held["docking"]),
                ("loan", held["loan"]),
                ("loan", settled.get(number)),
                ("mission", one["mission"]),
            ):
                self._of[key].add(number)

    def take(self, fact: Proved) -> set[int]:
        """By its number, docking, loan or mission, and what followed on those."""
        about = (fact.named & self._given) | self._unnamed(fact)
        if about:
            self._followed[fact.n] = about
        return about

    def _unnamed(self, fact: Proved) -> set[int]:
        body = fact.body
        for kind, types in (("docking", OF_DOCKING), ("loan", OF_LOAN), ("mission", OF_EITHER)):
            if fact.type in types:
                key = body.get(kind, fact.n)
                return set() if key is None else self._of.get((kind, key), set())
        if fact.named:
            return set()
        return {number for key in BEGAN if key in body for number in self._followed.get(body[key], ())}
