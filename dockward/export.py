"""`dockward export journal`: thin shell over station.journal.tile_folder."""

import argparse
from pathlib import Path

from station.errors import WrongUseError
from station.journal.sqlite_log import SqliteLog, connect_to_read
from station.journal.tile_folder import write_folder


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("what", choices=["journal"], help="what to export")
    parser.add_argument("path", type=Path, help="the journal's SQLite file")
    parser.add_argument("--out", type=Path, required=True, help="a new folder")


def run(arguments: argparse.Namespace) -> int:
    log = SqliteLog(connect_to_read(arguments.path))
    note = log.newest_checkpoint()
    if note is None:
        raise WrongUseError(f"{arguments.path} has no signed checkpoint yet, so nobody vouches for it")
    witnessed = log.newest_checkpoint(cosigned=True)
    write_folder(log, arguments.out, note, witnessed if witnessed != note else None)
    print(f"{note.checkpoint.size} facts in {arguments.out}; check them with: dockward verify {arguments.out}")
    return 0
