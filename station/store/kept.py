"""Recordings that memory has let go, read from their table: which lack a copy, which are old, how many come a day.

Also the next one to be compared, whether memory still has it or not.

Reads beside the writer and changes nothing.
"""

import json
import sqlite3
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from station.custody.judge_originals import may_be_copied, may_leave
from station.custody.recording import Recording
from station.custody.state import State
from station.policy.due_times import DAY_MS
from station.stamp import Stamp
from station.store.projections import load_recordings, look_up
from station.store.reading import reading
from station.store.space import Coming

RATE_DAYS = 7
"""So far back is counted how much comes in a day."""
_SETTLED = "step = 'settled' AND released IS NULL"


@dataclass(frozen=True, slots=True)
class KeptRecordings:
    """The table of one journal."""

    journal: Path

    def recording(self, number: int) -> Recording | None:
        with reading(self.journal) as connection:
            found = look_up(connection, (Recording, number))
        return found if isinstance(found, Recording) else None

    def uncopied(self, state: State, disk: str, count: int, after: int = -1) -> tuple[int, ...]:
        """Settled ones without a copy on this disk, the oldest first, of those after this number."""
        with reading(self.journal) as connection:
            where = f"{_SETTLED} AND instr(copies, ?) = 0 AND number > ?"
            rows = load_recordings(connection, where, (json.dumps(disk), after))
            lacking = (one.number for one in rows if may_be_copied(state, one, disk))
            return tuple(islice(lacking, count))

    def leaving(self, state: State, keep_days: int, at: Stamp, count: int, after: int = -1) -> tuple[int, ...]:
        """Those whose original may leave our disk now, the oldest first, of those after this number."""
        with reading(self.journal) as connection:
            held_before_ms = at.utc_ms - keep_days * DAY_MS
            rows = load_recordings(connection, f"{_SETTLED} AND held_ms < ? AND number > ?", (held_before_ms, after))
            return tuple(islice((one.number for one in rows if may_leave(state, one, keep_days, at)), count))

    def next_original(self, after: int) -> int | None:
        """The first after this number whose original is to be on our disk."""
        return self._next("step != 'purged' AND released IS NULL AND number > ?", (after,))

    def next_copy(self, disk: str, after: int) -> int | None:
        """The first after this number that has a copy on this disk."""
        return self._next("step != 'purged' AND instr(copies, ?) > 0 AND number > ?", (json.dumps(disk), after))

    def _next(self, where: str, values: tuple[int | str, ...]) -> int | None:
        """By the table's own order: what it passes over now it does not pass over again in this round."""
        with reading(self.journal) as connection:
            found = connection.execute(
                f"SELECT number FROM recordings WHERE {where} ORDER BY number LIMIT 1",  # noqa: S608 - our own words
                values,
            ).fetchone()
        return None if found is None else int(found[0])

    def coming(self, keep_days: int | None, at: Stamp) -> Coming:
        since_ms = at.utc_ms - RATE_DAYS * DAY_MS
        with reading(self.journal) as connection:
            ((size_bytes, first_ms),) = connection.execute(
                "SELECT SUM(size_bytes), MIN(held_ms) FROM recordings WHERE held_ms > ?", (since_ms,)
            )
            days = 1 if first_ms is None else max(1, -(-(at.utc_ms - first_ms) // DAY_MS))
            ageing = () if keep_days is None else _ageing(connection, keep_days, at)
        return Coming((size_bytes or 0) // days, ageing)


def _ageing(connection: sqlite3.Connection, keep_days: int, at: Stamp) -> tuple[tuple[int, int], ...]:
    rows = connection.execute(
        f"SELECT MAX(0, ? - (? - held_ms) / ?) AS day, SUM(size_bytes) FROM recordings "  # noqa: S608 - our own words
        f"WHERE {_SETTLED} AND held_ms IS NOT NULL GROUP BY day ORDER BY day",
        (keep_days, at.utc_ms, DAY_MS),
    )
    return tuple((day, size_bytes) for day, size_bytes in rows)
