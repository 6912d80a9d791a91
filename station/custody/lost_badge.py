"""A badge that somebody lost: dead from the moment a custodian confirmed it, or the registry told us, and for good.

Never learns its number.
"""

from enum import StrEnum

from msgspec import Struct

from station.custody.facts import Fact
from station.custody.facts_of_orders import BadgeLostElsewhere
from station.custody.facts_of_the_desk import BadgeLost
from station.custody.machine import Machine


class BadgeStep(StrEnum):
    DEAD = "dead"


LOST_BADGE = Machine[BadgeStep]({(None, BadgeLost): BadgeStep.DEAD, (None, BadgeLostElsewhere): BadgeStep.DEAD})


class LostBadge(Struct, frozen=True):
    """`id` stands for the badge; see `BadgeLost`."""

    id: str
    step: BadgeStep
    officer: str | None
    """Whose it was; of one that was reported elsewhere we are not told."""
    lost: int

    @property
    def live(self) -> bool:
        """It is never forgotten: a dead badge must not come back to life."""
        return True


def advance_lost_badge(badge: LostBadge | None, fact: Fact) -> LostBadge:
    step = LOST_BADGE.next_step(badge.step if badge else None, fact)
    body = fact.body
    assert isinstance(body, BadgeLost | BadgeLostElsewhere)  # noqa: S101 - the table admits nothing else
    return LostBadge(body.badge, step, body.officer if isinstance(body, BadgeLost) else None, fact.n)
