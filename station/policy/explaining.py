"""What a word of the packs means, place by place: a parameter, an article, a finding, a code. Plain values, no layout.

Shows what the packs say and what they rest on, law and default told apart; never advises and never judges a case.
"""

from collections.abc import Iterable, Mapping, Sequence
from difflib import get_close_matches

from msgspec import Struct
from msgspec.structs import replace

from station.policy.articles import Article
from station.policy.deciding import DECIDED_BY
from station.policy.effective import EffectivePack, Rule
from station.policy.parameters import PARAMETERS, parameter_of
from station.policy.rows import Cited, FindingRow, Row, cited_article, finding_row, row_of
from station.policy.value_words import code_words

PARAMETER, ARTICLE, FINDING, CODE = "parameter", "article", "finding", "code"


class Here(Struct, frozen=True):
    """What one place's pack says of the word."""

    pack: str
    zh: str
    en: str
    rows: tuple[Row, ...]
    findings: tuple[FindingRow, ...] = ()


class Explanation(Struct, frozen=True):
    """`article` only where the word is one."""

    word: str
    kind: str
    zh: str
    en: str
    places: tuple[Here, ...]
    article: Cited | None = None


def explain(word: str, packs: Sequence[EffectivePack], articles: Mapping[str, Article]) -> Explanation | None:
    """None where no pack, parameter or article is called so. Capitals are forgiven."""
    for tried in dict.fromkeys((word, word.upper(), word.lower())):
        for explains in (_parameter, _article, _finding, _code):
            explanation = explains(tried, packs, articles)
            if explanation is not None:
                return explanation
    return None


def close_words(word: str, packs: Iterable[EffectivePack], articles: Mapping[str, Article]) -> tuple[str, ...]:
    """What was perhaps meant."""
    known = dict.fromkeys([*PARAMETERS, *articles])
    for pack in packs:
        known |= dict.fromkeys([*pack.rules, *pack.findings, *pack.codes])
    folded = {name.upper(): name for name in known}
    return tuple(folded[name] for name in get_close_matches(word.upper(), folded, 3))


def _parameter(word: str, packs: Sequence[EffectivePack], articles: Mapping[str, Article]) -> Explanation | None:
    table = PARAMETERS.get(word)
    known = table or parameter_of(word)
    if known is None or (table is None and not any(word in pack.rules for pack in packs)):
        return None
    places = tuple(_here(pack, _named(pack, word), articles) for pack in packs)
    of_entry = next((row for place in places for row in place.rows if row.name == word), None)
    zh, en = (of_entry.zh, of_entry.en) if table is None and of_entry else ("", "")
    return Explanation(
        word, PARAMETER, f"{known.zh}：{zh}" if zh else known.zh, f"{known.en}: {en}" if en else known.en, places
    )


def _article(word: str, packs: Sequence[EffectivePack], articles: Mapping[str, Article]) -> Explanation | None:
    article = articles.get(word)
    if article is None:
        return None
    places = (
        _here(
            pack,
            [rule for rule in pack.rules.values() if word in rule.articles],
            articles,
            [code for code, words in pack.findings.items() if word in words.articles],
        )
        for pack in packs
    )
    resting = tuple(place for place in places if place.rows or place.findings)
    return Explanation(word, ARTICLE, article.cited, article.en, resting, cited_article(article))


def _finding(word: str, packs: Sequence[EffectivePack], articles: Mapping[str, Article]) -> Explanation | None:
    with_it = [pack for pack in packs if word in pack.findings]
    if not with_it:
        return None
    rules = DECIDED_BY.get(word, ())
    places = tuple(
        _here(pack, [rule for name in rules for rule in _named(pack, name)], articles, [word]) for pack in with_it
    )
    words = with_it[0].findings[word]
    return Explanation(word, FINDING, words.zh, words.en, places)


def _code(word: str, packs: Sequence[EffectivePack], articles: Mapping[str, Article]) -> Explanation | None:
    words = next((found for pack in packs if (found := code_words(word, pack.codes))), None)
    if words is None:
        return None
    places = (_here(pack, [rule for rule in pack.rules.values() if _speaks_of(rule, word)], articles) for pack in packs)
    speaking = tuple(place for place in places if place.rows)
    if not speaking and not any(word in pack.codes for pack in packs):
        return None  # written small it is nobody's role: perhaps it is a code in capitals
    return Explanation(word, CODE, words.zh, words.en, speaking)


def _speaks_of(rule: Rule, code: str) -> bool:
    """As an entry of a table, as the value, or among the values."""
    value = rule.value
    return rule.name.endswith(f".{code}") or value == code or (isinstance(value, tuple) and code in value)


def _named(pack: EffectivePack, name: str) -> list[Rule]:
    """The rule of this name, or all of a table's."""
    if name in PARAMETERS and PARAMETERS[name].entries:
        return list(pack.entries(name).values())
    return [pack.rules[name]] if name in pack.rules else []


def _here(
    pack: EffectivePack, rules: Iterable[Rule], articles: Mapping[str, Article], findings: Iterable[str] = ()
) -> Here:
    rows = tuple(row_of(pack, rule, articles) for rule in rules)
    found = tuple(replace(finding_row(pack, code, articles), parameters=DECIDED_BY.get(code, ())) for code in findings)
    return Here(pack.name, pack.top.zh, pack.top.en, rows, found)
