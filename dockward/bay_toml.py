"""Changes the `usb` keys of a station.toml and not one other character. Pure but for `rewrite`, which keeps a backup.

Never trusts its own editing: what comes out is read again, and must be what went in with other places and no more. A
file that is written in a way this does not understand is left alone, and says what to write by hand.
"""

import os
import re
import shutil
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from station.config import read_config
from station.durable import move_file, write_file
from station.errors import WrongUseError

_USB = re.compile(
    r"""(?<![\w"'.-])(?P<key>usb|"usb"|'usb')(?P<is>[ \t]*=[ \t]*)(?P<quote>["'])(?P<place>[^"']*)(?P=quote)"""
)
_STRINGS = re.compile(r'"(?:[^"\\]|\\.)*"|\'[^\']*\'')


class ByHandError(WrongUseError):
    """The file is not written so that only its places can be changed."""


def with_places(text: str, places: Mapping[str, str]) -> str:
    """The same text, with these places for these bays."""
    before = tomllib.loads(text)
    old = {bay["usb"]: bay["name"] for bay in before["bays"]}
    edited = "".join(
        _line(line, {place: places[bay] for place, bay in old.items() if bay in places}) for line in _lines(text)
    )
    try:
        same = tomllib.loads(edited) == _expected(before, places)
    except tomllib.TOMLDecodeError:
        same = False
    if not same:
        written = ", ".join(f'{bay}: usb = "{place}"' for bay, place in places.items())
        raise ByHandError(f"无法自动修改 / cannot be changed line by line; 请手工写入 / write it by hand: {written}")
    return edited


def rewrite(path: Path, places: Mapping[str, str]) -> Path:
    """The file at this path with these places, whole or not at all, for the same people; where the old one is kept."""
    path = path.resolve()
    old = path.read_bytes()
    new, backup = path.with_name(f"{path.name}.new"), path.with_name(f"{path.name}.bak")
    write_file(new, [with_places(old.decode(), places).encode()])
    try:
        _for_the_same(path, new)
        read_config(new)
        write_file(backup, [old])
        _for_the_same(path, backup)
    except BaseException:
        new.unlink(missing_ok=True)
        raise
    move_file(new, path)
    return backup


def _for_the_same(path: Path, other: Path) -> None:
    """Whoever may read it, may read the other."""
    told = path.stat()
    os.chown(other, told.st_uid, told.st_gid)
    shutil.copymode(path, other)


def _expected(before: dict[str, Any], places: Mapping[str, str]) -> dict[str, Any]:
    bays = [{**bay, "usb": places.get(bay["name"], bay["usb"])} for bay in before["bays"]]
    return {**before, "bays": bays}


def _lines(text: str) -> Iterator[str]:
    """With their ends, which are left as they are."""
    return (line for line in re.findall(r"[^\n]*\n|[^\n]+", text))


def _line(line: str, new: Mapping[str, str]) -> str:
    """What is behind a # that stands in no string is a comment."""
    bare = _STRINGS.sub(lambda string: "x" * len(string[0]), line)
    end = bare.find("#")
    code, comment = (line, "") if end < 0 else (line[:end], line[end:])
    return _USB.sub(lambda found: _set(found, new), code) + comment


def _set(found: "re.Match[str]", new: Mapping[str, str]) -> str:
    place = new.get(found["place"], found["place"])
    return f"{found['key']}{found['is']}{found['quote']}{place}{found['quote']}"
