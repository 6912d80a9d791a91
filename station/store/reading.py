"""The journal's tables, read beside whoever writes them. Changes nothing."""

import contextlib
import sqlite3
from collections.abc import Iterator
from pathlib import Path

from station.errors import WireFailedError
from station.journal.sqlite_log import connect_to_read


@contextlib.contextmanager
def reading(journal: Path) -> Iterator[sqlite3.Connection]:
    """For one question; a disk that fails or is too slow is a fault of now, and whoever asks may ask again."""
    try:
        with contextlib.closing(connect_to_read(journal)) as connection:
            yield connection
    except sqlite3.Error as error:
        raise WireFailedError(
            f"现在无法读取，请稍后再试 / the tables cannot be read now: {error}; ask again"
        ) from error
