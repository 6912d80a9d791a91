"""What every custody machine shares: a table from (step, kind of fact) to the next step.

Only the tables say what may happen. A pair that stands in no table is an illegal step: it raises and changes nothing.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import TypeVar

from station.custody.facts import Fact, FactBody
from station.errors import IllegalStepError

Step = TypeVar("Step", bound=StrEnum)
Table = Mapping[tuple[Step | None, type[FactBody]], Step]


def next_step(table: Table[Step], step: Step | None, fact: Fact) -> Step:
    """The step the table names; None as `step` is a subject that does not exist yet."""
    try:
        return table[step, type(fact.body)]
    except KeyError:
        raise IllegalStepError(
            f"fact {fact.n}: {fact.subject} cannot see {fact.body.type} while {step or 'unknown'}"
        ) from None


def speaks_of(table: Table[Step], body: FactBody) -> bool:
    """Whether any row of the table is about this kind of fact."""
    return any(kind is type(body) for _, kind in table)
