"""The loans of a day by their numbers, read from the tables, with the bay each was taken from. Names nobody.

Reads beside the writer and changes nothing; while the journal does not grow it is not read again.
"""

from functools import lru_cache
from pathlib import Path

from msgspec import Struct

from station.store.reading import reading

NEWEST = 200
"""Of so many loans, and of all that are still out; a dock has a few dozen a day."""


class DayLoan(Struct, frozen=True):
    """`back_ms`: when it came back; None while it is out. `bay` is None where no bay saw it taken."""

    loan: int
    camera: str
    bay: str | None
    since_ms: int
    back_ms: int | None


class LoansToday:
    """The tables of one journal."""

    def __init__(self, journal: Path) -> None:
        self._journal = journal
        self._read_once = lru_cache(1)(self._read)

    def since(self, day_begun_ms: int, size: int) -> tuple[DayLoan, ...]:
        """Begun since then or still out, the newest first, in a journal of so many facts."""
        return self._read_once(day_begun_ms, size)

    def _read(self, day_begun_ms: int, _size: int) -> tuple[DayLoan, ...]:
        with reading(self._journal) as connection:
            return tuple(DayLoan(*row) for row in connection.execute(_LOANS, (NEWEST, day_begun_ms)))


_LOANS = """
SELECT taken.number, taken.camera, dockings.bay, taken.started_ms, COALESCE(taken.ended_ms, taken.paper_ended_ms)
FROM (
  SELECT * FROM loans WHERE live UNION SELECT * FROM (SELECT * FROM loans ORDER BY number DESC LIMIT ?)
) AS taken
LEFT JOIN dockings ON dockings.number = taken.from_docking
WHERE taken.started_ms >= ? OR taken.step = 'open'
ORDER BY taken.number DESC
"""
