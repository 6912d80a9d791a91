"""Rules and findings as rows that people read: name, value, how sure it is, and the words of the law it rests on.

A default never looks like law. Pure: answers plain values, for pages, for the terminal and as JSON.
"""

import datetime as dt
from collections.abc import Mapping
from typing import Any

from msgspec import Struct

from station.policy.articles import Article
from station.policy.effective import EffectivePack, Rule
from station.policy.pack import Status
from station.policy.parameters import Parameter
from station.policy.value_words import code_words, entry_of, parameter_for, unit_of, value_words
from station.policy.words import SYSTEM_DEFAULT

SET_BY_UNIT = "本单位设定"
STATUSES: Mapping[Status, tuple[str, str]] = {
    Status.TEXT: ("原文", "the text says so"),
    Status.READING: ("解读", "our reading of the text"),
    Status.INHERITED: ("沿用上级", "inherited from above"),
    Status.ATTRIBUTED: ("参照适用", "applied by choice: it names no district"),
    Status.EXTERNAL: ("外部文件", "an instrument outside the seeds"),
    Status.DEFAULT: (SYSTEM_DEFAULT, "a default, not law"),
}
VERDICTS: Mapping[str, tuple[str, str]] = {"refuse": ("拒绝", "refuse"), "report": ("报告", "report"), "": ("", "")}


class Cited(Struct, frozen=True):
    """An article as people read it; without words where the book has none."""

    id: str
    cited: str = ""
    quoted: str = ""
    en: str = ""
    seed: str = ""


class Row(Struct, frozen=True):
    """One rule in force, in words: `said` is the value as a lawyer reads it. `table` is what an entry belongs to."""

    name: str
    zh: str
    en: str
    table: str
    value: Any
    unit: str
    said: str
    status: str
    status_zh: str
    status_en: str
    articles: tuple[Cited, ...]
    note: str
    source: str
    set_by: str
    """Whoever set or approved it, with the day; a text of law has nobody."""
    pack: str


class FindingRow(Struct, frozen=True):
    """A finding in words; `basis` says so where no article calls for it."""

    code: str
    zh: str
    en: str
    verdict: str
    verdict_zh: str
    articles: tuple[Cited, ...]
    basis: str
    parameters: tuple[str, ...] = ()


def row_of(pack: EffectivePack, rule: Rule, articles: Mapping[str, Article]) -> Row:
    parameter = parameter_for(rule)
    zh, en = _names(pack, parameter, rule)
    status_zh, status_en = STATUSES[rule.status]
    if rule.kind == "department" and rule.is_default:
        status_zh, status_en = SET_BY_UNIT, "set by the unit"
    said = rule.stated
    return Row(
        rule.name,
        zh,
        en,
        parameter.zh if parameter.entries else "",
        said.value,
        unit_of(pack, rule),
        value_words(pack, rule),
        rule.status,
        status_zh,
        status_en,
        cite(rule.articles, articles),
        said.note,
        _dated(said.source, said.source_date),
        "、".join(filter(None, (_dated(said.set_by, said.set_at), *said.approved_by))),
        rule.pack,
    )


def _dated(words: str, day: dt.date | None) -> str:
    return f"{words}（{day}）" if words and day else words


def finding_row(pack: EffectivePack, code: str, articles: Mapping[str, Article]) -> FindingRow:
    words = pack.findings[code]
    basis = "" if words.articles else SYSTEM_DEFAULT
    verdict_zh = VERDICTS[words.verdict][0]
    return FindingRow(code, words.zh, words.en, words.verdict, verdict_zh, cite(words.articles, articles), basis)


def cite(ids: tuple[str, ...], articles: Mapping[str, Article]) -> tuple[Cited, ...]:
    return tuple(cited_article(articles[key]) if key in articles else Cited(key) for key in ids)


def cited_article(article: Article) -> Cited:
    return Cited(article.id, article.cited, article.quoted, article.en, article.instrument.seed)


def _names(pack: EffectivePack, parameter: Parameter, rule: Rule) -> tuple[str, str]:
    """Of a table's entry, the words of its code; a department is its own name."""
    if not parameter.entries:
        return parameter.zh, parameter.en
    code = entry_of(rule.name, parameter)
    words = code_words(code, pack.codes)
    return (words.zh, words.en) if words else (code, rule.stated.en or code)
