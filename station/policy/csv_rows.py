"""Rows of a CSV file under known headings, cell by cell: what Excel makes of words, dates, numbers and lists.

Guesses nothing: what nobody can be sure of is noted as a fault with file, row and column, and reading goes on, so that
all faults come at once. Never opens a file, and no fault repeats a cell: cells hold names of persons.
"""

import csv
import datetime as dt
import re
import unicodedata
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from difflib import get_close_matches
from itertools import zip_longest
from typing import TypeVar

from msgspec import Struct

from station.errors import DockwardError

ID_LENGTH_MAX = 64
PERCENT_MAX = 100

_DATE = re.compile(r"(\d{4})([-/.])(\d{1,2})\2(\d{1,2})(?: \d{1,2}:\d\d(?::\d\d)?)?")
_EIGHT_DIGITS = re.compile(r"(\d{4})()(\d\d)(\d\d)")
_AS_A_QUANTITY = re.compile(r"\d(\.\d+)?E\+\d+")
_INVISIBLE = re.compile("[\u200b-\u200f\u202a-\u202e\u2060\ufeff]")
_BETWEEN_WORDS = re.compile(r"[;,、]")

Meaning = TypeVar("Meaning")
Otherwise = TypeVar("Otherwise")
Words = Mapping[Meaning, Collection[str]]
"""What a cell may say for each meaning."""

FLAGS: Words[bool] = {
    True: ("true", "yes", "1", "是", "有", "合格", "通过"),
    False: ("false", "no", "0", "否", "无", "不合格", "未通过"),
}


class Fault(Struct, frozen=True, order=True):
    """`row` is as a spreadsheet counts it, the headings being row 1; 0 is the file as a whole."""

    file: str
    row: int
    column: str
    problem: str

    def __str__(self) -> str:
        where = f"{self.file}:{self.row}" if self.row else self.file
        return ": ".join(filter(None, (where, self.column, self.problem)))


class RollsError(DockwardError):
    """Files that cannot be used as they stand, with every fault that was found. One line all the same."""

    def __init__(self, faults: Collection[Fault]) -> None:
        self.faults = tuple(sorted(faults))
        more = len(faults) - 1
        super().__init__(f"{self.faults[0]}{f' (另有 {more} 处 / {more} more)' if more else ''}")


class Heading(Struct, frozen=True):
    zh: str
    required: bool = False
    further: tuple[str, ...] = ()
    """Other words offices have for it."""

    def beside(self, name: str) -> str:
        return f"{self.zh} {name}"


class Row:
    """One row. Each question has an answer even where the cell is wrong; the fault is noted."""

    def __init__(self, number: int, cells: Mapping[str, str], note: Callable[[int, str, str], None]) -> None:
        self.number = number
        self._cells = cells
        self._note = note

    def wrong(self, column: str, problem: str) -> None:
        self._note(self.number, column, problem)

    def text(self, column: str) -> str:
        """As written, without space around it."""
        return _INVISIBLE.sub("", self._cells.get(column, "")).strip()

    def plain(self, column: str) -> str:
        """Full-width letters, digits and signs as ordinary ones, and one space where there were many."""
        said = " ".join(unicodedata.normalize("NFKC", self.text(column)).split())
        if not said.isprintable():
            self.wrong(column, "含有看不见的控制字符 / holds signs nobody can see")
        return said

    def key(self, column: str, *, required: bool = True) -> str:
        """An opaque id or number."""
        said = self.plain(column)
        if not said and required:
            self.wrong(column, "空白 / is empty")
        if len(said) > ID_LENGTH_MAX:
            self.wrong(column, f"不是编号 / is no id of up to {ID_LENGTH_MAX} signs")
        if _AS_A_QUANTITY.fullmatch(said):
            self.wrong(column, "Excel 已把编号改成科学计数 / Excel made a quantity of it: format the column as text")
        return said

    def day(self, column: str) -> dt.date | None:
        said = self.plain(column).replace("年", "-").replace("月", "-").replace("日", "")
        found = _DATE.fullmatch(said) or _EIGHT_DIGITS.fullmatch(said)
        try:
            if found:
                return dt.date(int(found[1]), int(found[3]), int(found[4]))
        except ValueError:
            found = None
        if said:
            self.wrong(column, "不是日期 / is no date like 2027-03-01")
        return None

    def percent(self, column: str) -> int | None:
        said = self.plain(column).removesuffix("%").strip()
        if not said:
            return None
        if not re.fullmatch(r"\d{1,3}", said) or int(said) > PERCENT_MAX:
            self.wrong(column, "不是 0 至 100 的整数 / is no whole number from 0 to 100")
            return None
        return int(said)

    def meant(self, column: str, words: Words[Meaning], empty: Otherwise) -> Meaning | Otherwise:
        """Which of the meanings the cell has; `empty` where it says nothing."""
        said = self.plain(column).lower()
        return self._meaning(column, said, words, empty) if said else empty

    def all_meant(self, column: str, words: Words[Meaning], empty: Meaning) -> frozenset[Meaning]:
        said = [one.lower() for one in self.listed(column)]
        return frozenset(self._meaning(column, one, words, empty) for one in said) or frozenset({empty})

    def listed(self, column: str) -> tuple[str, ...]:
        """Split at semicolons, commas and their Chinese kin."""
        return tuple(filter(None, (one.strip() for one in _BETWEEN_WORDS.split(self.plain(column)))))

    def _meaning(self, column: str, said: str, words: Words[Meaning], otherwise: Otherwise) -> Meaning | Otherwise:
        for meaning, spellings in words.items():
            if said in spellings:
                return meaning
        known = "、".join(spellings[-1] for spellings in map(tuple, words.values()))
        self.wrong(column, f"不认识的词 / no such word here; there are {known}")
        return otherwise


def rows(file: str, text: str, headings: Mapping[str, Heading], faults: list[Fault]) -> Iterator[Row]:
    """Rows that say anything, under their headings; faults of the file and its headings are noted."""
    lines = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n").split("\n")
    reader = csv.reader([f"{line}\n" for line in lines], strict=True)
    columns: Sequence[str | None] | None = None
    number = 0

    def note(row: int, column: str, problem: str) -> None:
        if columns and column in columns:  # a missing column was noted once, for all its rows
            faults.append(Fault(file, row, headings[column].beside(column), problem))

    try:
        for number, cells in enumerate(reader, 1):
            if columns is None:
                columns = _columns(file, cells, headings, faults)
            elif any(cell.strip() for cell in cells):
                under = zip_longest(columns, cells, fillvalue="")
                if any(column == "" and cell.strip() for column, cell in under):
                    faults.append(Fault(file, number, "", "有内容没有表头 / a cell under no heading"))
                yield Row(number, {name: cell for name, cell in zip(columns, cells, strict=False) if name}, note)
    except csv.Error as error:
        faults.append(Fault(file, number + 1, "", f"不是 CSV / is no CSV: {error}"))


def _columns(
    file: str, cells: Sequence[str], headings: Mapping[str, Heading], faults: list[Fault]
) -> Sequence[str | None]:
    """The column each cell stands in: "" where nothing heads it, None where nobody knows the heading."""
    names = {_bare(word): name for name, said in headings.items() for word in (name, said.zh, *said.further)}
    columns: list[str | None] = []
    for place, cell in enumerate(cells, 1):
        column = _column(cell, names)
        if column is None:
            close = get_close_matches(_bare(cell), names, 1)
            meant = f"; did you mean {close[0]}?" if close else ""
            faults.append(Fault(file, 1, f"第 {place} 列", f"没有这个表头 / no such heading{meant}"))
        elif column and column in columns:
            faults.append(Fault(file, 1, headings[column].beside(column), "表头重复 / stands twice"))
        columns.append(column)
    for name, said in headings.items():
        if said.required and name not in columns:
            faults.append(Fault(file, 1, said.beside(name), "缺少这个表头 / this heading is missing"))
    return columns


def _column(cell: str, names: Mapping[str, str]) -> str | None:
    """Of `id`, `设备编号`, or both beside each other."""
    words = (
        [_bare(cell)] if _bare(cell) in names else [_bare(word) for word in re.split(r"[\s/]+", cell) if _bare(word)]
    )
    meant = {names.get(word) for word in words}
    return meant.pop() if len(meant) == 1 else None if meant else ""


def _bare(word: str) -> str:
    return "".join(unicodedata.normalize("NFKC", _INVISIBLE.sub("", word)).split()).lower()
