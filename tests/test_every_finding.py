"""Promise: every finding and refusal of every pack can come about, and none of them shows an article for a default."""

import re
import tomllib

import pytest

from station.policy.effective import EffectivePack, Rule
from station.policy.pack import Status
from station.policy.parameters import duty_of
from station.policy.permits import Verdict
from station.policy.words import grounds, said
from station.signing.policy_packs import ARTICLES, packaged_articles, packaged_names, packaged_pack
from tests.finding_scenarios import BY_NO_PARAMETER, EXCLUDED, SCENARIOS
from tests.pack_texts import settings

PACKS = packaged_names()
EVERY_PACK = pytest.mark.parametrize("name", PACKS)
EVERY_FINDING = pytest.mark.parametrize(
    ("name", "code"), [(name, code) for name in PACKS for code in sorted(packaged_pack(name).findings)]
)
BOOK = packaged_articles()
INSTRUMENTS: tuple[str, ...] = tuple(tomllib.loads(ARTICLES.read_text(encoding="utf-8"))["instruments"])
YINCHUAN = frozenset({"YC", "YC-ANX", "YC-PUB", "YC-LR"})
PLAN_OF_LIANGPING = frozenset({"LP-PLAN", "LP-TASK"})
OF_LOCALITY = {
    "yinchuan": YINCHUAN,
    "xixia": YINCHUAN | {"XX"},  # 「遵照本办法规定执行」 (YC-25)
    "mingshan": frozenset({"MS-PLAN", "MS-PUB", "MS-REC", "MS-LR", "MS-EQ"}),
    "liangping-plan": PLAN_OF_LIANGPING,
    "liangping": PLAN_OF_LIANGPING | {"LP-REC"},
    "zhoucun": frozenset({"ZC"}),
}
DEFAULT, UNITS_OWN = "系统默认，非法规条文", "本单位设定，非法规条文"
CHINESE = re.compile("[\u4e00-\u9fff]")


def instrument_of(article: str) -> str:
    return max((name for name in INSTRUMENTS if article.startswith(f"{name}-")), key=len)


def cited_for(pack: EffectivePack, code: str) -> set[str]:
    """By the files themselves, from the defaults up."""
    return {article for one in pack.packs if code in one.findings for article in one.findings[code].articles}


def cited_in(words: str) -> set[str]:
    return {article for article in re.findall(r"[A-Z]{1,3}(?:-[A-Za-z0-9.]+)+", words) if article in BOOK}


def require_its_own_law(pack: EffectivePack, verdict: Verdict, code: str) -> None:
    """By a parameter of the pack, or by none where none decides."""
    assert verdict.code == code
    assert (verdict.rule == "") == (code in BY_NO_PARAMETER)
    assert len(verdict.articles) == len(set(verdict.articles))
    cited = set(verdict.articles)
    if verdict.rule:
        decided = pack.rules[verdict.rule]
        assert (verdict.limit_is_default, verdict.set_by_unit) == (decided.is_default, decided.kind == "department")
        (require_only_the_duty if decided.is_default else require_the_law)(pack, decided, cited, code)
    else:
        assert cited == cited_for(pack, code)
        assert not verdict.limit_is_default
        assert not verdict.set_by_unit


def require_the_law(pack: EffectivePack, decided: Rule, cited: set[str], code: str) -> None:
    """Where law decided: its own articles that the finding names; else what calls for it, or else all its own."""
    assert cited
    assert cited >= set(decided.articles) & cited_for(pack, code)
    assert cited <= cited_for(pack, code) or cited in (set(decided.articles), {decided.stated.source})


def require_only_the_duty(pack: EffectivePack, decided: Rule, cited: set[str], code: str) -> None:
    """Where a default decided: of what the pack names for the finding, nothing that is the law of something else."""
    assert cited <= cited_for(pack, code)
    duty = duty_of(decided.name)
    for article in cited:
        of = {rule.name for rule in pack.rules.values() if article in rule.articles} - {"pack.superior_law"}
        assert not of or any(duty and f"{name}.".startswith(f"{duty}.") for name in of), article


def require_told_apart(pack: EffectivePack, verdict: Verdict) -> None:
    """A default is never shown as law, nor a department's own setting; and the law is never called a default."""
    words = grounds(verdict)
    chinese, english = said(pack, verdict)
    assert CHINESE.search(pack.findings[verdict.code].zh)
    assert chinese == f"{pack.findings[verdict.code].zh}（{words}）"
    assert re.search("[A-Za-z]{3}", english)
    assert not CHINESE.search(pack.findings[verdict.code].en)
    own = UNITS_OWN if verdict.set_by_unit else DEFAULT
    assert cited_in(words) == {article for article in verdict.articles if article in BOOK}
    assert all(article in words for article in verdict.articles)
    assert (own in words) == (verdict.limit_is_default or not verdict.articles)
    if not verdict.articles:
        assert words == own
    elif verdict.limit_is_default:
        assert words.endswith(f"；限值为{own}")


@EVERY_FINDING
def test_every_finding_comes_about_and_cites_its_own_law(name: str, code: str) -> None:
    excluded = EXCLUDED.get((name, code))
    pack = packaged_pack(name) if excluded is None else settings(name, excluded.setting)
    verdict = SCENARIOS[code](pack)
    require_its_own_law(pack, verdict, code)
    require_told_apart(pack, verdict)


@pytest.mark.parametrize(("name", "code"), sorted(EXCLUDED))
def test_what_a_pack_excludes_never_comes_about_under_it(name: str, code: str) -> None:
    excluded = EXCLUDED[name, code]
    pack = packaged_pack(name)
    verdict = SCENARIOS[code](pack)
    assert verdict.code == excluded.instead, excluded.why
    if excluded.instead:
        require_its_own_law(pack, verdict, excluded.instead)
        require_told_apart(pack, verdict)


@EVERY_PACK
def test_the_table_names_every_finding_of_every_pack_and_no_other(name: str) -> None:
    assert set(SCENARIOS) == set(packaged_pack(name).findings)
    assert {code for _, code in EXCLUDED} <= set(SCENARIOS)
    assert {pack for pack, _ in EXCLUDED} <= set(PACKS)


@EVERY_PACK
def test_no_default_cites_an_article_and_whatever_is_law_does(name: str) -> None:
    for rule in packaged_pack(name).rules.values():
        assert (rule.articles == ()) == (rule.status is Status.DEFAULT), rule.name


@EVERY_PACK
def test_no_pack_cites_the_instruments_of_another_locality(name: str) -> None:
    pack = packaged_pack(name)
    cited = {f"findings.{code}": words.articles for code, words in pack.findings.items()}
    cited |= {rule.name: rule.articles for rule in pack.rules.values()}
    seeds = {seed for one in pack.packs for seed in one.seed}
    for where, articles in cited.items():
        assert {instrument_of(article) for article in articles} <= OF_LOCALITY[name], where
        assert {BOOK[article].instrument.seed for article in articles} <= seeds, where


def test_every_instrument_is_of_a_locality_and_the_house_cites_none() -> None:
    assert frozenset().union(*OF_LOCALITY.values()) == set(INSTRUMENTS)
    assert set(OF_LOCALITY) == set(PACKS)
    (house,) = {packaged_pack(name).packs[0].name: packaged_pack(name).packs[0] for name in PACKS}.values()
    assert not any(words.articles for words in house.findings.values())
    assert not any(value.articles for value in house.values.values())
