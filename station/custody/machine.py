"""What every custody machine shares: a table from (step, kind of fact) to the next step.

Only the tables say what may happen. A pair that stands in no table is an illegal step: it raises and changes nothing.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Generic, TypeVar

from station.custody.facts import Fact, FactBody
from station.errors import IllegalStepError

Step = TypeVar("Step", bound=StrEnum)
Table = Mapping[tuple[Step | None, type[FactBody]], Step]


class Machine(Generic[Step]):
    """One table, and what follows from it."""

    def __init__(self, table: Table[Step]) -> None:
        self.table = table
        self.kinds = frozenset(kind for _, kind in table)
        """The facts that are about such a subject."""
        self.beginnings = frozenset(kind for step, kind in table if step is None)
        """The facts that such a subject can begin with."""

    def next_step(self, step: Step | None, fact: Fact) -> Step:
        """The step the table names; None as `step` is a subject that does not exist yet."""
        try:
            return self.table[step, type(fact.body)]
        except KeyError:
            raise IllegalStepError(
                f"fact {fact.n}: {fact.subject} cannot see {fact.body.type} while {step or 'unknown'}"
            ) from None
