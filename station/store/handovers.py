"""What an officer brought back and signed for, read from the tables: the docking may be long over. Changes nothing."""

from dataclasses import dataclass
from pathlib import Path

from station.custody.docking import Docking
from station.custody.recording import Recording
from station.journal.sqlite_log import SqliteLog
from station.store.projections import load_dockings, load_recordings
from station.store.reading import reading

SHOWN_MAX = 8


@dataclass(frozen=True, slots=True)
class Handovers:
    """The tables of one journal."""

    journal: Path

    def signed(self, officer: str, count: int = SHOWN_MAX) -> tuple[Docking, ...]:
        """The newest first."""
        with reading(self.journal) as connection:
            return tuple(load_dockings(connection, "handed_over_by = ?", (officer,), count))

    def brought(self, docking: int) -> tuple[Recording, ...]:
        """All that one docking brought."""
        with reading(self.journal) as connection:
            return tuple(load_recordings(connection, _BROUGHT, (docking, docking)))

    def of(self, officer: str, count: int = SHOWN_MAX) -> tuple[tuple[Docking, tuple[Recording, ...]], ...]:
        """The newest first, each with all that it brought."""
        return tuple((one, self.brought(one.number)) for one in self.signed(officer, count))

    def root_at(self, size: int) -> bytes:
        """Of the journal when it had so many facts."""
        with reading(self.journal) as connection:
            return SqliteLog(connection).root_at(size)


_BROUGHT = "number > ? AND docking = ?"
"""By number first: what a docking brought is younger than the docking."""
