"""TOML from outside as tables, or one line that says what is wrong with it: whatever it holds, nothing else is raised.

Control signs and signs that turn the direction of writing are refused: they would break lines, or show people other
words than the file has. Pure: text in, tables out.
"""

import re
import tomllib
from collections.abc import Iterator, Mapping
from typing import Any

from station.errors import DockwardError

_UNSEEN = re.compile("[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]")


class UnfitTextError(DockwardError):
    """No TOML, or words in it that nobody can see. Whoever asked says in which file."""


def read_tables(text: str) -> Mapping[str, Any]:
    try:
        tables = tomllib.loads(text)
    except RecursionError as error:
        raise UnfitTextError("not TOML that we read: lists or tables stand too deep in one another") from error
    except ValueError as error:  # a number of thousands of digits is no TOMLDecodeError
        raise UnfitTextError(f"not TOML: {error}") from error
    for words in _words(tables):
        if found := _UNSEEN.search(words):
            raise UnfitTextError(f"a sign nobody can see (U+{ord(found[0]):04X}) stands in {words[:40]!a}")
    return tables


def _words(said: Any) -> Iterator[str]:
    """Keys and values alike, without recursion of our own."""
    waiting = [said]
    while waiting:
        one = waiting.pop()
        if isinstance(one, str):
            yield one
        elif isinstance(one, dict):
            yield from one
            waiting.extend(one.values())
        elif isinstance(one, list):
            waiting.extend(one)
