"""The articles that packs cite: where each stands, its own words, and our English rendering of it.

A quote is the seed's own words; nothing here is ever paraphrased into one. Pure: text in, values out.
"""

import tomllib
from collections.abc import Mapping
from difflib import get_close_matches
from typing import Annotated

import msgspec
from msgspec import Meta, Struct

from station.policy.pack import PackError

Words = Annotated[str, Meta(min_length=1)]


class Instrument(Struct, frozen=True, forbid_unknown_fields=True):
    """A law, a measure, a plan: its title, what we call it for short, and the file its words were taken from."""

    zh: Words
    short: Words
    en: Words
    seed: Words


class Article(Struct, frozen=True):
    """One article or a clause of it. Several quotes where no single run of words says it."""

    id: str
    instrument: Instrument
    place: str
    quotes: tuple[str, ...]
    en: str

    @property
    def cited(self) -> str:
        """As one cites it, under its short name."""
        return f"《{self.instrument.short}》{self.place}"

    @property
    def quoted(self) -> str:
        return "".join(f"「{quote}」" for quote in self.quotes)


class _Entry(Struct, frozen=True, forbid_unknown_fields=True):
    place: Words
    quotes: Annotated[tuple[Words, ...], Meta(min_length=1)]
    en: Words


class _Book(Struct, frozen=True, forbid_unknown_fields=True):
    instruments: dict[str, Instrument]
    articles: dict[str, _Entry]


def read_articles(text: str) -> Mapping[str, Article]:
    """By id. An article of an instrument that is not described is refused, as is anything unknown."""
    try:
        book = msgspec.convert(tomllib.loads(text), _Book)
    except (tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise PackError(f"articles: {error}") from error
    return {
        key: Article(key, _instrument_of(key, book.instruments), entry.place, entry.quotes, entry.en)
        for key, entry in book.articles.items()
    }


def _instrument_of(article: str, instruments: Mapping[str, Instrument]) -> Instrument:
    """The longest name that begins the id: YC-LR-17 is of YC-LR, not of YC."""
    named = [name for name in instruments if article.startswith(f"{name}-")]
    if not named:
        raise PackError(f"articles: {article} is of no instrument named here")
    return instruments[max(named, key=len)]


def unquoted(article: str, articles: Mapping[str, Article]) -> str:
    """What to say of an id that stands nowhere in the book; empty where it does."""
    if article in articles:
        return ""
    close = get_close_matches(article, articles, 1)
    return f"{article} is quoted nowhere" + (f"; did you mean {close[0]}?" if close else "")
