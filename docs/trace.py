"""Draws docs/trace.md: what became of every row that the regulations lay on stations and registry.

`docs/trace.toml` says it row by row; this file reads, counts and draws. A row that says it is done and names no code or
no test is not even read; that every name leads somewhere, a test finds out. Never judges whether a row is truly done.
"""

import tomllib
from collections import Counter
from collections.abc import Iterable, Mapping
from importlib import import_module
from itertools import groupby
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta, Struct

from station.signing.policy_packs import packaged_articles

Part = Literal["docking", "dock", "desk", "registry", "service"]
Name = Annotated[str, Meta(pattern=r"^[a-z_]+(\.[A-Za-z_]+)+\Z")]
TestName = Annotated[str, Meta(pattern=r"^tests/test_\w+\.py::test_\w+\Z")]

PARTS: Mapping[Part, str] = {
    "docking": "读取设备、介质检查、时钟、归属、站内存储 / reading cameras, media, clocks, attribution, storage",
    "dock": "仓位、充电、电池、面板、领用硬件 / bays, charging, battery, panel, lending hardware",
    "desk": "自助与值班页面、登记、批准、导出、表单 / kiosk and duty desk: acts, registers, exports, forms",
    "registry": "中心存储、调阅、统计、平台、清理、考评 / central store, access, reports, platforms, retention",
    "service": "建站、名册与清单导入、复验、更新 / running the fleet: imports, orders, updates, re-verification",
}
"""In the order in which they are worked on."""

DONE, NOT_SOFTWARE = "done", "not the software's"
STATES = (DONE, *(f"due: {part}" for part in PARTS), NOT_SOFTWARE)


class Row(Struct, frozen=True, forbid_unknown_fields=True):
    """Exactly one of: done by these functions and tests, due to a part of the work, or not the software's."""

    by: tuple[Name, ...] = ()
    tests: tuple[TestName, ...] = ()
    due: Part | None = None
    not_software: str = ""
    about: str = ""
    """What a row that is no article is about."""
    note: str = ""

    def __post_init__(self) -> None:
        if self.due and self.not_software:
            raise ValueError("due, and not the software's: it is one or the other")
        if self.not_software and (self.by or self.tests):
            raise ValueError("not the software's, and yet there is code for it")
        if self.state == DONE and not (self.by and self.tests):
            raise ValueError("done by nothing, or without a test")

    @property
    def state(self) -> str:
        if self.not_software:
            return NOT_SOFTWARE
        return f"due: {self.due}" if self.due else DONE


class Trace(Struct, frozen=True, forbid_unknown_fields=True):
    articles: dict[str, Row]
    ambiguities: dict[str, Row]
    systems: dict[str, Row]

    def rows(self) -> Mapping[str, Row]:
        return {**self.articles, **self.ambiguities, **self.systems}


def read_trace() -> Trace:
    """msgspec.ValidationError, with the row, for one that is in no state or in two, or done without proof."""
    text = (Path(__file__).parent / "trace.toml").read_text(encoding="utf-8")
    return msgspec.convert(tomllib.loads(text), Trace)


def thing_named(name: str) -> Any:
    """What a dotted name leads to: modules first, then what is in them. LookupError where it leads nowhere."""
    words = name.split(".")
    for split in range(len(words) - 1, 0, -1):
        try:
            found: Any = import_module(".".join(words[:split]))
        except ModuleNotFoundError:
            continue
        for word in words[split:]:
            if not hasattr(found, word):
                raise LookupError(f"{name}: there is no {word}")
            found = getattr(found, word)
        return found
    raise LookupError(f"{name}: there is no such module")


def trace_page(generated: str) -> str:
    trace = read_trace()
    groups = _groups(trace)
    parts = [
        "# Every article, and what became of it",
        f"{generated} Source: `docs/trace.toml`. The articles' words are the seeds' own.",
        """`done`: carried out by code that runs, with a test that proves it. `due`: waits for that part of the work, or
for the last of several; what is there already stands beside it, and what is not is said. A rule that is decided, but
that nothing applies yet, is due.""",
        "\n".join(f"- **{part}**: {words}" for part, words in PARTS.items()),
        _counts(groups),
        "## What each part still owes",
        *(_owed(part, trace.rows()) for part in PARTS),
        *(_table(title, rows) for title, rows in groups.items()),
    ]
    return "\n\n".join(parts) + "\n"


def _groups(trace: Trace) -> Mapping[str, Mapping[str, Row]]:
    """Articles by the instrument they stand in, then what is no article."""
    book = packaged_articles()
    by_instrument = groupby(trace.articles.items(), key=lambda item: book[item[0]].instrument)
    return {
        **{f"{instrument.short} / {instrument.en}": dict(rows) for instrument, rows in by_instrument},
        "有歧义的条文 / Ambiguous clauses, as they are read": trace.ambiguities,
        "相关系统 / Other systems that the seeds describe": trace.systems,
    }


def _counts(groups: Mapping[str, Mapping[str, Row]]) -> str:
    lines = [f"| | rows | {' | '.join(STATES)} |", f"|---|{'---:|' * (len(STATES) + 1)}"]
    lines += [_count(title, rows.values()) for title, rows in groups.items()]
    every = [row for rows in groups.values() for row in rows.values()]
    return "\n".join([*lines, _count("**all**", every)])


def _count(title: str, rows: Iterable[Row]) -> str:
    counted = Counter(row.state for row in rows)
    numbers = " | ".join(str(counted[state] or "") for state in STATES)
    return f"| {title} | {counted.total()} | {numbers} |"


def _owed(part: Part, rows: Mapping[str, Row]) -> str:
    owed = [key for key, row in rows.items() if row.due == part]
    return f"**{part}** ({len(owed)}): {', '.join(owed) or 'nothing'}"


def _table(title: str, rows: Mapping[str, Row]) -> str:
    heading = [f"## {title}", "", "| row | its words | state | code and tests |", "|---|---|---|---|"]
    return "\n".join([*heading, *(_line(key, row) for key, row in rows.items())])


def _line(key: str, row: Row) -> str:
    article = packaged_articles().get(key)
    words = article.quoted if article is not None else row.about
    proof = [f"`{name}`" for name in (*row.by, *(test.removeprefix("tests/") for test in row.tests))]
    said = row.not_software or row.note
    state = f"**{row.state}**: {said}" if said else f"**{row.state}**"
    return f"| {key} | {_cell(words)} | {_cell(state)} | {'<br>'.join(proof)} |"


def _cell(words: str) -> str:
    return words.replace("|", "\\|").replace("\n", " ")
