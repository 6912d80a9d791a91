"""What stands at the bays beside their cameras: a key that is turned, a supply that failed, a charger that is cut.

Three small machines. Whether a cut may be released, `station/bays/cut_release.py` says.
"""

from enum import StrEnum

from msgspec import Struct
from msgspec.structs import replace

from station.custody.facts import Fact
from station.custody.facts_of_bays import (
    BayKeyReturned,
    BayKeyTurned,
    ChargerCut,
    ChargerReleased,
    PowerFailed,
    PowerReturned,
)
from station.custody.machine import Machine
from station.errors import IllegalStepError

RELEASES_MAX = 3
"""A camera that was too warm so often in one docking, or was not measured, is for a person to look at."""


class CutFor(StrEnum):
    """Why a board cut a charger; BLIND is sensors that did not answer, STUCK a charger that does not switch off."""

    OVER_CURRENT = "OVER_CURRENT"
    OVER_TEMPERATURE = "OVER_TEMPERATURE"
    SHORT = "SHORT"
    BLIND = "BLIND"
    STUCK = "STUCK"
    UNKNOWN = "UNKNOWN"


class KeyStep(StrEnum):
    TURNED = "turned"
    RETURNED = "returned"


class OutageStep(StrEnum):
    FAILED = "failed"
    RETURNED = "returned"


class ChargerStep(StrEnum):
    CUT = "cut"
    RELEASED = "released"


KEY = Machine[KeyStep]({(None, BayKeyTurned): KeyStep.TURNED, (KeyStep.TURNED, BayKeyReturned): KeyStep.RETURNED})

OUTAGE = Machine[OutageStep](
    {(None, PowerFailed): OutageStep.FAILED, (OutageStep.FAILED, PowerReturned): OutageStep.RETURNED}
)

CHARGER = Machine[ChargerStep](
    {
        (None, ChargerCut): ChargerStep.CUT,
        (ChargerStep.CUT, ChargerReleased): ChargerStep.RELEASED,
        (ChargerStep.RELEASED, ChargerCut): ChargerStep.CUT,
    }
)


class BayKey(Struct, frozen=True):
    """`id` is the bay's. One at rest is not remembered."""

    id: str
    step: KeyStep

    @property
    def live(self) -> bool:
        return self.step is KeyStep.TURNED


class Outage(Struct, frozen=True):
    number: int
    step: OutageStep

    @property
    def live(self) -> bool:
        return self.step is OutageStep.FAILED


class BayCharger(Struct, frozen=True):
    """`id` is the bay's; the rest is of its last cut."""

    id: str
    step: ChargerStep
    number: int
    why: str
    value: int | None
    docking: int | None
    releases: int = 0
    """How many cuts of this docking were released before."""

    @property
    def live(self) -> bool:
        """Remembered for its releases."""
        return True

    @property
    def cut(self) -> bool:
        return self.step is ChargerStep.CUT

    def is_of(self, number: int, why: str, value: int | None) -> bool:
        """Whether this is that cut; a board that restarted gives a number out again."""
        return (self.number, self.why, self.value) == (number, why, value)


def advance_key(key: BayKey | None, fact: Fact) -> BayKey:
    step = KEY.next_step(key.step if key else None, fact)
    return BayKey(fact.body.bay, step)  # type: ignore[attr-defined]  # its table holds no others


def advance_outage(outage: Outage | None, fact: Fact) -> Outage:
    step = OUTAGE.next_step(outage.step if outage else None, fact)
    return Outage(fact.n if outage is None else outage.number, step)


def advance_charger(charger: BayCharger | None, fact: Fact) -> BayCharger:
    step = CHARGER.next_step(charger.step if charger else None, fact)
    body = fact.body
    if isinstance(body, ChargerCut):
        again = charger is not None and charger.docking == body.docking
        releases = charger.releases if charger is not None and again else 0
        return BayCharger(body.bay, step, body.number, body.why, body.value, body.docking, releases)
    assert charger is not None  # noqa: S101 - the table lets nothing be released that was not cut
    if body.number != charger.number:  # type: ignore[attr-defined]  # its table holds no others
        raise IllegalStepError(f"fact {fact.n}: releases another cut of bay {charger.id} than its last")
    return replace(charger, step=step, releases=charger.releases + 1)
