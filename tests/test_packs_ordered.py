"""Whatever a child only tightens is accepted and whatever loosens one ordered parameter is refused, for all of them.

What is stricter is said here once more, in other words than the code's, from the catalogue's own description.
"""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from station.policy.effective import stack, weakened
from station.policy.pack import Pack
from station.policy.parameters import NEEDED, PARAMETERS, ROLES, Kind, Parameter, Stricter, numbers_of
from tests.pack_texts import pack

PAIR = {"handover.deadline", "handover.unit"}
"""These two are judged together, further down."""
ORDERED = tuple(one for one in PARAMETERS.values() if one.stricter is not Stricter.FREE and one.name not in PAIR)
HOURS_IN_DAY = 24


def values(parameter: Parameter) -> st.SearchStrategy[Any]:
    match parameter.kind:
        case Kind.FLAG:
            return st.booleans()
        case Kind.CODE:
            return st.sampled_from(parameter.choices)
        case Kind.ROLE:
            return st.sampled_from(ROLES)
        case Kind.CODES:
            return st.lists(st.sampled_from("ABCDE"), unique=True)
        case Kind.TIME:
            return st.times().map(lambda time: f"{time:%H:%M}")
        case Kind.MONTH_DAY:
            return st.dates().filter(lambda day: (day.month, day.day) != (2, 29)).map(lambda day: f"{day:%m-%d}")
        case _:
            allowed = numbers_of(parameter)
            return st.integers(allowed[0], min(allowed[-1], 1_000))


def is_looser(parameter: Parameter, child: Any, parent: Any) -> bool:
    match parameter.stricter:
        case Stricter.LOWER:
            return parent is not None and (child is None or child > parent)
        case Stricter.HIGHER:
            return parent is not None and (child or 0) < parent
        case Stricter.TRUE:
            return parent is True and child is not True
        case Stricter.FALSE:
            return parent is not True and child is True
        case Stricter.EARLIER:
            return parent is not None and (child is None or child > parent)
        case Stricter.LATER_CHOICE | Stricter.RANK:
            order = [None, *(parameter.choices or ROLES)]
            return order.index(child) < order.index(parent)
        case Stricter.UNSET:
            return parent is None and child is not None
        case Stricter.MORE:
            return not set(parent or ()) <= set(child or ())
        case _:
            return not set(child or ()) <= set(parent or ())


def line(parameter: Parameter, value: Any) -> str:
    name = f"{parameter.name}.CODE" if parameter.entries else parameter.name
    if value is None:
        return f'{name} = {{ status = "default" }}'
    unit = ', unit = "days"' if parameter.kind is Kind.PERIOD else ""
    return f'{name} = {{ value = {json.dumps(value)}{unit}, status = "default" }}'


def problems(below: list[str], above: list[str]) -> list[str]:
    """What is refused of a department's lines, over a locality's."""
    locality = pack("\n".join(below), "place", 'defaults = "house@1"', "locality")
    stack((HOUSE, locality))
    return list(weakened((HOUSE, locality), pack("\n".join(above), stands_on='extends = "place@1"')))


HOUSE: Pack = pack("", "house", kind="defaults")


@st.composite
def moved(draw: st.DrawFn, parameter: Parameter) -> tuple[Any, Any]:
    """A parent's value and a child's; either may be none at all."""
    either = values(parameter) if parameter.name in NEEDED else st.none() | values(parameter)
    return draw(either), draw(either)


@pytest.mark.parametrize("parameter", ORDERED, ids=lambda parameter: parameter.name)
@given(data=st.data())
def test_one_parameter_is_refused_just_when_it_is_looser(parameter: Parameter, data: st.DataObject) -> None:
    parent, child = data.draw(moved(parameter))
    refused = problems([line(parameter, parent)], [line(parameter, child)])
    assert bool(refused) == is_looser(parameter, child, parent), (parent, child)


def tightened(parameter: Parameter, one: Any, other: Any) -> tuple[Any, Any]:
    """The two as a parent's value and a child's that is no looser."""
    match parameter.stricter:
        case Stricter.MORE:
            return one, sorted({*(one or ()), *(other or ())})
        case Stricter.FEWER:
            return one, sorted({*(one or ())} & {*(other or ())})
        case _:
            return (other, one) if is_looser(parameter, other, one) else (one, other)


@given(data=st.data())
def test_a_child_that_only_tightens_is_taken_and_one_that_loosens_a_single_thing_is_not(data: st.DataObject) -> None:
    chosen = data.draw(st.lists(st.sampled_from(ORDERED), min_size=1, max_size=8, unique_by=lambda one: one.name))
    pairs = {one.name: tightened(one, *data.draw(moved(one))) for one in chosen}
    below = {one.name: line(one, pairs[one.name][0]) for one in chosen}
    above = {one.name: line(one, pairs[one.name][1]) for one in chosen}
    assert problems([*below.values()], [*above.values()]) == []

    loosened = data.draw(st.sampled_from(ORDERED))
    strict, loose = data.draw(moved(loosened).filter(lambda pair: is_looser(loosened, pair[1], pair[0])))
    below[loosened.name], above[loosened.name] = line(loosened, strict), line(loosened, loose)
    (problem,) = problems([*below.values()], [*above.values()])
    assert loosened.name in problem


@given(
    parent=st.tuples(st.integers(0, 10), st.sampled_from(("hour", "working_day"))),
    child=st.tuples(st.integers(0, 300), st.sampled_from(("hour", "working_day"))),
)
def test_the_time_for_handing_over_is_judged_with_its_unit(parent: tuple[int, str], child: tuple[int, str]) -> None:
    """Hours run on nights and holidays, so a working day is never shorter than 24 of them; never the other way."""
    deadline, unit = PARAMETERS["handover.deadline"], PARAMETERS["handover.unit"]
    below = [line(deadline, parent[0]), line(unit, parent[1])]
    refused = bool(problems(below, [line(deadline, child[0]), line(unit, child[1])]))
    if parent[1] == child[1]:
        assert refused == (child[0] > parent[0])
    elif child[1] == "hour":
        assert refused == (child[0] > parent[0] * HOURS_IN_DAY + 1)
    else:
        assert refused


@given(
    parent=st.tuples(st.integers(0, 60), st.sampled_from(("days", "months", "years"))),
    child=st.tuples(st.integers(0, 2_000), st.sampled_from(("days", "months", "years"))),
)
def test_a_term_is_never_taken_that_could_end_earlier(parent: tuple[int, str], child: tuple[int, str]) -> None:
    """Months have 28 to 31 days: only what is longer in every one of them is no shorter."""

    def days(term: tuple[int, str], in_month: int) -> int:
        return term[0] * {"days": 1, "months": in_month, "years": 12 * in_month}[term[1]]

    def text(term: tuple[int, str]) -> str:
        return f'retention.ordinary_min = {{ value = {term[0]}, unit = "{term[1]}", status = "default" }}'

    refused = bool(problems([text(parent)], [text(child)]))
    if not refused:
        assert days(child, 31) >= days(parent, 31)
        assert days(child, 28) >= days(parent, 28)
    else:
        assert days(child, 28) < days(parent, 31)
