"""What an officer brought back and signed for, read from the tables: the docking may be long over. Changes nothing."""

import contextlib
from dataclasses import dataclass
from pathlib import Path

from station.custody.docking import Docking
from station.custody.recording import Recording
from station.journal.sqlite_log import SqliteLog, connect_to_read
from station.store.projections import load_dockings, load_recordings

SHOWN_MAX = 8


@dataclass(frozen=True, slots=True)
class Handovers:
    """The tables of one journal."""

    journal: Path

    def of(self, officer: str, count: int = SHOWN_MAX) -> tuple[tuple[Docking, tuple[Recording, ...]], ...]:
        """The newest first, each with all that it brought."""
        with contextlib.closing(connect_to_read(self.journal)) as connection:
            signed = load_dockings(connection, "handed_over_by = ?", (officer,), count)
            return tuple((one, tuple(load_recordings(connection, _BROUGHT, (one.number,) * 2))) for one in signed)

    def root_at(self, size: int) -> bytes:
        """Of the journal when it had so many facts."""
        with contextlib.closing(connect_to_read(self.journal)) as connection:
            return SqliteLog(connection).root_at(size)


_BROUGHT = "number > ? AND docking = ?"
"""By number first: what a docking brought is younger than the docking."""
