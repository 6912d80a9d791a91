"""That the registry, or our own signer, knows another history of this journal than it has. It stands for good.

From there on nothing is lent, cleared or let go; what comes is read and held as before. Judges no signature: whoever
found the contradiction has kept both notes.
"""

from enum import StrEnum

from msgspec import Struct

from station.custody.facts import Fact
from station.custody.facts_of_footage import HistoryDisputed
from station.custody.machine import Machine


class Contradiction(StrEnum):
    """How two histories of one journal came about, as far as notes can tell."""

    JOURNAL_ROLLED_BACK = "JOURNAL_ROLLED_BACK"
    """Ours is shorter than what was witnessed: a restored card."""
    JOURNAL_FORKED = "JOURNAL_FORKED"
    """Ours is as long, and another one: two copies go on, or one was forged."""
    REGISTRY_FORKED = "REGISTRY_FORKED"
    """The registry signed ours, and another beside it."""
    LOG_ALREADY_FARTHER = "LOG_ALREADY_FARTHER"
    """Our own signer has signed further than this journal goes, or otherwise."""


class HistoryStep(StrEnum):
    DISPUTED = "disputed"


HISTORY = Machine[HistoryStep]({(None, HistoryDisputed): HistoryStep.DISPUTED})


class Dispute(Struct, frozen=True):
    """`size` and `root` are of the head that contradicts ours."""

    number: int
    step: HistoryStep
    why: str
    size: int
    root: str

    @property
    def live(self) -> bool:
        """Nobody can settle it here: a new journal is begun instead."""
        return True


def advance_dispute(dispute: Dispute | None, fact: Fact) -> Dispute:
    step = HISTORY.next_step(dispute.step if dispute else None, fact)
    body = fact.body
    assert isinstance(body, HistoryDisputed)  # noqa: S101 - the table admits nothing else
    return Dispute(fact.n, step, body.why, body.size, body.root)
