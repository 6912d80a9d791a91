"""The effective pack as it is printed for filing (备案): sections of rows in Chinese, as plain values; no layout here.

Every rule in force stands on the page once, with what it rests on; what is a default says so.
"""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence

from msgspec import Struct
from msgspec.structs import replace

from station.policy.articles import Article, Instrument
from station.policy.effective import EffectivePack, Rule, expired, life_ends
from station.policy.parameters import PARAMETERS
from station.policy.rows import FindingRow, Row, finding_row, row_of
from station.policy.value_words import date_words

SECTIONS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("适用范围与施行", ("pack", "emergency", "unit")),
    ("执法人员", ("officer",)),
    ("设备与配备比例", ("device", "ratio")),
    ("领用前检查与领用", ("check", "loan", "docking")),
    ("佩戴与告知", ("wear", "notice")),
    ("音像记录要求", ("record",)),
    ("可以不使用的情形", ("nonuse",)),
    ("移交", ("handover",)),
    ("命名、存储与清除", ("naming", "store", "wipe")),
    ("保存、长期保存与归档", ("retention", "purge", "longterm", "casefile")),
    ("调阅、批准与监督", ("access", "approval", "oversight")),
    ("对外提供与保密", ("export", "secret")),
    ("维修、检查与统计", ("repair", "spotcheck", "supervise", "stats", "prohibited", "finding")),
    ("相邻工作", ("legalreview", "publicity", "interface")),
)
"""Title, and the sections of parameters under it, in the order of the catalogue."""
LAYERS: Mapping[str, str] = {"defaults": "系统默认", "locality": "地方规则", "department": "本单位设定"}


class Table(Struct, frozen=True):
    """Rows under one heading; the heading of a section's single parameters is empty."""

    title: str
    rows: tuple[Row, ...]


class Section(Struct, frozen=True):
    title: str
    tables: tuple[Table, ...]


class Layer(Struct, frozen=True):
    """One file the effective pack is made of."""

    name: str
    zh: str
    kind: str
    file: str
    sha256: str


class PrintedPack(Struct, frozen=True):
    """All that the page says."""

    name: str
    zh: str
    en: str
    layers: tuple[Layer, ...]
    begins: str
    begins_by_default: bool
    ends: str
    expired: bool
    printed_on: str
    signature: str
    sections: tuple[Section, ...]
    findings: tuple[FindingRow, ...]
    instruments: tuple[Instrument, ...]
    law: int
    default: int


def printed(
    pack: EffectivePack,
    articles: Mapping[str, Article],
    digests: Mapping[str, str],
    signature: str,
    on: dt.date,
) -> PrintedPack:
    """`digests`: the SHA-256 of each pack's file by the pack's name, in hexadecimal."""
    begun, ends = pack.rule("pack.in_force_from"), life_ends(pack)
    defaults = sum(rule.is_default for rule in pack.rules.values())
    return PrintedPack(
        name=pack.name,
        zh=pack.top.zh,
        en=pack.top.en,
        layers=tuple(
            Layer(one.name, one.zh, LAYERS[one.kind], one.file.rpartition("/")[2], digests[one.name])
            for one in pack.packs
        ),
        begins=date_words(begun.value) if begun.value else "未填写",
        begins_by_default=begun.is_default,
        ends=date_words(ends) if ends else "未规定",
        expired=expired(pack, on) is not None,
        printed_on=date_words(on),
        signature=signature,
        sections=tuple(Section(title, _tables(pack, articles, names)) for title, names in SECTIONS),
        findings=tuple(finding_row(pack, code, articles) for code in sorted(pack.findings)),
        instruments=_instruments(pack, articles),
        law=len(pack.rules) - defaults,
        default=defaults,
    )


def _tables(pack: EffectivePack, articles: Mapping[str, Article], sections: Sequence[str]) -> tuple[Table, ...]:
    """First what stands alone, then each table that has entries."""
    here = [known for name, known in PARAMETERS.items() if name.partition(".")[0] in sections]
    single = [pack.rules[known.name] for known in here if known.name in pack.rules]
    entries = ((known.zh, _in_order(pack, known.name)) for known in here if known.entries)
    tables = (("", single), *entries)
    return tuple(Table(title, _rows(pack, rules, articles)) for title, rules in tables if rules)


def _in_order(pack: EffectivePack, table: str) -> list[Rule]:
    """As the codes are listed, not as packs came to speak of them; departments as they come."""
    place = {code: number for number, code in enumerate(pack.codes)}
    entries = pack.entries(table)
    return [entries[code] for code in sorted(entries, key=lambda code: place.get(code, len(place)))]


def _rows(pack: EffectivePack, rules: Iterable[Rule], articles: Mapping[str, Article]) -> tuple[Row, ...]:
    """Entries with the same value on the same grounds share a row, or one article would be quoted for every name."""
    merged: dict[object, Row] = {}
    for rule in rules:
        row = row_of(pack, rule, articles)
        if rule.name in PARAMETERS:
            merged[row.name] = row
            continue
        same = (row.said, row.status_zh, row.articles, row.note, row.source, row.set_by)
        above = merged.get(same)
        merged[same] = replace(above, zh=f"{above.zh}；{row.zh}") if above else row
    return tuple(merged.values())


def _instruments(pack: EffectivePack, articles: Mapping[str, Article]) -> tuple[Instrument, ...]:
    """Whose words are quoted."""
    cited = [key for rule in pack.rules.values() for key in rule.articles]
    cited += [key for words in pack.findings.values() for key in words.articles]
    return tuple(dict.fromkeys(articles[key].instrument for key in cited if key in articles))
