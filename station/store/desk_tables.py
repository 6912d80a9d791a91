"""What people at the desk look at, read from the tables: whose footage, which mission, which words. Changes nothing.

Never asks who looks: whoever calls knows how far that person reaches.
"""

import json
import sqlite3
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from station.custody.access_request import AccessRequest
from station.custody.explanation import Explanation
from station.custody.mission import Mission
from station.custody.recording import Recording
from station.custody.state import Subject, SubjectKey
from station.custody.subjects import KIND_OF
from station.journal.sqlite_log import SqliteLog
from station.store.projections import load_recordings, look_up
from station.store.reading import reading

UNPLACED_MAX, PLACED_MAX = 200, 60
"""Of one person or one department, the newest; what is placed makes room for the rest."""
_NUMBERED_MAX = 256
_SHOWN = "quarantined = 0 AND step != 'purged'"


@dataclass(frozen=True, slots=True)
class Filmed:
    """A recording, and the officer in whose loan it counts as made, if in anybody's."""

    recording: Recording
    officer: str | None


@dataclass(frozen=True, slots=True)
class DeskTables:
    """The tables of one journal."""

    journal: Path

    def of_officer(self, officer: str) -> tuple[Filmed, ...]:
        """What counts as made in this officer's loans."""
        loans = "(SELECT number FROM loans WHERE officer = ?)"
        credited = (
            f"((attributed IS NULL AND loan IN {loans}) OR (attributed IS NOT NULL AND attributed_loan IN {loans}))"
        )
        return self._newest(credited, (officer, officer))

    def of_cameras(self, cameras: Collection[str]) -> tuple[Filmed, ...]:
        """What came of these cameras, whoever had them."""
        return self._newest("source IN (SELECT value FROM json_each(?))", (json.dumps(sorted(cameras)),))

    def of_mission(self, mission: int) -> tuple[Filmed, ...]:
        with reading(self.journal) as connection:
            return _filmed(connection, load_recordings(connection, f"mission = ? AND {_SHOWN}", (mission,)))

    def recordings(self, numbers: Iterable[int]) -> tuple[Filmed, ...]:
        """Those of these numbers that are recordings."""
        with reading(self.journal) as connection:
            named = json.dumps(sorted(set(numbers))[:_NUMBERED_MAX])
            where = "number IN (SELECT value FROM json_each(?))"
            return _filmed(connection, load_recordings(connection, where, (named,)))

    def mission(self, number: int) -> Mission | None:
        found = self._look_up((Mission, number))
        return found if isinstance(found, Mission) else None

    def explanation(self, number: int) -> Explanation | None:
        found = self._look_up((Explanation, number))
        return found if isinstance(found, Explanation) else None

    def explanations_of(self, mission: int) -> tuple[Explanation, ...]:
        return tuple(one for one in self._subjects(Explanation, "mission", mission) if isinstance(one, Explanation))

    def requests_by(self, person: str) -> tuple[AccessRequest, ...]:
        """The newest first, answered or not."""
        return tuple(one for one in self._subjects(AccessRequest, "by", person) if isinstance(one, AccessRequest))

    def words(self, numbers: Iterable[int]) -> Mapping[int, Mapping[str, str]]:
        """What stands privately beside these facts, by field."""
        with reading(self.journal) as connection:
            log = SqliteLog(connection)
            return {number: log.private_words(number) for number in set(numbers)}

    def _look_up(self, of: SubjectKey) -> Subject | None:
        with reading(self.journal) as connection:
            return look_up(connection, of)

    def _subjects(self, kind: type[Subject], column: str, value: int | str) -> tuple[Subject | None, ...]:
        with reading(self.journal) as connection:
            query = f'SELECT number FROM {KIND_OF[kind].plural} WHERE "{column}" = ? ORDER BY number DESC LIMIT ?'  # noqa: S608
            numbers = [number for (number,) in connection.execute(query, (value, PLACED_MAX))]
            return tuple(look_up(connection, (kind, number)) for number in numbers)

    def _newest(self, whose: str, values: tuple[int | str, ...]) -> tuple[Filmed, ...]:
        found: list[Filmed] = []
        with reading(self.journal) as connection:
            for placed, most in (("NULL", UNPLACED_MAX), ("NOT NULL", PLACED_MAX)):
                newest = f"SELECT number FROM recordings WHERE {whose} AND mission IS {placed} AND {_SHOWN} ORDER BY number DESC LIMIT ?"  # noqa: S608, E501
                found += _filmed(connection, load_recordings(connection, f"number IN ({newest})", (*values, most)))
        return tuple(found)


def _filmed(connection: sqlite3.Connection, recordings: Iterable[Recording]) -> tuple[Filmed, ...]:
    found = tuple(recordings)
    loans = json.dumps(sorted({one.credited_loan for one in found if one.credited_loan is not None}))
    query = "SELECT number, officer FROM loans WHERE number IN (SELECT value FROM json_each(?))"
    officers = dict(connection.execute(query, (loans,)).fetchall())
    return tuple(Filmed(one, officers.get(one.credited_loan)) for one in found)
