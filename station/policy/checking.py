"""What is wrong with a pack, every place of it: for the lawyer who wrote it, before anybody signs or uses it.

Each problem is one line that says where and what. Pure: reads no file, asks no clock, checks no signature.
"""

import datetime as dt
import re
from collections.abc import Iterator, Mapping, Sequence

from station.policy.articles import Article, unquoted
from station.policy.effective import EffectivePack, Rule, expired, life_ends, missing, stack, weakened
from station.policy.pack import Pack, PackError
from station.policy.parameters import Kind
from station.policy.value_words import choice_words, code_words, entry_of, parameter_for

_CODE = re.compile(r"[A-Za-z][A-Za-z0-9_-]*")
"""What is written like this is a code and needs words; anything else is words itself."""


def stacked(chain: Sequence[Pack]) -> tuple[EffectivePack | None, tuple[str, ...]]:
    """The effective pack, or every reason why there is none."""
    try:
        return stack(chain), ()
    except PackError as error:
        looser = (problem for depth in range(1, len(chain)) for problem in weakened(chain[:depth], chain[depth]))
        return None, tuple(dict.fromkeys((str(error), *looser)))


def citing_nothing(chain: Sequence[Pack], articles: Mapping[str, Article]) -> Iterator[str]:
    """Articles that a pack cites and nobody quotes."""
    for pack in chain:
        cited = {name: value.articles for name, value in pack.values.items()}
        cited |= {f"findings.{code}": words.articles for code, words in pack.findings.items()}
        for name, ids in cited.items():
            for key in ids:
                if wrong := unquoted(key, articles):
                    yield f"{pack.where(name)}: {wrong}"


def unfit(pack: EffectivePack) -> Iterator[str]:
    """Parameters nobody sets, codes and findings without words."""
    for name in missing(pack):
        yield f"{pack.top.file}: {name}: no pack gives it a value, not even the defaults"
    for rule in pack.rules.values():
        for code in _codes_in(rule):
            if _CODE.fullmatch(code) and code_words(code, pack.codes) is None:
                yield f"{_stating(pack, rule).where(rule.name)}: {code} has no words; name it in [codes]"
    for code, words in pack.findings.items():
        lacking = [name for name in ("zh", "en", "verdict") if not getattr(words, name)]
        if lacking:
            yield f"{pack.top.where(f'findings.{code}')}: no {' and no '.join(lacking)} for this finding"
        astray = {article for article in words.only if article not in words.articles}
        astray |= {name for names in words.only.values() for name in names if name not in pack.rules}
        for name in sorted(astray):
            yield f"{pack.top.where(f'findings.{code}')}: `only` names {name}, which is not there"


def outlived(pack: EffectivePack, on: dt.date) -> Iterator[str]:
    """That the instrument's life is over, and what to do."""
    verdict, ends = expired(pack, on), life_ends(pack)
    if verdict is None or ends is None:
        return
    begun = pack.rule("pack.in_force_from")
    counted = f"自 {begun.value} 起算{'（系统默认，非法规条文）' if begun.is_default else ''}"
    cited = ", ".join(verdict.articles) or "系统默认，非法规条文 / a default, not law"
    where = _stating(pack, pack.rule("pack.valid_years")).where("pack.valid_years")
    yield (
        f"{where}: {verdict.code}: 有效期已于 {ends} 届满（{cited}），{counted}；请填写公布日期，或者载入后继文件；"
        f"此前仍按原规则执行 / its life ended on {ends}; enter the date of publication in pack.in_force_from, "
        "or load the successor; until then the last rules stay in force"
    )


def _codes_in(rule: Rule) -> Iterator[str]:
    """What is called something only if the packs say so."""
    parameter = parameter_for(rule)
    if parameter.entries:
        yield entry_of(rule.name, parameter)
    if parameter.kind is Kind.CODES:
        yield from rule.value or ()
    is_choice = parameter.kind is Kind.CODE and rule.value and not choice_words(parameter, rule.value)
    if is_choice or (parameter.kind is Kind.ROLE and rule.value):
        yield rule.value


def _stating(pack: EffectivePack, rule: Rule) -> Pack:
    return next(one for one in pack.packs if one.name == rule.pack)
