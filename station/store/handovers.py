"""What an officer brought back and signed for, read from the tables: the docking may be long over. Changes nothing."""

import contextlib
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from station.custody.docking import Docking
from station.custody.recording import Recording
from station.errors import WireFailedError
from station.journal.sqlite_log import SqliteLog, connect_to_read
from station.store.projections import load_dockings, load_recordings

SHOWN_MAX = 8


@dataclass(frozen=True, slots=True)
class Handovers:
    """The tables of one journal."""

    journal: Path

    def signed(self, officer: str, count: int = SHOWN_MAX) -> tuple[Docking, ...]:
        """The newest first."""
        with self._reading() as connection:
            return tuple(load_dockings(connection, "handed_over_by = ?", (officer,), count))

    def brought(self, docking: int) -> tuple[Recording, ...]:
        """All that one docking brought."""
        with self._reading() as connection:
            return tuple(load_recordings(connection, _BROUGHT, (docking, docking)))

    def of(self, officer: str, count: int = SHOWN_MAX) -> tuple[tuple[Docking, tuple[Recording, ...]], ...]:
        """The newest first, each with all that it brought."""
        return tuple((one, self.brought(one.number)) for one in self.signed(officer, count))

    def root_at(self, size: int) -> bytes:
        """Of the journal when it had so many facts."""
        with self._reading() as connection:
            return SqliteLog(connection).root_at(size)

    @contextlib.contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection]:
        try:
            with contextlib.closing(connect_to_read(self.journal)) as connection:
                yield connection
        except sqlite3.Error as error:
            raise WireFailedError(
                f"归仓记录暂时读不出，请重试 / what was brought back cannot be read now: {error}; try again"
            ) from error


_BROUGHT = "number > ? AND docking = ?"
"""By number first: what a docking brought is younger than the docking."""
