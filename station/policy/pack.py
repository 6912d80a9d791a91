"""A policy pack: what one instrument says, as data, and what follows when packs stand on one another.

Parsing is strict: a name that is in no catalogue, a value of the wrong kind, an article nobody quotes, a number that
pretends to be law without citing any: each is refused with one line that says where. Pure: text in, values out.
"""

import datetime as dt
import functools
import re
from collections.abc import Iterable, Iterator, Mapping
from difflib import get_close_matches
from enum import StrEnum
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta, Struct

from station.errors import DockwardError
from station.policy.parameters import NEEDED, PARAMETERS, ROLES, Kind, Parameter, numbers_of, parameter_of
from station.policy.untrusted_toml import UnfitTextError, read_tables

PackId = Annotated[str, Meta(pattern=r"^[a-z][a-z0-9-]{0,31}\Z")]
PackName = Annotated[str, Meta(pattern=r"^[a-z][a-z0-9-]{0,31}@[1-9][0-9]{0,5}\Z")]
ArticleId = Annotated[str, Meta(pattern=r"^[A-Z]{1,3}(-[A-Za-z0-9.]+){1,3}\Z")]
Code = Annotated[str, Meta(pattern=r"^[A-Z][A-Z0-9_-]{0,47}\Z")]
Words = Annotated[str, Meta(min_length=1, max_length=400)]
APPROVALS_FOR_LOOSENING = 2
YEARS = range(1949, 2200)
"""No instrument of these is older; whoever writes a later year has slipped."""


class PackError(DockwardError):
    """A pack cannot be used as it stands. One line: which file, which line, which name, what is wrong."""


class Status(StrEnum):
    """How sure a value is. Only the first four and `external` are law, and only they cite articles."""

    TEXT = "text"
    READING = "reading"
    INHERITED = "inherited"
    ATTRIBUTED = "attributed"
    EXTERNAL = "external"
    DEFAULT = "default"


class Value(Struct, frozen=True, forbid_unknown_fields=True):
    """One value of one parameter as its pack states it; no `value` at all is 'none' or 'not used'."""

    status: Status
    value: Any = None
    unit: Literal["", "days", "months", "years"] = ""
    articles: tuple[ArticleId, ...] = ()
    note: str = ""
    source: str = ""
    """The instrument a value was taken from that is no seed; a loosening names a newer one."""
    source_date: dt.date | None = None
    approved_by: tuple[str, ...] = ()
    set_by: str = ""
    set_at: dt.date | None = None
    aliases: tuple[str, ...] = ()
    """Further names of a department."""
    en: str = ""
    valid_from: dt.date | None = None
    valid_to: dt.date | None = None


class FindingWords(Struct, frozen=True, forbid_unknown_fields=True):
    """What a finding or refusal is called, what to do next, and the articles that call for it here."""

    zh: str = ""
    en: str = ""
    verdict: Literal["", "refuse", "report"] = ""
    articles: tuple[ArticleId, ...] = ()
    only: dict[ArticleId, tuple[str, ...]] = {}
    """Articles among these that call for it under some parameters alone, where no value of the pack rests on them."""


class CodeWords(Struct, frozen=True, forbid_unknown_fields=True):
    """What a code of an activity, a reason, a mark is called. A pack may add codes; it never redefines one."""

    zh: Words
    en: Words


class Pack(Struct, frozen=True):
    """One file, read. `where` finds the line of a name, for whoever has to mend it."""

    id: PackId
    version: int
    zh: str
    en: str
    kind: Literal["defaults", "locality", "department"]
    extends: str | None
    defaults: str | None
    seed: tuple[str, ...]
    values: Mapping[str, Value]
    findings: Mapping[str, FindingWords]
    codes: Mapping[str, CodeWords]
    file: str
    text: str
    """All of the file, for whoever must know that nothing was changed since."""

    @property
    def name(self) -> str:
        return f"{self.id}@{self.version}"

    def where(self, name: str) -> str:
        """`file:line: name`, as near as the text allows."""
        return _where(self.file, self.text, name)


class _Header(Struct, frozen=True):
    """What stands above the first table of a pack."""

    id: PackId
    version: Annotated[int, Meta(ge=1, le=999_999)]
    zh: Words
    en: Words
    kind: Literal["defaults", "locality", "department"] = "locality"
    extends: PackName | None = None
    defaults: PackName | None = None
    seed: tuple[str, ...] = ()


_HEADER = frozenset(_Header.__struct_fields__)
_WORDED: Mapping[str, type] = {"findings": FindingWords, "codes": CodeWords}
_SECTIONS = frozenset(name.split(".")[0] for name in PARAMETERS)


def read_pack(text: str, file: str) -> Pack:
    """Everything that can be known of one file alone; what it stands on is looked at by `stack`."""
    try:
        tables = read_tables(text)
    except UnfitTextError as error:
        raise PackError(f"{file}: {error}") from error
    known = _HEADER | _WORDED.keys() | _SECTIONS
    for name in tables:
        if name not in known:
            raise PackError(f"{_where(file, text, name)}: no such key{_meant(name, known)}")
    try:
        header = msgspec.convert({key: tables[key] for key in tables.keys() & _HEADER}, _Header)
    except msgspec.ValidationError as error:
        raise PackError(f"{file}: {error}") from error
    values = _values(tables, file, text)
    if (header.kind == "defaults") != (header.defaults is None and header.extends is None):
        raise PackError(f"{file}: a pack stands on its parent or on the defaults, and only the defaults on nothing")
    if header.defaults is not None and header.extends is not None:
        raise PackError(f"{_where(file, text, 'defaults')}: a pack with a parent takes its parent's defaults")
    said = {key: getattr(header, key) for key in _Header.__struct_fields__}
    said |= {section: dict(_words(section, shape, tables, file, text)) for section, shape in _WORDED.items()}
    return Pack(**said, values=values, file=file, text=text)


def _words(section: str, shape: type, tables: Mapping[str, Any], file: str, text: str) -> Iterator[tuple[str, Any]]:
    entries = tables.get(section, {})
    if not isinstance(entries, dict):
        raise PackError(f"{_where(file, text, section)}: is a table of codes")
    for code, said in entries.items():
        try:
            yield msgspec.convert(code, Code), msgspec.convert(said, shape)
        except msgspec.ValidationError as error:
            raise PackError(f"{_where(file, text, f'{section}.{code}')}: {error}") from error


def _values(tables: Mapping[str, Any], file: str, text: str) -> dict[str, Value]:
    """In the order of the file, so that everybody is told of the same problem first."""
    values: dict[str, Value] = {}
    for section, table in tables.items():
        if section not in _SECTIONS:
            continue
        if not isinstance(table, dict):
            raise PackError(f"{_where(file, text, section)}: is a table of parameters")
        for name, said in _named(section, table):
            try:
                values[name] = _value(name, said, stands_already=name in values)
            except PackError as error:
                raise PackError(f"{_where(file, text, name)}: {error}") from error
    return values


def _value(name: str, said: Any, *, stands_already: bool) -> Value:
    parameter = parameter_of(name)
    if parameter is None or name.endswith("."):
        raise PackError(f"no such parameter{_meant(name, PARAMETERS)}")
    if stands_already:
        raise PackError("stands there twice, once under a quoted name")
    try:
        value = msgspec.convert(said, Value)
    except msgspec.ValidationError as error:
        raise PackError(str(error)) from error
    if wrong := _wrong(parameter, value):
        raise PackError(wrong)
    return msgspec.structs.replace(value, value=_frozen(value.value))


def _named(section: str, table: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for key, said in table.items():
        name = f"{section}.{key}"
        own = PARAMETERS.get(name)
        if own is not None and own.entries and isinstance(said, dict):
            yield from ((f"{name}.{code}", entry) for code, entry in said.items())
        else:
            yield name, said


def _frozen(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def _wrong(parameter: Parameter, value: Value) -> str:
    """What is wrong with a value by itself; empty where nothing is."""
    if value.status is Status.DEFAULT and value.articles:
        return "a default cites no article"
    if value.status is Status.EXTERNAL and not value.source:
        return "a value from an instrument outside the seeds names it in `source`"
    if value.status not in {Status.DEFAULT, Status.EXTERNAL} and not value.articles:
        return f"a value with status {value.status} cites its articles"
    if value.unit and parameter.kind is not Kind.PERIOD:
        return f"takes no unit of its own; it counts {parameter.unit or 'nothing'}"
    if value.value is None:
        return "needs a value: every station measures by it" if parameter.name in NEEDED else ""
    return _wrong_kind(parameter, value)


_TYPES: Mapping[Kind, type] = {
    Kind.FLAG: bool,
    Kind.NUMBER: int,
    Kind.PERIOD: int,
    Kind.DATE: dt.date,
    Kind.CODES: list,
}
_CLOCK_TIME = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9]")
_MONTH_DAY = re.compile(r"(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])")


def _wrong_kind(parameter: Parameter, value: Value) -> str:
    said, kind = value.value, parameter.kind
    expected: Any = _TYPES.get(kind, str)
    if type(said) is not expected:  # a flag is no number, and a moment is no day
        return f"{said!r} is no {kind}"
    match kind:
        case Kind.NUMBER | Kind.PERIOD | Kind.DATE if beyond := _beyond(parameter, said):
            return beyond
        case Kind.PERIOD if not value.unit:
            return "a period has a unit: days, months or years"
        case Kind.TIME if not _CLOCK_TIME.fullmatch(said):
            return f"{said!r} is no time of day like 18:00"
        case Kind.MONTH_DAY if not _MONTH_DAY.fullmatch(said) or not _is_in_every_year(said):
            return f"{said!r} is no month and day like 01-20"
        case Kind.ROLE if said not in ROLES:
            return f"{said!r} is no role; there are {', '.join(ROLES)}"
        case Kind.CODE if parameter.choices and said not in parameter.choices:
            return f"{said!r} is none of {', '.join(parameter.choices)}"
        case Kind.CODES if not all(isinstance(code, str) and code for code in said):
            return "a list of codes holds words"
    return ""


def _beyond(parameter: Parameter, said: Any) -> str:
    """Words for what no calendar reaches, or what can be no such number: a slip of the finger."""
    number, numbers = (said.year, YEARS) if parameter.kind is Kind.DATE else (said, numbers_of(parameter))
    if number in numbers:
        return ""
    return f"is more than {numbers[-1]}" if number > numbers[-1] else f"is less than {numbers[0]}"


def _is_in_every_year(month_day: str) -> bool:
    try:
        return bool(dt.date.fromisoformat(f"2001-{month_day}"))
    except ValueError:
        return False


def _where(file: str, text: str, name: str) -> str:
    """The first line that looks like the name: as it stands in its section, or as a section of its own."""
    section, _, rest = name.partition(".")
    table, _, entry = name.rpartition(".")
    places = _places(text)
    lines = [places[one] for one in ((name, ""), ("", name), (section, rest), (table, entry)) if one in places]
    return f"{file}:{min(lines)}: {name}" if lines else f"{file}: {name}"


@functools.lru_cache(maxsize=8)
def _places(text: str) -> Mapping[tuple[str, str], int]:
    """The line of each heading, and of each name under it; once for a text, since a pack may have a thousand faults."""
    inside = ""
    places: dict[tuple[str, str], int] = {}
    for number, line in enumerate(text.splitlines(), 1):
        if heading := re.match(r"\[([^\]]+)\]", line):
            inside = heading[1]
            places.setdefault((inside, ""), number)
        elif key := re.match(r'"?(.+?)"?\s*=', line):
            places.setdefault((inside, key[1]), number)
    return places


def _meant(name: str, known: Iterable[str]) -> str:
    close = get_close_matches(name, tuple(known), 1)
    return f"; did you mean {close[0]}?" if close else ""
