"""Promise: whatever article a pack cites, its own words are at hand, and nothing that is no quote is shown as one."""

import re
from pathlib import Path

import pytest

from station.policy.articles import read_articles, unquoted
from station.policy.pack import PackError
from station.signing.policy_packs import ARTICLES, PACKAGED, packaged_articles, packaged_names, read_pack_file

BOOK = packaged_articles()
ONE = """
[instruments.YC]
zh = "银川市行政执法全过程记录办法"
short = "全过程记录办法"
en = "Yinchuan measures"
seed = "004.txt"
[instruments.YC-LR]
zh = "银川市重大行政执法决定法制审核办法"
short = "法制审核办法"
en = "Yinchuan measures on legal review"
seed = "004.txt"
[articles."YC-7"]
place = "第七条"
quotes = ["合法合规", "合理配置"]
en = "Lawful, and reasonably equipped."
[articles."YC-LR-17"]
place = "第十七条"
quotes = ["但涉及国家秘密、商业秘密或个人隐私的除外"]
en = "Counsel takes no part where secrets are involved."
"""


@pytest.mark.parametrize("path", sorted(PACKAGED.glob("*.toml")), ids=lambda path: path.stem)
def test_every_article_a_packaged_pack_cites_is_quoted(path: Path) -> None:
    pack = read_pack_file(path)
    cited = {key for value in pack.values.values() for key in value.articles}
    cited |= {key for words in pack.findings.values() for key in words.articles}
    assert cited - BOOK.keys() == set()


def test_the_book_is_no_pack() -> None:
    assert ARTICLES.is_file()
    assert ARTICLES.parent != PACKAGED
    assert "articles" not in packaged_names()


def test_a_quote_is_chinese_and_a_rendering_is_not() -> None:
    """The seeds are Chinese: a quote that is none was written by somebody else."""
    for article in BOOK.values():
        for quote in article.quotes:
            assert re.search("[\u4e00-\u9fff]", quote), article.id
            assert not re.search("[A-Za-z]{3}", quote), article.id
        assert re.match(r"[A-Z'(]", article.en), article.id
        assert article.quotes[0] != article.en


def test_every_article_names_its_seed_and_its_place() -> None:
    for article in BOOK.values():
        assert re.fullmatch(r"00[0-4]_[0-9a-f]{16}\.txt", article.instrument.seed)
        assert article.place
        if re.fullmatch(r"(YC|MS-REC|MS-EQ|LP-REC|ZC)-\d+", article.id):
            assert re.match("第[一二三四五六七八九十]+条", article.place), article.id


def test_the_handover_of_yinchuan_as_its_measures_say_it() -> None:
    article = BOOK["YC-20.3a"]
    assert article.cited == "《银川市行政执法全过程记录办法》第二十条第（三）项"
    assert article.quoted == (
        "「在执法活动结束后一个工作日内应当将执法记录信息移交本单位管理人员进行集中管理，并在移交登记上签名」"
    )


def test_an_article_is_of_the_instrument_with_the_longest_name() -> None:
    book = read_articles(ONE)
    assert book["YC-LR-17"].instrument.short == "法制审核办法"
    assert book["YC-7"].instrument.short == "全过程记录办法"
    assert book["YC-7"].quoted == "「合法合规」「合理配置」"


@pytest.mark.parametrize(
    ("old", "new", "wrong"),
    [
        ('place = "第七条"', 'plaice = "第七条"', "plaice"),
        ('quotes = ["合法合规", "合理配置"]', "quotes = []", "quotes"),
        ('en = "Lawful, and reasonably equipped."', "", "en"),
        ('articles."YC-7"', 'articles."ZZ-7"', "ZZ-7 is of no instrument"),
        ('articles."YC-7"', 'articles."yc-7"', "yc-7 is of no instrument"),
        ('seed = "004.txt"\n[instruments.YC-LR]', "[instruments.YC-LR]", "seed"),
        ("[articles", "[[articles", "articles: "),
    ],
)
def test_a_book_that_is_not_whole_is_refused(old: str, new: str, wrong: str) -> None:
    assert old in ONE
    with pytest.raises(PackError, match=re.escape(wrong)):
        read_articles(ONE.replace(old, new, 1))


def test_an_unknown_article_is_named_with_what_was_perhaps_meant() -> None:
    assert unquoted("YC-20.3a", BOOK) == ""
    assert unquoted("YC-20.3c", BOOK).startswith("YC-20.3c is quoted nowhere; did you mean YC-20.")
    assert unquoted("Q-1", {}) == "Q-1 is quoted nowhere"
