"""The questions custody asks of policy, as plain values; and a plain value that answers until packs exist.

An answer that refuses names its finding and the articles it rests on. No article means it is only a default, and
whoever shows it must say so.
"""

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Verdict:
    """`code` is empty where permitted; `articles` is empty where the rule is only a default."""

    code: str = ""
    articles: tuple[str, ...] = ()

    @property
    def permitted(self) -> bool:
        return not self.code


PERMITTED = Verdict()


@dataclass(frozen=True, slots=True)
class Admission:
    """A camera has said who it is: may it be treated as ours?"""

    camera: str
    model: str


@dataclass(frozen=True, slots=True)
class Lending:
    """An officer asks for a camera: what is known of both."""

    officer: str
    camera: str
    everything_read: bool
    recordings_uncleared: int
    loans_open: int


@dataclass(frozen=True, slots=True)
class ClearingDemand:
    """What must be proved before a recording may be deleted from a camera."""

    copies: int
    custodian_release: bool


class Policy(Protocol):
    """A policy pack, as custody sees it."""

    @property
    def name(self) -> str:
        """`pack@version`, written into every fact it judged."""

    @property
    def clearing(self) -> ClearingDemand: ...

    @property
    def offer_lasts_ms(self) -> int: ...

    @property
    def silent_after_ms(self) -> int: ...

    def admits(self, asked: Admission) -> Verdict: ...

    def lends(self, asked: Lending) -> Verdict: ...

    def releases(self, by: str) -> Verdict:
        """May this person release what is held for clearing?"""


@dataclass(frozen=True, slots=True)
class PlainPolicy:
    """Stands in for a pack: every rule here is a default, none is law, and its verdicts cite no article."""

    name: str = "stand-in@0"
    cameras: frozenset[str] | None = None
    """The cameras of the roster; None admits every camera."""
    clearing: ClearingDemand = ClearingDemand(copies=2, custodian_release=False)
    offer_lasts_ms: int = 30_000
    silent_after_ms: int = 60_000
    loans_per_officer: int = 1
    custodians: frozenset[str] = frozenset()

    def admits(self, asked: Admission) -> Verdict:
        if self.cameras is not None and asked.camera not in self.cameras:
            return Verdict("CAMERA_UNKNOWN")
        return PERMITTED

    def lends(self, asked: Lending) -> Verdict:
        if asked.loans_open >= self.loans_per_officer:
            return Verdict("OFFICER_HAS_CAMERA")
        if not asked.everything_read:
            return Verdict("CAMERA_NOT_READ")
        if asked.recordings_uncleared:
            return Verdict("FOOTAGE_NOT_CLEARED")
        return PERMITTED

    def releases(self, by: str) -> Verdict:
        return PERMITTED if by in self.custodians else Verdict("NOT_A_CUSTODIAN")
