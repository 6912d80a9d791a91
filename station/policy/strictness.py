"""Which of two values of a parameter is the stricter: what a child pack may not fall below.

Compares stated values alone; who may loosen what, and how, is no question here.
"""

from collections.abc import Sequence
from typing import Any

from station.policy.pack import Value
from station.policy.parameters import ROLES, Kind, Parameter, Stricter

UNBOUNDED = 1 << 40
MONTHS_IN_YEAR = 12
DAYS_IN_MONTH_MIN, DAYS_IN_MONTH_MAX = 28, 31


def strictness(parameter: Parameter, value: Value) -> Any:  # noqa: PLR0911 - one line for each way
    """Larger is stricter; equal for all values of a parameter that is not ordered."""
    said = value.value
    match parameter.stricter:
        case Stricter.LOWER:
            return -UNBOUNDED if said is None else -said
        case Stricter.HIGHER:
            return _Period(value) if parameter.kind is Kind.PERIOD else said or 0
        case Stricter.TRUE:
            return said is True
        case Stricter.FALSE:
            return said is not True
        case Stricter.EARLIER:
            return "" if said is None else "".join(chr(0x7F - ord(c)) for c in said)
        case Stricter.LATER_CHOICE:
            return -1 if said is None else parameter.choices.index(said)
        case Stricter.RANK:
            return -1 if said is None else ROLES.index(said)
        case Stricter.UNSET:
            return said is None
        case Stricter.MORE:
            return _Listed(said or (), more_is_stricter=True)
        case Stricter.FEWER:
            return _Listed(said or (), more_is_stricter=False)
        case _:
            return 0


class _Period:
    """Lengths of time compare safely: one may be shorter than another when, in some months, it is."""

    def __init__(self, value: Value) -> None:
        self._number: int = (value.value or 0) * (MONTHS_IN_YEAR if value.unit == "years" else 1)
        self._in_days = value.unit in {"", "days"}

    def __lt__(self, other: "_Period") -> bool:
        if self._in_days == other._in_days:
            return self._number < other._number
        if self._in_days:
            return self._number < other._number * DAYS_IN_MONTH_MAX
        return self._number * DAYS_IN_MONTH_MIN < other._number


class _Listed:
    """Lists compare by what they hold; two that each hold what the other lacks are each looser than the other."""

    def __init__(self, codes: Sequence[str], *, more_is_stricter: bool) -> None:
        self._codes = frozenset(codes)
        self._more = more_is_stricter

    def __lt__(self, other: "_Listed") -> bool:
        return not (other._codes <= self._codes if self._more else self._codes <= other._codes)
