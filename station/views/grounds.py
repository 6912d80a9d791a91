"""The grounds of an explanation, as custody keeps them in one text, back to their names. Pure."""

from collections.abc import Mapping

from station.views.office_words import GROUNDS, Both


def given_grounds(grounds: str) -> Mapping[str, str]:
    """By name; a line that begins with no name of ours goes on with the ground before it."""
    given: dict[str, str] = {}
    last = ""
    for line in grounds.splitlines():
        name, colon, words = line.partition(": ")
        if colon and name in GROUNDS:
            given[name], last = words, name
        elif last:
            given[last] += f"\n{line}"
    return given


def grounds_text(grounds: str) -> tuple[tuple[Both, str], ...]:
    """As a page shows them."""
    return tuple((GROUNDS[name], words) for name, words in given_grounds(grounds).items())
