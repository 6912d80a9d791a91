"""Whose turn it is on the panel: pages go round; what is new comes first. By time that is told, never by a clock.

Whoever stands at the dock sees at once what was done for them. No news, however much there is of it, keeps the whole
dock from the panel for long.
"""

from collections.abc import Sequence
from typing import Generic, NamedTuple, TypeVar

STANDS_MS = 6_000
"""So long a page stands."""
READ_MS = 2_500
"""News that can wait lets the page before it stand so long."""
NEWS_IN_A_ROW_MAX = 3
"""Then the first page of the round comes between them."""

Shown = TypeVar("Shown")


class Turn(NamedTuple, Generic[Shown]):
    """A page under a key: another key is other news. See `station.views.panel.Page`."""

    key: str
    shown: Shown
    stays: bool
    urgent: bool


class Turns(Generic[Shown]):
    """One panel's."""

    def __init__(self) -> None:
        self._known: frozenset[str] | None = None
        self._news: list[str] = []
        """Not shown yet; the newest first, in each lot as they come in the round."""
        self._key = ""
        self._since_ms = 0
        self._in_a_row = 0
        self._round_at = ""

    def next(self, pages: Sequence[Turn[Shown]], now_ms: int) -> Turn[Shown]:
        """What is to stand there now. The first of `pages` is always there, and stays."""
        by_key = {page.key: page for page in pages}
        self._hear(pages)
        if self._over(by_key, now_ms):
            self._key, self._since_ms = self._chosen(pages, by_key), now_ms
        return by_key[self._key]

    def _hear(self, pages: Sequence[Turn[Shown]]) -> None:
        """What stood there when the panel came on is no news."""
        keys = [page.key for page in pages]
        known = frozenset(keys) if self._known is None else self._known
        self._news = [*(key for key in keys if key not in known), *(key for key in self._news if key in keys)]
        self._known = frozenset(keys)

    def _over(self, by_key: dict[str, Turn[Shown]], now_ms: int) -> bool:
        stood_ms = now_ms - self._since_ms
        if self._key not in by_key or stood_ms >= STANDS_MS:
            return True
        if any(by_key[key].urgent for key in self._news) and not by_key[self._key].urgent:
            return self._in_a_row < NEWS_IN_A_ROW_MAX or stood_ms >= READ_MS
        return bool(self._news) and stood_ms >= READ_MS

    def _chosen(self, pages: Sequence[Turn[Shown]], by_key: dict[str, Turn[Shown]]) -> str:
        if self._news and self._in_a_row >= NEWS_IN_A_ROW_MAX:
            self._in_a_row = 0
            return pages[0].key
        if self._news:
            self._in_a_row += 1
            key = next((key for key in self._news if by_key[key].urgent), self._news[0])
            self._news.remove(key)
            return key
        self._in_a_row = 0
        self._round_at = self._after(pages)
        return self._round_at

    def _after(self, pages: Sequence[Turn[Shown]]) -> str:
        """The next of the round, from its beginning where the last one is gone; not what stands there as news."""
        staying = [page.key for page in pages if page.stays]
        at = staying.index(self._round_at) + 1 if self._round_at in staying else 0
        following = [staying[(at + further) % len(staying)] for further in (0, 1)]
        return following[following[0] == self._key]
