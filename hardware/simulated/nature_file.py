"""A camera's faults and habits as JSON, for a simulation that is a process of its own. Reads text, writes text.

    {"faults": [{"kind": "WEDGE", "operation": 4105, "at": 700}], "habits": {"sizes": "modulo"}}

Fields are those of `Fault` and `Habits`; what is left out is as there. What the USB side is like is not in it.
"""

from typing import Any, TypeVar, get_type_hints

import msgspec

from hardware.simulated.faults import Fault, Kind, Nature
from hardware.simulated.habits import Habits

_T = TypeVar("_T", Fault, Habits)


class _Told(msgspec.Struct, forbid_unknown_fields=True):
    faults: list[dict[str, Any]] = []
    habits: dict[str, Any] = {}


_READER = msgspec.json.Decoder(_Told)


def read_nature(encoded: bytes) -> Nature:
    """An error where it says what no camera is like."""
    told = _READER.decode(encoded)
    return Nature(tuple(_made(Fault, fault) for fault in told.faults), habits=_made(Habits, told.habits))


def write_nature(nature: Nature) -> bytes:
    faults = [{**fault._asdict(), "kind": fault.kind.name} for fault in nature.faults]
    habits = {} if nature.habits is None else nature.habits._asdict()
    return msgspec.json.encode(_Told(faults, habits))


def _made(kind: type[_T], told: dict[str, Any]) -> _T:
    types = get_type_hints(kind)
    unknown = sorted(told.keys() - types.keys())
    if unknown:
        raise ValueError(f"no field of {kind.__name__}: {', '.join(unknown)}")
    return kind(**{name: _value(types[name], value) for name, value in told.items()})


def _value(kind: Any, told: Any) -> Any:
    if kind is Kind:
        if told not in Kind.__members__:
            raise ValueError(f"no kind of fault: {told}; one of {', '.join(Kind.__members__)}")
        return Kind[told]
    return msgspec.convert(told, kind)
