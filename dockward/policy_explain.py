"""`dockward policy explain WORD`: what a parameter, article, finding or code means, place by place. Changes nothing."""

import argparse
from collections.abc import Iterator, Sequence

import msgspec

from station.errors import WrongUseError
from station.policy.effective import stack
from station.policy.explaining import Explanation, Here, close_words, explain
from station.policy.rows import Cited, FindingRow, Row
from station.policy.words import SYSTEM_DEFAULT
from station.signing.policy_packs import chain_named, packaged_articles, packaged_names


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("word", metavar="WORD", help="handover.deadline, record.activity.ACT-SEAL, YC-19.1, REC_GAP, …")
    parser.add_argument("--pack", help="only this pack: a packaged id or a file NAME.toml")
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(arguments: argparse.Namespace) -> int:
    names = [arguments.pack] if arguments.pack else packaged_names()
    packs = [stack(chain_named(name)) for name in names]
    articles = packaged_articles()
    explanation = explain(arguments.word, packs, articles)
    if explanation is None:
        close = ", ".join(close_words(arguments.word, packs, articles))
        raise WrongUseError(
            f"{arguments.word}: 没有这样的参数、条文、提示或者代码 / no such parameter, article, finding or code"
            + (f"; 是否指 / did you mean {close}?" if close else "")
        )
    if arguments.json:
        print(msgspec.json.encode(explanation).decode())
    else:
        print("\n".join(_lines(explanation)))
    return 0


def _lines(explanation: Explanation) -> Iterator[str]:
    yield f"{explanation.word}  {explanation.zh}"
    yield f"  {explanation.en}"
    if explanation.article:
        yield f"  {explanation.article.quoted}（{explanation.article.seed}）"
    for place in explanation.places:
        yield ""
        yield from _place(place)


def _place(place: Here) -> Iterator[str]:
    yield f"{place.zh} {place.en}（{place.pack}）"
    for row in place.rows:
        yield from _row(row)
    for finding in place.findings:
        yield from _finding(finding)


def _row(row: Row) -> Iterator[str]:
    yield f"  {row.table}{' · ' if row.table else ''}{row.zh}（{row.name}）：{row.said}"
    raw = "none" if row.value is None else f"{_raw(row.value)} {row.unit}".strip()
    yield f"    {row.en}: {raw}"
    yield f"    性质 status: {row.status_zh} / {row.status_en}"
    if row.articles:
        yield from _cited(row.articles, "    ")
    notes = (("说明 note", row.note), ("来源 source", row.source), ("设定、批准 set by", row.set_by))
    yield from (f"    {label}: {words}" for label, words in notes if words)


def _raw(value: object) -> str:
    if isinstance(value, tuple):
        return ", ".join(map(str, value))
    return str(value).lower() if isinstance(value, bool) else str(value)


def _finding(finding: FindingRow) -> Iterator[str]:
    yield f"  {finding.code}（{finding.verdict_zh} {finding.verdict}）：{finding.zh}"
    yield f"    {finding.en}"
    if finding.articles:
        yield from _cited(finding.articles, "    ")
    else:
        yield f"    依据 basis: {SYSTEM_DEFAULT} / a default, not law"
    if finding.parameters:
        yield f"    参数 parameters: {', '.join(finding.parameters)}"


def _cited(articles: Sequence[Cited], indent: str) -> Iterator[str]:
    for article in articles:
        yield f"{indent}依据 {article.id} {article.cited}（{article.seed}）"
        yield f"{indent}  {article.quoted}"
        yield f"{indent}  {article.en}"
