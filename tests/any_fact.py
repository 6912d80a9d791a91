"""Hypothesis strategies for every fact in the catalogue, drawn from the limits that the catalogue itself states."""

from functools import cache
from typing import Any

import msgspec
from hypothesis import strategies as st

from station.custody.facts import CATALOGUE, INTEGER_MAX, Fact, FactBody
from station.journal.entries import PRIVATE_CHARACTERS_MAX
from station.stamp import Stamp

UTC_MS_MAX = 253_402_300_799_999
"""The last millisecond of the year 9999."""

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
escaped = st.text(st.sampled_from('"\\/\x00\x1f\x7f\b\f\n\r\t\u2028李雷😀'), max_size=40)
identifiers = (texts | escaped).filter(bool) | st.sampled_from(("x" * 128, "一" * 128))
private_words = st.text(st.characters(exclude_categories=["C", "Z"], include_characters=" "), max_size=40) | st.just(
    "词" * PRIVATE_CHARACTERS_MAX
)
integers = st.integers(0, INTEGER_MAX) | st.sampled_from((0, INTEGER_MAX))
stamps = st.builds(
    Stamp,
    utc_ms=st.integers(0, UTC_MS_MAX) | st.sampled_from((0, 999, UTC_MS_MAX)),
    boot_id=identifiers,
    boot_ms=integers,
    synchronised=st.booleans(),
)


@cache
def bodies(kind: type[FactBody]) -> st.SearchStrategy[FactBody]:
    """Any body of this kind; `sealed` stays empty, for only sealing fills it."""
    shown = msgspec.inspect.type_info(kind)
    assert isinstance(shown, msgspec.inspect.StructType)
    fields = {field.name: _values(field.type) for field in shown.fields if field.name != "sealed"}
    return st.builds(kind, **fields)


@cache
def facts(kind: type[FactBody]) -> st.SearchStrategy[Fact]:
    """Any fact of this kind, with any of the words it may keep private."""
    return st.builds(
        Fact,
        n=integers,
        at=stamps,
        by=identifiers,
        policy=identifiers,
        subject=identifiers,
        body=bodies(kind),
        private=st.fixed_dictionaries({}, optional=dict.fromkeys(kind.private, private_words)),
    )


any_facts = st.sampled_from(sorted(CATALOGUE)).flatmap(lambda name: facts(CATALOGUE[name]))


def _values(shown: msgspec.inspect.Type) -> st.SearchStrategy[Any]:
    match shown:
        case msgspec.inspect.IntType(ge=int(low), le=int(high)):
            return st.integers(low, high) | st.sampled_from((low, high))
        case msgspec.inspect.StrType(pattern=str(pattern)):
            return st.from_regex(pattern.removeprefix("^").removesuffix("$"), fullmatch=True)
        case msgspec.inspect.StrType(min_length=1):
            return identifiers
        case msgspec.inspect.StrType():
            return texts
        case msgspec.inspect.BoolType():
            return st.booleans()
        case msgspec.inspect.NoneType():
            return st.none()
        case msgspec.inspect.UnionType(types=types):
            return st.one_of(*map(_values, types))
        case msgspec.inspect.VarTupleType(item_type=item, min_length=least):
            return st.lists(_values(item), min_size=least or 0, max_size=5).map(tuple)
        case msgspec.inspect.StructType(cls=cls, fields=fields):
            return st.builds(cls, **{field.name: _values(field.type) for field in fields})
        case _:
            raise NotImplementedError(f"the catalogue has a new shape: {shown}")
