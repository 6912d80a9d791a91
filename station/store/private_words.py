"""The private words beside a fact, for whoever must read them to decide: read from the journal, never kept."""

import contextlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import msgspec

from station.journal.sqlite_log import SqliteLog, connect_to_read


@dataclass(frozen=True, slots=True)
class PrivateWords:
    """Of one journal."""

    journal: Path

    def of(self, number: int) -> Mapping[str, str]:
        """By field; empty where there are none, or they are purged."""
        with contextlib.closing(connect_to_read(self.journal)) as connection:
            values = SqliteLog(connection).private_of(number)
            return {value.field: _READER.decode(value.value) for value in values}


_READER = msgspec.json.Decoder(str)
