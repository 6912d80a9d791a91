"""`dockward export journal|pack|disc`: thin shell over station.journal.tile_folder and the commands beside it."""

import argparse
from collections.abc import Container
from pathlib import Path

from dockward import export_disc, export_pack
from station.errors import WrongUseError
from station.journal.sqlite_log import SqliteLog, connect_to_read
from station.journal.tile_folder import ALL_WORDS, write_folder


def add_arguments(parser: argparse.ArgumentParser) -> None:
    acts = parser.add_subparsers(dest="what", required=True)
    journal = acts.add_parser("journal", help="the whole journal as files")
    journal.add_argument("path", type=Path, help="the journal's SQLite file")
    journal.add_argument("--out", type=Path, required=True, help="a new folder")
    pack = "evidence of missions or recordings, with what the journal proves of them, as one signed bag"
    export_pack.add_arguments(acts.add_parser("pack", help=pack))
    export_disc.add_arguments(acts.add_parser("disc", help="a pack as images of discs, read back and compared"))


def run(arguments: argparse.Namespace) -> int:
    if arguments.what == "pack":
        return export_pack.run(arguments)
    if arguments.what == "disc":
        return export_disc.run(arguments)
    size = _export_journal(arguments.path, arguments.out, ALL_WORDS)
    print(f"{size} facts in {arguments.out}; check them with: dockward verify {arguments.out}")
    return 0


def _export_journal(path: Path, out: Path, words_of: Container[int]) -> int:
    log = SqliteLog(connect_to_read(path))
    note = log.newest_checkpoint()
    if note is None:
        raise WrongUseError(f"{path} has no signed checkpoint yet, so nobody vouches for it")
    witnessed = log.newest_checkpoint(cosigned=True)
    write_folder(log, out, note, witnessed if witnessed != note else None, words_of=words_of)
    return note.checkpoint.size
